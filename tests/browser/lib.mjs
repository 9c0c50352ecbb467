// Folders of built sites → servers on this machine, and a browser that opens their pages.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { sites } from "./pages.mjs";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".txt": "text/plain",
  ".xml": "application/xml",
};

export const BROWSER = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Serves the folder below `base`, as a web server does: indexes, compression, and the site's own page for what is missing. */
async function serve(folder, base) {
  const read = async (path) => readFile(join(folder, path.endsWith("/") || path === "" ? `${path}index.html` : path));
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://site").pathname);
    let [status, name] = [200, path.slice(base.length)];
    let body = path.startsWith(base) && !path.includes("..") ? await read(name).catch(() => null) : null;
    if (!body) [status, name, body] = [404, "404.html", await read("404.html")];
    const type = TYPES[extname(name) || ".html"] ?? "application/octet-stream";
    const headers = { "content-type": type, "cache-control": "max-age=600" };
    if (!type.startsWith("image/png")) {
      body = gzipSync(body);
      headers["content-encoding"] = "gzip";
    }
    response.writeHead(status, headers).end(body);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** Starts the servers and the browser. `folders`: site → folder. */
export async function open(folders) {
  const servers = {};
  for (const [site, folder] of Object.entries(folders)) servers[site] = await serve(folder, sites[site].base);
  const browser = await chromium.launch({ executablePath: BROWSER, args: FLAGS });
  const url = (site, path) => servers[site].origin + sites[site].base + path;
  return {
    folders,
    browser,
    /** The address of one of the named pages. */
    url: (site, name) => url(site, sites[site].pages[name]),
    /** The address of any path of a site. */
    at: url,
    /** Runs `use(page, messages)` in a fresh profile; `messages` collects whatever the page says in the console. */
    async page(options, use) {
      const profile = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
      try {
        const page = await profile.newPage();
        const messages = [];
        page.on("console", (message) => messages.push(`${message.type()}: ${message.text()}`));
        page.on("pageerror", (error) => messages.push(String(error)));
        return await use(page, messages);
      } finally {
        await profile.close();
      }
    },
    async close() {
      await browser.close();
      for (const server of Object.values(servers)) server.close();
    },
  };
}

/** Opens an address. A page that leads elsewhere is kept from doing so, so that it can be looked at. */
export async function visit(page, address) {
  await page.route(address, async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replace(/<meta http-equiv="refresh"[^>]*>/, "");
    await route.fulfill({ response, body });
  });
  await page.goto(address, { waitUntil: "load" });
}

/** Throws unless it holds. */
export function hold(holds, what) {
  if (!holds) throw new Error(what);
}

export function equal(found, expected, what) {
  hold(JSON.stringify(found) === JSON.stringify(expected), `${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
}
