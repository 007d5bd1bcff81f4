// The handler behind a server of Node.js: node:http, Express, Koa, Fastify, NestJS. Other servers pass a Request.
import { Readable } from "node:stream";

/** @type {typeof import("./index.js").toNode} */
export const toNode = (handler) => async (incoming, outgoing, next) => {
  try {
    const response = await handler.fetch(requestOf(incoming), { incoming, outgoing });
    const body = new Uint8Array(await response.arrayBuffer());
    if (next && isElsewhere(response, body)) return next();
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(body);
  } catch (error) {
    if (next) return next(error);
    // A request that cannot be represented, such as one with the method TRACE.
    outgoing.writeHead(400).end();
  }
};

/** @param {import("node:http").IncomingMessage & { rawBody?: unknown }} incoming */
function requestOf(incoming) {
  const { method = "GET", rawBody, url } = incoming;
  const headers = new Headers();
  for (const [at, name] of incoming.rawHeaders.entries()) {
    // Names and values alternate. HTTP/2's own fields begin with a colon.
    if (at % 2 === 0 && !name.startsWith(":")) headers.append(name, incoming.rawHeaders[at + 1] ?? "");
  }
  /** @type {any} */
  const init = { method, headers, duplex: "half" };
  const isKept = rawBody instanceof Uint8Array;
  const isTaken = incoming.readableDidRead && !isKept;
  // Serverless platforms read the body, and keep its bytes. Node.js 20 and 22 make no request of a stream that was read.
  if (method !== "GET" && method !== "HEAD" && !isTaken) init.body = isKept ? rawBody : Readable.toWeb(incoming);
  const request = new Request(`http://localhost${url}`, init);
  // A body parser before the handler read the body: the handler says so.
  if (isTaken) Object.defineProperty(request, "bodyUsed", { value: true });
  return request;
}

/** Whether the path is none of the handler's, and so the next middleware's. @param {{ status: number }} response @param {Uint8Array} body */
const isElsewhere = ({ status }, body) =>
  status === 404 && new TextDecoder().decode(body).includes('"urn:xinshi:problem:not-found"');
