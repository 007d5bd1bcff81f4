// The caller's address, as the server that took the connection tells it. Never from a header that a caller can write.
import { Misuse } from "./misuse.js";
import { called } from "./of-user.js";

/**
 * @param {"cloudflare" | ((request: Request, env: unknown, ctx: unknown) => string | null) | undefined} how
 * @param {Request} request
 * @param {any} env
 * @param {unknown} ctx
 * @returns {string}
 */
export function addressOf(how, request, env, ctx) {
  if (typeof how === "function") return ofText(asked(() => how(request, env, ctx)) ?? "");
  // Cloudflare replaces what a caller wrote there.
  if (how === "cloudflare") return request.headers.get("cf-connecting-ip") ?? "";
  return bySocket(request, env);
}

/** @param {() => unknown} ask */
const asked = (ask) =>
  called(ask, (kind) =>
    wrong(`clientAddress threw: ${kind}. It is to return the address, or null where there is none`),
  );

/** A promise or an object of the server's is a mistake that would limit nobody. @param {unknown} address */
function ofText(address) {
  if (typeof address === "string") return address;
  throw wrong("clientAddress gave no text: it is to return the address itself, and at once");
}

/** @param {string} message */
const wrong = (message) => new Misuse(message, "clientAddress");

/**
 * What Deno.serve, Bun.serve and @hono/node-server pass beside the request.
 * @param {Request} request
 * @param {any} server
 * @returns {string}
 */
function bySocket(request, server) {
  const address =
    server?.remoteAddr?.hostname ?? server?.incoming?.socket?.remoteAddress ?? server?.requestIP?.(request)?.address;
  return typeof address === "string" ? address : "";
}
