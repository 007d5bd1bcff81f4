// Functions of the user's that are called before anything is decided: what they throw is the user's own fault, and named so.
import { invalid } from "../sms-error.js";

/**
 * What a function of the user's gives.
 * @template T
 * @param {string} field The option that it is.
 * @param {string} what
 * @param {() => T} call
 * @returns {T}
 */
export function ofUser(field, what, call) {
  try {
    return call();
  } catch (error) {
    throw invalid(field, `${what} threw: ${kindOf(error)}`);
  }
}

/** The time by the user's clock, in milliseconds since 1970. @param {() => number | bigint} now */
export function timeOf(now) {
  const told = ofUser("now", "now", now);
  const time = typeof told === "bigint" ? Number(told) : told;
  if (typeof time !== "number" || !Number.isFinite(time)) throw invalid("now", "now gave no number of milliseconds");
  return time;
}

/** What kind of error it is. Never its message: it may hold a URL with a password, a number or a token. @param {any} error */
export function kindOf(error) {
  const code = typeof error?.code === "string" ? ` (${error.code})` : "";
  return `${error instanceof Error ? error.name : typeof error}${code}`;
}
