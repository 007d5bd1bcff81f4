// Mistakes in how the handler is called that a request shows: the log and the answer name the cause and the remedy.

/** A mistake, to be told to anybody: it holds nothing of the request. */
export class Misuse extends Error {
  /**
   * @param {string} message
   * @param {string} [field] The option to correct; nothing where it is the request that is wrong.
   */
  constructor(message, field) {
    super(message);
    this.field = field;
  }
}

export const bodyWasRead = () =>
  new Misuse(
    "the body was read before the handler saw it, by a body parser or other middleware: put the handler before it, or read a clone of the request there",
  );

/**
 * Refuses what is no web-standard request.
 * @param {any} request
 */
export function refuseForeign(request) {
  if (isRequest(request)) return;
  if (isRequest(request?.req?.raw)) {
    throw new Misuse("fetch was handed Hono's context: app.all(path, (c) => handler.fetch(c.req.raw, c.env))");
  }
  throw new Misuse(
    "fetch was not handed a web-standard Request, which Express, Koa, Fastify and node:http have not: app.use(getRequestListener(handler.fetch)), with getRequestListener of @hono/node-server, and before any body parser",
  );
}

/** @param {any} request */
const isRequest = (request) =>
  typeof request?.url === "string" && typeof request.method === "string" && typeof request.headers?.get === "function";

/**
 * Refuses a request whose body is gone: waiting for it would take all the time that a body may take.
 * @param {Request} request
 * @param {any} env What the server passes beside it: @hono/node-server its `incoming`, which Express may have read.
 */
export function refuseReadBody(request, env) {
  const incoming = env?.incoming;
  const isKept = incoming?.rawBody !== undefined;
  if (request.bodyUsed || (incoming?.readableDidRead === true && !isKept)) throw bodyWasRead();
}

/**
 * Answers where the server waits for no Response: by the response of Express or node:http, or by Express's `next`.
 * @param {any} request
 * @param {any} outgoing
 * @param {any} next
 * @param {number} status
 * @param {string} text
 */
export function answerForeign(request, outgoing, next, status, text) {
  if (isRequest(request)) return;
  if (typeof outgoing?.writeHead === "function" && !outgoing.headersSent) {
    outgoing.writeHead(status, { "content-type": "application/problem+json", "cache-control": "no-store" });
    outgoing.end(text);
  } else if (typeof next === "function") next(new Misuse(JSON.parse(text).detail));
}
