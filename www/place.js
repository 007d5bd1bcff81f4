// Where the handler and the sandbox are: behind the server that serves this page, or, where there is none, in this page.

/**
 * @typedef {object} Place
 * @property {"server" | "page"} kind
 * @property {(path: string, init?: RequestInit) => Promise<Response>} ask Asks the handler (`otp/send`) or the sandbox (`sandbox/inbox`).
 */

/** What every path of the page is relative to. */
export const base = new URL("./", document.baseURI);

/** The operator's token of the demo: the same in both places, and no secret. */
export const OPERATOR = { authorization: "Bearer dev-admin" };

/** @type {Promise<"server" | "page"> | undefined} */
let kind;

/** Which of the two it is. The host says so in `place.json`; without a host, the service worker does. */
export const kindOfPlace = () => (kind ??= asked());

/**
 * The place. Where it is this page, the WebAssembly of both is loaded by the first call.
 * @returns {Promise<Place>}
 */
export async function place() {
  if ((await kindOfPlace()) === "server")
    return { kind: "server", ask: (path, init) => fetch(new URL(path, base), init) };
  const { ask } = await inside();
  return { kind: "page", ask };
}

/** The handler and the sandbox in this page. A load that failed is tried again. */
export function inside() {
  started ??= import("./inside.js").then((module) => module.start());
  started.catch(() => (started = undefined));
  return started;
}
/** @type {ReturnType<typeof import("./inside.js").start> | undefined} */
let started;

/** Asks, and reads the JSON that is answered; rejects where it is no success. */
export async function askJson(path, init) {
  const response = await (await place()).ask(path, init);
  if (!response.ok) throw Object.assign(new Error(`${path}: ${response.status}`), { status: response.status });
  return response.json();
}

/** Asks as the operator; with a body it is a POST. */
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
