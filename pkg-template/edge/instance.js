// The instance of the WebAssembly. One that broke is replaced, so that a fault costs one answer and not the process.
import { SmsError } from "../sms-error.js";
import { __wbg_reset_state as reset } from "../wasm/edge.js";

let generation = 0;

/** Which instance it is: what another made cannot be used. */
export const instance = () => generation;

/**
 * Calls into the WebAssembly. Where it stops in a fault of its own, the instance is replaced and the fault thrown. What it
 * means to throw is an SmsError; whatever else comes out of it is a fault.
 * @template T
 * @param {() => T} call Nothing in it but calls into the WebAssembly may throw.
 * @returns {T}
 */
export function guarded(call) {
  const called = generation;
  try {
    return call();
  } catch (error) {
    if (!(error instanceof SmsError) && called === generation) replace();
    throw error;
  }
}

function replace() {
  generation += 1;
  reset();
}
