// Pages with scripts switched off → the whole text is there, and every way that leads on works.
import { visit, hold, equal } from "../lib.mjs";
import { all } from "../pages.mjs";

/** In the page: texts of the content that are not to be seen although nothing folds them away. */
function unseen() {
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const missing = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest("details:not([open]) > :not(summary), .js-only, [hidden], .hash, form.feedback")) continue;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) missing.push(node.data.trim().slice(0, 60));
  }
  return missing;
}

const off = { javaScriptEnabled: false };

export default (lab) => [
  ...all
    .filter(({ site }) => site !== "rtl")
    .map(({ site, name }) => ({
      tool: "no scripts",
      name: `${site} ${name}`,
      run: () =>
        lab.page({ ...off, viewport: { width: 390, height: 800 } }, async (page) => {
          await visit(page, lab.url(site, name));
          for (let turn = 0; turn < 40; turn += 1) {
            const folded = page.locator("main details:not([open]) > summary:visible");
            if (!(await folded.count())) break;
            await folded.first().click();
          }
          equal(await page.locator("main details:not([open])").count(), 0, "folded answers that do not open");
          equal(await page.evaluate(unseen), [], "texts that are not to be seen");
        }),
    })),
  ...[390, 1280].map((width) => ({
    tool: "no scripts",
    name: `a reader finds the way at ${width} px`,
    run: () =>
      lab.page({ ...off, viewport: { width, height: 800 } }, async (page) => {
        await page.goto(lab.at("own", ""));
        await page.getByRole("link", { name: "Upwork", exact: true }).first().click();
        await page.locator("main a", { hasText: "Close your" }).first().click();
        await page.locator(".chooser a", { hasText: "Agency" }).click();
        hold(page.url().endsWith("/delete-account/agency/"), `the card leads to ${page.url()}`);
        const contents = page.locator(".toc summary");
        if (await contents.isVisible()) await contents.click();
        await page.locator(".toc a", { hasText: "What happens next" }).click();
        hold(page.url().endsWith("#what-happens-next"), "the table of contents leads to its heading");
        await page.locator(".switcher a", { hasText: "Client" }).click();
        hold(page.url().endsWith("/delete-account/client/"), "the switcher leads to the other account type");
        const drawer = page.locator(".drawer > summary");
        if (await drawer.isVisible()) await drawer.click();
        await page.locator(".panel .menu a").first().click();
        hold(page.url().endsWith("/upwork/"), "the menu leads to the section");
        await page.goto(`${lab.url("own", "variant")}#can-a-closed-account-be-restored`);
        hold(await page.locator("#can-a-closed-account-be-restored").isVisible(), "a fragment shows its answer");
      }),
  })),
  {
    tool: "no scripts",
    name: "feedback is a form with everything in it",
    run: () =>
      lab.page(off, async (page) => {
        let posted;
        await page.route("https://feedback.example.org/**", async (route) => {
          posted = route.request();
          await route.fulfill({ body: "Thank you" });
        });
        await page.goto(lab.url("states", "overdue"));
        await page.locator(".feedback label", { hasText: "No" }).first().click();
        await page.locator(".feedback textarea").fill("Step 2 has moved");
        await page.locator(".feedback button").click();
        await page.waitForURL("https://feedback.example.org/answers");
        const sent = Object.fromEntries(new URLSearchParams(posted.postData()));
        const url = "https://help.example.org/help/accounts/close/client/";
        equal(sent, { helpful: "no", comment: "Step 2 has moved", url, option: "client", verified: "2026-01-10" }, "what was sent");
      }),
  },
  {
    tool: "no scripts",
    name: "a page saved to disk still reads",
    run: () =>
      lab.page(off, async (page) => {
        await page.goto(`file://${lab.folders.own}/upwork/delete-account/freelancer/index.html`);
        equal(await page.evaluate(unseen), [], "texts that are not to be seen");
        hold(await page.locator("ol.steps > li").first().isVisible(), "the steps are there");
      }),
  },
];
