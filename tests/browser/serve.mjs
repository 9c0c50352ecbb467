// node serve.mjs --bin GUIDEPOST [--only part of a name,…] [--corpus FOLDER] [--soak MINUTES]
//
// A site in a temporary folder, a running `guidepost serve`, and Chromium: what an author sees when files are saved.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { cp, mkdtemp, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { BROWSER, FLAGS } from "./lib.mjs";

const { values: args } = parseArgs({ options: { bin: { type: "string" }, only: { type: "string" }, corpus: { type: "string" }, soak: { type: "string" } } });
// For a machine that has other things to do.
const WAIT = 20_000;
const running = new Set();
// Whatever a test ends with, no preview stays behind.
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/** A folder with files, and a preview of it. */
async function preview(files, { port = 0, root } = {}) {
  root ??= await mkdtemp(join(tmpdir(), "guidepost-serve-"));
  const write = async (path, text) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  for (const [path, text] of Object.entries(files)) await write(path, text);
  const child = spawn(args.bin, ["serve", "--root", root, "--port", String(port), "--as-of", "2026-08-01"], { stdio: ["ignore", "ignore", "pipe"] });
  running.add(child);
  let said = "";
  const address = await new Promise((ready, fail) => {
    child.stderr.on("data", (bytes) => {
      said += bytes;
      const found = /(http:\/\/\S+) \(Ctrl-C/.exec(said);
      if (found) ready(found[1]);
    });
    child.on("exit", () => fail(new Error(said)));
  });
  const ended = new Promise((end) => child.on("exit", end)).then(() => running.delete(child));
  return {
    root,
    write,
    /** Like `write`, but nobody meets half a file. */
    put: async (path, text) => {
      await write("new", text);
      await mkdir(dirname(join(root, path)), { recursive: true });
      await rename(join(root, "new"), join(root, path));
    },
    address,
    read: (path) => readFile(join(root, path), "utf8"),
    remove: (path) => rm(join(root, path)),
    /** Memory in kB, and open descriptors. */
    cost: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, "utf8");
      return [Number(/VmRSS:\s+(\d+)/.exec(status)[1]), (await readdir(`/proc/${child.pid}/fd`)).length];
    },
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
    end: async () => {
      child.kill("SIGKILL");
      await ended;
      await rm(root, { recursive: true, force: true });
    },
  };
}

const SETTINGS = "title: Guides\nurl: https://example.org/help/\n";
const filler = (n) => Array.from({ length: n }, (_, i) => `Paragraph number ${i} with some words that make it long enough to be read.\n`).join("\n");
const guide = ({ title = "Guide", first = "The first words.", extra = "" } = {}) => `---
title: ${title}
---

${first}

## Steps <!-- steps -->

1. Open the settings.
2. Choose what to close.

## Before you start <!-- checklist --> {#before}

- [ ] Download your files
- [ ] Tell your clients

## Questions <!-- faq --> {#questions}

### Is it final?

Yes.

### Can I come back?

Yes, at any time.

### Does it cost anything?

No.

### Who can see it?

Nobody.

### What about my money?

It is paid out.

## More {#more}

<input id="field" placeholder="Type here">

${extra}
${filler(40)}
`;
const site = () => ({
  "site.yaml": SETTINGS,
  "content/index.md": "---\ntitle: Home\n---\n\nWelcome.\n",
  "content/guide.md": guide(),
  "content/other.md": "---\ntitle: Other\n---\n\nOther text.\n",
});

const browser = await chromium.launch({ executablePath: BROWSER, args: FLAGS });
/** Opens a page in a fresh profile; what it says in the console is collected. */
async function open(address, context) {
  context ??= await browser.newContext({ viewport: { width: 1200, height: 700 } });
  const page = await context.newPage();
  page.messages = [];
  page.loads = 0;
  // That an address answers "500" while its page cannot be made is no mistake of the page.
  const isMade = (message) => !/status of 500/.test(message.text());
  page.on("console", (message) => isMade(message) && page.messages.push(`${message.type()}: ${message.text()} ${message.location().url}`));
  page.on("pageerror", (error) => page.messages.push(String(error)));
  page.on("load", () => page.loads++);
  // A page may be about to load anew; then the question is put to what comes.
  const evaluate = page.evaluate.bind(page);
  page.evaluate = async (...what) => {
    for (;;) {
      try {
        return await evaluate(...what);
      } catch (error) {
        if (!/context was destroyed/.test(error)) throw error;
        await page.waitForLoadState("load");
      }
    }
  };
  await page.goto(address, { waitUntil: "load" });
  // The channel is open when the page can be told something.
  await page.waitForTimeout(150);
  return page;
}
const shows = (page, text) => page.waitForFunction((text) => document.body?.innerText.includes(text), text, { timeout: WAIT, polling: 5 });
const overlay = (page) => page.evaluate(() => document.querySelector("guidepost-overlay")?.shadowRoot.textContent ?? "");
const until = async (what, is, why = "it") => {
  const start = Date.now();
  for (;;) {
    const found = await what();
    if (is(found)) return found;
    assert.ok(Date.now() - start < WAIT, `${why} stays ${JSON.stringify(found)}`);
    await new Promise((go) => setTimeout(go, 10));
  }
};

const tests = {
  async "an edit is seen, and the reader stays where they were"() {
    const live = await preview(site());
    const page = await open(`${live.address}guide/`);
    await page.evaluate(() => {
      document.documentElement.dataset.theme = "dark";
      const answers = document.querySelectorAll(".question details, details.question");
      answers[1].open = true;
      document.querySelectorAll(".checklist input")[1].click();
      const field = document.getElementById("field");
      field.value = "half a word";
      field.focus();
      field.setSelectionRange(2, 5);
      scrollTo({ top: 900, behavior: "instant" });
      window.mark = "the same document";
    });
    const before = await page.evaluate(() => scrollY);
    await live.write("content/guide.md", guide({ first: "The changed words." }));
    await shows(page, "The changed words.");
    const now = await page.evaluate(() => {
      const field = document.getElementById("field");
      const answers = document.querySelectorAll(".question details, details.question");
      return {
        mark: window.mark,
        theme: document.documentElement.dataset.theme,
        js: document.documentElement.classList.contains("js"),
        open: [...answers].map((one) => one.open),
        ticks: [...document.querySelectorAll(".checklist input")].map((one) => one.checked),
        field: [field.value, field.selectionStart, field.selectionEnd, document.activeElement === field],
        scroll: scrollY,
        hashes: document.querySelectorAll("h2 .hash").length,
      };
    });
    assert.equal(now.mark, "the same document");
    assert.equal(now.theme, "dark");
    assert.ok(now.js);
    assert.deepEqual(now.open.map(Boolean), [false, true, false, false, false]);
    assert.deepEqual(now.ticks, [false, true]);
    assert.deepEqual(now.field, ["half a word", 2, 5, true]);
    assert.ok(Math.abs(now.scroll - before) < 40, `${before} → ${now.scroll}`);
    assert.ok(now.hashes > 0);
    assert.equal(page.loads, 1);
    assert.deepEqual(page.messages, []);
    await live.end();
  },

  async "many edits leave the document that a fresh load would show"() {
    const live = await preview(site());
    const page = await open(`${live.address}guide/`);
    const edits = [
      { first: "One." },
      { first: "One.\n\nA new paragraph.\n\n- and\n- a list" },
      { first: "Changed **in** the [middle](other.md).", extra: "More at the end.\n" },
      { first: "> [!NOTE]\n> A note." , title: "Another title" },
      { first: "```\ncode\n```\n\nText.", extra: "## A new section\n\nWith text.\n" },
      { first: "| a | b |\n|---|---|\n| 1 | 2 |", extra: "" },
      { first: "The end." },
    ];
    for (const [i, edit] of edits.entries()) {
      const text = guide({ ...edit, first: `${edit.first}\n\nEdit ${i} done.` });
      await live.write("content/guide.md", text);
      await shows(page, `Edit ${i} done.`);
      const fresh = await open(`${live.address}guide/`, page.context());
      const body = (page) => page.evaluate(() => document.body.innerText.replace(/\s+/g, " "));
      const expected = await body(fresh);
      await until(() => body(page), (found) => found === expected, `after edit ${i}, where a fresh load shows ${JSON.stringify(expected)},`);
      const head = (page) => page.evaluate(() => [document.title, document.documentElement.lang, ...[...document.querySelectorAll("link[rel=stylesheet], meta[name]")].map((one) => one.outerHTML)]);
      assert.deepEqual(await head(page), await head(fresh));
      await fresh.close();
    }
    assert.deepEqual(page.messages, []);
    await live.end();
  },

  async "only the page whose bytes changed acts"() {
    const live = await preview(site());
    const [guidePage, other] = [await open(`${live.address}guide/`), await open(`${live.address}other/`)];
    const asked = [];
    other.on("request", (request) => asked.push(request.url()));
    await live.write("content/guide.md", guide({ first: "Only here." }));
    await shows(guidePage, "Only here.");
    await other.waitForTimeout(200);
    assert.deepEqual(asked, []);
    await live.end();
  },

  async "mistakes appear over the page and go away"() {
    const live = await preview(site());
    const page = await open(`${live.address}guide/`);
    await page.evaluate(() => (window.mark = "the same document"));
    await live.write("content/guide.md", guide({ first: "[Gone](gone.md)" }));
    const text = await until(() => overlay(page), (text) => text.includes("link/missing-page"));
    assert.match(text, /content\/guide\.md:5:/);
    const styled = () => page.evaluate(() => getComputedStyle(document.querySelector("guidepost-overlay")?.shadowRoot.querySelector(".stack") ?? document.body).position);
    await until(styled, (position) => position === "fixed");
    assert.equal(await page.evaluate(() => window.mark), "the same document", "nothing is loaded anew for a missing link");
    await live.write("content/guide.md", guide({ first: "Mended." }));
    await shows(page, "Mended.");
    await until(() => overlay(page), (text) => text === "");
    await live.write("site.yaml", `${SETTINGS}titel: x\n`);
    await until(() => overlay(page), (text) => text.includes("config/unknown-key"));
    assert.ok((await page.evaluate(() => document.body.innerText)).includes("Mended."));
    await live.write("site.yaml", SETTINGS);
    await until(() => overlay(page), (text) => text === "");
    await live.write("templates/guide.html", "{{ nothing.here }}");
    await until(() => overlay(page), (text) => text.includes("template/render"));
    const broken = await open(`${live.address}guide/`);
    assert.match(await broken.evaluate(() => document.body.innerText), /template\/render/);
    assert.equal(await overlay(broken), "", "what the page shows itself is not shown twice");
    await live.remove("templates/guide.html");
    await shows(broken, "Mended.");
    await until(() => overlay(page), (text) => text === "");
    assert.deepEqual(page.messages, []);
    await live.end();
  },

  async "warnings are a count that opens the list"() {
    const live = await preview(site());
    const page = await open(`${live.address}guide/`);
    await live.write("content/guide.md", guide({ first: "![](x.png)" }).replace("x.png", "dot.svg"));
    await live.write("content/dot.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>');
    await until(() => overlay(page), (text) => text === "1 warning");
    const press = () => page.evaluate(() => document.querySelector("guidepost-overlay").shadowRoot.querySelector("button").click());
    await press();
    await until(() => overlay(page), (text) => /text\/no-alt/.test(text));
    await live.write("content/guide.md", guide({ first: "![](x.png)", extra: "## Another\n\nText.\n" }).replace("x.png", "dot.svg"));
    await shows(page, "Another");
    await until(() => overlay(page), (text) => /text\/no-alt/.test(text), "what was opened stays open");
    await page.waitForTimeout(300);
    await press();
    await until(() => overlay(page), (text) => text === "1 warning");
    await live.end();
  },

  async "a stylesheet is swapped without a flash"() {
    const live = await preview({ ...site(), "static/brand.css": "body { background: rgb(1, 2, 3) }\n" });
    const page = await open(`${live.address}guide/`);
    await page.evaluate(() => {
      window.mark = "the same document";
      window.seen = new Set();
      const look = () => {
        window.seen.add(getComputedStyle(document.body).backgroundColor);
        requestAnimationFrame(look);
      };
      look();
    });
    await live.write("static/brand.css", "body { background: rgb(4, 5, 6) }\n");
    await page.waitForFunction(() => getComputedStyle(document.body).backgroundColor === "rgb(4, 5, 6)", null, { timeout: WAIT });
    await page.waitForTimeout(200);
    const [mark, seen, links] = await page.evaluate(() => [window.mark, [...window.seen], document.querySelectorAll("link[rel=stylesheet]").length]);
    assert.equal(mark, "the same document");
    assert.deepEqual(seen, ["rgb(1, 2, 3)", "rgb(4, 5, 6)"]);
    assert.equal(links, 2);
    assert.deepEqual(page.messages, []);
    await live.end();
  },

  async "new headings come with their links, by loading anew in place"() {
    const live = await preview(site());
    const page = await open(`${live.address}guide/`);
    await page.evaluate(() => {
      document.getElementById("field").value = "kept";
      document.getElementById("field").focus({ preventScroll: true });
      document.querySelectorAll(".checklist input")[0].click();
      scrollTo({ top: 700, behavior: "instant" });
    });
    await live.write("content/guide.md", guide({ extra: "## Brand new\n\nText.\n" }));
    await shows(page, "Brand new");
    await page.waitForFunction(() => document.getElementById("field")?.value === "kept" && scrollY > 600, null, { timeout: WAIT });
    const [links, ticks, focus] = await page.evaluate(() => [
      document.querySelectorAll("#brand-new .hash").length,
      [...document.querySelectorAll(".checklist input")].map((one) => one.checked),
      document.activeElement.id,
    ]);
    assert.deepEqual([links, ticks, focus], [1, [true, false], "field"]);
    await live.end();
  },

  async "the first of its kind comes as scripts would have it, too"() {
    const live = await preview(site());
    const page = await open(`${live.address}other/`);
    await page.evaluate(() => (window.mark = "the same document"));
    await live.write("content/other.md", "---\ntitle: Other\n---\n\nOther *text* with a [link](guide.md).\n\n> A quote.\n\n1. A list.\n\nPlain.\n");
    await shows(page, "Plain.");
    assert.equal(await page.evaluate(() => window.mark), "the same document");
    await live.write("content/other.md", "---\ntitle: Other\n---\n\nOther text.\n\n## A heading\n\n## Things <!-- checklist -->\n\n- [ ] One\n\n## Code\n\n```\nx\n```\n");
    await shows(page, "A heading");
    await page.waitForFunction(() => ["#a-heading .hash", ".checklist input", "button.copy"].every((one) => document.querySelector(one)), null, { timeout: WAIT });
    await live.end();
  },

  async "a page that moved says where to"() {
    const live = await preview(site());
    const page = await open(`${live.address}other/`);
    await live.write("content/other.md", "---\ntitle: Other\nslug: elsewhere\n---\n\nOther text.\n");
    const text = await until(() => overlay(page), (text) => text.includes("/help/elsewhere/"));
    assert.match(text, /no such page any more/);
    await live.write("content/other.md", "---\ntitle: Other\n---\n\nBack again.\n");
    await shows(page, "Back again.");
    await live.end();
  },

  async "eight tabs are open at once"() {
    const live = await preview(site());
    const context = await browser.newContext();
    const pages = [];
    for (let i = 0; i < 8; i++) pages.push(await open(`${live.address}guide/`, context));
    await live.write("content/guide.md", guide({ first: "For all eight." }));
    for (const page of pages) await shows(page, "For all eight.");
    await context.close();
    await live.end();
  },

  async "pages come back when the preview does"() {
    const live = await preview(site());
    const page = await open(`${live.address}guide/`);
    const { port } = new URL(live.address);
    await live.kill();
    await live.write("content/guide.md", guide({ first: "Written while it was away." }));
    await until(() => overlay(page), (text) => /has ended/.test(text));
    const again = await preview({}, { port, root: live.root });
    await shows(page, "Written while it was away.");
    await until(() => overlay(page), (text) => text === "");
    await again.end();
  },

  async "another site learns nothing"() {
    const live = await preview(site());
    const server = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<title>evil</title>"));
    await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    const evil = await open(`http://localhost:${server.address().port}/`);
    const learned = await evil.evaluate(async (address) => {
      const found = [];
      const tried = async (name, what) => {
        try {
          found.push([name, await what()]);
        } catch {}
      };
      await tried("fetch", async () => (await fetch(`${address}guide/`)).text());
      await tried("opaque", async () => (await (await fetch(`${address}guide/`, { mode: "no-cors" })).text()) || Promise.reject());
      await tried("socket", () => new Promise((yes, no) => {
        const socket = new WebSocket(`${address.replace("http", "ws").replace("/help/", "")}/.guidepost/live`);
        socket.onopen = () => yes("open");
        socket.onerror = no;
      }));
      await tried("script", () => new Promise((yes, no) => {
        const script = Object.assign(document.createElement("script"), { src: `${address}feed.xml`, onload: yes, onerror: no });
        document.head.append(script);
      }));
      await tried("image", () => new Promise((yes, no) => {
        const image = Object.assign(new Image(), { src: `${address}dot.svg`, onload: yes, onerror: no });
        void image;
      }));
      await tried("frame", () => new Promise((yes, no) => {
        const frame = Object.assign(document.createElement("iframe"), { src: `${address}guide/` });
        frame.onload = () => (frame.contentDocument?.body.innerText ? yes("read") : no());
        document.body.append(frame);
      }));
      return found;
    }, live.address);
    assert.deepEqual(learned, []);
    server.close();
    await live.end();
  },

  async "from saving to seeing"() {
    const root = await mkdtemp(join(tmpdir(), "guidepost-serve-"));
    if (args.corpus) await cp(args.corpus, root, { recursive: true });
    const live = await preview(args.corpus ? {} : site(), { root });
    const names = args.corpus ? (await readdir(join(root, "content"), { recursive: true })).filter((name) => name.endsWith(".md") && !name.endsWith("index.md")) : ["guide.md"];
    const name = names.sort()[Math.floor(names.length / 2)];
    const old = await live.read(`content/${name}`);
    const page = await open(`${live.address}${name.replace(/\.md$/, "/")}`);
    // The page itself notes when a text was there for the first time, by the clock that we write with.
    await page.evaluate(() => {
      window.seen = {};
      new MutationObserver(() => {
        for (const [mark] of document.body.textContent.matchAll(/MARK\d+/g)) window.seen[mark] ??= performance.timeOrigin + performance.now();
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    const times = [];
    for (let i = 0; i < 50; i++) {
      const start = performance.timeOrigin + performance.now();
      await live.write(`content/${name}`, `${old}\nMARK${i} is here.\n`);
      const seen = await page.waitForFunction((i) => window.seen[`MARK${i}`], i, { timeout: WAIT, polling: 20 });
      times.push((await seen.jsonValue()) - start);
      await page.waitForTimeout(60);
    }
    times.sort((a, b) => a - b);
    console.log(`   median ${times[25].toFixed(1)} ms, worst ${times[49].toFixed(1)} ms, ${page.loads} loads`);
    assert.equal(page.loads, 1);
    await live.end();
  },
};

// What is wrong, be it shown over the page or, if the page was loaded meanwhile, by the page itself.
const wrong = async (page) => (await overlay(page)) + (await page.evaluate(() => document.querySelector("[data-guidepost-errors]")?.textContent ?? ""));

// Ways to break the site: how, what the overlay then says, and how it is mended.
const HALF = "{% extends \"base.html\" %}{% block main %}{{";
const BREAKS = [
  ["front matter", (live, now) => live.write("content/guide.md", now.replace("title:", "titel:")), "front/", (live, now) => live.write("content/guide.md", now)],
  ["a link", (live, now) => live.write("content/guide.md", `${now}\n[Gone](gone.md)\n`), "link/missing-page", (live, now) => live.write("content/guide.md", now)],
  ["settings", (live) => live.write("site.yaml", `${SETTINGS}titel: x\n`), "config/unknown-key", (live) => live.write("site.yaml", SETTINGS)],
  ["a template's syntax", (live) => live.put("templates/guide.html", HALF), "template/syntax", (live) => live.remove("templates/guide.html")],
  ["a template's values", (live) => live.put("templates/guide.html", "{{ nothing.here }}"), "template/render", (live) => live.remove("templates/guide.html")],
  ["half a file", (live, now) => live.write("content/guide.md", now.slice(0, 9)), "front/", (live, now) => live.write("content/guide.md", now)],
];

if (args.soak) {
  tests["an edit a second does no harm"] = async () => {
    const live = await preview(site());
    const context = await browser.newContext();
    const pages = [];
    for (let i = 0; i < 8; i++) pages.push(await open(`${live.address}${i % 2 ? "other" : "guide"}/`, context));
    const [guides, others] = [0, 1].map((odd) => pages.filter((_, i) => i % 2 === odd));
    const end = Date.now() + Number(args.soak) * 60_000;
    const costs = [];
    let [i, broken, compared] = [0, 0, 0];
    for (; Date.now() < end; i++) {
      const next = Date.now() + 1000;
      const mark = `Round ${i}.`;
      const now = guide({ first: mark, title: `Guide ${Math.floor(i / 20)}`, extra: i % 15 ? "" : `## Section ${i}\n\nText.\n` });
      await live.write("content/guide.md", now);
      for (const page of guides) await shows(page, mark);
      if (i % 4 === 3) {
        const [name, harm, says, mend] = BREAKS[broken++ % BREAKS.length];
        await harm(live, now);
        for (const page of guides) await until(() => wrong(page), (text) => text.includes(says), `round ${i}, ${name}:`);
        await mend(live, now);
        for (const page of pages) await until(() => wrong(page), (text) => text === "", `round ${i}, ${name}:`);
        for (const page of guides) await shows(page, mark);
      }
      if (i % 20 === 19) {
        for (const page of pages.slice((compared * 2) % 8, ((compared * 2) % 8) + 2)) {
          const fresh = await open(page.url(), context);
          const seen = (page) => page.evaluate(() => [document.title, document.body.innerText.replace(/\s+/g, " ")]);
          const expected = await seen(fresh);
          await until(() => seen(page), (found) => isDeepStrictEqual(found, expected), `round ${i}, where a fresh load shows ${JSON.stringify(expected)},`);
          await fresh.close();
        }
        compared++;
      }
      if (i % 15 === 14) costs.push(await live.cost());
      await new Promise((go) => setTimeout(go, Math.max(0, next - Date.now())));
    }
    console.log(`   ${i} rounds, broken and mended ${broken} times; the pages loaded ${pages.map((page) => page.loads).join(" ")} times`);
    console.log(`   memory (kB) and descriptors: ${costs.map((cost) => cost.join("/")).join(" ")}`);
    assert.deepEqual(pages.flatMap((page) => page.messages), []);
    assert.ok(others.every((page) => page.loads === 1), "a page that only its menu changed in is never loaded anew");
    const [first, last] = [costs[Math.floor(costs.length / 3)], costs.at(-1)];
    assert.ok(last[0] < first[0] * 1.1 + 4096 && last[1] <= first[1] + 4, "memory and descriptors stay");
    await context.close();
    await live.end();
  };
}

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  if (args.only && !args.only.split(",").some((part) => name.includes(part))) continue;
  try {
    await test();
    console.log(`ok   ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${name}\n${error.stack}`);
  }
}
await browser.close();
console.log(`${failed} failed`);
process.exit(failed ? 1 : 0);
