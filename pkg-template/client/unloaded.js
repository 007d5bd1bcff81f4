// The client before its WebAssembly is loaded: a page fetches it on first use.
import { rules } from "../rules-hook.js";
import { invalid, smsError } from "../sms-error.js";
import { clients, isPage } from "./core.js";
import { isReady, load } from "./load.js";

/** Throws in a page unless the options allow it: a page shows its keys to everyone. @param {any} options */
export function mustBeAllowed(options) {
  if (!isPage() || options?.allowBrowser === true) return;
  throw invalid(
    "allowBrowser",
    "a page shows its keys to everyone: send from a server, or pass allowBrowser: true where the keys may be seen",
  );
}

export function mustBeReady() {
  if (!isReady()) throw invalid("init", "the WebAssembly is not loaded yet: await init() first");
}

/** Whether all is loaded that a client sends with. @param {object} sms */
export const canSend = (sms) => isReady() && (rules.isReady() || clients.get(sms)?.options?.rules === false);

/**
 * Copies a caller's value if the WebAssembly is not loaded yet, since it is read later.
 * @template T
 * @param {T} value
 * @param {boolean} [isLoaded]
 * @returns {T}
 */
export function copyUnlessReady(value, isLoaded = isReady()) {
  if (isLoaded) return value;
  try {
    return structuredClone(value);
  } catch {
    // The value cannot be copied. Reading it later reports the error.
    return value;
  }
}

/**
 * Loads the WebAssembly, and that of the rules, within the time limit of a call.
 * @param {object} sms
 * @param {any} options
 */
export async function untilReady(sms, options) {
  if (canSend(sms)) return;
  const limit = Number(options?.timeoutMs ?? clients.get(sms)?.options?.timeoutMs);
  const signal = options?.signal;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {() => void} */
  let abort = () => {};
  /** @type {Promise<"timeout" | "aborted">} */
  const stopped = new Promise((resolve) => {
    timer = setTimeout(resolve, limit > 0 ? limit : DEFAULT_TIMEOUT_MS, "timeout");
    abort = () => resolve("aborted");
  });
  let end;
  try {
    signal?.addEventListener?.("abort", abort);
    if (signal?.aborted) abort();
    end = await Promise.race([Promise.all([load(), rules.load()]).then(() => undefined), stopped]);
  } catch (error) {
    throw smsError({ code: "network", sent: "no", message: `the WebAssembly could not be loaded: ${error}` });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener?.("abort", abort);
  }
  if (end) throw smsError({ code: end, sent: "no", message: "the WebAssembly was not loaded before the call ended" });
}

const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * The outcome of a send for which the WebAssembly could not be loaded.
 * @param {object} sms
 * @param {any} message
 * @param {string | undefined} account
 * @param {unknown} error
 */
export function unsentOutcome(sms, message, account, error) {
  const vendors = clients.get(sms)?.options?.vendors;
  const name = account ?? Object.keys(vendors ?? {})[0] ?? "";
  const to = typeof message?.to === "string" ? [message.to] : [];
  return {
    account: name,
    vendor: vendors?.[name]?.vendor,
    to,
    ref: message?.ref ?? "",
    warnings: [],
    status: "rejected",
    error,
  };
}
