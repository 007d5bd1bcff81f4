// The instance of the WebAssembly. One that broke is replaced, so that a fault costs one answer and not the process.
import { __wbg_reset_state as reset } from "../wasm/edge.js";

let generation = 0;

/** Which instance it is: what another made cannot be used. */
export const instance = () => generation;

/**
 * Calls into the WebAssembly. Where it stops in a fault of its own, the instance is replaced and the fault thrown.
 * @template T
 * @param {() => T} call
 * @returns {T}
 */
export function guarded(call) {
  const called = generation;
  try {
    return call();
  } catch (error) {
    replaceBroken(error, called);
    throw error;
  }
}

/**
 * Replaces the instance that an error shows to be broken, unless that was done before.
 * @param {unknown} error
 * @param {number} broken
 */
export function replaceBroken(error, broken) {
  if (broken !== generation || !isFault(error)) return;
  generation += 1;
  reset();
}

/** A trap, or memory or a stack that ran out. @param {unknown} error */
const isFault = (error) => error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
