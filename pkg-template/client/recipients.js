// The recipients of a bulk, taken as they come and handed over as text: a line each, of a number and with tabs between what
// it receives, or of JSON.
import { invalid } from "../sms-error.js";
import { put } from "./utf8.js";

/** @typedef {import("./index.js").Bulk} Bulk */

/** @param {any} message */
export const isBulk = (message) =>
  message?.each !== undefined || (typeof message?.to === "object" && message.to !== null);

/** What a bulk says of all its messages. @param {any} bulk */
export function withoutRecipients({ to, each, ...rest }) {
  if (to !== undefined && each !== undefined) throw invalid("each", "a bulk has to or each, not both");
  if (to !== undefined && rest.text === undefined) throw invalid("text", "text is missing");
  if (each !== undefined && rest.text !== undefined) throw invalid("text", "each has texts of its own");
  return rest;
}

/** Recipients as they come. The WebAssembly says how many are taken, and asks for what was taken. */
export class Recipients {
  /** Whether there are no more. */
  isDone = false;
  #isStopped = false;
  /** @type {unknown[]} */
  #taken = [];
  #iterator;
  #isAsync;
  #source;
  #write;

  /** @param {any} bulk */
  constructor({ to, each, template }) {
    const [name, source] = each === undefined ? ["to", to] : ["each", each];
    const iterable = typeof source === "object" && source !== null;
    const beginAsync = iterable ? source[Symbol.asyncIterator] : undefined;
    const begin = beginAsync ?? (iterable ? source[Symbol.iterator] : undefined);
    if (typeof begin !== "function") throw invalid(name, `${name} is not a list`);
    /** @type {Iterator<unknown> | AsyncIterator<unknown>} */
    this.#iterator = begin.call(source);
    this.#isAsync = beginAsync !== undefined;
    this.#source = source;
    this.#write = (/** @type {unknown[]} */ taken) =>
      name === "to" ? numbers(taken) : objects(taken, template !== undefined);
  }

  /** Takes so many, at once where they are there. @param {number} max */
  take(max) {
    if (this.#isAsync) return this.#await(max);
    const iterator = /** @type {Iterator<unknown>} */ (this.#iterator);
    const taken = this.#taken;
    try {
      for (let left = max; left > 0 && !this.isDone; left -= 1) {
        const { done, value } = iterator.next();
        if (done) this.isDone = true;
        else taken.push(value);
      }
    } catch (error) {
      this.isDone = true;
      throw error;
    }
    return undefined;
  }

  /** @param {number} max */
  async #await(max) {
    try {
      for (let left = max; left > 0 && !this.isDone && !this.#isStopped; left -= 1) {
        const { done, value } = await this.#iterator.next();
        if (done) this.isDone = true;
        else this.#taken.push(value);
      }
    } catch (error) {
      this.isDone = true;
      throw error;
    }
  }

  /** What was taken since it was asked for last, a line each. */
  written() {
    const taken = this.#taken;
    this.#taken = [];
    const written = taken.length > 0 ? this.#write(taken) : "";
    return typeof written === "string" ? encoder.encode(written) : written;
  }

  /** All of them at once, for a plan. */
  all() {
    if (this.#isAsync) throw invalid("each", "a plan wants all recipients at once: give it a list, or use sendMany");
    return this.#write(Array.isArray(this.#source) ? this.#source : [...this.#source]);
  }

  stop() {
    this.#isStopped = true;
  }

  /** Nobody asks any more. */
  end() {
    this.stop();
    if (!this.isDone) Promise.resolve(this.#iterator.return?.()).catch(() => {});
  }
}

/**
 * A line each. What is no number as text cannot become one by being written as text, nor one become two.
 * @param {unknown[]} recipients
 */
function numbers(recipients) {
  for (const to of recipients) if (!isLine(to)) return recipients.map(line).join("\n");
  return recipients.join("\n");
}

/** @param {unknown} to */
const isLine = (to) => typeof to === "string" && to.length > 0 && to.length <= LONGEST_LINE && !to.includes("\n");

/** UTF-16 units: the longest number, grouped digit by digit. What is longer is none, and is not carried along whole. */
const MAX_LINE = 64;

/** @param {unknown} to */
function line(to) {
  const written = typeof to === "object" || typeof to === "function" ? "" : String(to).replaceAll("\n", " ");
  return typeof to === "string" && written.length <= MAX_LINE_CHARACTERS && written !== ""
    ? written
    : `${typeof to} ${written}`;
}

/**
 * A line each, so that one that cannot be written or read spoils no other.
 * @param {unknown[]} recipients
 * @param {boolean} haveValues
 */
function objects(recipients, haveValues) {
  let bytes = new Uint8Array(64 * recipients.length);
  let at = 0;
  for (const recipient of recipients) {
    const pieces = plain(recipient, haveValues ? "values" : "text") ?? [];
    let units = 1;
    for (const piece of pieces) units += piece.length + 1;
    bytes = withCapacity(bytes, at, units);
    let end = at;
    for (const piece of pieces) {
      // Half of a surrogate pair would be silently replaced: JSON escapes it, and a tab and a line feed.
      end = put(bytes, end, piece, SPACE);
      if (end < 0) break;
      bytes[end++] = TAB;
    }
    if (end <= at) {
      const written = json(recipient);
      bytes = withCapacity(bytes, at, written.length + 1);
      end = at + encoder.encodeInto(written, bytes.subarray(at)).written + 1;
    }
    bytes[end - 1] = LINE_FEED;
    at = end;
  }
  return bytes.subarray(0, at);
}

const encoder = new TextEncoder();
const SPACE = 0x20;
const TAB = 9;
const LINE_FEED = 10;

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} at
 * @param {number} units
 */
function withCapacity(bytes, at, units) {
  // A UTF-16 unit has three bytes at most.
  if (bytes.length - at >= 3 * units) return bytes;
  const more = new Uint8Array(2 * bytes.length + 3 * units);
  more.set(bytes);
  return more;
}

/**
 * What is written of one, where it has nothing that JSON would heed beside it.
 * @param {any} recipient
 * @param {"text" | "values"} name
 * @returns {string[] | undefined}
 */
function plain(recipient, name) {
  try {
    const { to, [name]: given } = recipient;
    const values = Array.isArray(given) && given.length > 0 ? given : [undefined];
    const pieces = [to, ...(name === "text" ? [given] : values)];
    return areTexts(pieces) && hasNoMore(recipient, name) ? pieces : undefined;
  } catch {
    // It cannot be read: see above.
    return undefined;
  }
}

/**
 * @param {unknown[]} pieces
 * @returns {pieces is string[]}
 */
function areTexts(pieces) {
  for (const piece of pieces) if (typeof piece !== "string") return false;
  return true;
}

/**
 * Whether an object has nothing that JSON would heed beside a number and what it receives.
 * @param {any} object
 * @param {string} name
 */
function hasNoMore(object, name) {
  const names = Object.keys(object);
  return names.length === 2 && names.includes("to") && names.includes(name) && object.toJSON === undefined;
}

/** @param {unknown} recipient */
function json(recipient) {
  try {
    return JSON.stringify(recipient) ?? "null";
  } catch {
    return JSON.stringify({ to: readable(recipient) });
  }
}

/** The number of one that cannot be written, where it can be read. @param {any} recipient */
function readable(recipient) {
  try {
    return typeof recipient.to === "string" ? recipient.to : undefined;
  } catch {
    return undefined;
  }
}
