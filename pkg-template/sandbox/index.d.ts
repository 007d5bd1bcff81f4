import type { DefinedAccount, DefinedVendor, VendorConfig } from "../client/index.js";
import type { VendorName } from "../sms-error.js";
import type { AbortSignal, Request, RequestInit, Response, URL, WasmSource } from "../web.js";

export { SmsError, type SmsErrorCode, type VendorName } from "../sms-error.js";

/** Loads the WebAssembly before the first request, in a browser. Elsewhere it is ready on import. */
export function init(module?: WasmSource): Promise<void>;

/** Options of {@link createSandbox}. */
export interface SandboxOptions {
  /** The same seed gives the same message ids. A whole number from 0 to 2^32 - 1. */
  seed?: number;
  /** The time in milliseconds since the Unix epoch; default `Date.now`. */
  now?: () => number;
  /**
   * The sandbox's host names over HTTP, without a port: `["sandbox"]`. Addresses, `localhost` and calls in the same
   * process need no entry. `/inbox`, `/faults`, `/replies` and `/push` answer 403 to a request with another `Host`, or
   * with an `Origin` that is neither the sandbox's own nor of this machine.
   */
  hosts?: string[];
  /**
   * The vendors reject what a strict carrier of the mainland would, by rules of their own: signatures, links, mobile numbers,
   * symbols, traditional characters, opt-outs in codes, and marketing before 8:00 and from 22:00 on in Beijing. Default `false`.
   */
  strict?: boolean;
  /**
   * Vendors from `defineVendor` of `xinshi/define`, which the sandbox plays beside the built-in ones: see
   * `docs/en/define-vendor.md`. A vendor whose `read` is a function has `samples`.
   */
  vendors?: readonly DefinedVendor[];
}

/** Options of {@link Sandbox.waitForCode}. */
export interface WaitOptions {
  /** Milliseconds, from 0 to 600,000; default 10,000. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** The vendors, offline: they behave as their documents say, and have an inbox. No text is ever sent. */
export interface Sandbox {
  /**
   * A `fetch` that reaches the vendors at their real hosts, or below `/{vendor}` of any host.
   * - `GET /inbox`: a page, or with `Accept: application/json` `[{vendor, to, text, ref, at}]`, newest last; `?to=`
   *   selects one number, in any spelling.
   * - `GET /inbox/wait?to=`: waits for the code that arrives at a number, as {@link Sandbox.waitForCode} does: `{code, vendor,
   *   to, text, ref, at}`, or 404 after `timeoutMs` (default 10,000).
   * - `DELETE /inbox`: empties it.
   * - `POST /faults {vendor, operation?, fault, code?, times?}`: makes the next requests fail. `fault` is `timeout`,
   *   `reset`, `http500`, `garbage`, `truncated`, `accept_then_reset`, `slow` or `reject`.
   * - `DELETE /faults`: removes all faults.
   * - `POST /replies {vendor, from, text, ref?}`: a person replies; apiv1, smsadmin, tencent and a defined vendor with
   *   `replies` hold the reply until a pull.
   * - `POST /push/{vendor} {url, kind, …}`: the vendor posts a report (`kind: "report"`, `to`, `ref?`, `status?`) or a
   *   reply (`kind: "reply"`, `from`, `text`, `ref?`) to `url`; default: the callback URL of liasmart's text. Answers
   *   `{url, contentType, body, status, answer}`.
   */
  fetch(url: string | URL | Request, init?: RequestInit): Promise<Response>;
  /**
   * Waits for the one-time code in the newest text at a number, in any spelling: the code that the last line names for a
   * browser (`@example.com #123456`), otherwise the first 4 to 12 letters and digits, with a digit, behind a word for it.
   * Texts without a code are ignored. A text answers one wait, and texts older than it none: a test that sends twice gets
   * the second code, and no code of an earlier test.
   * @param to Only digits count: `138 1234 5678`, `+8613812345678`.
   * @throws `SmsError`: `timeout` after `timeoutMs`, with what the inbox has; `invalid_argument`; the signal's reason.
   */
  waitForCode(to: string, options?: WaitOptions): Promise<string>;
  /** The account at a vendor's server. In a browser, call `init` first. */
  config<N extends VendorName>(vendor: N): Extract<VendorConfig, { vendor: N }>;
  config<V extends DefinedVendor>(vendor: V): DefinedAccount<V>;
}

/** Creates a sandbox with an inbox of its own. */
export function createSandbox(options?: SandboxOptions): Sandbox;
