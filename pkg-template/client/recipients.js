// The recipients of a bulk, taken as they come and handed over as text: a number a line, or JSON.
import { invalid } from "../sms-error.js";
import { finite, text } from "./core.js";

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
export function recipientsOf({ to, each }) {
  const [name, source] = each === undefined ? ["to", to] : ["each", each];
  const iterable = typeof source === "object" && source !== null;
  const ahead = iterable ? source[Symbol.asyncIterator] : undefined;
  const begin = ahead ?? (iterable ? source[Symbol.iterator] : undefined);
  if (typeof begin !== "function") throw invalid(name, `${name} is not a list`);
  return {
    /** @type {Iterator<unknown> | AsyncIterator<unknown>} */
    iterator: begin.call(source),
    isAsync: ahead !== undefined,
    write: name === "to" ? numbers : objects,
  };
}

/**
 * All of a bulk's recipients at once.
 * @param {any} bulk
 */
export function allRecipients(bulk) {
  const { iterator, isAsync, write } = recipientsOf(bulk);
  if (isAsync) throw invalid("each", "a plan wants all recipients at once: give it a list, or use sendMany");
  return write([.../** @type {Iterable<unknown>} */ ({ [Symbol.iterator]: () => iterator })])[0] ?? "";
}

/** @param {unknown[]} recipients */
function numbers(recipients) {
  // What is no number as text cannot become one by being written as text.
  const line = (/** @type {unknown} */ to) =>
    typeof to === "string" && !to.includes("\n") ? to : `${typeof to} ${String(to).replaceAll("\n", " ")}`;
  return recipients.length === 0 ? [] : [recipients.map(line).join("\n")];
}

/**
 * One text, unless something in it would spoil the whole.
 * @param {unknown[]} recipients
 */
function objects(recipients) {
  try {
    const json = JSON.stringify(recipients, finite);
    // JSON.stringify escapes half of a surrogate pair, and nothing else so.
    if (!json.includes("\\ud")) return [json];
  } catch {
    // One of them cannot be written: below they are written one by one.
  }
  return recipients.map((recipient) => {
    try {
      return JSON.stringify([recipient], finite);
    } catch {
      return JSON.stringify([{ to: text(recipient, "to") }]);
    }
  });
}
