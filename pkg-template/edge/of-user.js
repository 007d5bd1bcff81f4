// Functions of the user's that are called before anything is decided: what they throw is the user's own fault, and named so.
import { invalid, SmsError } from "../sms-error.js";

/**
 * What a function of the user's gives.
 * @template T
 * @param {string} field The option that it is.
 * @param {string} what
 * @param {() => T} call
 * @returns {T}
 */
export function ofUser(field, what, call) {
  return called(call, (kind) => invalid(field, `${what} threw: ${kind}`));
}

/**
 * What a function of the user's gives; where it throws, what `wrong` makes of the kind of error.
 * @template T
 * @param {() => T} call
 * @param {(kind: string) => Error} wrong
 * @returns {T}
 */
export function called(call, wrong) {
  try {
    const gives = call();
    // A promise is a mistake here. Nobody waits for it, and one that fails unheard would end the process.
    if (typeof (/** @type {any} */ (gives)?.then) === "function") Promise.resolve(gives).catch(() => {});
    return gives;
  } catch (error) {
    throw wrong(kindOf(error));
  }
}

/** The latest time that a `Date` can be, in milliseconds. */
const MAX_TIME_MS = 8.64e15;

/** The time by the user's clock, in milliseconds since 1970. @param {() => number | bigint} now */
export function timeOf(now) {
  const told = ofUser("now", "now", now);
  const time = typeof told === "bigint" ? Number(told) : told;
  if (typeof time !== "number" || !(time >= 0 && time <= MAX_TIME_MS)) {
    throw invalid("now", "now gave no number of milliseconds since 1970");
  }
  return time;
}

/**
 * What kind of error it is: names that are short. Never a message of the user's, since it may hold a URL with a password, a number
 * or a token; one of our own about an option holds none.
 * @param {any} error
 */
export function kindOf(error) {
  try {
    if (error instanceof SmsError && error.code === "invalid_argument") return error.message;
    const name = error instanceof Error ? shown(error.name, "Error") : typeof error;
    const code = shown(error?.code, "");
    return code === "" ? name : `${name} (${code})`;
  } catch {
    // Whatever is thrown may throw where it is looked at.
    return "Error";
  }
}

/** A word that may be shown: no URL and no number of seven digits is one. @param {unknown} word @param {string} otherwise */
const shown = (word, otherwise) =>
  typeof word === "string" && /^[\w-]{1,40}$/.test(word) && !/\d{7}/.test(word) ? word : otherwise;
