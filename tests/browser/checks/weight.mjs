// The account-type page of the example guide → what a first visit loads, without images.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { hold } from "../lib.mjs";

export default (lab) => {
  const folder = lab.folders.own;
  const size = (name) => gzipSync(readFileSync(join(folder, name)), { level: 6 }).length;
  const assets = (ending) => readdirSync(join(folder, "assets")).filter((name) => name.endsWith(ending));
  const sum = (names) => names.map((name) => size(join("assets", name))).reduce((a, b) => a + b, 0);
  const html = size("upwork/delete-account/freelancer/index.html");
  const [css, js] = [sum(assets(".css")), sum(assets(".js"))];
  const first = readFileSync(join(folder, "assets", assets(".js").find((name) => name.startsWith("theme"))));
  const limits = [
    ["HTML, CSS and JS", html + css + js, 25_000],
    ["CSS", css, 10_000],
    ["JS", js, 6_000],
    ["theme.js, uncompressed", first.length, 500],
  ];
  return limits.map(([what, bytes, limit]) => ({
    tool: "weight",
    name: what,
    run: async () => hold(bytes <= limit, `${what}: ${bytes} bytes, the limit is ${limit}`),
  }));
};
