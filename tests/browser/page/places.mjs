// Both places of the page: behind the servers of npm start, and as static files of a host without a handler.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { createHandler } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";
import { serve } from "../../../pkg/sandbox/server.js";
import { fileAt } from "../../../scripts/handler/files.mjs";
import { page } from "../../../scripts/page.mjs";
import { environment, root, tool } from "../../../scripts/run.mjs";
import { unusedOrigin } from "../../runtimes/world.mjs";

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".txt": "text/plain",
  ".webmanifest": "application/manifest+json",
};

/** The handler, the page and the sandbox as npm start serves them, on ports of their own. */
export async function startServers() {
  const sandbox = await serve(createSandbox(), { port: 0, host: "127.0.0.1" });
  const sandboxOrigin = `http://127.0.0.1:${sandbox.address().port}`;
  const { port, origin } = new URL(await unusedOrigin());
  const state = mkdtempSync(path.join(tmpdir(), "xinshi-page-"));
  const args = ["scripts/handler/serve.mjs", port, sandboxOrigin, state];
  const stdio = ["ignore", "pipe", "inherit"];
  const handler = spawn(tool("node"), args, { cwd: root, env: environment(), stdio });
  const ended = once(handler, "exit");
  const listening = new Promise((resolve) => {
    createInterface({ input: handler.stdout }).on(
      "line",
      (line) => line.startsWith("xinshi handler on") && resolve(true),
    );
  });
  if (!(await Promise.race([listening, ended.then(() => false)]))) throw new Error("the handler did not start");
  return {
    url: `${origin}/`,
    sandbox: sandboxOrigin,
    async close() {
      if (handler.exitCode === null) handler.kill();
      await ended;
      endServer(sandbox);
      rmSync(state, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/**
 * The page beside a handler without an operator, as the public sees it.
 * @param {{ statistics?: unknown }} [options] Statistics that the operator's route returns anyway.
 */
export async function startPublic({ statistics } = {}) {
  const sandbox = createSandbox();
  const handler = createHandler({
    vendors: { main: sandbox.config("smsadmin") },
    fetch: sandbox.fetch,
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough", audience: "app" },
    brand: "信使",
    clientAddress: () => "192.0.2.1",
    on: () => {},
  });
  const site = {
    async fetch(request) {
      const { origin, pathname, search } = new URL(request.url);
      if (pathname === "/backend.json") return Response.json({ handler: true });
      if (pathname === "/admin/stats" && statistics) return Response.json(statistics);
      const vendor = pathname.match(/^\/sandbox(\/.*)$/)?.[1];
      if (vendor) return sandbox.fetch(new Request(origin + vendor + search, request));
      const file = fileAt(pathname);
      return file ? new Response(file.body, { headers: file.headers }) : handler.fetch(request);
    },
  };
  const server = await serve(site, { port: 0, host: "127.0.0.1" });
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    async close() {
      endServer(server);
    },
  };
}

/**
 * The built page on a host of static files, below a path; and a sandbox elsewhere, for the copies.
 * @param {{ fails?: (name: string) => boolean }} [options] Whether a request for a file fails.
 */
export async function startStatic({ fails = () => false } = {}) {
  const other = await serve(createSandbox(), { port: 0, host: "127.0.0.1" });
  const below = "/some/where/";
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    const name = pathname === below ? "index.html" : path.normalize(`/${pathname.slice(below.length)}`);
    const file = path.join(page, name);
    if (!pathname.startsWith(below) || !existsSync(file)) return response.writeHead(404).end();
    if (fails(name)) return response.writeHead(500).end();
    response.setHeader("content-type", TYPES[path.extname(file)] ?? "text/plain").end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}${below}`,
    sandbox: `http://127.0.0.1:${other.address().port}`,
    async close() {
      endServer(server);
      endServer(other);
    },
  };
}

function endServer(server) {
  server.closeAllConnections();
  server.close();
}
