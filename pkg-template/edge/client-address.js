// The caller's address, as the server that took the connection tells it. Never from a header that a caller can write.

/**
 * @param {"cloudflare" | ((request: Request, env: unknown, ctx: unknown) => string | null) | undefined} how
 * @param {Request} request
 * @param {any} env
 * @param {unknown} ctx
 * @returns {string}
 */
export function addressOf(how, request, env, ctx) {
  if (typeof how === "function") return how(request, env, ctx) ?? "";
  // Cloudflare replaces what a caller wrote there.
  if (how === "cloudflare") return request.headers.get("cf-connecting-ip") ?? "";
  return bySocket(request, env);
}

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
