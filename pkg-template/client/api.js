// The public client: the JavaScript interface around the WebAssembly, which makes every decision.
import { SmsError } from "../sms-error.js";
import { countSegments as count, readPush } from "../wasm/client.js";
import { call, callAsync, clientOf, clients } from "./core.js";
import { isReady, load } from "./load.js";
import { plan } from "./plan.js";
import { send, sendMany } from "./send.js";
import { copyUnlessReady, mustBeAllowed, mustBeReady } from "./unloaded.js";
import { vendor } from "./vendor.js";

/**
 * @typedef {import("./index.js").SmsOptions<Record<string, import("./index.js").VendorConfig>>} Options
 * @typedef {import("./index.js").Message} Message
 * @typedef {import("./index.js").CallOptions} CallOptions
 */

export { SmsError };

/** @type {typeof import("./index.js").init} */
export const init = (module) => load(module);

/** @param {Options} options */
export function createSms(options) {
  mustBeAllowed(options);
  const { fetch, on, country, ...rest } = options ?? {};
  const sms = new Sms();
  clients.set(sms, { options: isReady() ? options : { ...copyUnlessReady(rest), fetch, on, country } });
  if (isReady()) clientOf(sms);
  return sms;
}

/** @type {typeof import("./index.js").countSegments} */
export function countSegments(text, billing) {
  mustBeReady();
  return call(() => count(text, billing));
}

/** @type {typeof import("./index.js").parsePush} */
export async function parsePush(vendor, request) {
  await load();
  return callAsync(() => readPush(typeof vendor === "object" ? vendor : String(vendor), request));
}

class Sms {
  /**
   * @param {Message} message
   * @param {string} [account]
   */
  plan(message, account) {
    return plan(this, message, account);
  }

  /**
   * @param {Message} message
   * @param {CallOptions} [options]
   */
  async send(message, options) {
    return send(this, undefined, message, options);
  }

  /**
   * @param {unknown} bulk
   * @param {CallOptions} [options]
   */
  sendMany(bulk, options) {
    return sendMany(this, undefined, bulk, options);
  }

  /** @param {string} account */
  vendor(account) {
    return vendor(this, account);
  }
}
