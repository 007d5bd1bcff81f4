// Runs the sandbox and the handler in this page: the same WebAssembly as on a server, with state in memory.
import { createHandler, hookPath, init as loadEdge } from "xinshi/edge";
import { createSandbox, init as loadSandbox } from "xinshi/sandbox";
import edge from "xinshi/wasm/edge_bg.wasm";
import vendors from "xinshi/wasm/sandbox_bg.wasm";
import { ORDER } from "./account-order.js";
import { base } from "./backend.js";

/** Milliseconds between two pulls of reports from the sandbox's vendors. */
const REPORTS_EVERY_MS = 5_000;

/** The key of the URLs to which the vendors push. Public, and used for nothing else. */
const HOOK_KEY = "the key of hooks of a handler in a page";
/** No request can go to this URL, so nobody but the page gets a push. */
const NOWHERE = "http://[";

/** Starts both. `request` reaches them by the paths of a server: `otp/send`, `admin/stats`, `sandbox/{vendor}/…`. */
export async function start() {
  await Promise.all([loadEdge(new URL(edge, import.meta.url)), loadSandbox(new URL(vendors, import.meta.url))]);
  const sandbox = createSandbox();
  const handler = createHandler({
    vendors: Object.fromEntries(ORDER.map((vendor) => [vendor, sandbox.config(vendor)])),
    fetch: sandbox.fetch,
    // Public, and used for nothing else.
    pepper: "the pepper of a handler in a page",
    proof: { key: "the key of proofs that prove nothing", audience: "example" },
    brand: "信使",
    dev: true,
    adminToken: "dev-admin",
    apiTokens: ["dev-token"],
    publicUrl: "http://handler",
    hookKeys: HOOK_KEY,
    testNumbers: { 13800000000: "123456" },
    clientAddress: (request) => request.headers.get("cf-connecting-ip") ?? "127.0.0.1",
    on: () => {},
  });
  // Does the work of a server's cron trigger, but more often: nobody wants to watch for a minute.
  setInterval(() => handler.scheduled().catch((error) => console.error(error)), REPORTS_EVERY_MS);
  const take = (path, init) => handler.fetch(new Request(`http://handler${path}`, init));
  return {
    hooks: Object.fromEntries(ORDER.map((vendor) => [vendor, hookPath(HOOK_KEY, vendor)])),
    sandbox,
    /** @param {string | URL} path @param {RequestInit} [init] */
    request(path, init) {
      const url = new URL(path, base);
      const below = `/${url.href.slice(base.href.length)}`;
      const vendor = below.match(/^\/sandbox(\/.*)$/)?.[1];
      if (vendor?.startsWith("/push/")) return push(vendor, init);
      // Some vendors sign the host.
      if (vendor) return sandbox.fetch(url.origin + vendor, init);
      return take(below, init);
    },
  };

  /** Lets a vendor push, and gives the handler what it would post: no server listens in a page. */
  async function push(path, init) {
    const { url, ...order } = JSON.parse(String(init?.body));
    const ordered = { ...init, body: JSON.stringify({ ...order, url: NOWHERE }) };
    const pushed = await sandbox.fetch(`http://sandbox${path}`, ordered);
    // The sandbox answers 502 with what it could not post, and 4xx where it understood no order.
    if (pushed.status !== 502) return pushed;
    const { contentType, body } = await pushed.json();
    const hook = `/${url.slice(base.href.length)}`;
    const answer = await take(hook, { method: "POST", headers: { "content-type": contentType }, body });
    return Response.json({ url, contentType, body, status: answer.status, answer: await answer.text() });
  }
}
