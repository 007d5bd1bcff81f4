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
    throw Object.assign(new Error("this Deno cannot send a request once"), { code: "XINSHI_NOT_CONNECTED" });
  }
  try {
    return await fetch(url, /** @type {RequestInit} */ ({ ...init, client }));
  } catch (error) {
    // Deno tells a connection that was never made in words alone.
    const cause = error instanceof Error ? error.cause : undefined;
    const neverMade = cause instanceof Error && cause.message.includes("client error (Connect)");
    throw neverMade ? Object.assign(new Error("no connection"), { code: "XINSHI_NOT_CONNECTED" }) : error;
  }
}

/** @type {Fetch} */
export const hostFetch = runtime.Deno ? denoFetch : (url, init) => globalThis.fetch(url, { ...init, ...once });
