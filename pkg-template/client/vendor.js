// One account with everything its vendor offers, and nothing else.
import { invalid } from "../sms-error.js";
import { asked, call, clientOf } from "./core.js";
import { plan } from "./plan.js";
import { send, sendMany } from "./send.js";
import { mustBeReady } from "./unloaded.js";

/**
 * @typedef {import("./index.js").CallOptions} CallOptions
 * @typedef {{ operation: string, takes: string[], gives: "one" | "page" | "pull" }} Operation
 */

/**
 * @param {object} sms
 * @param {string} account
 */
export function vendor(sms, account) {
  mustBeReady();
  if (typeof account !== "string") throw invalid("account", "account is not a string");
  const operations = call(() => clientOf(sms).operations(account));
  /** @type {Record<string, any>} */
  const client = {
    plan: (/** @type {unknown} */ message) => plan(sms, message, account),
    send: (/** @type {unknown} */ message, /** @type {CallOptions} */ options) => send(sms, account, message, options),
    sendMany: (/** @type {unknown} */ bulk, /** @type {CallOptions} */ options) =>
      sendMany(sms, account, bulk, options),
  };
  for (const { operation, takes, gives } of /** @type {Operation[]} */ (operations)) {
    /** @type {(fields: unknown, options?: CallOptions) => Promise<any>} */
    const ask = async (fields, options) =>
      asked((made) => clientOf(sms).ask(account, operation, fields, options, made));
    const [group, name] = operation.includes(".") ? operation.split(".") : [undefined, operation];
    const home = group === undefined ? client : (client[group] ??= {});
    const [only] = takes;
    home[/** @type {string} */ (name)] =
      gives === "page"
        ? (/** @type {object} */ fields = {}, /** @type {CallOptions} */ options) => pages(ask, fields, options)
        : only === undefined
          ? (/** @type {CallOptions} */ options) => ask({}, options)
          : takes.length === 1
            ? (/** @type {unknown} */ value, /** @type {CallOptions} */ options) => ask({ [only]: value }, options)
            : ask;
  }
  return client;
}

/**
 * The page asked for, as a promise; iterated, every item of it and of those behind it.
 * @param {(fields: object, options?: CallOptions) => Promise<any>} ask
 * @param {object} fields
 * @param {CallOptions} [options]
 */
function pages(ask, fields, options) {
  const asked = { ...fields };
  const first = ask(asked, options);
  return Object.assign(first, {
    async *[Symbol.asyncIterator]() {
      let seen;
      for (let page = await first; ; page = await ask({ ...asked, page: page.next }, options)) {
        // A vendor that does not know pages gives the first one for ever.
        const begins = JSON.stringify(page.items[0]);
        if (begins === seen) return;
        seen = begins;
        yield* page.items;
        if (page.next === undefined) return;
      }
    },
  });
}
