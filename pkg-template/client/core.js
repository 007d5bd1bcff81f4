// What the parts of the public client share: the WebAssembly behind an object, and how values cross into it.
import { invalid, SmsError, smsError } from "../sms-error.js";
import { encode } from "./encode.js";
import { carryOut, within } from "./exchange.js";
import { hostFetch, isPage } from "./host-fetch.js";
import { isReady, load } from "./load.js";

/**
 * @typedef {import("../wasm/client.js").Client} Client
 * @typedef {import("../wasm/client.js").Task} Task
 * @typedef {import("./index.js").CallOptions} CallOptions
 * @typedef {import("./index.js").Outcome} Outcome
 * @typedef {import("./index.js").Fetch} Fetch
 * @typedef {{ vendors: Record<string, import("./index.js").VendorConfig>, timeoutMs?: number }} Options
 * @typedef {{ make: () => Client, core?: Client, options: Options, fetch: Fetch }} Own
 * @typedef {{ to: string | undefined, ref: string | undefined, account: string | undefined }} Written
 * @typedef {{ call: string, signal: AbortSignal | undefined, timeoutMs: unknown }} Call
 */

// What a console would show is kept out of its sight: a client's options with their keys.
/** @type {WeakMap<object, Own>} */
export const clients = new WeakMap();

/**
 * The client in WebAssembly, made when it is first needed: in a browser that may be after `createSms`.
 * @param {object} sms
 */
export function core(sms) {
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
export function got(map, key) {
  const value = map.get(key);
  if (value === undefined) throw invalid("this", "the object was not made by xinshi");
  return value;
}

/**
 * Carries a call out; the call is spent afterwards.
 * @template T
 * @param {object} sms
 * @param {Task} task
 * @param {AbortSignal | undefined} signal
 * @param {(task: Task) => T} read
 * @param {{ hasLeft: boolean }} [way] Told when a request leaves.
 */
export async function run(sms, task, signal, read, way = { hasLeft: false }) {
  try {
    const { fetch } = got(clients, sms);
    const byScript = fetch === hostFetch && isPage() && typeof document === "object";
    await carryOut(task, Object.assign(way, { fetch, signal, byScript }));
    return read(task);
  } finally {
    task.free();
  }
}

/**
 * Carries a send out. Resolves whatever happens.
 * @param {object} sms
 * @param {Written} written
 * @param {Call} call
 * @param {(client: Client) => Task} begin
 * @returns {Promise<Outcome>}
 */
export async function deliver(sms, written, call, begin) {
  let client;
  try {
    await ready(sms, call);
    client = core(sms);
  } catch (error) {
    return failed(sms, written, /** @type {import("../sms-error.js").SmsError} */ (error));
  }
  const way = { hasLeft: false };
  try {
    return /** @type {Outcome} */ (await run(sms, beginOr(client, written, begin), call.signal, outcome, way));
  } catch (error) {
    const message = `a fault of xinshi itself, please report it: ${error}`;
    return failed(sms, written, smsError({ code: "internal", sent: way.hasLeft ? "maybe" : "no", message }));
  }
}

/**
 * Begins a send, or refuses it for what is wrong with its options: nothing has left.
 * @param {Client} client
 * @param {Written} written
 * @param {(client: Client) => Task} begin
 */
function beginOr(client, { to, ref, account }, begin) {
  try {
    return begin(client);
  } catch (error) {
    if (!(error instanceof SmsError) || error.code !== "invalid_argument") throw error;
    return client.refuse(error.field ?? "message", error.message, to, ref, account);
  }
}

/**
 * The WebAssembly, loaded; within the time of a call, where it has to be.
 * @param {object} sms
 * @param {Call} call
 */
export async function ready(sms, { timeoutMs, signal }) {
  if (isReady()) return;
  const limit = Number(timeoutMs ?? got(clients, sms).options.timeoutMs);
  let end;
  try {
    end = await within(load(), limit > 0 ? limit : DEFAULT_TIMEOUT_MS, signal);
  } catch (error) {
    throw smsError({ code: "network", sent: "no", message: `the WebAssembly could not be loaded: ${error}` });
  }
  if (end) throw smsError({ code: end, sent: "no", message: "the WebAssembly was not loaded before the call ended" });
}

const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * What a send ended in: nothing where another request of its bulk will tell.
 * @param {Task} task
 * @returns {Outcome | undefined}
 */
export function outcome(task) {
  const json = task.answer();
  if (json === undefined) return undefined;
  const outcome = JSON.parse(json);
  if (outcome.error) outcome.error = smsError(outcome.error);
  return outcome;
}

/**
 * The outcome where there is no WebAssembly to make one.
 * @param {object} sms
 * @param {Written} written
 * @param {import("../sms-error.js").SmsError} error
 * @returns {Outcome}
 */
function failed(sms, { to, ref = "", account }, error) {
  const vendors = clients.get(sms)?.options.vendors;
  const name = account ?? Object.keys(vendors ?? {})[0] ?? "";
  const vendor = /** @type {import("./index.js").VendorName} */ (vendors?.[name]?.vendor);
  const status = error.sent === "no" ? "rejected" : "unknown";
  return { account: name, vendor, to: to === undefined ? [] : [to], ref, warnings: [], status, error };
}

/**
 * @param {CallOptions | undefined} options
 * @returns {Call}
 */
export function callOf(options) {
  const { signal, ...rest } = options ?? {};
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw invalid("signal", "signal is not an AbortSignal");
  }
  return { call: encode(rest, "options"), signal, timeoutMs: rest.timeoutMs };
}

/** Random bytes for one call: a reference of 24 and a callback of 16. Empty where the host has none. */
export function entropy() {
  if (drawn.length < used + ENTROPY) {
    try {
      drawn = crypto.getRandomValues(new Uint8Array(200 * ENTROPY));
      used = 0;
    } catch {
      return new Uint8Array();
    }
  }
  used += ENTROPY;
  return drawn.subarray(used - ENTROPY, used);
}

const ENTROPY = 40;
/** Drawn for many calls at once: the host takes as long for few bytes as for many. */
let drawn = new Uint8Array();
let used = 0;

export function mustBeReady() {
  if (!isReady()) throw invalid("init", "the WebAssembly is not loaded yet: await init() first");
}

/**
 * A message or a bulk as it crosses: one that is a number, a text and perhaps a reference as text with tabs between, and any
 * other as JSON, whose `sendAt` is in milliseconds. Beside it the reference, where it is known to be written.
 * @param {any} message
 * @returns {{ written: string, ref: string }}
 */
export function encodeMessage(message) {
  const plain = plainly(message);
  if (plain !== undefined) return plain;
  const at = message?.sendAt;
  const json = typeof at?.getTime === "function" ? { ...message, sendAt: at.getTime() } : message;
  return { written: encode(json, "message"), ref: "" };
}

/**
 * Nothing where JSON would write more or less of it, or where a text holds half of a surrogate pair, which JSON escapes.
 * @param {any} message
 */
function plainly(message) {
  try {
    const names = Object.keys(message);
    const { to, text, ref = "" } = message;
    const isOne =
      names.length === (ref === "" ? 2 : 3) &&
      names.includes("to") &&
      names.includes("text") &&
      (ref === "" || names.includes("ref")) &&
      isPlain(to) &&
      isPlain(ref) &&
      isWellFormed(text) &&
      message.toJSON === undefined;
    return isOne ? { written: `\t${to}\t${ref}\t${text}`, ref } : undefined;
  } catch {
    // It cannot be read: JSON will tell.
    return undefined;
  }
}

/** @param {unknown} text */
const isPlain = (text) => isWellFormed(text) && !text.includes("\t");

/**
 * @param {unknown} text
 * @returns {text is string}
 */
const isWellFormed = (text) => typeof text === "string" && text.isWellFormed?.();

/**
 * A text that a caller wrote, whether it is right or not.
 * @param {any} from
 * @param {string} name
 * @returns {string | undefined}
 */
export function text(from, name) {
  try {
    return typeof from?.[name] === "string" ? from[name] : undefined;
  } catch {
    return undefined;
  }
}
