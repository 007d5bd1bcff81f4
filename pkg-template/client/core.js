// The WebAssembly's client behind each JavaScript object. It is made on first use, and again after its instance broke.
import { awaitCall, Call } from "../call.js";
import { guard } from "../guard.js";
import { invalid, SmsError } from "../sms-error.js";
import { Client, faultOf } from "../wasm/client.js";

/**
 * @typedef {{ options: any, client?: Client, instance?: number }} Own
 */

// A weak map, so that a console shows neither a client's options nor their keys.
/** @type {WeakMap<object, Own>} */
export const clients = new WeakMap();

let page = false;

/** Whether this is a page or a page's worker, where anyone can read what the program holds. */
export const isPage = () => page;

export function markAsPage() {
  page = true;
}

/**
 * @param {object} sms
 * @returns {Client}
 */
export function clientOf(sms) {
  const own = clients.get(sms);
  // An object made by `Object.create`, for example.
  if (own === undefined) throw invalid("this", "the object was not made by xinshi");
  if (own.client === undefined || own.instance !== guard.instance) {
    own.client = call(() => new Client(own.options, page));
    own.options = own.client.options();
    own.instance = guard.instance;
  }
  return own.client;
}

/**
 * Calls into the WebAssembly. Throws SmsErrors; a fault of the WebAssembly becomes one with code `internal`.
 * @template T
 * @param {() => T} work
 */
export function call(work) {
  try {
    return guard.call(work);
  } catch (error) {
    throw error instanceof SmsError ? error : faultOf(new Call());
  }
}

/**
 * Runs an asynchronous call; it rejects with SmsErrors.
 * @param {(call: Call) => Promise<any>} begin
 * @param {(call: Call) => any} [ended] Returns or throws the call's result if the instance breaks.
 * @param {Call} [context]
 */
export function callAsync(begin, ended, context = new Call()) {
  const fault = () => {
    throw faultOf(context);
  };
  return awaitCall(
    () => begin(context),
    () => (ended ?? fault)(context),
  );
}
