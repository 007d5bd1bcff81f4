// The recipients of a bulk, taken as they come and handed over as text: a number a line, or JSON a line.
import { invalid } from "../sms-error.js";
import { text } from "./core.js";

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

/**
 * How a bulk's recipients are taken and written.
 * @param {any} bulk
 */
export function recipientsOf({ to, each, template }) {
  const [name, source] = each === undefined ? ["to", to] : ["each", each];
  const iterable = typeof source === "object" && source !== null;
  const ahead = iterable ? source[Symbol.asyncIterator] : undefined;
  const begin = ahead ?? (iterable ? source[Symbol.iterator] : undefined);
  if (typeof begin !== "function") throw invalid(name, `${name} is not a list`);
  return {
    /** @type {Iterator<unknown> | AsyncIterator<unknown>} */
    iterator: begin.call(source),
    isAsync: ahead !== undefined,
    write: (/** @type {unknown[]} */ recipients) =>
      encoder.encode(name === "to" ? numbers(recipients) : objects(recipients, template !== undefined)),
  };
}

/**
 * All of a bulk's recipients at once.
 * @param {any} bulk
 */
export function allRecipients(bulk) {
  const { isAsync, write } = recipientsOf(bulk);
  if (isAsync) throw invalid("each", "a plan wants all recipients at once: give it a list, or use sendMany");
  const source = bulk.each ?? bulk.to;
  return write(Array.isArray(source) ? source : [...source]);
}

/**
 * A line each. What is no number as text cannot become one by being written as text, nor one become two.
 * @param {unknown[]} recipients
 */
const numbers = (recipients) => (recipients.every(isShort) ? recipients : recipients.map(line)).join("\n");

/** @param {unknown} to */
const isShort = (to) => typeof to === "string" && to.length > 0 && to.length < 17 && !to.includes("\n");

/** @param {unknown} to */
const line = (to) =>
  isShort(to)
    ? to
    : `${typeof to} ${typeof to === "object" || typeof to === "function" ? "" : String(to).replaceAll("\n", " ")}`;

/**
 * A line each, so that one that cannot be written or read spoils no other.
 * @param {unknown[]} recipients
 * @param {boolean} haveValues
 */
function objects(recipients, haveValues) {
  const lines = recipients.map(haveValues ? valued : texted).join("\n");
  // Encoded as it is, half a surrogate pair would be silently replaced: JSON escapes it.
  return lines.isWellFormed?.() ? lines : recipients.map(json).join("\n");
}

/** @param {any} recipient */
function valued(recipient) {
  try {
    const { to, values } = recipient;
    if (
      isPlain(to) &&
      Array.isArray(values) &&
      values.length > 0 &&
      values.every(isPlain) &&
      hasNoMore(recipient, "values")
    ) {
      return `${to}\t${values.join("\t")}`;
    }
  } catch {
    // It cannot be read: see below.
  }
  return json(recipient);
}

/** @param {any} recipient */
function texted(recipient) {
  try {
    const { to, text } = recipient;
    if (isPlain(to) && isPlain(text) && hasNoMore(recipient, "text")) return `${to}\t${text}`;
  } catch {
    // It cannot be read: see below.
  }
  return json(recipient);
}

/** @param {unknown} text */
const isPlain = (text) => typeof text === "string" && !text.includes("\t") && !text.includes("\n");

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
    return JSON.stringify({ to: text(recipient, "to") });
  }
}

const encoder = new TextEncoder();
