// One account with everything its vendor offers, and nothing else.
import { invalid } from "../sms-error.js";
import { callOf, core, entropy, mustBeReady, run } from "./core.js";
import { encode } from "./encode.js";
import { say } from "./page.js";
import { plan } from "./plan.js";
import { send, sendMany } from "./send.js";

/** @typedef {import("./index.js").CallOptions} CallOptions */

/**
 * @param {object} sms
 * @param {string} account
 */
export function vendor(sms, account) {
  mustBeReady();
  if (typeof account !== "string") throw invalid("account", "account is not a string");
  /** @type {{ operation: string, takes: string[], gives: "one" | "page" | "pull" }[]} */
  const operations = JSON.parse(core(sms).operations(account));
  /** @type {Record<string, any>} */
  const client = {
    plan: (/** @type {unknown} */ message) => plan(sms, message, account),
    send: (/** @type {unknown} */ message, /** @type {CallOptions} */ options) => send(sms, account, message, options),
    sendMany: (/** @type {unknown} */ bulk, /** @type {CallOptions} */ options) =>
      sendMany(sms, account, bulk, options),
  };
  for (const { operation, takes, gives } of operations) {
    /** @type {(fields: unknown, options?: CallOptions) => Promise<any>} */
    const ask = async (fields, options) => {
      const { call, signal } = callOf(options);
      const client = core(sms);
      const message = encode(fields, "arguments");
      const said = say(client, { message, recipients: undefined, account, entropy: entropy() });
      const task = client.call(said.entropy, said.account, said.head, operation, call);
      return run(sms, task, signal, (task) => {
        const answer = JSON.parse(/** @type {string} */ (task.answer()));
        return withRaw(gives === "pull" ? pulled(answer) : discreet(answer), task.raw());
      });
    };
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

/**
 * Keeps the passwords of sub-accounts within reach and out of a console's sight.
 * @param {any} answer
 */
function discreet(answer) {
  for (const record of [answer, ...(answer.items ?? [])]) {
    if (record.replyPassword) Object.defineProperty(record, "replyPassword", { enumerable: false });
  }
  return answer;
}

/**
 * Records of a pull, and beside them the bytes of those that could not be read.
 * @param {{ items: unknown[], unparsed: string[] }} answer
 */
const pulled = ({ items, unparsed }) => Object.assign(items, { unparsed: unparsed.map(bytesOf) });

/**
 * Bytes that crossed percent-encoded.
 * @param {string} encoded
 */
export const bytesOf = (encoded) =>
  Uint8Array.from(encoded.match(/%..|./g) ?? [], (sign) =>
    sign.length === 3 ? Number.parseInt(sign.slice(1), 16) : sign.charCodeAt(0),
  );

/**
 * Keeps the vendor's reply within reach and out of a console's sight: it holds what people wrote.
 * @template {object} T
 * @param {T} answer
 * @param {Uint8Array} raw
 */
export const withRaw = (answer, raw) => Object.defineProperty(answer, "raw", { value: raw });
