// The handler as a Worker, for whoever tries it: every vendor is the sandbox, and whoever asks may pose as any address. Beside
// it, on the same origin, the page and the sandbox.
import { createHandler } from "xinshi/edge";
import { HOOK_KEY } from "./hook-key.mjs";

export { Ledger } from "xinshi/edge";

const handler = createHandler(({ VENDORS, ORIGIN }) => ({
  vendors: VENDORS,
  publicUrl: ORIGIN,
  hookKeys: HOOK_KEY,
  // Not secret, and good for nothing but this.
  pepper: "the pepper of a handler for tries",
  proof: { key: "the key of proofs that prove nothing", audience: "example" },
  brand: "信使",
  dev: true,
  adminToken: "dev-admin",
  apiTokens: ["dev-token"],
  testNumbers: { 13800000000: "123456" },
  clientAddress: (request) => request.headers.get("cf-connecting-ip") ?? "127.0.0.1",
}));

/** As a browser writes the hosts that are this machine. */
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Whether a page of another site asks: what it posts has an Origin. */
function isForeign({ headers }) {
  const origin = headers.get("origin");
  return origin !== null && (!URL.canParse(origin) || !LOOPBACK.test(new URL(origin).hostname));
}

const FILES = /^\/($|assets\/|(index\.html|icon\.svg|manifest\.webmanifest|service-worker\.js)$)/;

export default {
  ...handler,
  async fetch(request, env, ctx) {
    const { hostname, pathname, search } = new URL(request.url);
    // A client of this server may claim any address and knows its tokens: a page of another site must not reach it by another host name.
    if (!LOOPBACK.test(hostname) || isForeign(request)) return new Response("not from another site\n", { status: 403 });
    if (pathname.startsWith("/sandbox/")) {
      const there = new Request(env.SANDBOX + pathname.slice("/sandbox".length) + search, request);
      // A worker cannot cut a connection, as the sandbox does where that is ordered.
      return fetch(there).catch(() => new Response("the sandbox cut the connection", { status: 502 }));
    }
    // The page asks its host where the handler is.
    if (pathname === "/place.json")
      return Response.json({ handler: true }, { headers: { "cache-control": "no-store" } });
    if (FILES.test(pathname)) return env.PAGE.fetch(request);
    return handler.fetch(request, env, ctx);
  },
};
