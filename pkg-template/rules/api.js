// What carriers reject, told before it is sent. Importing it is what turns it on: every client's plans and outcomes then have
// its findings among their warnings.
import { encode } from "../client/encode.js";
import { rules } from "../rules-hook.js";
import { invalid, SmsError } from "../sms-error.js";
import {
  carrierOf as carrier,
  catalogue,
  checkText as check,
  explainStatus as explain,
  Rules,
  reasons,
} from "../wasm/rules.js";
import { isReady, load } from "./load.js";

export { SmsError };

/** @type {typeof import("./index.js").init} */
export const init = (module) => load(module);

/** @type {typeof import("./index.js").checkText} */
export function checkText(text, { sendAt, ...about } = {}) {
  mustBeReady();
  return JSON.parse(check(encode({ ...about, text, sendAt: sendAt?.getTime() }, "options"), Date.now()));
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

rules.isReady = isReady;
rules.load = load;
rules.make = (settings = {}) => new LoadedRules(JSON.stringify(settings));

/** No exception crosses into the client's WebAssembly. */
class LoadedRules extends Rules {
  /** @type {Rules["check"]} */
  check(written, vendor, text, form, kind, sendAt) {
    try {
      return super.check(written, vendor, text, form, kind, sendAt);
    } catch {
      return 2;
    }
  }
}
