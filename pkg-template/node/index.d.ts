import type { IncomingMessage, ServerResponse } from "node:http";
import type { Request, Response } from "../web.js";

/**
 * The handler as a listener of `node:http` and as a middleware of Express: `app.use("/sms", toNode(handler))`, before any
 * body parser. With Koa and Fastify, pass their raw request and response. Paths are read behind the mount point, as
 * `request.url` has them; a path that is none of the handler's goes to `next`, if there is one.
 *
 * A body that a platform has read is taken from `request.rawBody`, if that has its bytes. A body that a parser has read
 * without keeping them is answered with 500 `unreadable-request`. The person's address is the socket's, or what
 * `clientAddress` makes of the request.
 */
export function toNode(handler: {
  fetch(request: Request, env?: unknown): Promise<Response>;
}): (incoming: IncomingMessage, outgoing: ServerResponse, next?: (error?: unknown) => void) => Promise<void>;
