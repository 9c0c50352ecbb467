// What site.js adds: ticks, answers, colours, the remembered account type, copying, prefetching; and that nothing breaks it.
import { visit, hold, equal } from "../lib.mjs";

const ids = (page) => page.locator(".checklist input:checked").evaluateAll((boxes) => boxes.map((box) => box.parentElement.id));

const stories = {
  "ticks are kept, counted and announced": (lab) =>
    lab.page({}, async (page, messages) => {
      await visit(page, lab.url("own", "variant"));
      const boxes = page.locator(".checklist input");
      const total = await boxes.count();
      await boxes.nth(1).check();
      await page.locator(".checklist li > div").nth(2).click();
      const status = page.locator(".progress [role=status]");
      equal(await status.textContent(), `2 of ${total} done`, "the line of progress");
      const before = await ids(page);
      await page.reload();
      equal(await ids(page), before, "ticks after loading again");
      const name = await boxes.first().evaluate((box) => document.getElementById(box.getAttribute("aria-labelledby")).textContent);
      hold(name.trim().length > 5, "boxes have names");
      equal(messages, [], "console");
    }),
  "ticks stay with their items when these change places": (lab) =>
    lab.page({}, async (page) => {
      const url = lab.url("states", "variant");
      await page.goto(url);
      await page.locator("#withdraw input").check();
      await page.locator(".checklist li:last-child input").check();
      const before = await ids(page);
      await page.route(url, async (route) => {
        const response = await route.fetch();
        const turn = (list) => list.replace(/(<li [^]*?<\/li>)/g, "\u0000$1").split("\u0000").reverse().join("");
        const body = (await response.text()).replace(/(<ul class="checklist"[^>]*>)([^]*?)(<\/ul>)/, (_, open, list, close) => open + turn(list) + close);
        await route.fulfill({ response, body });
      });
      await page.reload();
      equal(await ids(page), before.toReversed(), "ticks after turning the list around");
      equal(await page.locator("#invoices input").isChecked(), true, "what the author ticked");
    }),
  "without storage everything else works": (lab) =>
    lab.page({}, async (page, messages) => {
      await page.addInitScript(() => {
        Object.defineProperty(window, "localStorage", { get: () => { throw new DOMException("denied", "SecurityError"); } });
      });
      await visit(page, lab.url("own", "variant"));
      await page.locator(".checklist input").first().check();
      hold((await page.locator(".progress [role=status]").textContent()).startsWith("1 of"), "boxes are counted");
      await page.locator(".scheme").click();
      equal(await page.locator("html").getAttribute("data-theme"), "dark", "the scheme");
      equal(messages, [], "console");
    }),
  "a full storage is no trouble": (lab) =>
    lab.page({}, async (page, messages) => {
      await page.addInitScript(() => {
        Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
      });
      await visit(page, lab.url("own", "variant"));
      await page.locator(".checklist input").first().check();
      await page.locator(".scheme").click();
      equal(messages, [], "console");
    }),
  "a fragment opens its answer": (lab) =>
    lab.page({}, async (page) => {
      const url = lab.url("own", "eightTypesVariant");
      const id = "how-do-i-make-the-file-smaller";
      await page.goto(`${url}#${id}`);
      hold(await page.locator(`#${id}`).isVisible(), "on arrival");
      await page.goto(url);
      hold(!(await page.locator(`#${id}`).isVisible()), "answers are folded");
      await page.evaluate((id) => (location.hash = id), id);
      await page.locator(`#${id}`).waitFor({ state: "visible" });
      const top = await page.locator(`details:has(#${id}) summary`).evaluate((summary) => summary.getBoundingClientRect().top);
      const header = await page.locator("header.site").evaluate((header) => header.getBoundingClientRect().bottom);
      hold(top >= header - 1, `the question stands at ${top}, below the header that ends at ${header}`);
    }),
  "the chosen scheme is there before the page is": (lab) =>
    lab.page({ colorScheme: "light" }, async (page) => {
      const url = lab.url("own", "variant");
      await page.goto(url);
      await page.locator(".scheme").click();
      equal(await page.locator(".scheme").getAttribute("aria-pressed"), "true", "pressed");
      await page.addInitScript(() => {
        new MutationObserver((_, observer) => {
          if (!document.body) return;
          window.early = document.documentElement.dataset.theme;
          observer.disconnect();
        }).observe(document, { childList: true, subtree: true });
        window.frames_ = [];
        requestAnimationFrame(() => window.frames_.push(document.body && getComputedStyle(document.body).colorScheme));
      });
      await page.reload();
      equal(await page.evaluate(() => window.early), "dark", "the scheme when the body begins");
      hold(await page.evaluate(() => !window.frames_.some((scheme) => scheme === "light")), "no frame is light");
      await page.locator(".scheme").click();
      equal(await page.evaluate(() => localStorage.getItem("guidepost-scheme")), null, "the system's own choice is not kept");
    }),
  "the account type is remembered, and nobody is sent anywhere": (lab) =>
    lab.page({}, async (page) => {
      await page.goto(lab.url("own", "variant"));
      await page.goto(lab.url("own", "overview"));
      equal(await page.locator(".chooser li:has(.last) a").evaluateAll((links) => links.map((link) => link.dataset.option)), ["freelancer"], "the last choice");
      hold(page.url() === lab.url("own", "overview"), "the overview stays");
    }),
  "the switcher keeps the place, but never a step": (lab) =>
    lab.page({}, async (page) => {
      const other = async (fragment) => {
        await page.goto(lab.url("own", "variant") + fragment);
        await page.locator(".switcher a", { hasText: "Client" }).click();
        await page.waitForURL(/\/client\//);
        return new URL(page.url()).hash;
      };
      equal(await other("#what-happens-next"), "#what-happens-next", "a heading that both have");
      equal(await other("#step-2"), "", "a step");
      equal(await other("#close-freelancer"), "", "what only one of them has");
    }),
  "code and headings are copied and linked": (lab) =>
    lab.page({ permissions: ["clipboard-read", "clipboard-write"] }, async (page, messages) => {
      await visit(page, lab.url("own", "elements"));
      await page.locator(".code").first().hover();
      await page.locator(".copy").first().click();
      hold((await page.evaluate(() => navigator.clipboard.readText())).startsWith("# site.yaml"), "the code is in the clipboard");
      equal(await page.locator("h2 .hash").first().getAttribute("href"), "#alerts", "the link of a heading");
      equal(messages, [], "console");
    }),
  "the page that a reader points at is fetched ahead, once": (lab) =>
    lab.page({}, async (page, messages) => {
      const asked = [];
      page.on("request", (request) => asked.push(request.url()));
      await visit(page, lab.url("own", "overview"));
      const card = page.locator(".chooser a", { hasText: "Agency" });
      const url = lab.at("own", "upwork/delete-account/agency/");
      const [request] = await Promise.all([page.waitForRequest(url, { timeout: 5000 }), card.hover()]);
      equal(request.resourceType() === "document", false, "it is no visit");
      await page.mouse.move(0, 0);
      await card.hover();
      equal(asked.filter((one) => one === url).length, 1, "requests");
      hold(asked.every((one) => one.startsWith(new URL(url).origin)), "no request leaves the site");
      equal(messages, [], "console");
    }),
  "the table of contents follows the reader": (lab) =>
    lab.page({ viewport: { width: 1440, height: 900 } }, async (page) => {
      await visit(page, lab.url("own", "variant"));
      await page.locator("#what-happens-next").evaluate((heading) => heading.scrollIntoView());
      await page.locator(".toc a[aria-current]", { hasText: "What happens next" }).waitFor({ timeout: 3000 });
    }),
  "a mistyped address is answered with the nearest pages": (lab) =>
    lab.page({}, async (page) => {
      await visit(page, lab.at("states", "accounts/hide-profil/"));
      await page.locator("#nearest a").first().waitFor({ timeout: 5000 });
      equal(await page.locator("#nearest a").first().textContent(), "Hide your profile", "the nearest page");
    }),
  "a mistyped address of a large site is answered, too, from the lists of its letters": (lab) =>
    lab.page({}, async (page) => {
      const asked = [];
      page.on("request", (request) => request.resourceType() === "fetch" && asked.push(new URL(request.url()).pathname));
      await visit(page, lab.at("large", "repairs/mend-a-zipp-fastner/"));
      await page.locator("#nearest a").first().waitFor({ timeout: 5000 });
      equal(await page.locator("#nearest a").first().textContent(), "Mend a zip fastener", "the nearest page");
      equal(asked.sort(), ["/help/a-z/", "/help/a-z/a/", "/help/a-z/f/", "/help/a-z/m/", "/help/a-z/z/"], "lists that were read");
    }),
  "an address below a guide is answered with the guide": (lab) =>
    lab.page({}, async (page) => {
      await visit(page, lab.at("states", "accounts/hide/everybody/"));
      await page.locator("#nearest a").first().waitFor({ timeout: 5000 });
      equal(await page.locator("#nearest a").first().textContent(), "Hide your profile", "the nearest page");
    }),
  "nothing moves while the page loads": (lab) =>
    lab.page({ viewport: { width: 390, height: 800 } }, async (page) => {
      await visit(page, lab.url("own", "eightTypesVariant"));
      const shift = await page.evaluate(
        () =>
          new Promise((done) => {
            let sum = 0;
            new PerformanceObserver((list) => list.getEntries().forEach((entry) => (sum += entry.value))).observe({ type: "layout-shift", buffered: true });
            setTimeout(() => done(sum), 600);
          }),
      );
      hold(shift < 0.01, `layout shift ${shift}`);
    }),
  "an address that moved leads on": (lab) =>
    lab.page({}, async (page) => {
      await page.goto(lab.url("states", "redirect"));
      await page.waitForURL(lab.url("states", "overview"));
    }),
  "feedback leads to a prefilled issue": (lab) =>
    lab.page({}, async (page) => {
      await visit(page, lab.url("own", "variant"));
      const link = new URL(await page.locator(".feedback a").getAttribute("href"));
      equal(link.origin + link.pathname, "https://github.com/guidepost-dev/guidepost/issues/new", "the tracker");
      equal(link.searchParams.get("title"), "Close a freelancer account on Upwork", "its title");
      hold(link.searchParams.get("body").includes("/upwork/delete-account/freelancer/\nFreelancer"), "its text has address and account type");
    }),
  "feedback leads to a prefilled mail": (lab) =>
    lab.page({}, async (page) => {
      await visit(page, lab.url("rtl", "overdue"));
      const link = new URL(await page.locator(".feedback a").getAttribute("href"));
      equal(link.protocol + link.pathname, "mailto:help@example.org", "the address");
      hold(/\/accounts\/close\/client\/\nClient\n.* 2026-01-10$/.test(link.searchParams.get("body")), "its text has address, account type and the day of the check");
    }),
  "the question after No comes only then": (lab) =>
    lab.page({}, async (page) => {
      await visit(page, lab.url("states", "variant"));
      hold(!(await page.locator(".why").isVisible()), "nothing is asked at first");
      await page.locator(".feedback label", { hasText: "Yes" }).click();
      hold(!(await page.locator(".why").isVisible()) && (await page.locator(".feedback .button").isVisible()), "nor after Yes");
      await page.locator(".feedback label", { hasText: "No" }).first().click();
      hold(await page.locator(".why").isVisible(), "the question after No");
    }),
};

export default (lab) => Object.entries(stories).map(([name, run]) => ({ tool: "behaviour", name, run: () => run(lab).then(() => 1) }));
