// What carriers refuse, told before it is sent. Importing it is what turns it on: every client's plans and outcomes then have
// its findings among their warnings.
import { encode } from "../client/encode.js";
import { loadedRules } from "../rules-hook.js";
import { invalid, SmsError } from "../sms-error.js";
import {
  carrierOf as carrier,
  catalogue,
  checkText as check,
  explainStatus as explain,
  Rules,
  reasons,
  sharedMemory,
} from "../wasm/rules.js";
import { checker } from "./checker.js";
import { isReady, load } from "./load.js";

/** @typedef {import("./index.js").RuleWarning} RuleWarning */

export { SmsError };

/** @type {typeof import("./index.js").init} */
export const init = (module) => load(module);

/** @type {typeof import("./index.js").checkText} */
export function checkText(text, { sendAt, ...about } = {}) {
  mustBeReady();
  return JSON.parse(check(encode({ ...about, text, sendAt: sendAt?.getTime() }, "options"), Date.now())).map(shown);
}

/** @type {typeof import("./index.js").carrierOf} */
export function carrierOf(number) {
  mustBeReady();
  return JSON.parse(carrier(String(number)));
}

/** @type {typeof import("./index.js").explainStatus} */
export function explainStatus(status, vendor) {
  mustBeReady();
  return JSON.parse(explain(vendor ?? "", String(status)));
}

/** @type {typeof import("./index.js").listRules} */
export function listRules() {
  mustBeReady();
  return JSON.parse(catalogue());
}

/** @type {typeof import("./index.js").listReasons} */
export function listReasons() {
  mustBeReady();
  return JSON.parse(reasons());
}

function mustBeReady() {
  if (!isReady()) throw invalid("init", "the WebAssembly of xinshi/rules is not loaded yet: await its init() first");
}

/** What is stopped is the client's to tell. @param {RuleWarning & { stops?: unknown }} warning */
const shown = ({ stops, ...warning }) => warning;

const encoder = new TextEncoder();

loadedRules.isReady = isReady;
loadedRules.load = load;
// How messages and bulks are checked: written as they cross to the client's WebAssembly.
loadedRules.make = (settings) => {
  mustBeReady();
  const rules = new Rules(JSON.stringify(settings ?? {}));
  /** @type {Map<string, number>} */
  const profiles = new Map();
  // Memory that grew is another, and what was seen of it before has no length.
  let room = new Uint8Array();
  /** @type {import("./checker.js").Find} */
  const find = (message, recipients, vendor) => {
    let profile = profiles.get(vendor);
    if (profile === undefined) profiles.set(vendor, (profile = Rules.profile(vendor)));
    // A UTF-16 unit has three bytes at most.
    const length = 3 * (message.length + (recipients?.length ?? 0));
    if (room.length < length) {
      const at = rules.room(length);
      room = new Uint8Array(sharedMemory().buffer, at, Math.max(length, ROOM));
    }
    const { written } = encoder.encodeInto(message, room);
    let more = -1;
    if (typeof recipients === "string") more = encoder.encodeInto(recipients, room.subarray(written)).written;
    else if (recipients !== undefined) {
      more = recipients.length;
      room.set(recipients, written);
    }
    const found = rules.check(written, more, profile, Date.now());
    // A bulk's room is given back.
    if (room.length > ROOM) room = new Uint8Array();
    return found === undefined ? none : JSON.parse(found);
  };
  return checker(find, rules.canStop());
};

/** Bytes of the room that is kept. */
const ROOM = 1 << 10;
/** @type {[]} */
const none = [];
