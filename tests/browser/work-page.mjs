// A page of real Chromium or Firefox with the package's proof of work, under a strict content security policy.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import puppeteer from "puppeteer-core";
import { createHandler } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";
import { serve } from "../../pkg/sandbox/server.js";
import { root } from "../../scripts/run.mjs";

const POLICY =
  "default-src 'none'; connect-src 'self'; worker-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:";
const PAGE = `<!doctype html><html lang="en"><link rel="icon" href="data:,"><script type="module" src="/page.js"></script></html>`;
const SCRIPT = `import { createOtp } from "/otp/index.js";
import { solve } from "/otp/work.js";
Object.assign(globalThis, { createOtp, solve });
`;
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };

/** The page, the package's files, and a handler that always wants work. */
function site() {
  const sandbox = createSandbox();
  const handler = createHandler({
    vendors: { main: sandbox.config("smsadmin") },
    fetch: sandbox.fetch,
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough", audience: "app" },
    brand: "信使",
    captcha: { proofOfWork: true, when: "always" },
    clientAddress: () => "192.0.2.1",
    on: () => {},
  });
  return {
    loaded: [],
    bodies: [],
    async fetch(request) {
      const { pathname } = new URL(request.url);
      const headers = (type) => ({ "content-type": type, "content-security-policy": POLICY });
      if (pathname === "/") return new Response(PAGE, { headers: headers("text/html") });
      if (pathname === "/page.js") return new Response(SCRIPT, { headers: headers("text/javascript") });
      const file = path.join(root, "pkg", pathname);
      if (request.method === "GET" && existsSync(file) && statSync(file).isFile()) {
        this.loaded.push(pathname);
        return new Response(readFileSync(file), { headers: headers(TYPES[path.extname(file)]) });
      }
      if (request.method === "POST") this.bodies.push(await request.clone().json());
      return handler.fetch(request);
    },
  };
}

/** A page in a browser, over that site. `close` ends both. */
export async function openWorkPage(options) {
  const pages = site();
  const server = await serve(pages, { port: 0, host: "127.0.0.1" });
  const profile = mkdtempSync(path.join(tmpdir(), "xinshi-work-"));
  const browser = await puppeteer.launch({ headless: true, userDataDir: profile, ...options });
  const close = async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  const page = await browser.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForFunction("globalThis.createOtp");
  return { page, pages, errors, close, say: (script) => page.evaluate(`(async () => { ${script} })()`) };
}

/**
 * A line of a script for `say`: a `challenge` of which no candidate is the answer, so that its work is the longest.
 * @param {number} tries
 */
export const unanswerable = (tries) => `
  const bytes = new Uint8Array(52);
  crypto.getRandomValues(bytes.subarray(0, 16));
  new DataView(bytes.buffer).setUint32(24, ${tries});
  const challenge = "pow." + btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");`;

/**
 * A script for `say`: tries all candidates of such a challenge, and gives the seconds and the worker's message. Chromium slows
 * pages down and no workers, so the worker's own file runs in the page.
 * @param {number} tries
 */
export const longestWork = (tries) => `${unanswerable(tries)}
  const ended = new Promise((resolve) => (globalThis.postMessage = ({ failed }) => failed && resolve(failed)));
  await import("/otp/worker.js");
  const from = performance.now();
  dispatchEvent(new MessageEvent("message", { data: challenge }));
  const failed = await ended;
  return [(performance.now() - from) / 1000, failed];`;
