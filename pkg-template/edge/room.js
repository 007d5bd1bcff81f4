// The memory that the WebAssembly shares with its host: what crosses is written and read there. An object or a list that is
// made for each crossing, registered and freed, costs a worker more than what is decided.
import { put } from "../client/utf8.js";
import { maxParts, sharedMemory } from "../wasm/edge.js";
import { instance } from "./instance.js";

/** The length of what is not there. */
const NONE = 0xffff_ffff;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

// Memory that grew is another, and what was seen of it before has no length; that of a new instance is another as well.
let bytes = new Uint8Array();
let numbers = new Uint32Array();
let seen = -1;

/** How many parts there is room for: the WebAssembly says so. */
let mostParts = 0;

function look() {
  if (bytes.length > 0 && seen === instance()) return;
  const { buffer } = sharedMemory();
  bytes = new Uint8Array(buffer);
  numbers = new Uint32Array(buffer);
  seen = instance();
}

/**
 * Writes parts of what crosses, one behind the other, each with its length; gives that of all.
 * @param {{ room(length: number): number }} core
 * @param {(Uint8Array | string | undefined)[]} parts
 */
export function write(core, parts) {
  mostParts ||= maxParts();
  // The number behind the last length belongs to something else.
  if (parts.length > mostParts) throw new RangeError(`${parts.length} parts, and there is room for ${mostParts}`);
  let longest = 0;
  // A UTF-16 unit has three bytes at most.
  for (const part of parts) if (part !== undefined) longest += typeof part === "string" ? 3 * part.length : part.length;
  // There is room for as many as are counted, and for nothing else.
  if (!Number.isSafeInteger(longest)) throw new TypeError("neither a text nor bytes");
  let number = core.room(longest) / 4;
  look();
  const from = /** @type {number} */ (numbers[number]);
  let at = from;
  for (const part of parts) {
    number += 1;
    const end = part === undefined ? at : typeof part === "string" ? writeText(at, part) : writeBytes(at, part);
    numbers[number] = part === undefined ? NONE : end - at;
    at = end;
  }
  return at - from;
}

/** @param {number} at @param {string} text */
function writeText(at, text) {
  const end = put(bytes, at, text, 0);
  // Half of a surrogate pair becomes what a TextEncoder makes of it.
  return end < 0 ? at + encoder.encodeInto(text, bytes.subarray(at)).written : end;
}

/** @param {number} at @param {Uint8Array} part */
function writeBytes(at, part) {
  // Most are some twenty bytes long, of which a copy is sooner made than begun.
  if (part.length > 64) bytes.set(part, at);
  else for (let index = 0; index < part.length; index += 1) bytes[at + index] = /** @type {number} */ (part[index]);
  return at + part.length;
}

/** What the WebAssembly told, read part by part. */
export class Told {
  #number;
  #text = 0;
  #byte = 0;
  #from;
  /** All its texts, where they are ASCII: decoding costs by the call. */
  #texts;

  /** @param {number} address */
  constructor(address) {
    if (address === 0) throw new RangeError("nothing was told");
    look();
    this.#number = address / 4;
    this.#from = this.number();
    const length = this.number();
    this.#texts = length === 0 ? "" : decoder.decode(bytes.subarray(this.#from, this.#from + length));
    if (this.#texts.length !== length) this.#texts = undefined;
    this.#byte = this.number();
  }

  /** The next number. */
  number() {
    const number = numbers[this.#number++];
    // Memory that a fault left is not read on.
    if (number === undefined) throw new RangeError("what was told lies outside the memory");
    return number;
  }

  /** The next bytes, to keep, or nothing. */
  bytes() {
    const length = this.number();
    if (length === NONE) return undefined;
    const from = this.#byte;
    this.#byte += length;
    return bytes.slice(from, this.#byte);
  }

  /** The next text, or nothing. */
  text() {
    const length = this.number();
    if (length === NONE) return undefined;
    const from = this.#text;
    this.#text += length;
    if (this.#texts !== undefined) return this.#texts.slice(from, this.#text);
    return decoder.decode(bytes.subarray(this.#from + from, this.#from + this.#text));
  }
}
