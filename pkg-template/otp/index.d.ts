import type { AbortSignal, RequestInit, Response } from "../web.js";

/** The location of the handler, and a page's own parts. */
export interface OtpOptions {
  /** The handler's origin and base path; default: this page's origin. */
  base?: string;
  /**
   * Asks the person to solve a captcha and returns its token: a text, or the object that the provider's script returned
   * (Tencent's `{ticket, randstr}`, GeeTest's `getValidate()`), which is sent as JSON. Called when the handler requires one; the request is then
   * repeated. Must return a new token for each call, since the handler may use one up with any request. If it rejects
   * or returns no token, `send` rejects with `captcha-failed`.
   */
  captcha?: () => Promise<string | object>;
  /**
   * How to do the work that a handler accepts in place of a captcha (its `captcha: { proofOfWork: true }`). It is done when
   * the handler requires it, before `captcha` is called: in a worker, which loads 15 KB of WebAssembly, in a few seconds at
   * most. `false`: never. A content security policy must have `worker-src 'self'` and `script-src 'self' 'wasm-unsafe-eval'`.
   */
  proofOfWork?: false | ProofOfWorkOptions;
  /**
   * Stores, by number, the device token that `/otp/verify` returns; default `localStorage`, or nothing where there is
   * none.
   */
  storage?: { getItem(key: string): string | null; setItem(key: string, value: string): void } | null;
  /** Default: the page's own. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** How a page does a proof of work. */
export interface ProofOfWorkOptions {
  /** Called repeatedly with the share that is done, from 0 to 1. The work may end at any share. */
  progress?: (done: number) => void;
  /**
   * Starts the worker, if a bundler does not follow `new Worker(new URL(…, import.meta.url))`, as esbuild does not: from the file
   * `xinshi/otp/worker.js`, beside which `../wasm/work_bg.wasm` lies.
   */
  worker?: () => WorkerLike;
}

/** What is needed of a `Worker`. */
export interface WorkerLike {
  postMessage(message: unknown): void;
  terminate(): void;
  // biome-ignore lint/suspicious/noExplicitAny: events of the platform
  addEventListener(type: "message" | "error", listener: (event: any) => void): void;
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
   * The token of a captcha that was solved before, as `captcha` returns it. It is valid for this request only; after a rejection, solve another.
   */
  captcha?: string | object;
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
   * - `captcha-failed`: `captcha` returned no token, or the proof of work failed.
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
  /** The work that the handler takes in the place of a captcha: at most so many `tries`, in so many seconds. */
  readonly proofOfWork?: { challenge: string; tries: number; expiresIn: number };
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
