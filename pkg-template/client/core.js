// The client in the WebAssembly behind each object, made when it is first needed, and made again where its instance broke.
import { awaitCall, Call } from "../call.js";
import { guard } from "../guard.js";
import { invalid, SmsError } from "../sms-error.js";
import { Client, faultOf } from "../wasm/client.js";

/**
 * @typedef {{ options: any, client?: Client, instance?: number }} Own
 */

// What a console would show is kept out of its sight: a client's options with their keys.
/** @type {WeakMap<object, Own>} */
export const clients = new WeakMap();

let page = false;

/** Whether this is a page or a worker of one, where anyone can read what a program holds. */
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
  // One made by `Object.create`, say.
  if (own === undefined) throw invalid("this", "the object was not made by xinshi");
  if (own.client === undefined || own.instance !== guard.instance) {
    own.client = call(() => new Client(own.options, page));
    own.options = own.client.options();
    own.instance = guard.instance;
  }
  return own.client;
}

/**
 * Calls into the WebAssembly. It throws SmsErrors: after a fault of its own, one that says so.
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
 * A call that waits; it rejects with SmsErrors.
 * @param {(call: Call) => Promise<any>} begin
 * @param {(call: Call) => any} [ended] What it comes to where the instance breaks.
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
