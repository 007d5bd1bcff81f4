import type { RuleCode, RuleLevel, RuleSettings } from "../rules/index.js";
import type { SmsError, VendorName } from "../sms-error.js";
import type { AbortSignal, Bytes, Request, RequestInit, Response, WasmSource } from "../web.js";
import type { Answer, Reply, Report } from "./answers.js";
import type { ClientOf, VendorConfig } from "./vendors.js";

export { SmsError, type SmsErrorCode, type VendorName } from "../sms-error.js";
export type * from "./answers.js";
export type * from "./vendors.js";

/**
 * Loads the WebAssembly. Needed in browsers before {@link Sms.plan} and {@link countSegments}; elsewhere it is ready on
 * import, and `send` waits for it by itself. Idempotent.
 * @param module Where it is, if not beside this package: a compiled module, its bytes, its URL, or a `fetch` of it.
 */
export function init(module?: WasmSource): Promise<void>;

/** One text to one number. */
export interface Message {
  /**
   * A mobile number of the mainland, as people write it: `13812345678`, `138 1234 5678`, `+86 138-1234-5678`, `(+86)138…`,
   * `86138…`, `0086138…`; digits, blanks and signs may be full-width. Any other in E.164, with its `+`. What could be two
   * numbers is refused: `1 415 555 0123` without its `+`, and `(0)`.
   */
  to: string;
  /** The whole text, 【签名】 included. */
  text: string;
  /** What it is for; default `"notice"`. */
  kind?: "otp" | "notice" | "marketing";
  /** The vendor's approved template, where it wants its id beside the text (liupai). */
  templateId?: string;
  /**
   * Your id for this message: smsadmin `linkid` (letters and digits, ≤ 32), apiv1 `taskId`, liasmart `uid`.
   * 1 to 64 letters, digits, `-` and `_`. Default: 24 random letters and digits.
   */
  ref?: string;
  /** Scheduled sending, where the vendor has it (smsadmin). `send` passes over accounts that lack it. */
  sendAt?: Date;
}

/** A list that may be a generator, of any length. */
export type Many<T> = Iterable<T> | AsyncIterable<T>;

/** Many messages: one text to all, a text for each, or a template and values for each. */
export type Bulk = {
  /** What all of it is for; default `"notice"`. */
  kind?: Message["kind"];
  /** As {@link Message.templateId}. */
  templateId?: string;
  /** Request n has this and n as its reference. Default: 24 random letters and digits. */
  ref?: string;
  /** As {@link Message.sendAt}. */
  sendAt?: Date;
} & (
  | { to: Many<string>; text: string; each?: never; template?: never }
  | { each: Many<{ to: string; text: string }>; to?: never; text?: never; template?: never }
  /** `{value0}`, `{value1}`, … stand for the values, each once. */
  | { template: string; each: Many<{ to: string; values: string[] }>; to?: never; text?: never }
);

/**
 * What is known after a send.
 * - `accepted`: the vendor took the message.
 * - `partial`: the vendor took fewer than were asked (more numbers than one).
 * - `rejected`: nothing was sent.
 * - `unknown`: the vendor may have acted; its answer did not come back, or is none it documents. Do not send again blindly.
 */
export type Outcome = {
  /** The account that was tried last. */
  account: string;
  vendor: VendorName;
  /** In E.164. */
  to: string[];
  /** Your id of the message, or the generated one. */
  ref: string;
  /** The vendor's sub-account that pays, where it says so (binstd). */
  accountId?: string;
  /** What {@link Sms.plan} would have warned of, for this account. */
  warnings: readonly Warning[];
} & (
  | { status: "accepted" /** The vendor's id. */; id?: string /** The segments billed. */; segments: number }
  | {
      status: "partial";
      id?: string;
      /** The segments of all that were asked. */
      segments: number;
      /** How many texts the vendor took. */
      count: number;
    }
  | { status: "rejected"; error: SmsError }
  | { status: "unknown"; error: SmsError }
);

/** Options of one call. */
export interface CallOptions {
  /** Gives the call up. What already left may still arrive: the outcome says so. */
  signal?: AbortSignal;
  /** One attempt's time in milliseconds. */
  timeoutMs?: number;
}

/** What xinshi needs of `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What `on` is told. Numbers are masked (`138****5678`); texts and credentials are absent. */
export type SmsEvent =
  | { type: "attempt"; account: string; vendor: VendorName; operation: string; to: string[]; ref: string }
  | {
      /** An account was tried, or could not be. */
      type: "attempted";
      account: string;
      vendor: VendorName;
      ref: string;
      status: Outcome["status"];
      error?: Omit<SmsError, "name" | "stack" | "cause" | "toJSON">;
    }
  | {
      /** After five failures in a row that are the account's, `send` passes over it; every 30 seconds one message tries it again. */
      type: "circuit";
      account: string;
      open: boolean;
    }
  | {
      type: "outcome";
      account: string;
      vendor: VendorName;
      to: string[];
      ref: string;
      status: Outcome["status"];
      error?: Omit<SmsError, "name" | "stack" | "cause" | "toJSON">;
    };

/** Options of {@link createSms}. */
export interface SmsOptions<V extends Record<string, VendorConfig>> {
  /** Named accounts. `send` tries them in `order` and moves on only where nothing can have been sent. */
  vendors: V;
  /** Which accounts `send` tries, and in which order. Default: all, as written. */
  order?: (keyof V & string)[];
  /** One attempt's time in milliseconds; default 10 000. */
  timeoutMs?: number;
  /**
   * Default: the runtime's, made to send a request once. Redirects are never followed. After one of your own fails, the
   * text may always have been sent: it may have tried before.
   */
  fetch?: Fetch;
  /** Words that plans and outcomes warn of: binstd's `blockedWords()`, or your own. */
  blockedWords?: string[];
  /**
   * What your handler (`optOutWords` there) understands as an opt-out, beside R, N, T, TD, 退订 and 拒收: of a marketing text that
   * names other words alone, plans and outcomes warn. Each has 1 to 20 letters and digits.
   */
  optOutWords?: string[];
  /**
   * With `xinshi/rules` imported, plans and outcomes are warned of what carriers refuse. This silences single rules (`"off"`) or
   * lets one stop what it is found in (`"error"`: `rejected`, with the error's `code` `content`, `signature` or `number`): without an
   * account named, by the profile of any account that may be tried. `false` switches the rules off for this client.
   */
  rules?: RuleSettings | false;
  /** A page shows its keys to everyone: in a browser, `createSms` refuses without this. */
  allowBrowser?: boolean;
  /** Told of attempts and outcomes. What it throws is ignored. */
  on?: (event: SmsEvent) => unknown;
}

/**
 * Makes a client.
 * @throws {SmsError} `invalid_argument` naming the wrong option by its path (in a browser before `init`, the first call says so).
 */
export function createSms<const V extends Record<string, VendorConfig>>(
  options: SmsOptions<V> & { vendors: NoOtherFields<V> },
): Sms<V>;

/** A misspelt field of an account does not compile. */
type NoOtherFields<V extends Record<string, VendorConfig>> = {
  [K in keyof V]: { [F in Exclude<keyof V[K], FieldOf<Extract<VendorConfig, Pick<V[K], "vendor">>>>]: never };
};
type FieldOf<Config> = Config extends unknown ? keyof Config : never;

/** A client for one or several accounts. */
export interface Sms<V extends Record<string, VendorConfig>> {
  /**
   * Pure and synchronous: the exact request, the segments, what is refused and why. Default account: the first that `send` tries.
   * @throws {SmsError} where the message cannot be read (see `code` and `field`), or before `init` in a browser.
   */
  plan(message: Message | Bulk, account?: keyof V & string): Plan;
  /**
   * Sends a message through the first account that takes it, or exactly a plan of one request. Always resolves; never throws.
   * Options that are wrong are an outcome, `rejected` as `invalid_argument`. What happens before a request leaves is never `unknown`.
   */
  send(message: Message | Plan, options?: CallOptions): Promise<Outcome>;
  /**
   * Sends a bulk in as few requests as the vendors take, or exactly a plan. Yields an outcome a request as each ends.
   *
   * Recipients are taken as they are needed, in memory that does not grow. The same number and text is sent once a request;
   * another text for the same number waits for a request of its own. A recipient that cannot be read or sent to is an outcome
   * of its own, `rejected`. A request that is refused for certain is taken over by the next account, batched as that one's
   * vendor takes it, and yields no outcome until then.
   *
   * Turning away (`break`) begins no further request. After an abort, what was taken and not sent is `rejected`, `aborted`.
   * @throws {SmsError} where the bulk itself is wrong, and nothing is sent; and what the list of recipients throws, after
   * everything it gave before has ended.
   */
  sendMany(bulk: Bulk | Plan, options?: BulkOptions): AsyncGenerator<BulkOutcome, void, void>;
  /**
   * One account with everything its vendor offers; what a vendor lacks does not compile.
   * @throws {SmsError} where there is no such account, or before `init` in a browser.
   */
  vendor<K extends keyof V & string>(account: K): ClientOf<V[K]>;
}

/** Options of {@link Sms.sendMany}. */
export interface BulkOptions extends CallOptions {
  /** Requests under way at once, 1 to 256; default 4. */
  concurrency?: number;
}

/** The outcome of one request of a bulk. */
export type BulkOutcome = Outcome & {
  /** The request's number, from 0 on. One that another account took over has none. */
  index: number;
};

/** What every account can do. */
export interface AnyClient {
  /** As {@link Sms.plan}, for this account. */
  plan(message: Message | Bulk): Plan;
  /** As {@link Sms.sendMany}, through this account alone. */
  sendMany(bulk: Bulk | Plan, options?: BulkOptions): AsyncGenerator<BulkOutcome, void, void>;
  /** As {@link Sms.send}, through this account alone. */
  send(message: Message | Plan, options?: CallOptions): Promise<Outcome>;
}

/** A message made ready for one account. */
export interface Plan {
  readonly account: string;
  readonly ref: string;
  /** Empty where the message is refused. */
  readonly requests: readonly WireRequest[];
  /** Messages billed. */
  readonly segments: number;
  /** Characters counted: UTF-16 units, or septets where GSM-7 is billed (liasmart). */
  readonly characters: number;
  readonly warnings: readonly Warning[];
  /** Why nothing will be sent, where that is so. */
  readonly refused?: SmsError;
}

/** One HTTP request, exact to the byte. Printed, inspected or turned into JSON (and by `toCurl()`) its credentials are redacted. */
export interface WireRequest {
  readonly vendor: VendorName;
  /** By the vendor's own name. */
  readonly operation: string;
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body?: Bytes;
  /** In E.164. */
  readonly to: readonly string[];
  toJSON(): unknown;
  toCurl(): string;
}

/**
 * What is wrong with a message, or unwise. `unencodable`, `number` and `too_long` are refused, but that `too_long` is a warning
 * alone where the vendor documents no limit, and the text has more than the 1000 characters that any vendor is known to take.
 */
export interface Warning {
  readonly code:
    | "unencodable"
    | "too_long"
    | "number"
    | "no_signature"
    | "no_opt_out"
    /** A marketing text tells people to reply a word that is not understood: see `optOutWords`. */
    | "unknown_opt_out"
    | "blocked_word"
    | "plaintext_http"
    | RuleCode;
  /** Of a rule of `xinshi/rules`: how much it weighs. */
  readonly level?: RuleLevel;
  readonly message: string;
  /** Where in the text. */
  readonly at?: number;
}

/**
 * Reads what a vendor pushes to an address of yours: apiv1's JSON, smsadmin's `Class=mo` and `Class=rpt` in the query or in a
 * form, and of liasmart's callback, which no document describes, `message_id`, `uid` and `status`. What is not understood,
 * and the other pushes without a document (liupai, binstd), give no report and no reply: `raw` has the body's bytes, which
 * are pushed once, and `unparsed` those of single records, and of replies that were wrongly decoded on their way (U+FFFD). Keep
 * them. Blanks around names and values do not matter, and words for a delivery are read in any case.
 * @throws {SmsError} `invalid_argument` for an unknown vendor, a body over 1 MiB, or a request whose body was read before.
 */
export function parsePush(
  vendor: VendorName,
  request: Request,
): Promise<Answer<{ reports: Report[]; replies: Reply[]; unparsed: Bytes[] }>>;

/**
 * Counts the messages that a text is billed as.
 * @param billing `"cn"` (default): 70 UTF-16 units a message whatever the script, and once longer a message for every 67 begun:
 * liupai and binstd document 70 (添加模板), Aliyun, Tencent, 云片 and 容联云 the 67, by the number of characters and wherever a
 * pair of units falls. `"gsm"`: as phones receive it, 160 septets or 153 a part where GSM-7 suffices, else 70 UTF-16 units or
 * 67 a part; no part ends within a character.
 */
export function countSegments(text: string, billing?: "cn" | "gsm"): { segments: number; characters: number };
