// The handler: JavaScript's shape around the WebAssembly, which decides everything.
import { route } from "../wasm/edge.js";
import { load } from "./load.js";

export { SmsError } from "../sms-error.js";

/** @type {typeof import("./index.js").init} */
export const init = (module) => load(module);

/** @type {typeof import("./index.js").createHandler} */
export function createHandler() {
  return {
    async fetch(request) {
      await load();
      const reply = route(request.method, new URL(request.url).pathname);
      const { status, headers, body } = reply;
      reply.free();
      return new Response(body, { status, headers: pairs(headers) });
    },
  };
}

/**
 * @param {string[]} flat
 * @returns {[string, string][]}
 */
const pairs = (flat) => flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ""]] : []));
