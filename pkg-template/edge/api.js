// The handler: JavaScript's shape around the WebAssembly, which decides everything.

import { invalid } from "../sms-error.js";
import { hookPath as pathOf } from "../wasm/edge.js";
import { handlerOf } from "./handler.js";
import { guarded } from "./instance.js";
import { load } from "./load.js";

export { SmsError } from "../sms-error.js";
export { casStore } from "./cas-store.js";
export { memoryStore } from "./memory-store.js";
export { verifyProof } from "./proof.js";

/** @type {typeof import("./index.js").init} */
export const init = (module) => load(module);

/** @type {typeof import("./index.js").hookPath} */
export function hookPath(key, account) {
  if (typeof key !== "string" || new TextEncoder().encode(key).length < 32) {
    throw invalid("key", "a hook key has at least 32 bytes");
  }
  const name = String(account);
  return guarded(() => pathOf(key, name)) ?? "";
}

/** @type {typeof import("./index.js").createHandler} */
export const createHandler = (options) => handlerOf(options);
