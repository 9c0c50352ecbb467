// Every page × width × scheme → axe-core, the console, sideways scrolling, and texts that lie on each other.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { visit, hold } from "../lib.mjs";
import { all } from "../pages.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [320, 768, 1440];
const SCHEMES = ["light", "dark"];

/** In the page: how far it is wider than the window, and which texts overlap. */
function layout() {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const lines = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const style = getComputedStyle(element);
    if (!node.data.trim() || !element.checkVisibility() || style.visibility === "hidden" || style.opacity === "0" || element.closest(".skip, sup, .hash")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      // Lines are set tighter than the letters' boxes are high: the middle is where letters are.
      const inset = box.height * 0.28;
      if (box.width > 2) lines.push({ element, top: box.top + inset, bottom: box.bottom - inset, left: box.left + 1, right: box.right - 1 });
    }
  }
  lines.sort((a, b) => a.top - b.top);
  const overlaps = [];
  lines.forEach((a, i) => {
    for (const b of lines.slice(i + 1)) {
      if (b.top >= a.bottom) break;
      const apart = b.left >= a.right || a.left >= b.right;
      if (apart || a.element === b.element || scrolledAway(a, b)) continue;
      overlaps.push(`“${a.element.textContent.trim().slice(0, 40)}” and “${b.element.textContent.trim().slice(0, 40)}”`);
    }
  });
  function scrolledAway(a, b) {
    const boxes = [a, b].map(({ element }) => element.closest("pre, .table, .panel, .toc"));
    return boxes[0] !== boxes[1];
  }
  return { wider: document.documentElement.scrollWidth - innerWidth, overlaps: overlaps.slice(0, 3) };
}

async function look(page, problems, where) {
  const { wider, overlaps } = await page.evaluate(layout);
  if (wider > 0) problems.push(`${where}: scrolls sideways by ${wider} px`);
  for (const overlap of overlaps) problems.push(`${where}: overlap of ${overlap}`);
}

async function violations(page, problems, where) {
  await page.evaluate(`${axe};0`);
  const found = await page.evaluate(() => axe.run({ resultTypes: ["violations"] }));
  for (const violation of found.violations) {
    const node = violation.nodes[0];
    problems.push(`${where}: ${violation.id} (${violation.nodes.length}) ${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 200)}`);
  }
}

/** Which combinations axe looks at: in the short run each width and each scheme at least once a page. */
function combinations(number, full) {
  const everything = WIDTHS.flatMap((width) => SCHEMES.map((scheme) => ({ width, scheme })));
  return full ? everything : WIDTHS.map((width, i) => ({ width, scheme: SCHEMES[(number + i) % 2] }));
}

export default (lab, { full }) => {
  const seen = all.map(({ site, name }, number) => ({
    tool: "axe",
    name: `${site} ${name}`,
    run: () =>
      lab.page({ reducedMotion: "reduce" }, async (page, messages) => {
        const problems = [];
        await visit(page, lab.url(site, name));
        for (const [at, { width, scheme }] of combinations(number, full).entries()) {
          await page.setViewportSize({ width, height: 900 });
          await page.emulateMedia({ colorScheme: scheme });
          // Folded answers and menus are looked at as well, once each way.
          if (at === 1) await page.evaluate(() => document.querySelectorAll("main details").forEach((details) => (details.open = true)));
          const where = `${width} px ${scheme}`;
          await look(page, problems, where);
          await violations(page, problems, where);
        }
        const unasked = name === "missing" ? messages.filter((message) => !/status of 404/.test(message)) : messages;
        problems.push(...unasked.map((message) => `console: ${message}`));
        hold(!problems.length, problems.join("\n"));
        return combinations(number, full).length;
      }),
  }));

  // Text at 200 %, as a reader sets it in the browser.
  const zoomed = all
    .filter(({ site }) => full || site !== "rtl")
    .map(({ site, name }) => ({
      tool: "text zoom",
      name: `${site} ${name}`,
      run: () =>
        lab.page({}, async (page) => {
          const problems = [];
          await page.route(/theme\.[0-9a-f]{8}\.css$/, async (route) => {
            const response = await route.fetch();
            await route.fulfill({ response, body: `${await response.text()} html{font-size:200%}` });
          });
          await visit(page, lab.url(site, name));
          for (const width of [640, 1440]) {
            await page.setViewportSize({ width, height: 900 });
            await look(page, problems, `${width} px`);
          }
          hold(!problems.length, problems.join("\n"));
          return 2;
        }),
    }));
  return [...seen, ...zoomed];
};
