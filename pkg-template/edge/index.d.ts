import type { Bulk, Fetch, Outcome, VendorConfig } from "../client/index.js";
import type { Explained, Reason } from "../rules/index.js";
import type { SmsError } from "../sms-error.js";
import type { Request, Response, WasmSource } from "../web.js";

export { SmsError, type SmsErrorCode, type VendorName } from "../sms-error.js";

/** Loads the WebAssembly ahead of the first request, in a browser or a service worker; elsewhere it is ready on import. */
export function init(module?: WasmSource): Promise<void>;

/**
 * Makes the handler: one-time codes by text message, under hard limits.
 *
 * Workers: `export { Ledger } from "xinshi/edge"; export default createHandler((env) => ({ … }))`. Elsewhere its `fetch`
 * goes to `Deno.serve`, to `Bun.serve` or to `serve` of `@hono/node-server` as it is.
 *
 * Options come from the argument, over secret bindings (`XINSHI_PEPPER`, `XINSHI_PROOF_KEY`, `XINSHI_VENDORS`,
 * `XINSHI_CAPTCHA_SECRET`, `XINSHI_ADMIN_TOKEN`, `XINSHI_API_TOKENS`), over `env.XINSHI` (JSON). What is wrong with options that
 * are an object is thrown at once as `SmsError` (`invalid_argument`, `field`); else requests are answered with 500
 * `misconfigured`, and the log says why.
 */
export function createHandler<Env = unknown>(
  options?: Partial<HandlerOptions> | ((env: Env) => Partial<HandlerOptions>),
): {
  fetch(request: Request, env?: Env, ctx?: Context): Promise<Response>;
  /**
   * What is to be done every minute: asks apiv1 and smsadmin for reports and replies (20 a call, 5 seconds apart, one asker an
   * account at a time), and works through what waits until nothing is due, or until 50 seconds or 9,000 calls to the outside are
   * used up: eight posts at a time where there is a backlog. On Cloudflare a cron trigger calls it; elsewhere a timer of yours:
   * `setInterval(() => handler.scheduled(), 60_000)`. Needed for all that is pulled or tried again.
   */
  scheduled(event?: unknown, env?: Env, ctx?: unknown): Promise<void>;
  /**
   * Which of these numbers, as they are written here, answered TD or T (退订) to an account of this handler: send them no
   * marketing. Rejects with `SmsError`: `invalid_argument` for what is no number, `network` where the store failed.
   */
  optedOut(phones: Iterable<string>, env?: Env): Promise<Set<string>>;
  /**
   * Sends marketing, and asks for each number in one step whether a text may go now: who opted out (R, N, T, TD, 退订 …) gets none,
   * no number more than `limits.marketing` allows (one a day), and none outside `marketingHours` (8:00 to 20:00 Beijing time, for
   * `sendAt` where there is one). Nothing is kept for later: what may not go now is `rejected` with a `reason`, and with `retryAt`
   * where it may go at another time. A text that is certainly not sent counts for nothing, one that may have been counts. Numbers
   * that `deny` or `countries` leave out, `testNumbers`, and numbers that no text can reach (`skipUndeliverable`) get none either.
   *
   * Accounts are tried in the order in which they are written, or the one that is named alone. Recipients are taken as they are
   * needed, 100 a request at most; outcomes come in rounds of 800 recipients.
   * @throws {SmsError} where the bulk or an option is wrong, and nothing of it was sent.
   */
  sendMany(
    bulk: Bulk,
    options: { kind: "marketing"; account?: string },
    env?: Env,
  ): AsyncGenerator<MarketingOutcome, void, void>;
};

/** An outcome of marketing. */
export type MarketingOutcome = Outcome & {
  /** Why the handler itself held texts back: no vendor was asked. */
  reason?: Extract<Reason, "opted-out" | "too-frequent" | "hours" | "no-such-number" | "blocklisted">;
  /** Whose list it is, where the reason is `blocklisted`. */
  blockedBy?: Explained["blockedBy"];
  /** When the text may go, where it may not now. */
  retryAt?: Date;
};

/**
 * The path of the hook that a vendor is to push an account's reports and replies to, below `publicUrl`: a capability, so
 * that whoever knows it can report. `npx xinshi hook-url` prints it. The handler must know `key` as one of its `hookKeys`.
 */
export function hookPath(key: string, account: string): string;

/** The Durable Object class that keeps the state on Cloudflare: bind it as `LEDGER`, with a migration `new_sqlite_classes`. */
export declare class Ledger {
  /** What Cloudflare's types tell the class of a Durable Object by. There is no such property. */
  readonly __DURABLE_OBJECT_BRAND: never;
  constructor(ctx: unknown, env: unknown);
}

/** A command to the ledger, opaque: a text to be handed on as it is. */
export type LedgerCommand = string & { readonly __ledgerCommand?: never };
/** What the ledger decided, opaque. */
export type LedgerDecision = string & { readonly __ledgerDecision?: never };

/**
 * Where the limits and the codes live: one atomic step on one key. The pure reducer runs beside the state. A store that
 * throws or rejects sends nothing. One that is only eventually consistent limits nobody: Workers KV is refused.
 */
export interface Store {
  apply(key: string, command: LedgerCommand): Promise<LedgerDecision>;
}

/** State in the memory of this process, the default outside Cloudflare: for one process, tests and pages. */
export function memoryStore(options?: {
  /** The time in milliseconds since 1970; default `Date.now`. Anything else it gives fails the step, and nothing is sent. */
  now?: () => number;
}): Store;

/**
 * State in a store of yours that compares and swaps: Redis (`examples/redis`), Deno KV (`examples/deno-kv`). `get` must see
 * the last `swap` of whatever process; a store that is only eventually consistent (Workers KV) is refused as `unsupported`.
 *
 * A step that others disturb is tried again. One that does not succeed within 5 seconds fails as `timeout` or `throttled`,
 * and the request is answered with 503. A swap whose answer is lost counts, and is not tried again: too often, never too seldom.
 *
 * Keys are at most 24 characters and hold no number: put a name of your own before them where several services share a
 * store. Values stay below 20 KB, but for the one of the key `stats`, which grows with the names of accounts to some 100 KB.
 *
 * @example
 * casStore({ get: async (key) => …, swap: async (key, version, value, expiresAtMs) => … })
 */
export function casStore(kv: {
  /** The value and a version that no other value of this key ever has, not even after it expired. */
  get(key: string): Promise<{ value: Uint8Array; version: string } | null>;
  /**
   * Writes where the version is still this one (`null`: where there is none), and says whether it did. From `expiresAtMs`
   * on, in milliseconds since 1970, the key may be removed, and never before: a store that evicts keys forgets limits.
   */
  swap(key: string, version: string | null, value: Uint8Array, expiresAtMs: number): Promise<boolean>;
}): Store;

/** At most `limit` events in any `windowSeconds` seconds. Exact up to 1,000; above, refused up to a sixtieth of the window early. */
export interface Rule {
  limit: number;
  windowSeconds: number;
}

/** What may happen how often. An empty list switches a rule off. */
export interface Limits {
  /** One request in so many seconds for a number; 0 switches it off. Default 60. */
  cooldownSeconds: number;
  /** Texts to a number. Default 4 in 60 s, 5 in an hour, 8 in a day. */
  number: Rule[];
  /**
   * Of a number's texts in an hour and a day, what is kept for a solved captcha or a device that verified this number
   * before. Default 2 and 3 with a captcha, else 0.
   */
  reserve: { hour?: number; day?: number };
  /** Texts asked for by an address, IPv6 by /64. Default 10 in 60 s, 30 in an hour, 100 in a day. */
  ip: Rule[];
  /**
   * Texts asked for by all IPv6 addresses with the same first 48 bits, beside `ip`: a line has a /56 or a /48, which is 256 or
   * 65,536 times a /64. Default: the rules of `ip`, times 16.
   */
  ip48: Rule[];
  /** Texts asked for by a back end with a token, which is not under `ip` unless it names a `clientIp`. Default 600 in 60 s. */
  token: Rule[];
  /** Texts to all numbers that begin with the same seven digits. Off by default. */
  prefix: Rule[];
  /** Texts in all: a cap on what is spent. Off by default. All of them pass through one object. */
  total: Rule[];
  /** Guesses at a number, across challenges and addresses. Default 40 in a day. */
  verifyPerNumber: Rule[];
  /**
   * Marketing texts to a number (`sendMany`), each at most 100. They count for no other rule. Default 1 in a day, the strictest that a
   * vendor documents (Qiniu).
   */
  marketing: Rule[];
}

/** The options of a handler. */
export interface HandlerOptions {
  /** The accounts that send, as for `createSms`. */
  vendors: Record<string, VendorConfig>;
  /**
   * In which order they are tried; default as written. `adaptive`: as written, but an account whose texts are verified or
   * delivered less often than the best's, by carrier and in the last hour, is tried last, and with one text in 20 first. Only
   * texts behind a captcha, a token or a known device count, so that a bomber demotes nobody; with few of them nothing changes.
   */
  order?: string[] | "adaptive";
  /** One attempt at a vendor, in milliseconds; default 10,000. */
  timeoutMs?: number;
  /** Where the state lives. Default: the binding `LEDGER` on Cloudflare, else the memory of this process. */
  store?: Store;
  /**
   * Random secrets of at least 32 bytes: the first makes codes, all check them. The last one names where state is kept: put
   * a new one before it, and drop the last only where the limits may start anew.
   */
  pepper: string | string[];
  /** How proofs are signed (HS256). The first `key` signs; none may be a pepper. `issuer` is `xinshi`, `ttlSeconds` 300 by default. */
  proof: { key: string | string[]; issuer?: string; audience: string; ttlSeconds?: number };
  /** The signature (签名) of the texts, without 【】. */
  brand: string;
  /**
   * The texts by locale, with `{code}`, `{brand}` and how long the code is still good: `{validity}` in Chinese and English
   * texts (`5 minutes`, `1 minute`, `45 seconds`; `5分钟`, `45秒`), `{minutes}` (whole ones, without a unit) in any. `zh` and
   * `en` are there.
   */
  text?: Record<string, string | { text: string; templateId?: string }>;
  /** Adds the last line `@domain #123456`, which browsers read (WebOTP). */
  webOtpDomain?: string;
  /**
   * Digits of a code (4 to 10; 6), seconds it is good for (30 to 3600; 300), guesses it takes (5). A text is sent again with the
   * same code while a minute of it is left, or half its time where that is shorter; then a fresh challenge begins.
   */
  code?: { length?: number; ttlSeconds?: number; attempts?: number };
  /** What codes may be for; the first is meant where a request does not say. Limits span them. Default: anything, `login`. */
  purposes?: string[];
  /** What may happen how often. */
  limits?: Partial<Limits>;
  /** Allows limits under which more than 40 of a million codes of a number can be guessed in a day. */
  acceptGuessRisk?: boolean;
  /** Countries that are sent to (ISO 3166). Default `["CN"]`. More of them want `country`. */
  countries?: string[];
  /**
   * The country of a number in E.164: `countryOf` of `xinshi/country`, whose table not every worker should load. A function of
   * your own gives nothing for a number that is not in its own form (`+490170…`), as that one does: it is refused.
   */
  country?: (phone: string) => string | undefined;
  /** Numbers (`+8613812345678`) and beginnings (`+852*`, which want `country`) that are sent to whatever `countries` says. */
  allow?: string[];
  /**
   * Numbers and beginnings that are never sent to. The start refuses an entry of `allow` or `deny` that no number matches: one with a
   * trunk prefix (`+490170*` is `+49170*`), which `country` knows, or `+860138*`.
   */
  deny?: string[];
  /** Decides and tells (`on`), and refuses no send. Guesses are limited all the same. */
  shadow?: boolean;
  /** Who says whether a captcha was solved, and when it is asked for. `adaptive`: where a number, an address or a prefix is busy. */
  captcha?:
    | { provider: "turnstile" | "hcaptcha"; secret: string; verifyUrl?: string; when: "always" | "adaptive" }
    // A token must be good once: whoever says yes to one twice lets one captcha send many texts.
    | { verify(token: string, address: string): Promise<boolean>; when: "always" | "adaptive" };
  /**
   * Whose word the caller's address is. `cloudflare`, the default there: `CF-Connecting-IP`. Default elsewhere: the socket,
   * as `Deno.serve`, `Bun.serve` and `@hono/node-server` pass it. A function gives one IP address, or null where there is none. A
   * request without an address is refused; a function that throws, or gives a promise or no text, is answered with 500
   * `misconfigured`. Hono's `app.mount` copies the request, and Bun knows no address of the copy: pass `replaceRequest: false`.
   */
  clientAddress?: "cloudflare" | ((request: Request, env: unknown, ctx: unknown) => string | null);
  /** What every path begins with. */
  basePath?: string;
  /** Origins whose pages may call: `https://app.example`. */
  cors?: string[];
  /** The operator's bearer token, for `/admin`. At least 16 characters. */
  adminToken?: string;
  /** Bearer tokens of back ends, for `/otp` and the CAMARA routes. At least 16 characters each. */
  apiTokens?: string[];
  /**
   * One or two random secrets of at least 32 bytes, which make the addresses that vendors push to: `/hooks/{account}/{token}`.
   * The first makes, both check: put a new one before the old one, have the vendors changed, and drop the old one.
   */
  hookKeys?: string | string[];
  /** Where vendors reach this handler, `basePath` included: `https://otp.example.com`. liasmart is told an address of its own with each text. */
  publicUrl?: string;
  /**
   * Where each report and reply is posted to, signed as Standard Webhooks has it: `secret` is `whsec_` and 24 to 64 random bytes
   * in base64. A message that is not answered with 2xx in 10 seconds backs off alone: 1, 5 and 15 minutes, 1, 2, 4, 8 and 12
   * hours, and then every 12 hours until `retentionDays` are over. After 10 failures in a row the endpoint rests, for 1 to 30
   * seconds, and one message probes it. 410 ends it for an hour.
   *
   * An account's queue holds a million messages, of up to 2 KB each on average, over any outage; only when it is full is a push
   * answered with 503 (`queue-full`). The order of messages is not kept.
   */
  webhook?: { url: string; secret: string };
  /** Each report and reply is sent here as well: the binding of a Cloudflare Queue, or anything with its `send`. */
  queue?: { send(message: Receipt): Promise<unknown> };
  /**
   * What people reply to get no more marketing, beside R, N, T, TD, 退订 (退訂) and 拒收: what your texts tell them to. Each has 1 to 20
   * letters and digits; case, width, blanks and marks do not matter.
   */
  optOutWords?: string[];
  /**
   * How long replies and unreadable pushes are kept, and receipts that nobody takes are tried, in days (1 to 365; 30).
   * `/admin/erase` erases a number at once.
   */
  retentionDays?: number;
  /**
   * Whether a number whose text failed because there is no such number, or because its carrier or its owner blocks for good, is
   * left alone for a day (default `true`): whoever asks gets 429, or where a captcha is configured is asked for one. Not so for
   * requests with a captcha, a trusted device or a token, and not for codes of reports that sources explain differently. A text that
   * arrives and `/admin/reset` end it.
   */
  skipUndeliverable?: boolean;
  /**
   * The hours of Beijing's day in which marketing goes to numbers of the mainland (`sendMany`), from the first to before the second.
   * Default `{ from: 8, to: 20 }`, the narrowest that a vendor documents (Qiniu); `{ from: 0, to: 24 }` is all day.
   */
  marketingHours?: { from: number; to: number };
  /** Allows short tokens and `testNumbers`. */
  dev?: boolean;
  /** Codes by number. These numbers are limited as any, and never sent to; their proofs have the audience `test`. */
  testNumbers?: Record<string, string>;
  /** What happened. Numbers are masked; there is never a code, a token or a challenge in it. */
  on?: (event: EdgeEvent) => void;
  /** What calls vendors and captcha providers; default the runtime's own. */
  fetch?: Fetch;
  /** The time in milliseconds since 1970; default `Date.now`. For tests: a Durable Object has its own. */
  now?: () => number;
  /** Waits between two questions to a vendor; default by `setTimeout`. For tests. */
  wait?: (milliseconds: number) => Promise<unknown>;
}

/**
 * What a webhook and a queue are told. Each may come more than once, under the same `id`: the header `webhook-id` of a webhook.
 * `challenge` is there where the text was a code of this handler's.
 */
export type Receipt = { id: string; timestamp: string } & (
  | {
      type: "sms.report";
      data: { account: string; report: import("../client/index.js").Report; challenge?: string };
    }
  | { type: "sms.reply"; data: { account: string; reply: import("../client/index.js").Reply } }
  /** What a vendor said and nobody could read, in base64. */
  | { type: "sms.unread"; data: { account: string; raw: string } }
);

/** What a server passes beside a request, as Cloudflare's `ExecutionContext`. */
export interface Context {
  /** Keeps the server alive until work ended that goes on after the answer. */
  waitUntil?(work: Promise<unknown>): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: every server passes something else, and nothing but the above is called
  [other: string]: any;
}

/** What a handler tells. */
export type EdgeEvent =
  | {
      type: "send";
      phone: string;
      purpose: string;
      status: "accepted" | "partial" | "rejected" | "unknown" | "test";
      account?: string;
    }
  | {
      type: "refused";
      phone: string;
      by:
        | "address"
        | "token"
        | "prefix"
        | "total"
        | "number"
        | "captcha"
        | "list"
        | "country"
        | "undeliverable"
        | "marketing";
      /** In milliseconds since 1970. */
      until?: number;
      /** Why no text can reach the number (`undeliverable`), or may go to it now (`marketing`). */
      reason?: Reason;
      /** Whether it was let through all the same. */
      shadow: boolean;
    }
  | { type: "verify"; phone?: string; status: "verified" | "wrong" | "closed" | "unknown" | "refused" | "store-failed" }
  /** What a vendor reports of a text, and where it did not arrive, why. `matched`: it is one that this handler sent. */
  | ({
      type: "report";
      account: string;
      phone: string;
      delivered: boolean;
      pending?: true;
      status: string;
      matched: boolean;
    } & Partial<Explained>)
  /** What somebody answered, but for numbers of four digits and more. `optsOut`: they get no marketing from now on. */
  | { type: "reply"; account: string; phone: string; text: string; optsOut: boolean }
  /** A vendor said what nobody can read: see `/admin/receipts`. */
  | { type: "unread"; account: string }
  | { type: "pull-failed"; account: string; error: Omit<SmsError, "name" | "stack" | "cause" | "toJSON"> }
  /** A webhook or queue did not take a receipt: it is tried again, unless it was `givenUp`. */
  | { type: "not-passed-on"; account: string; status?: number; givenUp: boolean }
  /** An account's queue is full, and a push was answered with 503. These vendors push once: it is lost unless it is pushed again. */
  | { type: "queue-full"; account: string }
  | { type: "store-failed" }
  | { type: "sms"; sms: import("../client/index.js").SmsEvent }
  | { type: "warning"; message: string };

/**
 * Checks a proof. Rejects with `SmsError` (`auth`) where it does not hold. A proof is a standard HS256 JWT
 * `{iss, aud, sub: phone, purpose, nonce?, jti, iat, exp}` with `kid`, which any JWT library checks as well. `iat` lies 60 seconds
 * before the time of signing, for libraries that refuse a token of the future where their clock is behind.
 */
export function verifyProof(
  token: string,
  options: {
    /** The key, or all that may have signed it. */
    key: string | string[];
    audience: string;
    /** Default `xinshi`. */
    issuer?: string;
    /** The `nonce` that was sent with `/otp/send`. Where it is named here and undefined, no proof holds. */
    nonce?: string | undefined;
    /** What the code must have been for. A proof of another purpose is refused before it is consumed. */
    purpose?: string | undefined;
    /** Makes it good for once: notes `jti` until `exp` (seconds since 1970), and says whether it was new. */
    consume?: (jti: string, exp: number) => Promise<boolean>;
  },
): Promise<{ phone: string; purpose: string }>;
