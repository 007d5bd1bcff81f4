// Locates the handler and the sandbox: on the server that serves this page, or, without a server, in this page.

/**
 * @typedef {object} Place
 * @property {"server" | "page"} kind
 * @property {(path: string, init?: RequestInit) => Promise<Response>} ask Requests a path of the handler (`otp/send`)
 * or of the sandbox (`sandbox/inbox`).
 */

/** The base URL of every path of the page. */
export const base = new URL("./", document.baseURI);

/** The operator's token of the demo: the same on the server and in the page, and public. */
export const OPERATOR = { authorization: "Bearer dev-admin" };

/** @type {Promise<"server" | "page"> | undefined} */
let kind;

/** The location. The host answers with `place.json`; offline, the service worker does. */
export const kindOfPlace = () => (kind ??= asked());

/**
 * The location of both. In this page, the first call loads their WebAssembly.
 * @returns {Promise<Place>}
 */
export async function place() {
  if ((await kindOfPlace()) === "server")
    return { kind: "server", ask: (path, init) => fetch(new URL(path, base), init) };
  const { ask } = await inside();
  return { kind: "page", ask };
}

/** Starts the handler and the sandbox in this page. After a failed load, the next call loads again. */
export function inside() {
  started ??= import("./inside.js").then((module) => module.start());
  started.catch(() => (started = undefined));
  return started;
}
/** @type {ReturnType<typeof import("./inside.js").start> | undefined} */
let started;

/** Requests JSON; rejects unless the answer is a success. */
export async function askJson(path, init) {
  const response = await (await place()).ask(path, init);
  if (!response.ok) throw Object.assign(new Error(`${path}: ${response.status}`), { status: response.status });
  return response.json();
}

/** Requests JSON as the operator; with a body, by POST. */
export const askOperator = (path, body) =>
  askJson(path, {
    headers: { ...OPERATOR, ...(body && { "content-type": "application/json" }) },
    ...(body && { method: "POST", body: JSON.stringify(body) }),
  });

async function asked() {
  try {
    const { handler } = await (await fetch(new URL("place.json", base), { cache: "no-store" })).json();
    return handler === true ? "server" : "page";
  } catch {
    return "page";
  }
}
