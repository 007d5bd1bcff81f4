// Serves the handler by Bun.serve at `/`, and by Hono in three ways; prints the port and the path of a hook.
import { Hono } from "hono";
import { createHandler, hookPath } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";

const hookKeys = ["h".repeat(32)];
const sandbox = createSandbox();
const handler = (basePath) =>
  createHandler({
    vendors: { main: sandbox.config("smsadmin") },
    fetch: sandbox.fetch,
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough", audience: "app" },
    brand: "信使",
    adminToken: "the-token-of-an-operator",
    hookKeys,
    basePath,
    on: () => {},
  });
const own = handler("");
const ofHono = handler("/all");
const app = new Hono()
  .all("/all/*", (c) => ofHono.fetch(c.req.raw, c.env))
  .mount("/kept", handler("/kept").fetch, { replaceRequest: false })
  .mount("/copied", own.fetch);
const isHonos = /^(https?:\/\/[^/]*)?\/(all|kept|copied)\//;
const { port } = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request, server) => (isHonos.test(request.url) ? app : own).fetch(request, server),
});
const vendors = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: sandbox.fetch });
console.log(JSON.stringify({ port, vendors: vendors.port, hook: hookPath(hookKeys[0], "main") }));
