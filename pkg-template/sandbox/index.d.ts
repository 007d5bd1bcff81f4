import type { VendorConfig } from "../client/index.js";
import type { VendorName } from "../sms-error.js";
import type { Request, RequestInit, Response, URL, WasmSource } from "../web.js";

export { SmsError, type SmsErrorCode, type VendorName } from "../sms-error.js";

/** Loads the WebAssembly ahead of the first request, in a browser; elsewhere it is ready on import. */
export function init(module?: WasmSource): Promise<void>;

/** Options of {@link createSandbox}. */
export interface SandboxOptions {
  /** The same seed gives the same message ids. A whole number from 0 to 2^32 - 1. */
  seed?: number;
  /** The time in milliseconds since 1970; default `Date.now`. */
  now?: () => number;
  /**
   * Host names by which it is reached over HTTP, without a port: `["sandbox"]`. By an address, by `localhost` and in the same
   * process it always is. Where it is steered and shown (`/inbox`, `/faults`, `/replies`, `/push`), a request with another `Host`,
   * or with the `Origin` of a page that is neither its own nor of this machine, gets 403.
   */
  hosts?: string[];
  /**
   * The vendors refuse what a strict carrier of the mainland would, by rules of their own: signatures, links, mobile numbers,
   * symbols, traditional characters, opt-outs in codes, and marketing before 8:00 and from 22:00 on in Beijing. Default `false`.
   */
  strict?: boolean;
}

/** The five vendors, offline: faithful to their documents, with an inbox. Nothing is ever sent. */
export interface Sandbox {
  /**
   * A `fetch` that reaches the vendors at their real hosts, or below `/{vendor}` of any host.
   * - `GET /inbox`: a page, or with `Accept: application/json` `[{vendor, to, text, ref, at}]`, newest last; `?to=` shows one
   *   number, however it is written.
   * - `DELETE /inbox`: empties it.
   * - `POST /faults {vendor, operation?, fault, code?, times?}`: the next requests go wrong. `fault` is `timeout`, `reset`,
   *   `http500`, `garbage`, `truncated`, `accept_then_reset`, `slow` or `reject`.
   * - `DELETE /faults`: all is well again.
   * - `POST /replies {vendor, from, text, ref?}`: a person answers; apiv1 and smsadmin hold it until it is pulled.
   * - `POST /push/{vendor} {url, kind, …}`: the vendor posts a report (`kind: "report"`, `to`, `ref?`, `status?`) or a reply
   *   (`kind: "reply"`, `from`, `text`, `ref?`) to a URL: that of liasmart's text where none is given. Answers `{url, contentType, body, status, answer}`.
   */
  fetch(url: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** The account that a vendor's server knows. In a browser, after `init`. */
  config<N extends VendorName>(vendor: N): Extract<VendorConfig, { vendor: N }>;
}

/** Makes a sandbox with an inbox of its own. */
export function createSandbox(options?: SandboxOptions): Sandbox;
