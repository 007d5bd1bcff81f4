// The JavaScript interface of the handler. The WebAssembly makes every decision.
import { casStep, checkCas, hookPath as pathOf, verifyProof as verify } from "../wasm/edge.js";
import { resultOf } from "./executor.js";
import { handlerOf } from "./handler.js";
import { guard, isReady, load } from "./load.js";

export { SmsError } from "../sms-error.js";
export { memoryStore } from "./memory-store.js";

/** @type {typeof import("./index.js").init} */
export const init = (module) => load(module);

/** @type {typeof import("./index.js").createHandler} */
export const createHandler = (options) => handlerOf(options);

/** @type {typeof import("./index.js").hookPath} */
export const hookPath = (key, account) => guard.call(() => pathOf(key, account));

/** @type {typeof import("./index.js").casStore} */
export function casStore(kv) {
  // In a browser the WebAssembly loads later, and the first command checks the options.
  if (isReady()) guard.call(() => checkCas(kv));
  return {
    async apply(key, command) {
      // WebAssembly's glue would fail on an argument of another type, which would look like a fault of the instance.
      const [at, step] = [String(key), String(command)];
      return resultOf(() => casStep(kv, at, step));
    },
  };
}

/** @type {typeof import("./index.js").verifyProof} */
export const verifyProof = (token, options) => resultOf(() => verify(token, options));
