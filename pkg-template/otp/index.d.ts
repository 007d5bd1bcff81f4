import type { AbortSignal, RequestInit, Response } from "../web.js";

/** Where the handler is, and what a page brings of its own. */
export interface OtpOptions {
  /** The handler's origin and base path; default: this page's origin. */
  base?: string;
  /**
   * Asks the person to solve a captcha, and gives its token. Called where the handler wants one; the request is then repeated.
   * A token goes along with one request and no other: it may be spent by it, whatever came of it. Where it rejects or gives no
   * token, `send` rejects with `captcha-failed`.
   */
  captcha?: () => Promise<string>;
  /** Where what `/otp/verify` gave for this device is kept, by number; default `localStorage`, or nothing where there is none. */
  storage?: { getItem(key: string): string | null; setItem(key: string, value: string): void } | null;
  /** Default: the page's own. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** What may go with a request for a code. */
export interface SendOptions {
  /** What the code is for; the handler's first purpose by default. */
  purpose?: string;
  /** The language of the text; the page's by default. */
  locale?: string;
  /** Comes back in the proof, so that nobody else's can be passed off. */
  nonce?: string;
  /** The token of a captcha that was solved already. It is good for this request; after one that rejected, solve another. */
  captcha?: string;
  signal?: AbortSignal;
}

/** A code is on its way. */
export interface Sent {
  /** What the code answers. */
  challenge: string;
  /** Seconds for which the code is good. */
  expiresIn: number;
  /** Seconds until another may be asked for. */
  resendIn: number;
}

/**
 * The one error of this module: nothing else is thrown or rejected with, and what `createOtp` remembers is then what it was.
 * `message` is for the person to read: the handler's own, or where it gave none, a sentence in Chinese in a page whose `lang` is
 * Chinese, and in English elsewhere.
 */
export declare class OtpError extends Error {
  /**
   * The last part of the type of the handler's problem: `too-many-requests`, `not-verified`, … Or else
   * - `network`: no whole answer came.
   * - `bad-reply`: something else than the handler answered, a proxy's error page say.
   * - `captcha-failed`: `captcha` gave no token.
   * - `not-sent`: `verify` before `send`.
   * - `aborted`: the `signal` ended the call, whatever its reason, which is the `cause`. `name` is `AbortError`, and else `OtpError`.
   */
  readonly type: string;
  /** The HTTP status; 0 where no answer came. */
  readonly status: number;
  /** Seconds after which to come again, where the answer says so. */
  readonly retryAfter?: number;
  /** The field to correct. */
  readonly field?: string;
}

/** One person's code: asked for, waited for, entered. */
export interface Otp {
  /**
   * Has a code sent to a number as it was typed. Again to the same number, however it is written, it is the same code while a minute
   * of it is left. Rejects with `OtpError`.
   */
  send(phone: string, options?: SendOptions): Promise<Sent>;
  /** Enters the code of the last `send`, as it was typed: blanks, hyphens and full-width digits are fine. Give `proof` to your back end. Rejects with `OtpError`: `not-verified` for a wrong code. */
  verify(code: string, options?: { signal?: AbortSignal }): Promise<{ proof: string }>;
  /**
   * Tells at once, and then every second until it is 0, in how many seconds another code may be asked for. Gives a way to stop.
   * A clock that is set back or forward changes nothing.
   */
  countdown(tell: (seconds: number) => void): () => void;
  /** The code, read from the text by the browser (WebOTP) with the person's leave; nothing where it cannot, or was aborted. */
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
