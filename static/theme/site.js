// Adds comfort to pages that work without it. Nothing here is needed to read, to find one's way or to print.
const root = document.documentElement;
const words = document.getElementById("site-js").dataset;
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const make = (name, values, ...inside) => {
  const element = Object.assign(document.createElement(name), values);
  element.append(...inside);
  return element;
};

// Local storage may be full, switched off or forbidden: then nothing is remembered, and nothing else happens.
const recall = (key) => {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {}
};
const keep = (key, value) => {
  try {
    value == null ? localStorage.removeItem(key) : localStorage.setItem(key, value);
  } catch {}
};

// The colour scheme. A choice that is the system's own is not a choice: the page follows the system again.
const dark = matchMedia("(prefers-color-scheme: dark)");
const scheme = document.querySelector(".scheme");
const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
const showScheme = () => scheme?.setAttribute("aria-pressed", isDark());
scheme?.addEventListener("click", () => {
  const next = isDark() ? "light" : "dark";
  const system = next === (dark.matches ? "dark" : "light");
  system ? delete root.dataset.theme : (root.dataset.theme = next);
  keep("guidepost-scheme", system ? null : next);
  showScheme();
});
dark.addEventListener("change", showScheme);
showScheme();

// The drawer closes by Escape, and when the reader goes on elsewhere.
const drawer = document.querySelector(".drawer");
if (drawer) {
  const wide = matchMedia("(min-width: 64rem)");
  const close = () => wide.matches || (drawer.open = false);
  drawer.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drawer.open && !wide.matches) {
      close();
      drawer.querySelector("summary").focus();
    }
  });
  drawer.addEventListener("focusout", (event) => event.relatedTarget && !drawer.contains(event.relatedTarget) && close());
  document.addEventListener("click", (event) => drawer.contains(event.target) || close());
}

// A fragment that names something inside a closed answer opens it, where the browser does not.
const target = () => {
  try {
    return document.getElementById(decodeURIComponent(location.hash.slice(1)));
  } catch {}
};
const reveal = () => {
  const closed = target()?.closest("details:not([open])");
  if (closed) {
    closed.open = true;
    target().scrollIntoView();
  }
};
addEventListener("hashchange", reveal);
reveal();

// Headings get a link to themselves. A question's id is on its answer.
for (const heading of all(".prose :is(h2, h3, h4, h5, h6)")) {
  const id = heading.id || heading.closest(".question")?.querySelector(".answer")?.id;
  if (!id || heading.closest("summary")) continue;
  const link = make("a", { className: "hash", href: `#${id}`, textContent: "#" });
  link.setAttribute("aria-label", `${words.link}: ${heading.textContent.trim()}`);
  heading.append(" ", link);
}

// Code can be copied.
for (const code of all("pre > code")) {
  const pre = code.parentElement;
  const button = make("button", { className: "copy", type: "button", textContent: words.copy });
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent.replace(/\n$/, ""));
    } catch {
      return getSelection().selectAllChildren(code);
    }
    button.textContent = words.copied;
    button.dataset.done = "";
    setTimeout(() => {
      button.textContent = words.copy;
      delete button.dataset.done;
    }, 2000);
  });
  const frame = make("div", { className: "code" });
  pre.replaceWith(frame);
  frame.append(pre, button);
}

// Checklists: ticks are kept by the item's id, for this page.
const ticks = `guidepost-ticks:${location.pathname}`;
const ticked = recall(ticks) ?? {};
for (const list of all(".checklist")) {
  const bar = make("progress", {});
  bar.setAttribute("aria-hidden", "true");
  const text = make("span", {});
  text.setAttribute("role", "status");
  const boxes = [];
  const count = () => {
    const done = boxes.filter((box) => box.checked).length;
    bar.max = boxes.length;
    bar.value = done;
    text.textContent = list.dataset.done.replace("{n}", done).replace("{total}", boxes.length);
  };
  for (const item of list.children) {
    const label = item.firstElementChild;
    label.id ||= `${item.id}-label`;
    const box = make("input", { type: "checkbox", checked: ticked[item.id] ?? "checked" in item.dataset });
    box.setAttribute("aria-labelledby", label.id);
    box.addEventListener("change", () => {
      ticked[item.id] = box.checked;
      keep(ticks, JSON.stringify(ticked));
      count();
    });
    label.addEventListener("click", (event) => event.target.closest("a, button, summary, input") || getSelection()?.toString() || box.click());
    item.prepend(box);
    boxes.push(box);
  }
  count();
  list.before(make("p", { className: "progress" }, bar, text));
}

// The account type is remembered, and marked where there is a choice. Nobody is sent anywhere for it.
const group = (links) => `guidepost-choice:${links.map((link) => link.dataset.option).sort()}`;
const switcher = all(".switcher a[data-option]");
const current = switcher.find((link) => link.ariaCurrent);
if (current) keep(group(switcher), JSON.stringify(current.dataset.option));
for (const chooser of all(".chooser")) {
  const links = all("a", chooser);
  const last = recall(group(links));
  const link = links.find((link) => link.dataset.option === last);
  link?.querySelector("strong").after(make("span", { className: "last", textContent: words.last }));
}

// The switcher carries the fragment over if the other page has it. Steps are numbered page by page: never those.
for (const link of all(".switcher a:not([aria-current])")) {
  link.addEventListener("click", async (event) => {
    const id = target()?.id;
    if (!id || /(^|-)step-\d+$/.test(id) || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    let there = link.href;
    try {
      const page = new DOMParser().parseFromString(await (await fetch(there)).text(), "text/html");
      if (page.getElementById(id)) there += location.hash;
    } catch {}
    location.href = there;
  });
}

// A link is brought into view inside its own scrolling box; the page itself stays where it is.
const show = (link, box) => {
  const [a, b] = [link, box].map((element) => element.getBoundingClientRect());
  if (a.top < b.top + 24 || a.bottom > b.bottom - 24) box.scrollTop += a.top - b.top - b.height / 2;
};
const chosen = document.querySelector(".menu [aria-current]");
if (chosen) show(chosen, chosen.closest(".panel"));

// The table of contents follows the reader.
const contents = document.querySelector(".toc details > ul");
const entries = new Map();
for (const link of all(".toc a")) {
  const place = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (place) entries.set(place, link);
}
if (entries.size) {
  const places = [...entries.keys()];
  let waiting, shown;
  const follow = () => {
    waiting = 0;
    const edge = Math.min(innerHeight * 0.3, 140);
    const ended = innerHeight + scrollY >= root.scrollHeight - 2;
    const here = ended ? places.at(-1) : places.findLast((place) => place.getBoundingClientRect().top < edge);
    if (here === shown) return;
    entries.get(shown)?.removeAttribute("aria-current");
    shown = here;
    const link = entries.get(here);
    link?.setAttribute("aria-current", "true");
    if (link && contents.scrollHeight > contents.clientHeight) show(link, contents);
  };
  addEventListener("scroll", () => (waiting ||= requestAnimationFrame(follow)), { passive: true });
  follow();
}

// A page that a reader is about to open is fetched ahead.
const ahead = new Set([location.pathname]);
const prefetch = (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || link.origin !== location.origin || ahead.has(link.pathname) || navigator.connection?.saveData) return;
  ahead.add(link.pathname);
  document.head.append(make("link", { rel: "prefetch", href: link.pathname }));
};
for (const kind of ["pointerover", "touchstart", "focusin"]) document.addEventListener(kind, prefetch, { passive: true });

document.querySelector("[data-print]")?.addEventListener("click", () => print());

// The 404 page offers the pages whose names come nearest to the address that was asked for. The list of a large site is
// split by letter: then the lists of the letters that the words of the address begin with are read.
const nearest = document.getElementById("nearest");
if (nearest) {
  const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  const pairs = (text) => {
    const letters = [...` ${text} `];
    return new Set(letters.slice(1).map((letter, i) => letters[i] + letter));
  };
  const likeness = (a, b) => (2 * [...a].filter((pair) => b.has(pair)).length) / (a.size + b.size);
  const names = (path) => decodeURIComponent(path).split("/").filter(Boolean).map((name) => plain(name.replace(/\.html?$/, "")));
  const read = async (address) => {
    const list = new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html");
    return (selector) => all(selector, list).map((link) => [link.getAttribute("href"), link.textContent]);
  };
  try {
    // The page may be one of an account type: its guide is one name before the last.
    const asked = names(location.pathname).slice(-2).reverse();
    const begins = new Set(asked.flatMap((name) => name.split(" ")).map((word) => (/^\p{N}/u.test(word) ? "0-9" : [...word][0])));
    const first = await read(nearest.dataset.from);
    const letters = new Map(first(".letters a").map(([href, letter]) => [letter.toLowerCase(), href]));
    const lists = [...begins].map((letter) => letters.get(letter)).filter((href) => href && href[0] !== "#");
    const more = await Promise.all(lists.slice(0, 4).map(read));
    const found = [first, ...more]
      .flatMap((list) => list(".index a"))
      .map(([href, textContent]) => {
        const own = [names(href).at(-1), plain(textContent)].map(pairs);
        return { href, textContent, near: Math.max(...asked.flatMap((name, i) => own.map((one) => likeness(pairs(name), one) - i / 10))) };
      })
      .filter((page) => page.near > 0.35)
      .sort((a, b) => b.near - a.near)
      .slice(0, 5);
    nearest.querySelector("ul").append(...found.map(({ href, textContent }) => make("li", {}, make("a", { href, textContent }))));
    nearest.hidden = !found.length;
  } catch {}
}
