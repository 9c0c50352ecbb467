// Pages → PDF → text: title, account type, day of the check, steps, every answer; no navigation.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { visit, hold } from "../lib.mjs";

/** Site, page, and how many sheets it may take. */
const PAGES = [
  ["own", "variant"],
  ["own", "overview"],
  ["own", "print"],
  ["own", "eightTypesVariant"],
  ["own", "sixtySteps"],
  ["states", "variant"],
  ["states", "overdue"],
  ["states", "print"],
  ["states", "single", 2],
  ["states", "faqPage"],
  ["rtl", "variant"],
];

/** Letters and digits only: a PDF breaks lines, and words, where it likes. */
const letters = (text) => text.normalize("NFKC").replace(/[^\p{L}\p{N}]/gu, "");

/** Whether the text is on paper. Where it runs from right to left, words are looked for one by one, in any order. */
function isOn(paper, text) {
  const rightToLeft = /\p{Script=Arabic}/u.test(text);
  return (rightToLeft ? text.split(/\s+/) : [text]).every((part) => paper.includes(letters(part)));
}

/** In the page: what has to be on paper, and what must not. */
function parts() {
  const texts = (selector) => [...document.querySelectorAll(selector)].map((element) => element.textContent);
  // A PDF orders what stands side by side in its own way: pieces of text are compared, not whole blocks.
  const pieces = (selector) =>
    [...document.querySelectorAll(selector)].flatMap((block) => {
      const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
      const found = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (!node.parentElement.closest(".hash, .copy")) found.push(node.data);
      }
      return found;
    });
  const links = [...document.querySelectorAll(".prose a[href^='http']")].map((link) => link.getAttribute("href"));
  return {
    wanted: [...texts("h1, .type, .lead, .checked, .overdue, .prose h2, .prose h3"), ...pieces(".steps > li, .answer, .checklist > li"), ...links],
    unwanted: texts(".skip, .menu > p, .toc summary, .drawer > summary, .neighbours a, .feedback legend"),
  };
}

export default (lab) =>
  PAGES.map(([site, name, most]) => ({
    tool: "print",
    name: `${site} ${name}`,
    run: () =>
      lab.page({}, async (page) => {
        const folder = await mkdtemp(join(tmpdir(), "guidepost-paper-"));
        try {
          await visit(page, lab.url(site, name));
          const { wanted, unwanted } = await page.evaluate(parts);
          const file = join(folder, "page.pdf");
          await page.pdf({ path: file, format: "A4" });
          const { stdout } = await promisify(execFile)("pdftotext", [file, "-"]);
          const sheets = stdout.split("\f").length - 1;
          hold(!most || sheets <= most, `${sheets} sheets instead of ${most}`);
          const paper = letters(stdout);
          const missing = wanted.filter((text) => !isOn(paper, text));
          hold(!missing.length, `not on paper: ${JSON.stringify(missing.slice(0, 5))}`);
          const lines = stdout.split("\n").map((line) => line.trim());
          const there = unwanted.filter((text) => lines.includes(text.trim()));
          hold(!there.length, `on paper: ${JSON.stringify(there)}`);
        } finally {
          await rm(folder, { recursive: true });
        }
      }),
  }));
