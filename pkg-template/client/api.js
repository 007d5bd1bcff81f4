// The public client: JavaScript's shape around the WebAssembly, which decides everything.
import { invalid, SmsError } from "../sms-error.js";
import { Client, countSegments as count } from "../wasm/client.js";
import { clients, core, mustBeReady } from "./core.js";
import { encode } from "./encode.js";
import { hostFetch, isPage } from "./host-fetch.js";
import { isReady, load } from "./load.js";
import { observer } from "./observer.js";
import { plan } from "./plan.js";
import { send, sendMany } from "./send.js";
import { vendor } from "./vendor.js";

/**
 * @typedef {import("./index.js").SmsOptions<Record<string, import("./index.js").VendorConfig>>} Options
 * @typedef {import("./index.js").Message} Message
 * @typedef {import("./index.js").CallOptions} CallOptions
 */

export { parsePush } from "./push.js";
export { SmsError };

/** @type {typeof import("./index.js").init} */
export const init = (module) => load(module);

/** @param {Options} options */
export function createSms(options) {
  const { fetch = hostFetch, on, ...rest } = options ?? {};
  if (typeof fetch !== "function") throw invalid("fetch", "fetch is not a function");
  if (on !== undefined && typeof on !== "function") throw invalid("on", "on is not a function");
  if (isPage() && rest.allowBrowser !== true) {
    throw invalid(
      "allowBrowser",
      "a page shows its keys to everyone: send from a server, or pass allowBrowser: true where the keys may be seen",
    );
  }
  const json = encode(rest, "options");
  const sms = new Sms();
  const make = () => new Client(json, fetch === hostFetch, on && observer(on));
  clients.set(sms, { make, fetch, options: rest });
  if (isReady()) core(sms);
  return sms;
}

/** @type {typeof import("./index.js").countSegments} */
export function countSegments(text, billing = "cn") {
  if (typeof text !== "string") throw invalid("text", "text is not a string");
  if (billing !== "cn" && billing !== "gsm") throw invalid("billing", "billing is neither cn nor gsm");
  mustBeReady();
  return JSON.parse(count(text, billing === "gsm"));
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
