// Encodes a message or a bulk for the WebAssembly, as text.
import { invalid } from "../sms-error.js";

/**
 * Encodes a message or a bulk: one with only a number, a text and perhaps a reference as text with tabs before each,
 * and any other as JSON, with `sendAt` in milliseconds. Also returns the reference of a message in the first form.
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
 * The first form; undefined where JSON would write more or fewer fields, or where a text has half of a surrogate pair,
 * which JSON escapes.
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
    // A field cannot be read; JSON reports the error.
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
 * @param {unknown} value
 * @param {string} what
 * @returns {string}
 */
export function encode(value, what) {
  try {
    return JSON.stringify(hasNumbers(value) ? finite(value) : value) ?? "null";
  } catch {
    throw invalid(what, `${what} cannot be written as JSON`);
  }
}

/** @param {unknown} value */
function hasNumbers(value) {
  for (const field in /** @type {any} */ (value)) {
    const type = typeof (/** @type {any} */ (value)[field]);
    if (type === "number" || type === "object") return true;
  }
  return false;
}

/**
 * JSON writes NaN as null, which would be read as absent. An object in its place is of the wrong type for every field.
 * @param {unknown} value
 * @returns {unknown}
 */
function finite(value) {
  if (typeof value === "number" && !Number.isFinite(value)) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value) || "toJSON" in value) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, finite(inner)]));
}
