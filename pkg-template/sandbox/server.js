// The sandbox over HTTP, for Node.js: `xinshi sandbox`.
import { createServer } from "node:http";

/**
 * @typedef {import("./index.js").Sandbox} Sandbox
 * @typedef {import("node:http").IncomingMessage} IncomingMessage
 */

/** The maximum length of a request's body, in bytes; the longest documented one, 3000 numbers, has 40 KB. */
const MAX_BODY_BYTES = 1 << 20;

/**
 * Serves a sandbox over HTTP; resolves to the server once it listens.
 * @param {Sandbox} sandbox
 * @param {{ port: number, host: string }} at
 * @returns {Promise<import("node:http").Server>}
 */
export function serve(sandbox, { port, host }) {
  const server = createServer((request, response) => {
    answer(sandbox, request, response).catch(() => response.destroy());
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve(server));
  });
}

/**
 * @param {Sandbox} sandbox
 * @param {IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 */
async function answer(sandbox, request, response) {
  const closed = new AbortController();
  response.once("close", () => closed.abort(new Error("the caller is gone")));
  const body = await read(request);
  if (body === undefined) {
    response.writeHead(413, { connection: "close" }).end("the sandbox takes at most 1 MiB\n");
    return;
  }
  let incoming;
  try {
    const { method = "GET" } = request;
    const hasBody = method !== "GET" && method !== "HEAD";
    const init = { method, headers: headers(request), signal: closed.signal, ...(hasBody && { body }) };
    incoming = new Request(new URL(request.url ?? "/", "http://127.0.0.1"), init);
  } catch {
    response.writeHead(400).end("the sandbox cannot read this request\n");
    return;
  }
  // A fault that cuts the connection rejects here or in the body; `serve` then destroys the response.
  const reply = await sandbox.fetch(incoming);
  response.writeHead(reply.status, Object.fromEntries(reply.headers));
  for await (const part of reply.body ?? []) {
    // Waits for the flush, so that the client receives the beginning of a truncated reply.
    await new Promise((resolve) => response.write(part, resolve));
  }
  response.end();
}

/**
 * @param {IncomingMessage} request
 * @returns {[string, string][]}
 */
function headers(request) {
  return Object.entries(request.headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => /** @type {[string, string]} */ ([name, one])),
  );
}

/** @param {IncomingMessage} request */
async function read(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > MAX_BODY_BYTES) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
