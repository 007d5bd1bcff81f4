// What the stand-ins of captcha providers share: a server on 127.0.0.1 that keeps what it was asked.
import { createHash, createHmac } from "node:crypto";
import { createServer } from "node:http";

export const sha256 = (text) => createHash("sha256").update(text).digest("hex");
export const hmac = (key, text) => createHmac("sha256", key).update(text).digest();

/** Starts a server; `answer` gives `[status, body]` to a request and its body, or nothing to cut the connection. */
export async function startServer(answer) {
  const asked = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const url = new URL(request.url, "http://server");
    asked.push({ url, headers: request.headers, body });
    const answered = answer({ method: request.method, url, headers: request.headers, body });
    if (!answered) return response.destroy();
    const [status, document] = answered;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(typeof document === "string" ? document : JSON.stringify(document));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, asked, close: () => server.close() };
}

/** Whether each token is used for the first time. */
export function once() {
  const used = new Set();
  return (token) => !used.has(token) && Boolean(used.add(token));
}
