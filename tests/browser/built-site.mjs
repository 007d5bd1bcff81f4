// Serves a page that Vite built, and on its origin a handler whose vendor is a sandbox.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { createHandler } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";
import { serve } from "../../pkg/sandbox/server.js";

/** The handler's options for proofs. */
export const PROOF = { key: "a key for proofs that is long enough", audience: "app" };

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

/**
 * Serves a directory until the test ends. `inbox` returns the texts that arrived.
 * @param {import("node:test").TestContext} t
 * @param {string} directory
 */
export async function serveBuilt(t, directory) {
  const sandbox = createSandbox();
  const handler = createHandler({
    vendors: { main: sandbox.config("smsadmin") },
    fetch: sandbox.fetch,
    pepper: "a pepper that is long enough to be one",
    proof: PROOF,
    brand: "信使",
    clientAddress: () => "192.0.2.1",
    on: () => {},
  });
  const site = {
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname.startsWith("/otp/")) return handler.fetch(request);
      const file = path.join(directory, path.normalize(pathname === "/" ? "/index.html" : pathname));
      if (!existsSync(file)) return new Response("absent", { status: 404 });
      return new Response(readFileSync(file), {
        headers: { "content-type": TYPES[path.extname(file)] ?? "text/plain" },
      });
    },
  };
  const server = await serve(site, { port: 0, host: "127.0.0.1" });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const headers = { accept: "application/json" };
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    inbox: async () => (await sandbox.fetch("http://sandbox/inbox", { headers })).json(),
  };
}
