// node shots.mjs OUT [--own FOLDER --states FOLDER --rtl FOLDER] [--page own:home]
//
// Twelve pages × two schemes × three widths → PNG files of whole pages in OUT. Sites that are not given are built first.
import { parseArgs } from "node:util";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open, visit } from "./lib.mjs";

const PAGES = [
  "own:home",
  "own:theme",
  "own:overview",
  "own:variant",
  "own:eightTypes",
  "own:elements",
  "own:arabic",
  "states:overdue",
  "states:single",
  "states:faq",
  "states:missing",
  "rtl:variant",
];
const WIDTHS = { 320: 640, 768: 1024, 1440: 900 };
const TODAY = "2026-08-01";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { own: { type: "string" }, states: { type: "string" }, rtl: { type: "string" }, page: { type: "string", multiple: true } },
});
const [out] = positionals;
if (!out) throw new Error("where to? node shots.mjs OUT");

const repository = join(import.meta.dirname, "../..");
const work = mkdtempSync(join(tmpdir(), "guidepost-shots-"));

/** Builds the site in the folder `root`, with its settings changed. */
function build(name, root, change) {
  const source = join(work, name);
  for (const part of ["content", "static", "site.yaml"]) cpSync(join(root, part), join(source, part), { recursive: true });
  const settings = join(source, "site.yaml");
  writeFileSync(settings, change(readFileSync(settings, "utf8")));
  const call = ["run", "--quiet", "--", "build", "--root", source, "--out", join(work, `${name}-out`), "--as-of", TODAY];
  execFileSync("cargo", call, { cwd: repository, stdio: ["ignore", "ignore", "pipe"] });
  return join(work, `${name}-out`);
}

const same = (settings) => settings;
const states = join(import.meta.dirname, "site");
const lab = await open({
  own: values.own ?? build("own", repository, same),
  states: values.states ?? build("states", states, same),
  rtl: values.rtl ?? build("rtl", states, (settings) => settings.replace("language: en", "language: ar")),
});
mkdirSync(out, { recursive: true });
for (const named of values.page ?? PAGES) {
  const [site, name] = named.split(":");
  for (const colorScheme of ["light", "dark"]) {
    await lab.page({ colorScheme, reducedMotion: "reduce" }, async (page) => {
      await visit(page, lab.url(site, name));
      await page.evaluate(() => Promise.all([...document.images].map((image) => ((image.loading = "eager"), image.decode().catch(() => {})))));
      for (const [width, height] of Object.entries(WIDTHS)) {
        await page.setViewportSize({ width: Number(width), height });
        await page.waitForTimeout(100);
        await page.screenshot({ path: join(out, `${site}-${name}-${width}-${colorScheme}.png`), fullPage: true });
      }
    });
  }
}
await lab.close();
rmSync(work, { recursive: true });
