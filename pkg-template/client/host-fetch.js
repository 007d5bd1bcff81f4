// The runtime's own fetch, made to send a request once. Sent twice, a text is paid and read twice.

/** @typedef {import("./index.js").Fetch} Fetch */

/** What runtimes are known by. @type {{ Bun?: unknown, Deno?: any, document?: unknown, window?: unknown }} */
const runtime = globalThis;

/** Whether this is a page, where anyone can read what a program holds. */
export const inPage = runtime.document !== undefined && runtime.window !== undefined;

// Deno resends any request, and Bun a GET, when a kept connection closes before the reply: both do without kept ones.
// A page must not take the reply from a cache, send cookies along, or name the URL in a Referer.
/** @type {RequestInit} */
const once = inPage
  ? { cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer" }
  : runtime.Bun
    ? { keepalive: false }
    : {};

/** @type {unknown} */
let client;

/** @type {Fetch} */
async function denoFetch(url, init) {
  client ??= runtime.Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  try {
    return await fetch(url, /** @type {RequestInit} */ ({ ...init, client }));
  } catch (error) {
    // Deno tells a connection that was never made in words alone.
    const cause = error instanceof Error ? error.cause : undefined;
    const neverMade = cause instanceof Error && cause.message.includes("client error (Connect)");
    throw neverMade ? Object.assign(new Error("no connection"), { code: "ConnectionRefused" }) : error;
  }
}

/** @type {Fetch} */
export const hostFetch = runtime.Deno ? denoFetch : (url, init) => globalThis.fetch(url, { ...init, ...once });
