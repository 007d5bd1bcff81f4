// The recipients of a bulk. They are taken as needed and passed on as text, one a line: a number and, separated by
// tabs, its text or values; or JSON.
import { invalid } from "../sms-error.js";
import { put } from "./utf8.js";

/** @typedef {import("./index.js").Bulk} Bulk */

/** @param {any} message */
export const isBulk = (message) =>
  message?.each !== undefined || (typeof message?.to === "object" && message.to !== null);

/** The bulk without its recipients. @param {any} bulk */
export function withoutRecipients({ to, each, ...rest }) {
  if (to !== undefined && each !== undefined) throw invalid("each", "a bulk has to or each, not both");
  const shared = rest.text === undefined ? "params" : "text";
  if (to !== undefined && rest[shared] === undefined) throw invalid("text", "text is missing");
  if (each !== undefined && rest[shared] !== undefined) throw invalid(shared, "each has texts or values of its own");
  return rest;
}

/** The recipients of a bulk. The WebAssembly decides how many to take, and then requests the text of those taken. */
export class Recipients {
  /** Whether the list has ended. */
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

  /** Takes up to `max` recipients; synchronously from a synchronous list. @param {number} max */
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

  /** The text of the recipients taken since the last call, one a line. */
  written() {
    const taken = this.#taken;
    this.#taken = [];
    const written = taken.length > 0 ? this.#write(taken) : "";
    return typeof written === "string" ? encoder.encode(written) : written;
  }

  /** The text of all recipients, for a plan. */
  all() {
    if (this.#isAsync) throw invalid("each", "a plan wants all recipients at once: give it a list, or use sendMany");
    return this.#write(Array.isArray(this.#source) ? this.#source : [...this.#source]);
  }

  stop() {
    this.#isStopped = true;
  }

  /** Ends the iteration: no more recipients are needed. */
  end() {
    this.stop();
    if (!this.isDone) Promise.resolve(this.#iterator.return?.()).catch(() => {});
  }
}

/**
 * Numbers, one a line. A value that is no string stays an invalid number, and a string with a line feed stays one
 * recipient.
 * @param {unknown[]} recipients
 */
function numbers(recipients) {
  for (const to of recipients) if (!isLine(to)) return recipients.map(line).join("\n");
  return recipients.join("\n");
}

/** @param {unknown} to */
const isLine = (to) => typeof to === "string" && to.length > 0 && to.length <= MAX_LINE && !to.includes("\n");

/**
 * The maximum length of a number, in UTF-16 units: enough for the longest number with blanks between all digits. A
 * longer string is invalid and is not passed on.
 */
const MAX_LINE = 64;

/** @param {unknown} to */
function line(to) {
  const written = typeof to === "object" || typeof to === "function" ? "" : String(to).replaceAll("\n", " ");
  return typeof to === "string" && written.length <= MAX_LINE && written !== "" ? written : `${typeof to} ${written}`;
}

/**
 * Recipients with texts, one a line, so that one that cannot be written or read affects no other.
 * @param {unknown[]} recipients
 * @param {boolean} haveValues
 */
function objects(recipients, haveValues) {
  let bytes = new Uint8Array(64 * recipients.length);
  let at = 0;
  for (const recipient of recipients) {
    const pieces = piecesOf(recipient, haveValues ? "values" : "text") ?? [];
    let units = 1;
    for (const piece of pieces) units += piece.length + 1;
    bytes = withCapacity(bytes, at, units);
    let end = at;
    for (const piece of pieces) {
      // Encoding would silently replace half of a surrogate pair. JSON escapes it, and also tabs and line feeds.
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
  // A UTF-16 unit takes at most three bytes.
  if (bytes.length - at >= 3 * units) return bytes;
  const more = new Uint8Array(2 * bytes.length + 3 * units);
  more.set(bytes);
  return more;
}

/**
 * The pieces of a recipient; undefined where JSON would write other fields as well.
 * @param {any} recipient
 * @param {"text" | "values"} name
 * @returns {string[] | undefined}
 */
function piecesOf(recipient, name) {
  try {
    const { to, [name]: given } = recipient;
    const values = Array.isArray(given) && given.length > 0 ? given : [undefined];
    const pieces = [to, ...(name === "text" ? [given] : values)];
    return areTexts(pieces) && hasNoMore(recipient, name) ? pieces : undefined;
  } catch {
    // A field cannot be read; `json` writes the recipient.
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
 * Whether JSON would write only `to` and this field of an object.
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

/** The number of a recipient that cannot be written as JSON, if it can be read. @param {any} recipient */
function readable(recipient) {
  try {
    return typeof recipient.to === "string" ? recipient.to : undefined;
  } catch {
    return undefined;
  }
}
