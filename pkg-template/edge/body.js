// A request's body, within a size and a time.

import { bodyWasRead } from "./misuse.js";

/** Bytes that there is room for at first. */
const FIRST = 8193;
/** How long a body may take, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** @typedef {{ body?: Uint8Array | string, why?: "too-long" | "unfinished" }} Body */

/**
 * @param {Request} request
 * @param {number} longest Bytes that are read at most.
 * @param {<T>(work: Promise<T>, timeoutMs: number) => Promise<T | "timeout" | "aborted">} within
 * @param {boolean} isText Whether it is to be UTF-8: a worker pays less for a text than for the buffer of a list of bytes.
 * @returns {Promise<Body>}
 */
export async function bodyOf(request, longest, within, isText) {
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) > longest) return { why: "too-long" };
  // Its stream is an object of its own, which a body that is read at once does without.
  if (declared === null && request.body === null) return { body: new Uint8Array() };
  const ofText = (/** @type {string} */ text) => {
    // What was no UTF-8 is read as this sign; written as itself, it counts for the same.
    if (text.includes("\uFFFD")) return { body: NOT_UTF_8 };
    return 3 * text.length > longest && encoder.encode(text).length > longest ? tooLong : { body: text };
  };
  const ofBytes = (/** @type {Uint8Array} */ body) => {
    if (body.length > longest) return tooLong;
    return isText ? ofText(decoder.decode(body)) : { body };
  };
  try {
    // A body of a length that was told is read at once; Firefox shows no stream of it.
    const stream = declared === null ? request.body : undefined;
    /** @type {Promise<Body>} */
    let reading;
    if (stream) reading = read(stream, longest).then(ofBytes);
    else if (isText) reading = request.text().then(ofText);
    else reading = request.arrayBuffer().then((all) => ofBytes(new Uint8Array(all)));
    const body = await within(reading, TIMEOUT_MS);
    return typeof body === "string" ? { why: "unfinished" } : body;
  } catch {
    if (isOthers(request)) throw bodyWasRead();
    return { why: "unfinished" };
  }
}

/**
 * Whether somebody else holds the body, of which nothing was read. Asked only after a failure: its stream is an object of its own.
 * @param {Request} request
 */
function isOthers(request) {
  try {
    return !request.bodyUsed && request.body?.locked === true;
  } catch {
    return false;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NOT_UTF_8 = Uint8Array.of(0xff);
/** @type {Body} */
const tooLong = { why: "too-long" };

/**
 * Reads one byte too many at most.
 * @param {ReadableStream<Uint8Array>} stream
 * @param {number} longest
 */
async function read(stream, longest) {
  const reader = stream.getReader();
  let bytes = new Uint8Array(Math.min(longest + 1, FIRST));
  let length = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return bytes.slice(0, length);
    const part = value.subarray(0, longest + 1 - length);
    if (length + part.length > bytes.length) {
      const longer = new Uint8Array(Math.min(longest + 1, Math.max(2 * bytes.length, length + part.length)));
      longer.set(bytes);
      bytes = longer;
    }
    bytes.set(part, length);
    length += part.length;
    if (length > longest) {
      reader.cancel().catch(() => {});
      return bytes;
    }
  }
}
