// A vendor of one's own. Its WebAssembly checks the definition, builds the requests and reads the replies; a client, a
// handler and the sandbox call it by the object that `defineVendor` returns.
import { invalid, SmsError } from "../sms-error.js";
import { Definition } from "../wasm/define.js";
import { isReady, load } from "./load.js";

export { SmsError };

/** @type {typeof import("./index.js").init} */
export const init = (module) => load(module);

/** @type {(definition: any) => any} */
export function defineVendor(definition) {
  if (!isReady()) throw invalid("init", "the WebAssembly of xinshi/define is not loaded yet: await its init() first");
  const own = new Definition(definition);
  /** @type {(kind: number, given: Uint8Array) => Uint8Array | undefined} */
  const call = (kind, given) => {
    try {
      return own.call(kind, given);
    } catch {
      // No exception crosses into the other WebAssembly.
      return undefined;
    }
  };
  // The sandbox reads the definition itself, which consoles need not show.
  return Object.freeze(
    Object.defineProperty({ ...JSON.parse(own.facts()), call }, "definition", { value: definition }),
  );
}
