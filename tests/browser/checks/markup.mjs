// Every HTML file of the sites, and of the large one a file of each kind → the Nu checker and html-validate: no error, no warning.
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { HtmlValidate } from "html-validate";
import { hold } from "../lib.mjs";
import { sites } from "../pages.mjs";

const require = createRequire(import.meta.url);
const htmlFiles = (folder) =>
  readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".html")).map((name) => join(folder, name));

export default (lab) => {
  const { large, ...others } = lab.folders;
  const few = Object.values(sites.large.pages).map((path) => join(large, path, "index.html"));
  const files = [...Object.values(others).flatMap(htmlFiles), ...few];
  return [
    {
      tool: "Nu",
      name: `${files.length} files`,
      async run() {
        const jar = require("vnu-jar");
        const call = ["-jar", jar, "--format", "json", "--exit-zero-always", "--stdout", ...files];
        const { stdout } = await promisify(execFile)("java", call, { maxBuffer: 1 << 26 });
        const { messages } = JSON.parse(stdout);
        // Notes (such as the one on `<br />`) are no findings. What the policy of a page allows is not to be judged from
        // a file, which has no origin that `'self'` could mean: in the browser a violation is a message in the console.
        // The site called Arabic has English texts.
        // A section without a heading is fine by HTML; footnotes have none.
        const beside = /Content Security Policy|Section lacks heading|appears to be written in English/;
        const found = messages.filter(({ type, subType, message }) => (type !== "info" || subType === "warning") && !beside.test(message));
        hold(!found.length, `${found.length} findings\n${found.slice(0, 12).map((it) => `${it.url}:${it.lastLine}: ${it.message} ${it.extract ?? ""}`).join("\n")}`);
        return files.length;
      },
    },
    {
      tool: "html-validate",
      name: `${files.length} files`,
      async run() {
        const checker = new HtmlValidate({
          root: true,
          extends: ["html-validate:recommended"],
          rules: {
            // `<br />` is CommonMark's way of writing it, `<meta>` HTML's: both are right.
            "void-style": "off",
            // How long a title is, is the author's business; here some are long on purpose.
            "long-title": "off",
          },
        });
        const found = [];
        for (const file of files) {
          const report = await checker.validateString(readFileSync(file, "utf8"), file);
          for (const { messages } of report.results) found.push(...messages.map((it) => `${file}:${it.line}: ${it.ruleId}: ${it.message}`));
        }
        hold(!found.length, `${found.length} findings\n${found.slice(0, 12).join("\n")}`);
        return files.length;
      },
    },
  ];
};
