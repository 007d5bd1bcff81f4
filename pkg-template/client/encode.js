// What a caller wrote, as JSON that crosses into the WebAssembly.
import { invalid } from "../sms-error.js";

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
 * JSON would make NaN null, and null would be read as absent: an object is of the wrong type everywhere.
 * @param {unknown} value
 * @returns {unknown}
 */
function finite(value) {
  if (typeof value === "number" && !Number.isFinite(value)) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value) || "toJSON" in value) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, finite(inner)]));
}
