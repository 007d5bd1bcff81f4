import type { Bulk, Fetch, Outcome, Route, VendorConfig } from "../client/index.js";
import type { Explained, Reason } from "../rules/index.js";
import type { SmsError } from "../sms-error.js";
import type { Request, Response, WasmSource } from "../web.js";

export { SmsError, type SmsErrorCode, type VendorName } from "../sms-error.js";

/**
 * Loads the WebAssembly before the first request, in a browser or a service worker. Elsewhere it is ready on import.
 */
export function init(module?: WasmSource): Promise<void>;

/**
 * Creates the handler: one-time codes by text message, under hard limits.
 *
 * Workers: `export { Ledger } from "xinshi/edge"; export default createHandler((env) => ({ … }))`. Elsewhere, pass its
 * `fetch` unchanged to `Deno.serve`, to `Bun.serve` or to `serve` of `@hono/node-server`.
 *
 * Options come from the argument; where it leaves one out, from secret bindings (`XINSHI_PEPPER`, `XINSHI_PROOF_KEY`,
 * `XINSHI_VENDORS`, `XINSHI_CAPTCHA_SECRET`, `XINSHI_CAPTCHA_APP_SECRET`, `XINSHI_ADMIN_TOKEN`, `XINSHI_API_TOKENS`); and then from `env.XINSHI`
 * (JSON). `XINSHI_REVIEW_NUMBERS` alone has the numbers of an app store's reviewers (see {@link ReviewNumber}); Node.js, Bun and Deno
 * read it from the process's variables. Given an object with a wrong option, `createHandler` throws `SmsError` (`invalid_argument`, `field`) at once.
 * Otherwise the handler answers requests with 500 `misconfigured`, and the log has the reason.
 */
export function createHandler<Env = unknown>(
  options?: Partial<HandlerOptions> | ((env: Env) => Partial<HandlerOptions>),
): {
  fetch(request: Request, env?: Env, ctx?: Context): Promise<Response>;
  /**
   * Sends a code from a server's own code, as `POST /otp/send` does: the same limits, texts and errors. Does not throw
   * for what a person or a vendor did: the result then has `ok: false`.
   * @throws {SmsError} `invalid_argument` where neither or both of `address` and `token` are given, or a value is no
   * plain data; `invalid_argument` or `unsupported` for wrong options of the handler.
   */
  send(call: SendCall & CallerOf, env?: Env): Promise<CallResult<SentResult>>;
  /** Verifies a code, as `POST /otp/verify` does. Throws as `send` does. */
  verify(call: VerifyCall & CallerOf, env?: Env): Promise<CallResult<VerifiedResult>>;
  /** The state of a challenge, as `GET /otp/status/{challenge}` has it. Throws as `send` does. */
  status(call: { challenge: string } & CallerOf, env?: Env): Promise<CallResult<StatusResult>>;
  /**
   * The work of every minute. It pulls reports and replies from apiv1, smsadmin and tencent (11 pulls a call, 5 seconds apart,
   * one puller an account at a time). It processes and forwards queued receipts, eight posts at a time where there is a
   * backlog, until none is due or 50 seconds or 9,000 outgoing calls are used up. On Cloudflare a cron trigger calls
   * it; elsewhere your own timer: `setInterval(() => handler.scheduled(), 60_000)`. Pulls and retries depend on it.
   */
  scheduled(event?: unknown, env?: Env, ctx?: unknown): Promise<void>;
  /**
   * The numbers of `phones`, as they are written there, that replied TD or T (退订) to an account of this handler: send
   * them no marketing. Rejects with `SmsError`: `invalid_argument` for a text that is no number, `network` where the
   * store failed.
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
    options: { kind: "marketing"; account?: string; tenant?: string },
    env?: Env,
  ): AsyncGenerator<MarketingOutcome, void, void>;
};

/**
 * On whose behalf a server calls: a person, whose address is limited, or a back end, which names one of `apiTokens` and is
 * limited by it (with `clientIp` in `send`, by that person's address too).
 */
export type CallerOf = ({ address: string; token?: never } | { token: string; address?: never }) & {
  /** The tenant, exactly where `vendors` is a function. */
  tenant?: string;
};

/** The request of `send`. The members are those of `POST /otp/send`. */
export interface SendCall {
  /** The number, as people write it. */
  phone: string;
  /** One of `purposes`. Default: the first of them, or `login`. */
  purpose?: string;
  /** BCP 47: the text's language. */
  locale?: string;
  /** The token of the captcha, at most 4,096 characters. */
  captcha?: string;
  /** A device token that `verify` returned for this number. */
  device?: string;
  /** Repeated in the proof: at most 128 characters. */
  nonce?: string;
  /** Sends the text of this challenge again. */
  challenge?: string;
  /** The address of the person, from a back end alone. */
  clientIp?: string;
  /** 16 to 256 visible ASCII characters: a repeated call under the same key sends one text. */
  idempotencyKey?: string;
}

/** The request of `verify`. */
export interface VerifyCall {
  challenge: string;
  /** What the person typed: blanks, hyphens and full-width digits are allowed. */
  code: string;
}

/** A code was sent, or may have been. */
export interface SentResult {
  challenge: string;
  /** Seconds for which the code is valid. */
  expiresIn: number;
  /** Seconds after which it can be sent again. */
  resendIn: number;
}

/** The code was right. */
export interface VerifiedResult {
  verified: true;
  /** A JSON Web Token, see `verifyProof`. */
  proof: string;
  /** A token to send with later requests for this number. */
  device: string;
}

/** The state of a challenge. */
export interface StatusResult {
  status: "open" | "verified" | "expired" | "spent" | "superseded";
  /** Seconds for which the code is still valid. */
  expiresIn: number;
  delivery: "pending" | "unknown" | "accepted" | "rejected" | "failed" | "delivered";
  /** Why the text did not arrive, for a back end. */
  reason?: Reason;
}

/** The result of a call: the reply, or the problem that a request would have been answered with. */
export type CallResult<Reply> =
  | ({ ok: true } & Reply)
  | {
      ok: false;
      /** The last part of the problem's `type`, to branch on: `quota-exceeded`, `captcha-required`, `not-verified` … */
      error: string;
      /** The HTTP status. */
      status: number;
      /** Seconds to wait. */
      retryAfter?: number;
      /** The problem document by RFC 9457, to answer a request of your own with. */
      problem: { type: string; title: string; status: number; detail?: string; field?: string };
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
 * The path of the URL, below `publicUrl`, to which a vendor pushes an account's reports and replies. The path is a
 * capability: anybody who knows it can report. `npx xinshi hook-url` prints it. `hookKeys` of the handler must contain
 * `key`.
 */
export function hookPath(key: string, account: string): string;

/**
 * The Durable Object class that stores the state on Cloudflare: bind it as `LEDGER`, with a migration
 * `new_sqlite_classes`.
 */
export declare class Ledger {
  /** The mark by which Cloudflare's types recognise the class of a Durable Object. The property does not exist. */
  readonly __DURABLE_OBJECT_BRAND: never;
  constructor(ctx: unknown, env: unknown);
}

/** A command to the ledger: an opaque text, to pass on unchanged. */
export type LedgerCommand = string & { readonly __ledgerCommand?: never };
/** A decision of the ledger: an opaque text. */
export type LedgerDecision = string & { readonly __ledgerDecision?: never };

/**
 * The storage of limits and challenges: applies one atomic step to one key. The pure reducer runs beside the state. If
 * a store throws or rejects, the handler sends nothing. A store that is only eventually consistent enforces no limit:
 * Workers KV is rejected.
 */
export interface Store {
  apply(key: string, command: LedgerCommand): Promise<LedgerDecision>;
}

/** Keeps the state in the memory of this process, the default outside Cloudflare: for one process, tests and pages. */
export function memoryStore(options?: {
  /**
   * The time in milliseconds since the Unix epoch; default `Date.now`. With any other value the step fails, and nothing
   * is sent.
   */
  now?: () => number;
}): Store;

/**
 * Keeps the state in a store of yours that compares and swaps: Redis (`examples/redis`), Deno KV (`examples/deno-kv`).
 * `get` must see the last `swap` of every process. A store that is only eventually consistent (Workers KV) is rejected
 * as `unsupported`.
 *
 * The handler retries a step that another one disturbed. If a step does not succeed within 5 seconds, it fails as
 * `timeout` or `throttled`, and the request is answered with 503. A swap whose answer is lost may have counted and is
 * not repeated, so a limit can count too often but never too seldom.
 *
 * Keys have at most 24 characters and contain no phone number. Prefix them where several services share a store. Values
 * stay below 20 KB, except the value of the key `stats`, which grows with the names of accounts to some 100 KB.
 *
 * @example
 * casStore({ get: async (key) => …, swap: async (key, version, value, expiresAtMs) => … })
 */
export function casStore(kv: {
  /** The value, and a version that no other value of this key ever has, not even after the key expired. */
  get(key: string): Promise<{ value: Uint8Array; version: string } | null>;
  /**
   * Writes the value if the key still has this version (`null`: no value), and returns whether it did. The store may
   * remove the key from `expiresAtMs` on, in milliseconds since the Unix epoch, and never before: a store that evicts
   * keys forgets limits.
   */
  swap(key: string, version: string | null, value: Uint8Array, expiresAtMs: number): Promise<boolean>;
}): Store;

/**
 * At most `limit` events in any `windowSeconds` seconds. The count is exact up to 1,000; above, the limit may apply up
 * to a sixtieth of the window early.
 */
export interface Rule {
  limit: number;
  windowSeconds: number;
}

/** The limits on requests, texts and guesses. An empty list switches a limit off. */
export interface Limits {
  /** The minimum number of seconds between two requests for a number; 0 switches it off. Default 60. */
  cooldownSeconds: number;
  /** Texts to one number. Default 4 in 60 s, 5 in an hour, 8 in a day. */
  number: Rule[];
  /**
   * The part of a number's texts in an hour and in a day that is reserved for requests with a solved captcha or from a
   * device that verified this number before. Default 2 and 3 with a captcha, otherwise 0.
   */
  reserve: { hour?: number; day?: number };
  /** Requests for texts from one address; IPv6 counts by /64. Default 10 in 60 s, 30 in an hour, 100 in a day. */
  ip: Rule[];
  /**
   * Requests for texts from all IPv6 addresses with the same first 48 bits, in addition to `ip`: a line has a /56 or a
   * /48, which is 256 or 65,536 times a /64. Default: the rules of `ip`, times 16.
   */
  ip48: Rule[];
  /** Whether each tenant counts an address by itself; default `false`: an address has one count for all tenants. */
  ipByTenant: boolean;
  /**
   * Requests for texts by a back end with a token. `ip` applies to it only if it names a `clientIp`. Default 600 in 60
   * s.
   */
  token: Rule[];
  /** Texts to all numbers with the same first seven digits. Off by default. */
  prefix: Rule[];
  /** Texts in total: a cap on spending. Off by default. All texts then pass through one object. */
  total: Rule[];
  /** Guesses at a number's codes, across challenges and addresses. Default 40 in a day. */
  verifyPerNumber: Rule[];
  /**
   * Marketing texts to a number (`sendMany`), each at most 100. They count for no other rule. Default 1 in a day, the strictest that a
   * vendor documents (Qiniu).
   */
  marketing: Rule[];
  /**
   * Texts whose codes stay unverified, in any 24 hours. Each verified code allows 1.7 texts more, so that these limits
   * tighten where codes are not entered and relax where people sign in. A request above a limit must show a solved
   * captcha, work (`captcha.proofOfWork`), a known device or a token; without a captcha in the options it is rejected, except by `total`, which then
   * only warns, and an address may have one text more in 12 hours than codes are verified in them. While `ip` has its default rules, each verified code also allows one text more by them; `ip: []` switches
   * `adaptive.ip` off unless it is set. `false` switches all off, or one.
   */
  adaptive:
    | false
    | {
        /** By address; IPv6 by /64. Default 5, and 4 pending. */
        ip?: AdaptiveLimit | false;
        /** By the first 48 bits of an IPv6 address. Default 80, and 64 pending. */
        ip48?: AdaptiveLimit | false;
        /** By the first seven digits of a number. Default 60, and 20 pending. */
        prefix?: AdaptiveLimit | false;
        /** All texts. At half of `unverified`, `on` gets `limit-near`. Default 1,000, and 200 pending. */
        total?: AdaptiveLimit | false;
      };
}

/** A limit on texts whose codes stay unverified, in any 24 hours. */
export interface AdaptiveLimit {
  /** The texts that may stay unverified. */
  unverified?: number;
  /** The texts of the last five minutes that do not count yet, since their codes may still be verified. */
  pending?: number;
}

/**
 * A captcha's provider, and what it knows you by. `verifyUrl` is where it is asked, where that is not its usual address: Alibaba
 * Cloud's CAPTCHA 2.0 in Singapore is `https://captcha.ap-southeast-1.aliyuncs.com/`.
 */
export type CaptchaProvider = { secret: string; verifyUrl?: string } & (
  | { provider: "turnstile" | "hcaptcha" }
  /**
   * Alibaba Cloud's CAPTCHA 2.0 (阿里云验证码 2.0). `secret` is the AccessKey secret of a RAM user with `AliyunYundunAFSFullAccess`. The
   * token is the script's `captchaVerifyParam`.
   */
  | { provider: "aliyun"; accessKeyId: string; sceneId: string }
  /**
   * Tencent Cloud's captcha (腾讯云验证码). `secret` is the account's SecretKey; `appId` and `appSecret` are CaptchaAppId and
   * AppSecretKey. The token is what the script's callback was given, as JSON: `{ticket, randstr}`. The person's address goes along: a
   * back end names it (`clientIp`).
   */
  | { provider: "tencent"; secretId: string; appId: number; appSecret: string }
  /** GeeTest v4 (极验). `secret` is the captcha's key. The token is what `getValidate()` gave, as JSON. */
  | { provider: "geetest"; captchaId: string }
);

/**
 * Who says whether a captcha was solved, and when it is asked for. `proofOfWork: true` takes work in the place of one, from pages with
 * `xinshi/otp`: alone, or beside a captcha.
 *
 * Work is a price and shows nobody's being human: it opens a number's reserve once a day, passes no other rule, and does not count for
 * `order: "adaptive"`. Above `limits.adaptive` it lets requests through, and not without bound: of a prefix ten times as many texts whose
 * codes stay unverified as without it, and twice as many of an address or a prefix beside a captcha. It is harder where it is asked for
 * often, and takes a slow phone two to five seconds at most.
 */
export type CaptchaOptions =
  | { proofOfWork: true; when?: "always" | "adaptive" }
  | (CaptchaCommon & (CaptchaProvider | CaptchaFunction));

// The function must accept a token once: a token that is accepted twice lets one solved captcha send two texts.
interface CaptchaFunction {
  verify(token: string, address: string): Promise<boolean>;
}

interface CaptchaCommon {
  /** Whether work is taken too. */
  proofOfWork?: boolean;
  /** `adaptive`: where a number, an address or a prefix is busy. */
  when: "always" | "adaptive";
  /**
   * What happens while nobody can say whether a captcha was solved: the provider fails, or does not answer in 5 seconds. `reject`, the
   * default: 503. `allow`: it counts as solved, under the limits of who solved one, and `on` is told (`rejected`, `by: "captcha"`,
   * `shadow: true`). A token that a caller made up is rejected either way.
   */
  onUnavailable?: "reject" | "allow";
}

/**
 * A group of routes that back ends use: `/otp/…`, the routes of CAMARA One Time Password SMS, and `/opt-outs/check`.
 */
export type ApiScope = "otp" | "one-time-password-sms:send-validate" | "opt-outs:check";

/** The token of a back end that may use some routes only. */
export interface ApiToken {
  /** At least 16 visible ASCII characters. */
  token: string;
  /** The routes that it may use: at least one. */
  scopes: ApiScope[];
}

/** An option of every gateway. */
interface GatewayOptions {
  /**
   * The validity that our text names, in seconds, 30 to 86,400: set it to that of the login server's codes. Default:
   * `code.ttlSeconds`.
   */
  ttlSeconds?: number;
}

/**
 * Login servers that post codes of their own, each to `POST /gateway/` and its name: docs/gateways.md has their formats.
 * A gateway that is not configured answers 404.
 */
export interface Gateways {
  /** Supabase's Send SMS hook. `secret` is as Supabase shows it, `v1,whsec_…`; several in a list or with `|` between. */
  supabase?: GatewayOptions & { secret: string | string[] };
  /** Logto's HTTP SMS connector. Its field `Authorization` has `token`, with `Bearer` before it or without. */
  logto?: GatewayOptions & { token: string };
  /** Zitadel's HTTP provider. `signingKey` is what Zitadel returned for the provider, or a list of these. */
  zitadel?: GatewayOptions & { signingKey: string | string[] };
  /**
   * Casdoor's Custom HTTP SMS provider, by POST, PUT or GET. `token` comes in `Authorization` or, from versions that
   * send no headers, in the path: `/gateway/casdoor/{token}`.
   */
  casdoor?: GatewayOptions & {
    token: string;
    /** The name of the field with the number; default `phoneNumber`. */
    phone?: string;
    /** The name of the field with the text; default: the only other one. */
    content?: string;
  };
  /** Novu's SMS Webhook. */
  novu?: GatewayOptions & {
    /** At least 16 visible ASCII characters. */
    apiKey: string;
    /** The header that has it; default `x-api-key`. */
    header?: string;
  };
  /** Any other server that posts JSON, with `token` in `Authorization`. */
  http?: GatewayOptions & DescribedBody;
}

/** The paths of what a body has: names, or indexes of lists, with dots between them, such as `payload.code`. */
export type DescribedBody = {
  /** At least 16 visible ASCII characters. */
  token: string;
  /** The number. */
  phone: string;
  /** The person's address, which counts against `limits.ip`. */
  address?: string;
  /** The purpose of the code; a value that is none of `purposes` counts as absent. */
  purpose?: string;
  /** The language of our text. */
  locale?: string;
  /** The id of the user: requests of two users are never the same. */
  user?: string;
} & (
  | {
      /** The code, which our text gets. */
      code: string;
      text?: undefined;
    }
  | {
      /** The whole text, which gets our signature if it has none. */
      text: string;
      code?: undefined;
    }
);

/** The options of a handler. */
export interface HandlerOptions {
  /**
   * The accounts to send by, as for `createSms`; or a function of a tenant, from a database, say: `null` for no such tenant. An
   * account of a tenant is named `tenant:account` in events, receipts and URLs of hooks (`order` and `route` name it alone), and
   * the proofs of its codes have the audience `audience:tenant`. Total, prefix and token limits, statistics, codes, devices and
   * idempotency keys are each tenant's own; the rules of a number hold for all tenants together, and so do those of an address
   * unless `limits.ipByTenant`. Accounts are cached (`tenantCache`); requests that need the same look-up share it, and one that
   * fails or takes longer than 5 seconds answers 503 `tenant-unavailable`.
   */
  vendors:
    | Record<string, VendorConfig>
    | ((tenant: string) => Promise<Record<string, VendorConfig> | null> | Record<string, VendorConfig> | null);
  /**
   * The name of a request's tenant: 1 to 64 letters, digits, dots, hyphens and underscores; `null` for none, which is answered
   * with 404. From a host, a path or a verified token: anybody can write a header. Needed where `vendors` is a function; a push
   * names its tenant by its URL. Arguments are those of `fetch`.
   */
  tenant?: (request: Request, env?: unknown, ctx?: unknown) => string | null | undefined;
  /** The names of all tenants, for `scheduled`: it serves them in turn, another first each minute, for 50 seconds. */
  tenants?: () => Iterable<string> | Promise<Iterable<string>>;
  /**
   * The bounds of the cache of tenants in a process: the number of tenants (1 to 10,000; default 1,000; the one longest unused
   * leaves first), and the seconds after which accounts are looked up again (1 to 3,600; default 60).
   */
  tenantCache?: { max?: number; ttlSeconds?: number };
  /**
   * The order in which accounts are tried; default: as written. `adaptive`: as written, except that an account whose
   * texts are verified or delivered less often than the best account's, by carrier and in the last hour, is tried last,
   * and first for one text in 20. Only texts behind a captcha, a token or a known device count, so that an attacker
   * cannot demote an account; with few such texts the order stays.
   */
  order?: string[] | "adaptive";
  /**
   * Lets a number decide the accounts: the first route that takes it. `order: "adaptive"` holds within a route. Routes by other
   * countries than CN need `country`.
   */
  route?: Route[];
  /** The time of one attempt at a vendor, in milliseconds; default 10,000. */
  timeoutMs?: number;
  /** The storage of the state. Default: the binding `LEDGER` on Cloudflare, otherwise the memory of this process. */
  store?: Store;
  /**
   * Random secrets of at least 32 bytes. The first derives codes, and codes of all are accepted. The last one derives
   * the names of stored keys: put a new secret before it, and remove the last only where all limits may start anew.
   */
  pepper: string | string[];
  /**
   * The signing of proofs (HS256). The first `key` signs; no key may also be a pepper or one of `hookKeys`. Defaults:
   * `issuer` is `xinshi`, `ttlSeconds` 300.
   */
  proof: { key: string | string[]; issuer?: string; audience: string; ttlSeconds?: number };
  /** The signature (签名) of the texts, without 【】. */
  brand: string;
  /**
   * The texts by locale, with `{code}`, `{brand}` and the remaining validity: `{validity}` in Chinese and English texts
   * (`5 minutes`, `1 minute`, `45 seconds`; `5分钟`, `45秒`), `{minutes}` (whole ones, without a unit) in any text. `zh`
   * and `en` are built in.
   */
  text?: Record<string, string | { text: string; templateId?: string }>;
  /**
   * Appends the last line `@domain #123456`, which browsers read (WebOTP). For a field in a frame of another host, name
   * both: `{ top: "shop.example", frame: "pay.example" }` appends `@shop.example #123456 @pay.example`.
   */
  webOtpDomain?: string | { top: string; frame: string };
  /**
   * The digits of a code (4 to 10; default 6), its validity in seconds (30 to 3600; default 300), and the guesses it
   * allows (default 5). A repeated request sends the same code while at least a minute of its validity is left, or half
   * of it where that is shorter; after that it begins a fresh challenge.
   */
  code?: { length?: number; ttlSeconds?: number; attempts?: number };
  /**
   * The purposes of codes; the first is the default of a request. Limits count across them. Default: any purpose,
   * `login`.
   */
  purposes?: string[];
  /** Limits that replace the defaults. */
  limits?: Partial<Limits>;
  /** Allows limits under which somebody can guess more than 40 of a million codes of a number in a day. */
  acceptGuessRisk?: boolean;
  /** The countries to send to (ISO 3166). Default `["CN"]`. More than one requires `country`. */
  countries?: string[];
  /**
   * Returns the country of a number in E.164: `countryOf` of `xinshi/country`, whose table not every worker should
   * load. Your own function must return `undefined` for a number with a trunk prefix (`+490170…`), as `countryOf` does:
   * the number is then rejected.
   */
  country?: (phone: string) => string | undefined;
  /**
   * Numbers (`+8613812345678`) and prefixes (`+852*`, which require `country`) to send to, whatever `countries` says.
   */
  allow?: string[];
  /**
   * Numbers and prefixes never to send to. `createHandler` rejects an entry of `allow` or `deny` that no number
   * matches: one with a trunk prefix (`+490170*` is `+49170*`), which `country` recognises, or `+860138*`.
   */
  deny?: string[];
  /** Makes decisions and reports them to `on`, but blocks no send. Guesses stay limited. */
  shadow?: boolean;
  /** Who says whether a captcha was solved, and when it is asked for. */
  captcha?: CaptchaOptions;
  /**
   * The source of the caller's address. `cloudflare`, the default there: `CF-Connecting-IP`. Default elsewhere: the
   * socket, as `Deno.serve`, `Bun.serve` and `@hono/node-server` pass it. A function returns one IP address, or null
   * where there is none. A request without an address is rejected. If the function throws, or returns a promise or
   * anything but a text, the request is answered with 500 `misconfigured`. Hono's `app.mount` copies the request, and
   * Bun knows no address of the copy: pass `replaceRequest: false`. Behind proxies of your own, `{ header, hops }`: the header
   * to which each adds the address of its caller (`x-forwarded-for`), and the number of these proxies (1 to 10; default 1). The
   * address is counted from the end, since anybody can write what stands before it; a header with fewer is no address.
   */
  clientAddress?:
    | "cloudflare"
    | { header: string; hops?: number }
    | ((request: Request, env: unknown, ctx: unknown) => string | null);
  /** The prefix of every path. */
  basePath?: string;
  /** The origins of pages that may call the handler, such as `https://app.example`. */
  cors?: string[];
  /** The operator's bearer token, for `/admin`: at least 16 characters. */
  adminToken?: string;
  /**
   * The bearer tokens of back ends: at least 16 characters each. A string may use every route of back ends, an entry
   * those of its scopes; a route outside them answers 403.
   */
  apiTokens?: (string | ApiToken)[];
  /**
   * Login servers that post codes of their own. People guess these codes there: `limits.verifyPerNumber` does not count
   * the guesses.
   */
  gateways?: Gateways;
  /**
   * One or two random secrets of at least 32 bytes. They derive the URLs that vendors push to,
   * `/hooks/{account}/{token}`. The first derives new URLs, and URLs of both are accepted: put a new key before the old
   * one, change the URLs at the vendors, then remove the old one.
   */
  hookKeys?: string | string[];
  /**
   * The URL at which vendors reach this handler, `basePath` included: `https://otp.example.com`. liasmart receives a
   * URL of its own with each text.
   */
  publicUrl?: string;
  /**
   * The URL that receives each report and reply by POST, signed by Standard Webhooks; `secret` is `whsec_` and 24 to 64
   * random bytes in base64, or two of these, and each post then has both signatures: put a new secret before the old
   * one, change it at the endpoint, then remove the old one. A message that is not answered with 2xx within 10 seconds
   * is retried after 1, 5 and 15 minutes, 1, 2, 4, 8 and 12 hours, and then every 12 hours until `retentionDays` are
   * over; each wait is up to a tenth longer, and at least `Retry-After`, up to a day. After 10 failures in a row the
   * handler pauses the endpoint for 1 to 30 seconds, and then one message probes it. After 410 the handler posts nothing
   * more: messages stay in the queue until another URL or secret is configured. With a
   * `queue` as well, each is then posted at its next retry.
   *
   * An account's queue holds a million messages, of up to 2 KB each on average, over any outage. Only when it is full
   * does the handler answer a push with 503 (`queue-full`). Messages may arrive out of order.
   */
  webhook?: { url: string; secret: string | string[] };
  /** A second receiver of each report and reply: the binding of a Cloudflare Queue, or any object with its `send`. */
  queue?: { send(message: Receipt): Promise<unknown> };
  /**
   * Replies that opt a person out of marketing, in addition to R, N, T, TD, 退订 (退訂) and 拒收: the words that your texts
   * name. Each has 1 to 20 letters and digits; case, width, blanks and punctuation are ignored.
   */
  optOutWords?: string[];
  /**
   * Days for which replies and unreadable pushes are kept, and undelivered receipts are retried (1 to 365; default 30).
   * `/admin/erase` erases a number at once.
   */
  retentionDays?: number;
  /**
   * `keepFor`: days for which each report and reply is kept after it arrived, so that
   * `POST /admin/receipts/{id}/replay` can send it to `webhook` and `queue` again (1 to 7, and less than `retentionDays`;
   * default: none is kept). Records that could not be read are not kept for it. `/admin/erase` erases a number from
   * kept receipts too.
   */
  receipts?: { keepFor?: number };
  /**
   * Whether a number whose text failed because there is no such number, or because its carrier or its owner blocks for good, is
   * sent no text for a day (default `true`): a request gets 429, or 403 `captcha-required` where a captcha is configured. Requests
   * with a captcha, a trusted device or a token are sent, and so are requests for a number whose report has a code that sources
   * explain differently. A text that arrives and `/admin/reset` end it.
   */
  skipUndeliverable?: boolean;
  /**
   * The hours of Beijing's day in which marketing goes to numbers of the mainland (`sendMany`), from the first to before the second.
   * Default `{ from: 8, to: 20 }`, the narrowest that a vendor documents (Qiniu); `{ from: 0, to: 24 }` is all day.
   */
  marketingHours?: { from: number; to: number };
  /** Allows short tokens and `testNumbers`. */
  dev?: boolean;
  /**
   * Fixed codes by number. Limits apply to these numbers, and no text is ever sent to them; their proofs have the
   * audience `test`.
   */
  testNumbers?: Record<string, string>;
  /** Receives events. Numbers are masked; no event contains a code, a token or a challenge. */
  on?: (event: EdgeEvent) => void;
  /** Sends requests to vendors and captcha providers; default: the runtime's own. */
  fetch?: Fetch;
  /**
   * The time in milliseconds since the Unix epoch; default `Date.now`. For tests: a Durable Object uses its own clock.
   */
  now?: () => number;
  /** Waits between two pulls from a vendor; default: by `setTimeout`. For tests. */
  wait?: (milliseconds: number) => Promise<unknown>;
}

/**
 * The message that a webhook or a queue receives. It may arrive more than once, under the same `id`: the header
 * `webhook-id` of a webhook. `challenge` is present if the text carried a code of this handler.
 */
export type Receipt = { id: string; timestamp: string; data: { tenant?: string } } & (
  | {
      type: "sms.report";
      data: { account: string; report: import("../client/index.js").Report; challenge?: string };
    }
  | { type: "sms.reply"; data: { account: string; reply: import("../client/index.js").Reply } }
  /** A vendor's record that the handler could not read, in base64. */
  | { type: "sms.unread"; data: { account: string; raw: string } }
);

/**
 * A number with which an app store's reviewers sign in to the running product, without a phone. The secret binding
 * `XINSHI_REVIEW_NUMBERS` has them as JSON, by number: `{"13800001111": {"code": "493817", "until": "2026-12-20"}}`. Limits and guesses
 * count as for any number, and so do the answers; no text is sent, proofs have the claim `review: true`, and `on` is told of
 * every use.
 */
export interface ReviewNumber {
  /** The fixed code: `code.length` digits, not all the same and not in a row. */
  code: string;
  /** The last day, to its end in Beijing, at most 30 days ahead at the start. Afterwards the number is an ordinary one. */
  until: string;
}

/** The object that a server passes beside a request, such as Cloudflare's `ExecutionContext`. */
export interface Context {
  /** Keeps the server alive until work that continues after the answer has ended. */
  waitUntil?(work: Promise<unknown>): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: every server passes other members, and the handler calls none of them
  [other: string]: any;
}

/** An event for `on`. `tenant` is present exactly where it concerns one. */
export type EdgeEvent = { tenant?: string } & (
  | {
      type: "send";
      phone: string;
      purpose: string;
      /** `test` and `review`: the number has a fixed code and gets no text. */
      status: "accepted" | "partial" | "rejected" | "unknown" | "test" | "review";
      account?: string;
    }
  | {
      type: "rejected";
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
      /** In milliseconds since the Unix epoch. */
      until?: number;
      /** Why no text can reach the number (`undeliverable`), or may go to it now (`marketing`). */
      reason?: Reason;
      /** Whether the handler let the request through anyway. */
      shadow: boolean;
    }
  /** Half of the texts that may stay unverified are used up: at most once an hour for each process. */
  | { type: "limit-near"; by: "total"; sent: number; verified: number; limit: number }
  | {
      type: "verify";
      phone?: string;
      status: "verified" | "wrong" | "closed" | "unknown" | "rejected" | "store-failed";
      /** Present where the number is one for an app store's review. */
      review?: true;
    }
  /** A vendor's report on a text. `matched`: this handler sent the text. */
  | ({
      type: "report";
      account: string;
      phone: string;
      delivered: boolean;
      pending?: true;
      status: string;
      matched: boolean;
    } & Partial<Explained>)
  /**
   * A person's reply, with numbers of four digits and more removed. `optsOut`: the person receives no marketing from
   * now on.
   */
  | { type: "reply"; account: string; phone: string; text: string; optsOut: boolean }
  /** A vendor's record that the handler could not read: see `/admin/receipts`. */
  | { type: "unread"; account: string }
  | { type: "pull-failed"; account: string; error: Omit<SmsError, "name" | "stack" | "cause" | "toJSON"> }
  /** A webhook or queue did not accept a receipt. The handler retries it, unless it was `givenUp`. */
  | { type: "not-passed-on"; account: string; status?: number; givenUp: boolean }
  /** The operator sent a kept receipt again. `accepted`: every receiver accepted it at once; otherwise it is retried. */
  | { type: "receipt-replayed"; account: string; id: string; accepted: boolean }
  /**
   * An account's queue is full, and the handler answered a push with 503. These vendors push once: the record is lost
   * unless the vendor pushes it again.
   */
  | { type: "queue-full"; account: string }
  | { type: "store-failed" }
  | { type: "sms"; sms: import("../client/index.js").SmsEvent }
  | { type: "warning"; message: string }
);

/**
 * Checks a proof. Rejects with `SmsError` (`auth`) for an invalid one. A proof is a standard HS256 JWT `{iss, aud, sub:
 * phone, purpose, nonce?, review?, jti, iat, exp}` with `kid`, which any JWT library can check. `iat` lies 60 seconds before the
 * time of signing, for libraries whose clock is behind and that reject a token from the future.
 */
export function verifyProof(
  token: string,
  options: {
    /** The key, or all keys that may have signed the proof. */
    key: string | string[];
    audience: string;
    /** Default `xinshi`. */
    issuer?: string;
    /**
     * The `nonce` that was sent with `/otp/send`. If the property is present with the value undefined, no proof is
     * valid.
     */
    nonce?: string | undefined;
    /** The purpose that the code must have had. A proof of another purpose is rejected before it is consumed. */
    purpose?: string | undefined;
    /**
     * Makes the proof valid once: records `jti` until `exp` (seconds since the Unix epoch), and returns whether it was
     * new.
     */
    consume?: (jti: string, exp: number) => Promise<boolean>;
  },
): Promise<{
  phone: string;
  purpose: string;
  /** Present where a reviewer of an app store signed in with a fixed code. */
  review?: true;
}>;
