// Pages without a mouse → everything is reached, in the order of the text, visibly, and can be operated.
import { visit, hold, equal } from "../lib.mjs";

const PAGES = [
  ["own", "home"],
  ["own", "overview"],
  ["own", "variant"],
  ["own", "elements"],
  ["states", "section"],
  ["states", "variant"],
  ["states", "faq"],
  ["states", "faqPage"],
  ["states", "aToZ"],
  ["states", "print"],
  ["rtl", "overview"],
  ["rtl", "variant"],
];

/** In the page: a mark on everything that can have the focus, in the order of the document. */
function number() {
  const candidates = document.querySelectorAll("a[href], button, input:not([type=hidden]), textarea, select, summary, [tabindex='0']");
  const groups = new Set();
  const reachable = [...candidates].filter((element) => {
    if (element.disabled || !element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })) return false;
    if (element.type !== "radio") return true;
    return !groups.has(element.name) && groups.add(element.name);
  });
  reachable.forEach((element, i) => (element.dataset.stop = i));
  return reachable.length;
}

/** In the page: what has the focus, and what is wrong with how it shows it. */
function focused() {
  const element = document.activeElement;
  // A link that goes over two lines has two boxes.
  const box = element.getClientRects()[0];
  const shown = element.type === "radio" ? element.nextElementSibling : element;
  const style = getComputedStyle(shown);
  const trouble = [];
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) trouble.push("has no visible focus");
  const [x, y] = [box.left + Math.min(box.width / 2, 8), box.top + Math.min(box.height / 2, 8)];
  if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) trouble.push("is out of sight");
  else {
    const top = document.elementFromPoint(x, y);
    if (top && !element.contains(top) && !top.contains(element) && !top.closest("label")) trouble.push(`is covered by ${top.outerHTML.slice(0, 80)}`);
  }
  return { stop: Number(element.dataset.stop ?? -1), trouble, html: element.outerHTML.slice(0, 120) };
}

const walk = (lab, site, name, width) => ({
  tool: "keyboard",
  name: `${site} ${name} at ${width} px`,
  run: () =>
    lab.page({ viewport: { width, height: 800 }, reducedMotion: "reduce" }, async (page) => {
      await visit(page, lab.url(site, name));
      const stops = await page.evaluate(number);
      const problems = [];
      for (let expected = 0; expected < stops; expected += 1) {
        await page.keyboard.press("Tab");
        const { stop, trouble, html } = await page.evaluate(focused);
        if (stop !== expected) {
          problems.push(`stop ${expected} of ${stops} is ${stop}: ${html}`);
          break;
        }
        problems.push(...trouble.map((it) => `${html} ${it}`));
      }
      hold(!problems.length, problems.slice(0, 6).join("\n"));
    }),
});

const story = (name, options, run) => ({ tool: "keyboard", name, options, run });

export default (lab) => [
  ...PAGES.map(([site, name]) => walk(lab, site, name, 1280)),
  ...PAGES.slice(1, 6).map(([site, name]) => walk(lab, site, name, 360)),
  story("the first stop leads to the content", {}, () =>
    lab.page({}, async (page) => {
      await visit(page, lab.url("own", "variant"));
      await page.keyboard.press("Tab");
      equal(await page.evaluate(() => document.activeElement.className), "skip", "the first stop");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      hold(await page.evaluate(() => document.activeElement.closest("main")), "the next stop is in the content");
    }),
  ),
  story("answers open, boxes are ticked, the scheme is switched", {}, () =>
    lab.page({ colorScheme: "light" }, async (page) => {
      await visit(page, lab.url("states", "faqPage"));
      await page.locator("details.question summary").first().focus();
      await page.keyboard.press("Enter");
      hold(await page.locator("details.question .answer").first().isVisible(), "Enter opens the answer");
      await page.locator(".scheme").focus();
      await page.keyboard.press("Space");
      equal(await page.locator(".scheme").getAttribute("aria-pressed"), "true", "the switch");
      await visit(page, lab.url("states", "variant"));
      await page.locator(".checklist input").first().focus();
      await page.keyboard.press("Space");
      hold(await page.locator(".checklist input").first().isChecked(), "Space ticks the box");
    }),
  ),
  story("the drawer opens by Enter and closes by Escape", {}, () =>
    lab.page({ viewport: { width: 360, height: 700 } }, async (page) => {
      await visit(page, lab.url("own", "variant"));
      await page.locator(".drawer summary").focus();
      await page.keyboard.press("Enter");
      hold(await page.locator(".menu a").first().isVisible(), "the menu is open");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Escape");
      hold(!(await page.locator(".menu a").first().isVisible()), "the menu is closed");
      equal(await page.evaluate(() => document.activeElement.tagName), "SUMMARY", "the focus is back on");
    }),
  ),
  story("feedback is given", {}, () =>
    lab.page({}, async (page) => {
      await visit(page, lab.url("states", "variant"));
      await page.locator("[name=helpful]").first().focus();
      await page.keyboard.press("ArrowRight");
      hold(await page.locator(".why textarea").isVisible(), "the question after No is there");
      await page.keyboard.press("Tab");
      equal(await page.evaluate(() => document.activeElement.name), "comment", "the next stop");
    }),
  ),
];
