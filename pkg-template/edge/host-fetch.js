// The runtime's own fetch, made to send a request once. Sent twice, a text is paid and read twice.

/** @typedef {import("../client/index.js").Fetch} Fetch */

/** What runtimes are known by. */
const runtime = /** @type {{ Bun?: unknown, Deno?: any }} */ (/** @type {unknown} */ (globalThis));

// Deno resends any request, and Bun a GET, when a kept connection closes before the reply: both do without kept ones.
/** @type {RequestInit} */
let once = runtime.Bun ? { keepalive: false } : {};

/** Says that this is a page or a worker of one. The reply must not be taken from a cache then, cookies not be sent, and the URL not be named in a Referer. */
export function thisIsAPage() {
  once = { cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer" };
}

/** @type {unknown} */
let client;

/** @type {Fetch} */
async function denoFetch(url, init) {
  try {
    client ??= runtime.Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  } catch {
    throw notConnected("this Deno cannot send a request once");
  }
  try {
    return await fetch(url, /** @type {RequestInit} */ ({ ...init, client }));
  } catch (error) {
    // Deno tells a connection that was never made in words alone.
    const cause = error instanceof Error ? error.cause : undefined;
    const neverMade = cause instanceof Error && cause.message.includes("client error (Connect)");
    throw neverMade ? notConnected("no connection") : error;
  }
}

/** @type {Fetch} */
async function nodeFetch(url, init) {
  try {
    return await globalThis.fetch(url, { ...init, ...once });
  } catch (error) {
    // Node.js tells in words alone that its fetch lets nothing leave to a port, 6000 say.
    const cause = error instanceof Error ? error.cause : undefined;
    throw cause instanceof Error && cause.message === "bad port" ? notConnected("nothing leaves to this port") : error;
  }
}

/** An error of a request that did not leave. @param {string} message */
const notConnected = (message) => Object.assign(new Error(message), { code: "XINSHI_NOT_CONNECTED" });

/** @type {Fetch} */
export const hostFetch = runtime.Deno ? denoFetch : nodeFetch;
