// Keeps the page in step with its source while the site is previewed. It is added to the answer, never to the build.
//
// It runs before the page's own modules, and notes the document as the server sent it: each node of that copy knows the
// live node that it stands for. What scripts do to the live page later is theirs, and is left alone: only what differs
// between the old copy and the new page is changed.

const own = document.querySelector("script[data-guidepost]");
let version = own.dataset.guidepost;
let copy = document.documentElement.cloneNode(true);
const live = new WeakMap();
const pair = (old, now) => {
  live.set(old, now);
  const children = now.childNodes;
  old.childNodes.forEach((child, i) => children[i] && pair(child, children[i]));
};
pair(copy, document.documentElement);

// Elements that scripts added to or took from. New ones of their kind would miss what scripts did to these.
const name = (element) => (element?.nodeType === 1 ? [element.localName, ...element.classList].join(".") : "");
const kind = (element) => `${name(element.parentNode)}>${name(element)}`;
const dressed = new Set();
const kinds = new Set();
// What scripts did not touch although it was there. The first of a kind they have never seen: what they would do to it
// is not known. Plain text, tables and pictures they are believed to leave alone.
const plain = new RegExp(
  "^(a|a.broken|abbr|b|blockquote|br|caption|cite|code|dd|del|dfn|dl|dt|em|hr|i|img|ins|kbd|li|ol|p|picture|q|s|small|" +
    "source|span|strong|sub|sup|table|tbody|t[dh](.left|.center|.right)?|thead|time|tr|u|ul|var|wbr)$",
);
const isNew = (one, kind) => !plain.test(name(one)) && !seen.has(kind);
const seen = new Set();
const see = (root) => root.querySelectorAll("*").forEach((one) => seen.add(kind(one)));
see(copy);
function note(records) {
  for (const { target, addedNodes, removedNodes } of records) {
    if ([...addedNodes, ...removedNodes].includes(ui)) continue;
    for (const node of removedNodes) {
      if (node.nodeType !== 1) continue;
      dressed.add(node);
      kinds.add(name(node));
    }
    if (target === document.head || target === document.body) continue;
    dressed.add(target);
    kinds.add(kind(target));
  }
}
const observer = new MutationObserver(note);

// ---- the overlay, in a shadow of its own, so that no style of the page reaches it and none of it reaches the page

const ui = document.createElement("guidepost-overlay");
const shadow = ui.attachShadow({ mode: "open" });
const sheet = new CSSStyleSheet();
sheet.replaceSync(`
:host { all: initial; }
.stack { position: fixed; z-index: 2147483647; inset: auto 0 0; display: flex; flex-direction: column; align-items: flex-end;
  gap: .75rem; padding: clamp(.5rem, 2vw, 1rem); pointer-events: none; font: 15px/1.5 system-ui, sans-serif; color: #f2f0f5; }
.stack > * { pointer-events: auto; }
section { --edge: #ff6b7d; box-sizing: border-box; inline-size: 100%; max-inline-size: 80rem; align-self: center; max-block-size: min(70vh, 40rem); display: flex;
  flex-direction: column; border-radius: .75rem; overflow: hidden; background: #1b1a20; border: 1px solid #4a4753;
  border-block-start: .25rem solid var(--edge); box-shadow: 0 .75rem 2.5rem #0009; }
section.warnings { --edge: #f0b429; }
section.notice { --edge: #7fb2ff; max-inline-size: 34rem; align-self: flex-end; }
header { display: flex; align-items: center; gap: .75rem; padding: .625rem .625rem .625rem 1.125rem; }
h2 { flex: 1; margin: 0; font: inherit; font-weight: 650; }
.body { overflow: auto; padding: 0 1.125rem 1rem; scrollbar-color: #77737d transparent; }
article { padding-block: .875rem; border-block-start: 1px solid #35333c; }
h3 { margin: 0; font: inherit; font-weight: 600; overflow-wrap: anywhere; }
.error b { color: #ff8f9d; }
.warning b { color: #f7ca6b; }
b { font: 13px/1.5 ui-monospace, monospace; }
pre { margin: .5rem 0 0; overflow-x: auto; font: 13px/1.55 ui-monospace, monospace; tab-size: 4; scrollbar-color: #77737d transparent; }
.dim { color: #9a96a3; }
.error .caret { color: #ff8f9d; }
.warning .caret { color: #f7ca6b; }
.help { color: #8fd6b4; }
.help, .path { white-space: pre-wrap; overflow-wrap: anywhere; }
.path { color: #9a96a3; }
a { color: #a9cdff; }
p { margin: 0; overflow-wrap: anywhere; }
button { font: 14px/1.4 system-ui, sans-serif; color: inherit; background: #35333c; border: 1px solid #77737d; border-radius: .5rem;
  padding: .3rem .75rem; cursor: pointer; }
button:hover { background: #4a4753; }
:focus-visible { outline: 2px solid #a9cdff; outline-offset: 2px; }
.pill { border-radius: 2rem; padding: .35rem .9rem; font: 14px/1.4 system-ui, sans-serif; background: #1b1a20; border: 1px solid #77737d;
  box-shadow: 0 .25rem 1rem #0006; }
.pill.errors { background: #5c1420; border-color: #ff6b7d; }
.pill.warnings { background: #4a3500; border-color: #f0b429; color: #ffe3a6; }
@media (forced-colors: active) { section, .pill { border-color: CanvasText; } }
@media print { :host { display: none; } }`);
shadow.adoptedStyleSheets = [sheet];

const make = (name, values, ...inside) => {
  const element = Object.assign(document.createElement(name), values);
  element.append(...inside);
  return element;
};
const count = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
const both = (...parts) => parts.filter(Boolean).join(", ");

// A diagnostic is shown as the terminal prints it, with colours of our own.
const line = (text) => {
  if (/^\s*(= )?help: /.test(text)) return [make("span", { className: "help", textContent: text })];
  if (/^\s*--> /.test(text)) return [make("span", { className: "path", textContent: text })];
  const [, gutter, rest] = /^(\s*\d* [|+-]|\s*\d*\s*\|)?(.*)$/s.exec(text);
  const marks = rest.split(/(\^+.*)/s).map((part, i) => (i % 2 ? make("span", { className: "caret", textContent: part }) : part));
  return [make("span", { className: "dim", textContent: gutter ?? "" }), ...marks];
};
const article = (text) => {
  const [, weight, code, title, rest] = /^(\w+)(?:\[(.*?)\])?: (.*?)(?:\n(.*))?$/s.exec(text) ?? [, "error", "", text, ""];
  const head = make("h3", {}, make("b", { textContent: `${weight}${code ? `[${code}]` : ""}:` }), ` ${title}`);
  const lines = (rest ?? "").split("\n").flatMap((text, i) => (i ? ["\n", ...line(text)] : line(text)));
  return make("article", { className: weight }, head, rest ? make("pre", { tabIndex: 0 }, ...lines) : "");
};

let state = { errors: [], warnings: [], elsewhere: { count: 0, texts: [] }, gone: null };
let lost = false;
// What the reader opened or closed, as long as it says the same.
const choices = new Map();
let drawn = "[]";

// A list that is open as a panel, or closed to a button that opens it.
function list(name, look, title, texts, isOpen) {
  const key = JSON.stringify(texts);
  const choose = (isOpen) => () => {
    choices.set(name, { key, isOpen });
    draw();
    shadow.querySelector(`[data-name=${name}]`)?.focus({ preventScroll: true });
  };
  const choice = choices.get(name);
  if (choice?.key === key) isOpen = choice.isOpen;
  const button = make("button", { type: "button", textContent: isOpen ? "Close" : title });
  button.dataset.name = name;
  button.ariaExpanded = isOpen;
  button.addEventListener("click", choose(!isOpen));
  if (!isOpen) return Object.assign(button, { className: `pill ${look}` });
  const head = make("header", {}, make("h2", { textContent: title }), button);
  const section = make("section", { className: look }, head, make("div", { className: "body" }, ...texts.map(article)));
  section.setAttribute("role", look === "errors" ? "alert" : "status");
  section.addEventListener("keydown", (event) => event.key === "Escape" && choose(false)());
  return section;
}

function notice({ to }) {
  const where = to ? ["It is now at ", make("a", { href: to, textContent: to }), "."] : ["Its file is gone."];
  const head = make("header", {}, make("h2", { textContent: "There is no such page any more" }));
  const section = make("section", { className: "notice" }, head, make("div", { className: "body" }, make("p", {}, ...where)));
  section.setAttribute("role", "status");
  return section;
}

function draw() {
  const { errors, warnings, elsewhere, gone } = state;
  const now = JSON.stringify([errors, warnings, elsewhere, gone, lost, [...choices]]);
  if (now === drawn) return;
  drawn = now;
  const parts = [];
  // A page that cannot be shown is itself the place for what is wrong with it.
  const page = document.querySelector("[data-guidepost-errors]");
  if (page && (errors.length || elsewhere.count)) page.textContent = (errors.length ? errors : elsewhere.texts).join("\n\n");
  if (gone) parts.push(notice(gone));
  if (errors.length && !page) {
    const title = both(count(errors.length, "error"), warnings.length && count(warnings.length, "warning"));
    parts.push(list("errors", "errors", title, [...errors, ...warnings], true));
  } else if (warnings.length && !page) parts.push(list("warnings", "warnings", count(warnings.length, "warning"), warnings, false));
  if (elsewhere.count && !page) {
    const more = elsewhere.count - elsewhere.texts.length;
    const texts = more > 0 ? [...elsewhere.texts, `and ${more} more: guidepost check lists them`] : elsewhere.texts;
    parts.push(list("elsewhere", "errors", `${count(elsewhere.count, "error")} on other pages`, texts, false));
  }
  if (lost) parts.push(make("div", { className: "pill", textContent: "The preview has ended" }));
  shadow.replaceChildren(...(parts.length ? [make("div", { className: "stack" }, ...parts)] : []));
  if (parts.length) ui.isConnected || document.documentElement.append(ui);
  else ui.remove();
}

// ---- from the old page to the new one

// A script that runs, unlike a block of data.
const runs = (node) => node.localName === "script" && !node.hasAttribute("data-guidepost") && /^$|javascript|module/.test(node.type);

// Two nodes may be the same thing with other contents.
const alike = (a, b) =>
  a.nodeType === b.nodeType && (a.nodeType !== 1 || (a.localName === b.localName && a.id === b.id && !runs(a) && !runs(b)));

// Which node of `a` became which of `b`: equal nodes first, in the longest row; between them, nodes of a kind in order.
function matched(a, b) {
  const pairs = [];
  let start = 0;
  let [endA, endB] = [a.length, b.length];
  while (start < endA && start < endB && a[start].isEqualNode(b[start])) pairs.push([start, start++]);
  const tail = [];
  while (endA > start && endB > start && a[endA - 1].isEqualNode(b[endB - 1])) tail.unshift([--endA, --endB]);
  const [n, m] = [endA - start, endB - start];
  const equal = [];
  if (n && m && n * m <= 250000) {
    const same = Array.from({ length: n }, (_, i) => Array.from({ length: m }, (_, j) => a[start + i].isEqualNode(b[start + j])));
    const best = Array.from({ length: n + 1 }, () => new Uint16Array(m + 1));
    for (let i = n - 1; i >= 0; i--)
      for (let j = m - 1; j >= 0; j--)
        best[i][j] = same[i][j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
    for (let i = 0, j = 0; i < n && j < m; )
      if (same[i][j]) equal.push([start + i++, start + j++]);
      else if (best[i + 1][j] >= best[i][j + 1]) i++;
      else j++;
  }
  let [i, j] = [start, start];
  for (const [nextA, nextB] of [...equal, [endA, endB]]) {
    for (let k = j; k < nextB; k++) {
      const from = a.slice(i, nextA).findIndex((node) => alike(node, b[k]));
      if (from >= 0) {
        pairs.push([i + from, k]);
        i += from + 1;
      }
    }
    if (nextA < endA || nextB < endB) pairs.push([nextA, nextB]);
    [i, j] = [nextA + 1, nextB + 1];
  }
  return [...pairs, ...tail];
}

// What has to be done, found out before any of it is, because some things can only be done by loading the page anew.
class Anew extends Error {}

function plan(old, now, steps) {
  if (old.nodeType !== 1) {
    if (old.data !== now.data) steps.push(() => live.get(old) && (live.get(old).data = now.data));
    return;
  }
  if (old !== copy) attributes(old, now, steps);
  else steps.push(() => ["lang", "dir"].forEach((name) => document.documentElement.setAttribute(name, now.getAttribute(name) ?? "")));
  const [a, b] = [[...old.childNodes], [...now.childNodes]];
  const pairs = matched(a, b);
  const taken = new Set(pairs.map(([i]) => i));
  const given = new Map(pairs.map(([i, j]) => [j, i]));
  for (const [i, node] of a.entries()) if (!taken.has(i)) leave(node, steps);
  let before = null;
  for (const [j, node] of b.entries()) {
    if (given.has(j)) {
      before = a[given.get(j)];
      if (!before.isEqualNode(node)) plan(before, node, steps);
    } else {
      enter(old, before, node, steps);
      before = node;
    }
  }
}

function attributes(old, now, steps) {
  const names = new Set([...old.getAttributeNames(), ...now.getAttributeNames()]);
  const changed = [...names].filter((name) => old.getAttribute(name) !== now.getAttribute(name));
  if (!changed.length) return;
  const tag = old.localName;
  if (tag === "script") return;
  if (tag === "meta" && now.httpEquiv) throw new Anew();
  if (tag === "link" && /stylesheet/.test(old.rel) && changed.includes("href")) {
    return steps.push(() => live.set(old, swap(live.get(old), now.getAttribute("href"))));
  }
  steps.push(() => {
    const element = live.get(old);
    if (!element) return;
    for (const name of changed) {
      // A class of the root may be a script's, the others are the author's.
      if (name === "class") {
        const [was, is] = [old, now].map((node) => [...node.classList]);
        element.classList.remove(...was.filter((one) => !is.includes(one)));
        element.classList.add(...is.filter((one) => !was.includes(one)));
      } else if (now.hasAttribute(name)) element.setAttribute(name, now.getAttribute(name));
      else element.removeAttribute(name);
    }
  });
}

function leave(node, steps) {
  const now = live.get(node);
  if (runs(node) || (now?.nodeType === 1 && [now, ...now.querySelectorAll("*")].some((one) => dressed.has(one)))) throw new Anew();
  if (node.localName === "link" && /stylesheet/.test(node.rel)) steps.later.push(() => now?.remove());
  else steps.push(() => now?.remove());
}

function enter(parent, before, node, steps) {
  if (node.nodeType === 1) {
    const all = [node, ...node.querySelectorAll("*")];
    // The outermost one stands in the old copy's element in a moment.
    const kindOf = (one) => (one === node ? `${name(parent)}>${name(one)}` : kind(one));
    const isTheirs = (one) => kinds.has(kindOf(one)) || kinds.has(name(one)) || isNew(one, kindOf(one));
    if (all.some((one) => runs(one) || isTheirs(one))) throw new Anew();
  }
  steps.push(() => {
    const made = document.importNode(node, true);
    pair(node, made);
    const [place, where] = [live.get(parent), before && live.get(before)];
    if (where?.parentNode) where.after(made);
    else if (!before) place?.prepend(made);
    else place?.append(made);
  });
}

// The old stylesheet stays until the new one can be used: nothing flashes.
function swap(link, href) {
  if (!link) return;
  const next = link.cloneNode();
  next.href = href;
  const done = () => link.remove();
  next.addEventListener("load", done, { once: true });
  next.addEventListener("error", done, { once: true });
  link.after(next);
  return next;
}

// Whether a version is that of a page that cannot be made at present, or is gone.
const isMissing = (name) => name === "404" || name.startsWith("500");

async function update() {
  const answer = await fetch(location.href, { cache: "no-store", headers: { accept: "text/html" } });
  // A page that cannot be made leaves what is shown as it is: between the word and the answer something happened, and
  // another word is on its way.
  if (answer.status === 500 && !isMissing(version)) return;
  const text = await answer.text();
  const page = new DOMParser().parseFromString(text, "text/html");
  const next = page.querySelector("script[data-guidepost]")?.dataset.guidepost;
  if (!next) throw new Anew();
  if (next === version) return;
  if (isMissing(next) && !isMissing(version)) return;
  if (isMissing(version)) throw new Anew();
  const steps = Object.assign([], { later: [] });
  note(observer.takeRecords());
  plan(copy, page.documentElement, steps);
  for (const step of [...steps, ...steps.later]) step();
  observer.takeRecords();
  rebase(copy, page.documentElement);
  copy = page.documentElement;
  version = next;
  dispatchEvent(new CustomEvent("guidepost:updated"));
}

// The new copy's nodes stand for the live nodes that the old copy's stood for.
function rebase(old, now) {
  if (!live.has(now)) live.set(now, live.get(old));
  const [a, b] = [[...old.childNodes], [...now.childNodes]];
  for (const [i, j] of matched(a, b)) rebase(a[i], b[j]);
}

// ---- loading anew, with everything as the reader left it

const KEY = "guidepost-preview";
const path = (node) => {
  const steps = [];
  for (; node && node !== document.body && !node.id; node = node.parentElement) {
    steps.unshift([node.localName, [...node.parentElement.children].filter((one) => one.localName === node.localName).indexOf(node)]);
  }
  return [node?.id ?? "", steps];
};
const follow = ([id, steps]) => {
  let node = id ? document.getElementById(id) : document.body;
  for (const [name, i] of steps) node = node && [...node.children].filter((one) => one.localName === name)[i];
  return node;
};
function reload() {
  const fields = [...document.querySelectorAll("input, textarea, select")];
  const state = {
    page: location.pathname,
    scroll: [scrollX, scrollY],
    open: [...document.querySelectorAll("details")].map((one) => [path(one), one.open]),
    fields: fields.map((one) => [path(one), one.value, one.checked, one.selectionStart, one.selectionEnd]),
    choices: [...choices],
    focus: document.body.contains(document.activeElement) && document.activeElement !== document.body ? path(document.activeElement) : null,
  };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(state));
  } catch {}
  location.reload();
}
function restore() {
  let state;
  try {
    state = JSON.parse(sessionStorage.getItem(KEY));
    sessionStorage.removeItem(KEY);
  } catch {}
  if (state?.page !== location.pathname) return;
  for (const [name, choice] of state.choices) choices.set(name, choice);
  draw();
  for (const [place, open] of state.open) {
    const details = follow(place);
    if (details) details.open = open;
  }
  for (const [place, value, checked, start, end] of state.fields) {
    const field = follow(place);
    if (!field || field.type === "file") continue;
    if (field.value !== value) field.value = value;
    if ("checked" in field) field.checked = checked;
    try {
      if (start != null) field.setSelectionRange(start, end);
    } catch {}
  }
  if (state.focus) follow(state.focus)?.focus({ preventScroll: true });
  scrollTo({ left: state.scroll[0], top: state.scroll[1], behavior: "instant" });
}

// ---- other files: images, stylesheets and scripts whose names stay the same

async function refresh(files) {
  const paths = new Set(files);
  const at = (address) => {
    const url = new URL(address, location.href);
    return url.origin === location.origin && paths.has(url.pathname);
  };
  if ([...document.scripts].some((script) => script.src && at(script.src))) throw new Anew();
  for (const link of document.querySelectorAll("link[rel~=stylesheet]")) {
    if (!at(link.href)) continue;
    const next = swap(link, `${link.getAttribute("href").split("?")[0]}?${Date.now()}`);
    for (const node of copy.querySelectorAll("link")) if (live.get(node) === link) live.set(node, next);
  }
  for (const image of document.images) {
    if (!at(image.currentSrc || image.src)) continue;
    await fetch(image.src, { cache: "reload" });
    image.src = `${image.getAttribute("src").split("?")[0]}?${Date.now()}`;
  }
}

// ---- the channel

let busy = Promise.resolve();
function heed(word) {
  state = word;
  draw();
  const turn = async () => {
    try {
      // Where a page was shown it stays, under the overlay, until there is a new one.
      const stays = isMissing(word.version) && !isMissing(version);
      if (word.version !== version && !stays) await update();
      if (word.files.length) await refresh(word.files);
    } catch (error) {
      if (error instanceof Anew) reload();
      else console.warn("guidepost:", error);
    }
  };
  busy = busy.then(turn);
}

let channel;
let delay = 100;
function connect() {
  const socket = (channel = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/.guidepost/live`));
  socket.addEventListener("open", () => {
    delay = 100;
    if (lost) {
      lost = false;
      draw();
    }
    socket.send(JSON.stringify({ path: location.pathname, version }));
  });
  socket.addEventListener("message", (event) => heed(JSON.parse(event.data)));
  socket.addEventListener("close", () => {
    if (leaving) return;
    setTimeout(() => {
      lost = delay > 400;
      if (lost) draw();
      connect();
    }, delay);
    delay = Math.min(delay * 2, 2000);
  });
}
let leaving = false;
addEventListener("pagehide", () => {
  leaving = true;
  channel.close();
});
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    leaving = false;
    connect();
  }
});

observer.observe(document.documentElement, { childList: true, subtree: true });
connect();
// Scripts have dressed the page by then, so that fields are where they were.
addEventListener("load", () => setTimeout(restore), { once: true });
