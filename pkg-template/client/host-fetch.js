// The runtime's own fetch, made to send a request once. Sent twice, a text is paid and read twice.

/** Whether this is a page, where anyone can read what a program holds. */
export const inPage = typeof document !== "undefined" && typeof window !== "undefined";

// Deno resends any request, and Bun a GET, when a kept connection closes before the reply: both do without kept ones.
// A page must not take the reply from a cache, send cookies along, or name the URL in a Referer.
const once = inPage
  ? { cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer" }
  : globalThis.Bun
    ? { keepalive: false }
    : {};

let client;

async function denoFetch(url, init) {
  client ??= Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  try {
    return await fetch(url, { ...init, client });
  } catch (error) {
    // Deno tells a connection that was never made in words alone.
    const neverMade = String(error?.cause?.message).includes("client error (Connect)");
    throw neverMade ? Object.assign(new Error("no connection"), { code: "ConnectionRefused" }) : error;
  }
}

export const hostFetch = globalThis.Deno ? denoFetch : (url, init) => globalThis.fetch(url, { ...init, ...once });
