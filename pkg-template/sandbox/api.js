// The sandbox as a `fetch`: what the vendors would answer, and what the network would do to it.
import { SmsError } from "../sms-error.js";
import { Vendors } from "../wasm/sandbox.js";
import { load } from "./load.js";

export { SmsError };

export const init = (module) => load(module);

export function createSandbox({ seed = 0, now = Date.now } = {}) {
  let vendors;
  return {
    async fetch(input, init) {
      await load();
      vendors ??= new Vendors(seed);
      const request = new Request(input, init);
      const body = new Uint8Array(await request.arrayBuffer());
      const reply = vendors.handle(request.method, request.url, [...request.headers].flat(), body, now());
      return endings[reply.ending](reply, request.signal);
    },
    config(vendor) {
      const config = Vendors.config(vendor);
      if (config === undefined) {
        throw new SmsError({ code: "invalid_argument", sent: "no", field: "vendor", message: "there is no such vendor" });
      }
      return JSON.parse(config);
    },
  };
}

const SLOW_MS = 2000;

const endings = {
  complete: (reply) => response(reply, reply.body),
  hang: (_, signal) => never(signal),
  reset: () => Promise.reject(reset()),
  truncated: (reply) => response(reply, cut(reply.body)),
  slow: async (reply, signal) => {
    let timer;
    await Promise.race([new Promise((resolve) => (timer = setTimeout(resolve, SLOW_MS))), never(signal)]).finally(() =>
      clearTimeout(timer),
    );
    return response(reply, reply.body);
  },
};

function response({ status, headers }, body) {
  const pairs = headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1]]] : []));
  return new Response(status === 204 ? null : body, { status, headers: pairs });
}

const never = (signal) =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

/** The error of a connection that ended, as Node's fetch raises it. */
const reset = () => new TypeError("fetch failed", { cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }) });

function cut(body) {
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (sent) return controller.error(reset());
      sent = true;
      controller.enqueue(body.subarray(0, Math.ceil(body.length / 2)));
    },
  });
}
