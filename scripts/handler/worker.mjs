// The handler as a Worker for trying out: every vendor is the sandbox, and a request may claim any address. The same
// origin serves the page and the sandbox.
import { createHandler, hookPath } from "xinshi/edge";
import { HOOK_KEY } from "./hook-key.mjs";

export { Ledger } from "xinshi/edge";

const handler = createHandler(({ VENDORS, ORIGIN }) => ({
  vendors: VENDORS,
  publicUrl: ORIGIN,
  hookKeys: HOOK_KEY,
  // Public, and used for nothing else.
  pepper: "the pepper of a handler for tries",
  proof: { key: "the key of proofs that prove nothing", audience: "example" },
  brand: "信使",
  dev: true,
  adminToken: "dev-admin",
  apiTokens: ["dev-token"],
  testNumbers: { 13800000000: "123456" },
  clientAddress: (request) => request.headers.get("cf-connecting-ip") ?? "127.0.0.1",
}));

/** The hosts of this machine, as a browser writes them. */
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** The path to which each account's vendor pushes. */
const hooksOf = ({ VENDORS }) =>
  Object.fromEntries(Object.keys(VENDORS).map((account) => [account, hookPath(HOOK_KEY, account)]));

/** Whether a page of another site sent the request: its posts have an Origin. */
function isForeign({ headers }) {
  const origin = headers.get("origin");
  return origin !== null && (!URL.canParse(origin) || !LOOPBACK.test(new URL(origin).hostname));
}

const FILES =
  /^\/($|assets\/|docs\/|wasm\/|(index\.html|icon\.svg|manifest\.webmanifest|service-worker\.js|readme\.txt)$)/;

export default {
  ...handler,
  async fetch(request, env, ctx) {
    const { host, hostname, pathname, search } = new URL(request.url);
    // A client of this server may claim any address and knows its tokens, so a page of another site must not reach it
    // under another host name.
    if (!LOOPBACK.test(hostname) || isForeign(request)) return new Response("not from another site\n", { status: 403 });
    if (pathname.startsWith("/sandbox/")) {
      const there = new Request(env.SANDBOX + pathname.slice("/sandbox".length) + search, request);
      // Some vendors sign the host.
      there.headers.set("x-forwarded-host", host);
      // A worker cannot cut a connection, which the sandbox does as an ordered fault.
      return fetch(there).catch(() => new Response("the sandbox cut the connection", { status: 502 }));
    }
    // The page requests this file to find the handler.
    if (pathname === "/backend.json") {
      const { ok: docs } = await env.PAGE.fetch(new URL("/docs/", request.url));
      return Response.json({ handler: true, hooks: hooksOf(env), docs }, { headers: { "cache-control": "no-store" } });
    }
    if (FILES.test(pathname)) return env.PAGE.fetch(request);
    return handler.fetch(request, env, ctx);
  },
};
