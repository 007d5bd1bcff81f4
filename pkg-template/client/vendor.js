// One account with all operations of its vendor, and no others.
import { invalid } from "../sms-error.js";
import { call, callAsync, clientOf } from "./core.js";
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
    const call = async (fields, options) =>
      callAsync((context) => clientOf(sms).call_operation(account, operation, fields, options, context));
    const [group, name] = operation.includes(".") ? operation.split(".") : [undefined, operation];
    const target = group === undefined ? client : (client[group] ??= {});
    const [only] = takes;
    target[/** @type {string} */ (name)] =
      gives === "page"
        ? (/** @type {object} */ fields = {}, /** @type {CallOptions} */ options) => pages(call, fields, options)
        : only === undefined
          ? (/** @type {CallOptions} */ options) => call({}, options)
          : takes.length === 1
            ? (/** @type {unknown} */ value, /** @type {CallOptions} */ options) => call({ [only]: value }, options)
            : call;
  }
  return client;
}

/**
 * A promise of the requested page, and an iterator over every item of it and of the pages behind it.
 * @param {(fields: object, options?: CallOptions) => Promise<any>} call
 * @param {object} fields
 * @param {CallOptions} [options]
 */
function pages(call, fields, options) {
  const callAsync = { ...fields };
  const first = call(callAsync, options);
  return Object.assign(first, {
    async *[Symbol.asyncIterator]() {
      let lastFirstItem;
      for (let page = await first; ; page = await call({ ...callAsync, page: page.next }, options)) {
        // A vendor without paging would return the first page for ever.
        const firstItem = JSON.stringify(page.items[0]);
        if (firstItem === lastFirstItem) return;
        lastFirstItem = firstItem;
        yield* page.items;
        if (page.next === undefined) return;
      }
    },
  });
}
