// Next.js: the handler below /api. Next.js does not tell a route the socket's address, so ADDRESS_HEADER names the
// header that your own proxy writes. Make sure that the proxy replaces a caller's value of it. Without an address,
// every request is rejected.
import { createHash, timingSafeEqual } from "node:crypto";
import { createHandler } from "xinshi/edge";

export const runtime = "nodejs";
export const dynamic = "force-dynamic";

let handler;

function answer(request) {
  handler ??= createHandler({
    ...JSON.parse(process.env.XINSHI),
    basePath: "/api",
    clientAddress: ({ headers }) => (process.env.ADDRESS_HEADER ? headers.get(process.env.ADDRESS_HEADER) : null),
  });
  return handler.fetch(request);
}

/** Your timer or cron job calls it every minute: POST /api/scheduled with the operator's token. */
async function post(request) {
  if (!new URL(request.url).pathname.endsWith("/api/scheduled")) return answer(request);
  if (!isOperator(request)) return new Response(null, { status: 401 });
  await answer(request);
  await handler.scheduled();
  return new Response(null, { status: 204 });
}

/** Whether the request has the operator's token. If none is configured, no request has. */
function isOperator(request) {
  const { adminToken } = JSON.parse(process.env.XINSHI);
  if (typeof adminToken !== "string" || adminToken === "") return false;
  // A constant-time comparison needs values of one length, which hashes have; a comparison with === would leak the
  // length of the matching part.
  const hash = (text) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(request.headers.get("authorization") ?? ""), hash(`Bearer ${adminToken}`));
}

export { answer as GET, answer as OPTIONS, post as POST };
