// Locates the handler and the sandbox: on the server that serves this page, or, without a server, in this page.

/**
 * @typedef {object} Backend
 * @property {"server" | "page"} kind
 * @property {(path: string, init?: RequestInit) => Promise<Response>} request Requests a path of the handler (`otp/send`)
 * or of the sandbox (`sandbox/inbox`).
 * @property {Record<string, string>} [hooks] The path to which the vendor of each account pushes; absent where the handler
 * takes no pushes.
 */

/** The base URL of every path of the page. */
export const base = new URL("./", document.baseURI);

/** The operator's token of the demo: the same on the server and in the page, and public. */
export const OPERATOR = { authorization: "Bearer dev-admin" };

/** @type {ReturnType<typeof requestPlace> | undefined} */
let place;

/** Where both run. The host answers with `backend.json`; offline, the service worker does. */
export const backendKind = async () => (await (place ??= requestPlace())).kind;

/** Whether the host has the site of the documents, at `docs/`. */
export const hasDocs = async () => Boolean((await (place ??= requestPlace())).docs);

/**
 * Both, wherever they run. In this page, the first call loads their WebAssembly.
 * @returns {Promise<Backend>}
 */
export async function backend() {
  const { kind, hooks } = await (place ??= requestPlace());
  if (kind === "server") return { kind, hooks, request: (path, init) => fetch(new URL(path, base), init) };
  const own = await inPage();
  return { kind, hooks: own.hooks, request: own.request };
}

/** Starts the handler and the sandbox in this page. After a failed load, the next call loads again. */
export function inPage() {
  started ??= import("./in-page.js").then((module) => module.start());
  started.catch(() => (started = undefined));
  return started;
}
/** @type {ReturnType<typeof import("./in-page.js").start> | undefined} */
let started;

/** Requests JSON; rejects unless the answer is a success, with its status and the field that is wrong. */
export async function requestJson(path, init) {
  const response = await (await backend()).request(path, init);
  if (response.ok) return response.json();
  const { status } = response;
  const { field } = await response.json().catch(() => ({}));
  throw Object.assign(new Error(`${path}: ${status}`), { status, field });
}

/** Requests JSON as the operator; with a body, by POST. */
export const requestOperator = (path, body) =>
  requestJson(path, {
    headers: { ...OPERATOR, ...(body && { "content-type": "application/json" }) },
    ...(body && { method: "POST", body: JSON.stringify(body) }),
  });

/** @returns {Promise<{ kind: "server" | "page", hooks?: Record<string, string>, docs?: boolean }>} */
async function requestPlace() {
  try {
    const { handler, hooks, docs } = await (await fetch(new URL("backend.json", base), { cache: "no-store" })).json();
    return handler === true ? { kind: "server", hooks, docs } : { kind: "page" };
  } catch {
    return { kind: "page" };
  }
}
