// A handler over a store, with a sandbox as its vendor; and faults between the handler and the two.
import { createHandler, hookPath } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";

const HOOK_KEY = "a key for hooks that is long enough to be one";
const OPERATOR = "the-token-of-the-operator";
const JSON_TYPE = { "content-type": "application/json" };

/**
 * A handler over a store. Several of them over one store act as several processes.
 * @param {import("xinshi/edge").Store} store
 * @param {{ fetch: typeof fetch, config: Function }} sandbox
 */
export function service(store, sandbox, options = {}) {
  const unfinished = [];
  const handler = createHandler({
    vendors: { main: sandbox.config("apiv1") },
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough too", audience: "app" },
    brand: "信使",
    clientAddress: (request) => request.headers.get("x-from"),
    hookKeys: HOOK_KEY,
    adminToken: OPERATOR,
    // The test does not wait between two pulls; the interval is for real vendors.
    wait: async () => {},
    on: () => {},
    fetch: sandbox.fetch,
    store,
    ...options,
  });
  const post = async (path, body, headers) => {
    const init = { method: "POST", headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) };
    return call(path, init);
  };
  const call = async (path, init) => {
    const ctx = { waitUntil: (work) => unfinished.push(work) };
    const response = await handler.fetch(new Request(`http://handler${path}`, init), undefined, ctx);
    return { status: response.status, body: await response.json() };
  };
  return {
    send: (phone, { from = "192.0.2.1", key } = {}, more = {}) =>
      post("/otp/send", { phone, ...more }, { "x-from": from, ...(key && { "idempotency-key": key }) }),
    verify: (challenge, code, from = "192.0.2.1") => post("/otp/verify", { challenge, code }, { "x-from": from }),
    /** Pushes to the account's hook, as its vendor would. */
    push: (body) => call(hookPath(HOOK_KEY, "main"), { method: "POST", headers: { "x-from": "192.0.2.9" }, body }),
    status: (challenge) => call(`/otp/status/${challenge}`, { headers: { "x-from": "192.0.2.8" } }),
    waiting: async () => {
      const headers = { authorization: `Bearer ${OPERATOR}`, "x-from": "192.0.2.7" };
      return (await call("/admin/stats", { headers })).body.receipts.main.waiting;
    },
    /** Sends a kept receipt again. */
    replay: (id) =>
      post(`/admin/receipts/${id}/replay`, {}, { authorization: `Bearer ${OPERATOR}`, "x-from": "192.0.2.7" }),
    scheduled: () => handler.scheduled(),
    optedOut: (phones) => handler.optedOut(phones),
    optOut: async (phone) => {
      const headers = { ...JSON_TYPE, authorization: `Bearer ${OPERATOR}`, "x-from": "192.0.2.7" };
      const init = { method: "POST", headers, body: JSON.stringify({ phone, optedOut: true }) };
      return handler.fetch(new Request("http://handler/admin/opt-out", init));
    },
    sendMany: (bulk, options) => handler.sendMany(bulk, options),
    /** Waits for the steps after an answer. */
    settled: async () => {
      while (unfinished.length > 0) await unfinished.pop();
    },
  };
}

/** The texts in a sandbox's inbox: those to a number, or all. */
export async function texts(sandbox, phone) {
  const query = phone ? `?to=${phone}` : "";
  const answer = await sandbox.fetch(`http://sandbox/inbox${query}`, { headers: { accept: "application/json" } });
  return answer.json();
}

/** The code of the last text to a number. */
export const codeOf = async (sandbox, phone) => (await texts(sandbox, phone)).at(-1)?.text.match(/\d{6}/)[0];

/** Orders a fault for the vendor's next answer. */
export const fault = (sandbox, fault) =>
  sandbox.fetch("http://sandbox/faults", {
    method: "POST",
    headers: JSON_TYPE,
    body: JSON.stringify({ vendor: "apiv1", fault, times: 1 }),
  });

export const FAULTS = ["fails", "loses its answer", "dies before", "dies after"];

/**
 * A store and a sandbox of which one step fails, counted over both; a process that died takes no further step.
 * @param {number} at The step, from 0.
 * @param {string} how One of `FAULTS`.
 */
export function breaking(store, sandbox, at, how) {
  let steps = 0;
  let die;
  const death = new Promise((resolve) => {
    die = resolve;
  });
  const through = async (step) => {
    const number = steps;
    steps += 1;
    if (number < at) return step();
    if (how.startsWith("dies")) {
      if (number === at && how === "dies after") await step();
      die();
      return new Promise(() => {});
    }
    if (number > at) return step();
    if (how === "loses its answer") await step();
    throw new Error(`a fault that a test made: ${how}`);
  };
  return {
    store: { apply: (key, command) => through(() => store.apply(key, command)) },
    sandbox: { config: sandbox.config, fetch: (url, init) => through(() => sandbox.fetch(url, init)) },
    death,
    happened: () => steps > at,
  };
}

/** Runs work while timers, or those that `isMeant` selects, are a hundred times as fast. */
export async function hurried(work, isMeant = (_ms) => true) {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (call, ms, ...rest) => setTimeout(call, isMeant(ms) ? ms / 100 : ms, ...rest);
  try {
    return await work();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
}

/** A sandbox in another process. */
export function servedSandbox(origin) {
  const { config } = createSandbox();
  return {
    config: (vendor) => ({ ...config(vendor), baseUrl: `${origin}/${vendor}` }),
    fetch: (url, init) => fetch(String(url).replace("http://sandbox", origin), init),
  };
}
