// Next.js: the handler below /api. Next.js does not tell a route the socket's address: ADDRESS_HEADER names the header that
// your own proxy writes. Make sure that it replaces what a caller wrote there; without one, every request is refused.
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

/** For a timer or a cron job of yours, every minute: POST /api/scheduled with the operator's token. */
async function post(request) {
  if (!new URL(request.url).pathname.endsWith("/api/scheduled")) return answer(request);
  if (!isOperator(request)) return new Response(null, { status: 401 });
  await answer(request);
  await handler.scheduled();
  return new Response(null, { status: 204 });
}

/** Whether the request has the operator's token. Where none is configured, nobody is the operator. */
function isOperator(request) {
  const { adminToken } = JSON.parse(process.env.XINSHI);
  if (typeof adminToken !== "string" || adminToken === "") return false;
  // Hashes have one length, as what is compared in constant time must; a comparison with === tells how much of it was right.
  const hash = (text) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(request.headers.get("authorization") ?? ""), hash(`Bearer ${adminToken}`));
}

export { answer as GET, answer as OPTIONS, post as POST };
