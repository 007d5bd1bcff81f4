// Next.js: the handler below /api. Next.js does not tell a route the socket's address: name the header that your own proxy
// writes, and make sure that it replaces what a caller wrote there.
import { createHandler } from "xinshi/edge";

export const runtime = "nodejs";
export const dynamic = "force-dynamic";

let handler;

function answer(request) {
  handler ??= createHandler({
    ...JSON.parse(process.env.XINSHI),
    basePath: "/api",
    clientAddress: ({ headers }) => headers.get(process.env.ADDRESS_HEADER ?? "x-real-ip"),
  });
  return handler.fetch(request);
}

export { answer as GET, answer as OPTIONS, answer as POST };
