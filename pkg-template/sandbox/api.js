// The sandbox as a `fetch`: returns what the vendors would reply, with the faults of a network.
import { SmsError, smsError } from "../sms-error.js";
import { Vendors } from "../wasm/sandbox.js";
import { load } from "./load.js";

/** @typedef {{ status: number, headers: string[], body: Uint8Array<ArrayBuffer>, ending: string, timeoutMs: number }} Reply */

export { SmsError };

/** @type {typeof import("./index.js").init} */
export const init = (module) => load(module);

/** @type {typeof import("./index.js").createSandbox} */
export function createSandbox({ seed = 0, now = Date.now, hosts = [], strict = false, vendors: defined = [] } = {}) {
  /** @type {Vendors | undefined} */
  let vendors;
  const opened = () => {
    if (vendors === undefined) {
      const made = new Vendors(seed, hosts, strict);
      // The definition behind an object of `defineVendor`.
      const field = made.define(JSON.stringify(defined.map((/** @type {any} */ vendor) => vendor?.definition)));
      if (field !== undefined) throw wrong(field, `${field} is missing: see the sandbox in docs/en/define-vendor.md`);
      vendors = made;
    }
    return vendors;
  };
  const arrivals = new Arrivals();
  const sandbox = /** @type {import("./index.js").Sandbox} */ ({
    async fetch(input, init) {
      // Bun.serve passes its server as second argument, whose `url` Bun would take for the request's.
      const request = new Request(input, isServer(init) ? undefined : init);
      await load();
      const core = opened();
      const sent = new Uint8Array(await request.arrayBuffer());
      /** @returns {Reply} */
      const answer = () => {
        const handle = core.handle(request.method, request.url, [...request.headers].flat(), sent, now());
        const { status, headers, body, ending, timeoutMs } = handle;
        handle.free();
        return { status, headers, body: /** @type {Uint8Array<ArrayBuffer>} */ (body), ending, timeoutMs };
      };
      const first = answer();
      if (first.ending === "wait") {
        const reply = await arrivals.wait(first, answer, request.signal);
        return response(reply, reply.body);
      }
      arrivals.wake();
      return (endings[first.ending] ?? reset)(first, request.signal);
    },
    async waitForCode(to, { timeoutMs = 10_000, signal } = {}) {
      const query = new URLSearchParams({ to: String(to), timeoutMs: String(timeoutMs) });
      const reply = await sandbox.fetch(`http://sandbox/inbox/wait?${query}`, signal && { signal });
      if (reply.ok) return JSON.parse(await reply.text()).code;
      const code = reply.status === 404 ? "timeout" : "invalid_argument";
      throw smsError({ code, sent: "no", message: await reply.text() });
    },
    config(/** @type {any} */ vendor) {
      const name = vendor?.name ?? vendor;
      const config = name === vendor ? Vendors.config(name) : opened().configOf(name);
      if (config === undefined) throw wrong("vendor", "there is no such vendor; list one of defineVendor in `vendors`");
      const options = JSON.parse(config);
      if (name === vendor) return options;
      return { vendor, ...options, ...(vendor.baseUrl ? {} : { baseUrl: `http://sandbox.invalid/${name}` }) };
    },
  });
  return sandbox;
}

/** The requests that wait for a text. */
class Arrivals {
  #wake = () => {};
  #next = this.#again();

  #again() {
    return /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        this.#wake = resolve;
      })
    );
  }

  /** Lets the waiting requests look again. */
  wake() {
    this.#wake();
    this.#next = this.#again();
  }

  /**
   * Answers again after each text, until the answer is one or the time is over.
   * @param {Reply} reply @param {() => Reply} answer @param {AbortSignal} signal
   */
  async wait(reply, answer, signal) {
    let isOver = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const over = new Promise((resolve) => {
      timer = setTimeout(() => resolve((isOver = true)), reply.timeoutMs);
    });
    const aborted = never(signal);
    try {
      let latest = reply;
      while (latest.ending === "wait" && !isOver) {
        await Promise.race([this.#next, over, aborted]);
        if (!isOver) latest = answer();
      }
      return latest;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** @param {string} field @param {string} message */
const wrong = (field, message) => smsError({ code: "invalid_argument", sent: "no", field, message });

/** @param {any} passed */
const isServer = (passed) => typeof passed?.requestIP === "function";

const SLOW_MS = 2000;

/** @type {Record<string, (reply: Reply, signal: AbortSignal) => Promise<Response>>} */
const endings = {
  complete: async (reply) => response(reply, reply.body),
  hang: (_, signal) => never(signal),
  reset,
  push: (reply, signal) => push(reply.body, signal),
  truncated: async (reply) => response(reply, cut(reply.body)),
  slow: async (reply, signal) => {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, SLOW_MS);
    });
    await Promise.race([late, never(signal)]).finally(() => clearTimeout(timer));
    return response(reply, reply.body);
  },
};

/**
 * Makes the request of a push, and returns its result.
 * @param {Uint8Array} order
 * @param {AbortSignal} signal
 */
async function push(order, signal) {
  const { url, contentType, body } = JSON.parse(new TextDecoder().decode(order));
  try {
    const headers = { "content-type": contentType };
    const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
    return Response.json({ url, contentType, body, status: answer.status, answer: await answer.text() });
  } catch (error) {
    return Response.json({ url, contentType, body, error: String(error) }, { status: 502 });
  }
}

/** @returns {Promise<never>} */
async function reset() {
  throw connectionReset();
}

/**
 * @param {Reply} reply
 * @param {BodyInit} body
 */
function response({ status, headers }, body) {
  /** @type {[string, string][]} */
  const pairs = headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1] ?? ""]] : []));
  return new Response(status === 204 ? null : body, { status, headers: pairs });
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<never>}
 */
const never = (signal) =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

/** The error of a reset connection, as Node's fetch raises it. */
const connectionReset = () =>
  new TypeError("fetch failed", { cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }) });

/** @param {Uint8Array<ArrayBuffer>} body */
function cut(body) {
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (sent) return controller.error(connectionReset());
      sent = true;
      controller.enqueue(body.subarray(0, Math.ceil(body.length / 2)));
    },
  });
}
