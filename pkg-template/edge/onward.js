// Passing receipts on: to a queue and to an address of the user's. The WebAssembly decides what, when and how often.

/** How long either may take, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** @typedef {<T>(work: Promise<T>, timeoutMs: number) => Promise<T | "timeout" | "aborted">} Within */

/**
 * Gives nothing where it took too long; throws where it failed.
 * @param {{ send(message: unknown): Promise<unknown> } | undefined} queue
 * @param {unknown} message
 * @param {Within} within
 */
export async function enqueue(queue, message, within) {
  const end = await within(Promise.resolve(queue?.send(message)), TIMEOUT_MS);
  return end === "timeout" ? undefined : "";
}

/**
 * Gives the status, or nothing where there was none in time.
 * @param {import("../client/index.js").Fetch} fetch
 * @param {{ url: string, id: string, timestamp: string, signature: string, body: string }} message
 * @param {Within} within
 */
export async function post(fetch, { url, id, timestamp, signature, body }, within) {
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signature,
  };
  const abort = new AbortController();
  // A redirect is an answer, and none that takes anything.
  const init = { method: "POST", headers, body, redirect: /** @type {const} */ ("manual"), signal: abort.signal };
  const response = await within(fetch(url, init), TIMEOUT_MS);
  if (typeof response === "string") {
    abort.abort(new Error("the webhook took too long"));
    return undefined;
  }
  // Nobody reads what it says, and a body that stays open holds a connection.
  response.body?.cancel().catch(() => {});
  return String(response.type === "opaqueredirect" ? 302 : response.status);
}
