import type { AbortSignal, RequestInit, Response } from "../web.js";

/** The location of the handler, and a page's own parts. */
export interface OtpOptions {
  /** The handler's origin and base path; default: this page's origin. */
  base?: string;
  /**
   * Asks the person to solve a captcha and returns its token. Called when the handler requires one; the request is then
   * repeated. Must return a new token for each call, since the handler may use one up with any request. If it rejects
   * or returns no token, `send` rejects with `captcha-failed`.
   */
  captcha?: () => Promise<string>;
  /**
   * Stores, by number, the device token that `/otp/verify` returns; default `localStorage`, or nothing where there is
   * none.
   */
  storage?: { getItem(key: string): string | null; setItem(key: string, value: string): void } | null;
  /** Default: the page's own. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** Options of a request for a code. */
export interface SendOptions {
  /** The purpose of the code; default: the handler's first purpose. */
  purpose?: string;
  /** The language of the text; default: the page's. */
  locale?: string;
  /** Comes back in the proof, so that nobody can pass off another person's proof. */
  nonce?: string;
  /**
   * The token of a captcha that was solved before. It is valid for this request only; after a rejection, solve another.
   */
  captcha?: string;
  signal?: AbortSignal;
}

/** The result of a request for a code. */
export interface Sent {
  /** The challenge that the code solves. */
  challenge: string;
  /** The validity of the code, in seconds. */
  expiresIn: number;
  /** Seconds until the person may request another code. */
  resendIn: number;
}

/**
 * The one error of this module: its functions throw or reject with nothing else, and an error leaves the state of
 * `createOtp` unchanged. `message` is for the person to read: the handler's own; if it gave none, a sentence in Chinese
 * in a page whose `lang` is Chinese, and in English elsewhere.
 */
export declare class OtpError extends Error {
  /**
   * The last part of the type of the handler's problem: `quota-exceeded`, `not-verified`, … Or one of:
   * - `network`: no complete answer arrived.
   * - `bad-reply`: the answer is not the handler's, but a proxy's error page, for example.
   * - `captcha-failed`: `captcha` returned no token.
   * - `not-sent`: `verify` was called before `send`.
   * - `aborted`: the `signal` ended the call; `cause` is its reason. `name` is then `AbortError`, and otherwise
   *   `OtpError`.
   */
  readonly type: string;
  /** The HTTP status; 0 where no answer arrived. */
  readonly status: number;
  /** Seconds to wait before the next request, if the answer has them. */
  readonly retryAfter?: number;
  /** The field to correct. */
  readonly field?: string;
}

/** The code of one person: requested, awaited, entered. */
export interface Otp {
  /**
   * Requests a code for a number, in any spelling. A second request for the same number sends the same code while a
   * minute of its validity is left. Rejects with `OtpError`.
   */
  send(phone: string, options?: SendOptions): Promise<Sent>;
  /**
   * Enters the code of the last `send` as the person typed it: blanks, hyphens and full-width digits are allowed. Give
   * `proof` to your back end. Rejects with `OtpError`: `not-verified` for a wrong code.
   */
  verify(code: string, options?: { signal?: AbortSignal }): Promise<{ proof: string }>;
  /**
   * Calls `tell` at once, and then every second until 0, with the seconds until the person may request another code.
   * Returns a function that stops it. A change of the system's clock does not affect it.
   */
  countdown(tell: (seconds: number) => void): () => void;
  /**
   * The code that the browser read from the text (WebOTP), with the person's permission; `undefined` where the browser
   * cannot, or the call was aborted.
   */
  receive(options?: { signal?: AbortSignal }): Promise<string | undefined>;
}

/**
 * One-time codes in a page, over a handler of `xinshi/edge`.
 *
 * @example
 * const otp = createOtp();
 * const form = document.forms[0];
 * form.send.onclick = async () => {
 *   await otp.send(form.phone.value);
 *   otp.countdown((seconds) => (form.send.disabled = seconds > 0));
 *   form.code.value = (await otp.receive()) ?? form.code.value;
 * };
 * form.onsubmit = async (event) => {
 *   event.preventDefault();
 *   const { proof } = await otp.verify(form.code.value);
 * };
 */
export function createOtp(options?: OtpOptions): Otp;
