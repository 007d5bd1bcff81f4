// The handler: JavaScript's shape around the WebAssembly, which decides everything.
import { handlerOf } from "./handler.js";
import { load } from "./load.js";

export { SmsError } from "../sms-error.js";
export { casStore } from "./cas-store.js";
export { memoryStore } from "./memory-store.js";
export { verifyProof } from "./proof.js";

/** @type {typeof import("./index.js").init} */
export const init = (module) => load(module);

/** @type {typeof import("./index.js").createHandler} */
export const createHandler = (options) => handlerOf(options);
