// The public client: JavaScript's shape around the WebAssembly, which decides everything.
import { SmsError, smsError } from "../sms-error.js";
import { Client, countSegments as count, readPush } from "../wasm/client.js";
import { hostFetch, isPage } from "./host-fetch.js";
import { isReady, load } from "./load.js";

/**
 * @typedef {import("./index.js").SmsOptions<Record<string, import("./index.js").VendorConfig>>} Options
 * @typedef {import("../wasm/client.js").PlanHandle} PlanHandle
 * @typedef {import("./index.js").Message} Message
 * @typedef {import("./index.js").Outcome} Outcome
 * @typedef {import("./index.js").CallOptions} CallOptions
 */

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
  const make = () => new Client(json, fetch, fetch === hostFetch, on && deaf(on));
  const sms = new Sms(make, rest.vendors);
  if (isReady()) core(sms);
  return sms;
}

/** @type {typeof import("./index.js").countSegments} */
export function countSegments(text, billing = "cn") {
  if (typeof text !== "string") throw invalid("text", "text is not a string");
  if (billing !== "cn" && billing !== "gsm") throw invalid("billing", "billing is neither cn nor gsm");
  mustBeReady();
  return count(text, billing === "gsm");
}

/** @type {typeof import("./index.js").parsePush} */
export async function parsePush(vendor, request) {
  let raw;
  try {
    raw = await read(request, LONGEST_PUSH);
  } catch (error) {
    throw error instanceof SmsError
      ? error
      : invalid("request", "the request cannot be read: it was read before, or is none");
  }
  await load();
  return withRaw(readPush(String(vendor), new URL(request.url).search.slice(1), raw), raw);
}

/** Bytes of a push that are read at most. */
const LONGEST_PUSH = 1 << 20;

/**
 * @param {Request} request
 * @param {number} longest
 */
async function read(request, longest) {
  const tooLong = () => invalid("request", `the body is longer than ${longest} bytes`);
  // Firefox has no `Request.body`, and a request without a body has none anywhere.
  if (!request.body) {
    const bytes = new Uint8Array(await request.arrayBuffer());
    if (bytes.length > longest) throw tooLong();
    return bytes;
  }
  const bytes = new Uint8Array(longest);
  let length = 0;
  const reader = request.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (length + part.value.length > longest) {
      await reader.cancel();
      throw tooLong();
    }
    bytes.set(part.value, length);
    length += part.value.length;
  }
  return bytes.slice(0, length);
}

// What a console would show is kept out of its sight: a client's options with their keys, a request's exact bytes.
/** @type {WeakMap<Sms, { make: () => Client, core?: Client, vendors: Options["vendors"] }>} */
const clients = new WeakMap();
/** @type {WeakMap<Plan, { owner: Sms, handle: PlanHandle }>} */
const plans = new WeakMap();
/** @type {WeakMap<WireRequest, { handle: PlanHandle, view: any }>} */
const requests = new WeakMap();

class Sms {
  /**
   * @param {() => Client} make
   * @param {Options["vendors"]} vendors
   */
  constructor(make, vendors) {
    clients.set(this, { make, vendors });
  }

  /**
   * @param {Message} message
   * @param {string} [account]
   */
  plan(message, account) {
    mustBeReady();
    if (account !== undefined && typeof account !== "string") throw invalid("account", "account is not a string");
    return new Plan(this, core(this).plan(encodeMessage(message), account));
  }

  /**
   * @param {Message | Plan} message
   * @param {CallOptions} [options]
   * @returns {Promise<Outcome>}
   */
  async send(message, options) {
    return send(this, undefined, message, options);
  }

  /** @param {string} account */
  vendor(account) {
    mustBeReady();
    if (typeof account !== "string") throw invalid("account", "account is not a string");
    return vendorClient(this, account, core(this).operations(account));
  }
}

/**
 * Reads everything at once, so that what a caller changes afterwards changes nothing, and then sends it.
 * @param {Sms} sms
 * @param {string | undefined} account The only one to try.
 * @param {Message | Plan} message
 * @param {CallOptions} [options]
 * @returns {Promise<Outcome>}
 */
function send(sms, account, message, options) {
  const written = { to: text(message, "to"), ref: text(message, "ref"), account };
  try {
    const { call, signal } = callOf(options);
    if (message instanceof Plan) {
      const { owner, handle } = got(plans, message);
      if (owner !== sms) throw invalid("message", "the plan was made by another client");
      return deliver(sms, written, (client) => client.sendPlan(handle, call, signal));
    }
    const json = encodeMessage(message);
    return deliver(sms, written, (client) => client.send(json, written.to, written.ref, account, call, signal));
  } catch (error) {
    const { field = "message", message } =
      error instanceof SmsError ? error : { message: "the message cannot be read: a property of it throws" };
    return deliver(sms, written, (client) => client.refuse(field, message, written.to, written.ref, account));
  }
}

/** @typedef {{ to: string | undefined, ref: string | undefined, account: string | undefined }} Written */

/**
 * @param {Sms} sms
 * @param {Written} written
 * @param {(client: Client) => Outcome | Promise<Outcome>} work
 * @returns {Promise<Outcome>}
 */
async function deliver(sms, written, work) {
  let client;
  try {
    await load();
    client = core(sms);
  } catch (error) {
    const message = `the WebAssembly could not be loaded: ${error}`;
    return failed(sms, written, error instanceof SmsError ? error : smsError({ code: "network", sent: "no", message }));
  }
  try {
    return await work(client);
  } catch (error) {
    const message = `a fault of xinshi itself, please report it: ${error}`;
    return failed(sms, written, smsError({ code: "internal", sent: "maybe", message }));
  }
}

/**
 * The outcome where there is no WebAssembly to make one.
 * @param {Sms} sms
 * @param {Written} written
 * @param {SmsError} error
 * @returns {Outcome}
 */
function failed(sms, { to, ref = "", account }, error) {
  const vendors = clients.get(sms)?.vendors;
  const name = account ?? Object.keys(vendors ?? {})[0] ?? "";
  const vendor = /** @type {import("./index.js").VendorName} */ (vendors?.[name]?.vendor);
  const status = error.sent === "no" ? "rejected" : "unknown";
  return { account: name, vendor, to: to === undefined ? [] : [to], ref, status, error };
}

/**
 * A text that a caller wrote, whether it is right or not.
 * @param {any} from
 * @param {string} name
 * @returns {string | undefined}
 */
function text(from, name) {
  try {
    return typeof from?.[name] === "string" ? from[name] : undefined;
  } catch {
    return undefined;
  }
}

/**
 * An observer whose failures nobody hears.
 * @param {(event: any) => unknown} on
 */
const deaf = (on) => (/** @type {unknown} */ event) => {
  try {
    Promise.resolve(on(event)).catch(() => {});
  } catch {
    // It must not end a send.
  }
};

/**
 * One account with everything its vendor offers, and nothing else.
 * @param {Sms} sms
 * @param {string} account
 * @param {{ operation: string, takes: string[], gives: "one" | "page" | "pull" }[]} operations
 */
function vendorClient(sms, account, operations) {
  /** @type {Record<string, any>} */
  const client = {
    plan: (/** @type {Message} */ message) => sms.plan(message, account),
    send: (/** @type {Message | Plan} */ message, /** @type {CallOptions | undefined} */ options) =>
      send(sms, account, message, options),
  };
  for (const { operation, takes, gives } of operations) {
    /** @type {(fields: unknown, options?: CallOptions) => Promise<any>} */
    const ask = async (fields, options) => {
      const { call, signal } = callOf(options);
      const [answer, raw] = await core(sms).call(account, operation, encode(fields, "arguments"), call, signal);
      return withRaw(gives === "pull" ? pulled(answer) : discreet(answer), raw);
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
 * @param {{ items: unknown[], unparsed: number[][] }} answer
 */
const pulled = ({ items, unparsed }) =>
  Object.assign(items, { unparsed: unparsed.map((bytes) => Uint8Array.from(bytes)) });

/**
 * Keeps the vendor's reply within reach and out of a console's sight: it holds what people wrote.
 * @template {object} T
 * @param {T} answer
 * @param {Uint8Array} raw
 */
const withRaw = (answer, raw) => Object.defineProperty(answer, "raw", { value: raw });

class Plan {
  /**
   * @param {Sms} owner
   * @param {PlanHandle} handle
   */
  constructor(owner, handle) {
    const { requests, ...view } = handle.view();
    Object.assign(this, view, {
      requests: requests.map((/** @type {any} */ request) => new WireRequest(handle, request)),
    });
    plans.set(this, { owner, handle });
  }
}

class WireRequest {
  /**
   * @param {PlanHandle} handle
   * @param {any} view
   */
  constructor(handle, view) {
    requests.set(this, { handle, view });
    const { vendor, operation, method, to } = view;
    Object.assign(this, { vendor, operation, method, to });
  }

  get url() {
    return got(requests, this).handle.url();
  }

  get headers() {
    return { ...got(requests, this).view.headers };
  }

  get body() {
    return got(requests, this).handle.body();
  }

  toCurl() {
    return got(requests, this).handle.toCurl();
  }

  toJSON() {
    return structuredClone(got(requests, this).view);
  }

  [Symbol.for("nodejs.util.inspect.custom")]() {
    return this.toJSON();
  }

  /**
   * @param {(value: unknown, options: unknown) => string} inspect
   * @param {unknown} options
   */
  [Symbol.for("Deno.customInspect")](inspect, options) {
    return inspect(this.toJSON(), options);
  }
}

/**
 * The client in WebAssembly, made when it is first needed: in a browser that may be after `createSms`.
 * @param {Sms} sms
 */
function core(sms) {
  const own = got(clients, sms);
  own.core ??= own.make();
  return own.core;
}

/**
 * What belongs to one of our objects; one made otherwise, by `Object.create` say, has nothing.
 * @template {WeakKey} K
 * @template V
 * @param {WeakMap<K, V>} map
 * @param {K} key
 */
function got(map, key) {
  const value = map.get(key);
  if (value === undefined) throw invalid("this", "the object was not made by xinshi");
  return value;
}

/** @param {CallOptions | undefined} options */
function callOf(options) {
  const { signal, ...rest } = options ?? {};
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw invalid("signal", "signal is not an AbortSignal");
  }
  return { call: encode(rest, "options"), signal };
}

function mustBeReady() {
  if (!isReady()) throw invalid("init", "the WebAssembly is not loaded yet: await init() first");
}

/** @param {Message} message */
function encodeMessage(message) {
  const at = message?.sendAt;
  return typeof at?.getTime === "function"
    ? encode({ ...message, sendAt: at.getTime() }, "message")
    : encode(message, "message");
}

/**
 * @param {unknown} value
 * @param {string} what
 * @returns {string}
 */
function encode(value, what) {
  try {
    return JSON.stringify(value, finite) ?? "null";
  } catch {
    throw invalid(what, `${what} cannot be written as JSON`);
  }
}

/**
 * JSON would make NaN null, and null would be read as absent: an object is of the wrong type everywhere.
 * @param {string} _
 * @param {unknown} value
 */
const finite = (_, value) => (typeof value === "number" && !Number.isFinite(value) ? {} : value);

/**
 * @param {string} field
 * @param {string} message
 */
const invalid = (field, message) => smsError({ code: "invalid_argument", sent: "no", field, message });
