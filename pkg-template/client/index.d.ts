import type { RuleCode, RuleLevel, RuleSettings } from "../rules/index.js";
import type { AnyVendorName, SmsError, VendorName } from "../sms-error.js";
import type { AbortSignal, Bytes, Request, RequestInit, Response, WasmSource } from "../web.js";
import type { Answer, Reply, Report } from "./answers.js";
import type { ClientOf, DefinedAccount, DefinedVendor, VendorConfig } from "./vendors.js";

export { type AnyVendorName, SmsError, type SmsErrorCode, type VendorName } from "../sms-error.js";
export type * from "./answers.js";
export type * from "./vendors.js";

/**
 * Loads the WebAssembly. In browsers, call it before {@link Sms.plan} and {@link countSegments}; elsewhere it is ready
 * on import. `send` waits for it by itself. Idempotent.
 * @param module The WebAssembly, if it is not beside this package: a compiled module, its bytes, its URL, or a `fetch`
 * of it.
 */
export function init(module?: WasmSource): Promise<void>;

/** One text to one number: a `text`, or a template of the vendor's with its values, or both. */
export type Message = MessageOptions & ({ text: string } | { text?: undefined; templateId: string });

interface MessageOptions extends TemplateOptions {
  /**
   * A mainland mobile number as people write it: `13812345678`, `138 1234 5678`, `+86 138-1234-5678`, `(+86)138…`,
   * `86138…`, `0086138…`; digits, blanks and punctuation may be full-width. Any other number in E.164, with its `+`. An
   * ambiguous number is rejected: `1 415 555 0123` without its `+`, and `(0)`.
   */
  to: string;
  /**
   * The whole text with its 【签名】. It may be left out where `templateId` is given: accounts whose vendor takes texts then
   * reject the message, and segments are 0, since the vendor alone knows the template.
   */
  text?: string | undefined;
  /** The purpose; default `"notice"`. */
  kind?: "otp" | "notice" | "marketing";
  /**
   * Your id for this message: smsadmin `linkid` (letters and digits, ≤ 32), apiv1 `taskId`, liasmart `uid`.
   * 1 to 64 letters, digits, `-` and `_`. Default: 24 random letters and digits.
   */
  ref?: string;
  /** The time to send at, at a vendor that schedules (smsadmin). `send` skips accounts whose vendor does not. */
  sendAt?: Date;
}

/** The template of a message, at a vendor that keeps templates. Vendors of texts ignore `params` and `signName`. */
interface TemplateOptions {
  /** The id of the vendor's approved template: beside the text (liupai), or in its place (aliyun, tencent). */
  templateId?: string;
  /**
   * The values of the template's variables: by name at aliyun; at tencent a list in the order of their numbers, or an
   * object whose names are these numbers. Without them the values are taken out of the text.
   */
  params?: Record<string, string> | string[];
  /** The signature (签名), without 【】. Default: that of the text, or else the account's. */
  signName?: string;
}

/** A list or a generator, of any length. */
export type Many<T> = Iterable<T> | AsyncIterable<T>;

/** Many messages: one text to all, a text for each, or a template and values for each. */
export type Bulk = TemplateOptions & {
  /** The purpose of all messages; default `"notice"`. */
  kind?: MessageOptions["kind"];
  /** The prefix of the references: request n has this and n. Default: 24 random letters and digits. */
  ref?: string;
  /** As {@link MessageOptions.sendAt}. */
  sendAt?: Date;
} & (
    | { to: Many<string>; text: string; each?: never; template?: never }
    /** One template of the vendor's with the same values for all. */
    | {
        to: Many<string>;
        templateId: string;
        params: Record<string, string> | string[];
        text?: never;
        each?: never;
        template?: never;
      }
    | { each: Many<{ to: string; text: string }>; to?: never; text?: never; template?: never }
    /** `{value0}`, `{value1}`, … are the placeholders of the values; each occurs once. */
    | { template: string; each: Many<{ to: string; values: string[] }>; to?: never; text?: never }
  );

/**
 * The result of a send.
 * - `accepted`: the vendor accepted the message.
 * - `partial`: the vendor accepted fewer texts than the request had (more than one number).
 * - `rejected`: nothing was sent.
 * - `unknown`: the vendor may have acted: no reply arrived, or its document lists no such reply. Do not send again
 *   blindly.
 */
export type Outcome = {
  /** The account that was tried last; the first where none was tried. */
  account: string;
  vendor: AnyVendorName;
  /** In E.164. */
  to: string[];
  /** Your reference of the message, or the generated one. */
  ref: string;
  /** The vendor's sub-account that pays, if the reply names one (binstd). */
  accountId?: string;
  /** The warnings that {@link Sms.plan} gives for this account. */
  warnings: readonly Warning[];
} & (
  | { status: "accepted" /** The vendor's id. */; id?: string /** The segments billed. */; segments: number }
  | {
      status: "partial";
      id?: string;
      /** The segments of all texts of the request. */
      segments: number;
      /** The number of texts that the vendor accepted. */
      count: number;
    }
  | { status: "rejected"; error: SmsError }
  | { status: "unknown"; error: SmsError }
);

/** Options of one call. */
export interface CallOptions {
  /** Aborts the call. A request that already left may still arrive: the outcome says so. */
  signal?: AbortSignal;
  /** The time of one attempt, in milliseconds. */
  timeoutMs?: number;
}

/** The part of `fetch` that xinshi uses. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** An event for `on`. Numbers are masked (`138****5678`); texts and credentials are absent. */
export type SmsEvent =
  | { type: "attempt"; account: string; vendor: AnyVendorName; operation: string; to: string[]; ref: string }
  | {
      /** An attempt at an account ended, or could not begin. */
      type: "attempted";
      account: string;
      vendor: AnyVendorName;
      ref: string;
      status: Outcome["status"];
      error?: Omit<SmsError, "name" | "stack" | "cause" | "toJSON">;
    }
  | {
      /**
       * After five consecutive failures of an account, `send` skips it; every 30 seconds one message tries it again.
       */
      type: "circuit";
      account: string;
      open: boolean;
    }
  | {
      type: "outcome";
      account: string;
      vendor: AnyVendorName;
      to: string[];
      ref: string;
      status: Outcome["status"];
      error?: Omit<SmsError, "name" | "stack" | "cause" | "toJSON">;
    };

/** The accounts for some numbers. */
export interface Route<Account extends string = string> {
  /** In ISO 3166, `["CN"]`; default: any. */
  countries?: string[];
  /**
   * Who issued the number, in the mainland; default: any. A person who changed their carrier keeps their number: see
   * `carrierOf` of `xinshi/rules`.
   */
  carriers?: ("mobile" | "unicom" | "telecom" | "broadnet")[];
  /** The accounts that are tried, in their order. */
  accounts: Account[];
}

/** Options of {@link createSms}. */
export interface SmsOptions<V extends Record<string, VendorConfig>> {
  /** Accounts by name. `send` tries them in `order`, and tries the next one only where certainly nothing was sent. */
  vendors: V;
  /** The accounts that `send` tries, in their order. Default: all, as written. */
  order?: (keyof V & string)[];
  /**
   * Lets a number decide the accounts: the first route that takes it. A text never leaves its route. A number that no route
   * takes is `rejected` with the code `number`. Not beside `order`.
   */
  route?: Route<keyof V & string>[];
  /** The country of a number abroad, in ISO 3166, for routes by other countries than CN: `countryOf` of `xinshi/country`. */
  country?: (phone: string) => string | undefined;
  /** The time of one attempt, in milliseconds; default 10,000. */
  timeoutMs?: number;
  /**
   * Default: the runtime's, set up to send a request once. Redirects are never followed. After your own function fails,
   * the text counts as possibly sent: it may have retried.
   */
  fetch?: Fetch;
  /** Words for which plans and outcomes warn: binstd's `blockedWords()`, or your own. */
  blockedWords?: string[];
  /**
   * The words that your handler understands as an opt-out (`optOutWords` there), beside R, N, T, TD, 退订 and 拒收. Plans
   * and outcomes warn of a marketing text that names only other words. Each has 1 to 20 letters and digits.
   */
  optOutWords?: string[];
  /**
   * With `xinshi/rules` imported, plans and outcomes are warned of what carriers reject. This silences single rules (`"off"`) or
   * lets one stop what it is found in (`"error"`: `rejected`, with the error's `code` `content`, `signature` or `number`).
   * A message that one account's rules stop goes by the next account; in a bulk a recipient must pass the rules of every account that
   * may be tried, and those who do not are rejected alone. `false` switches the rules off for this client.
   */
  rules?: RuleSettings | false;
  /** In a browser, `createSms` throws without this: a page shows its keys to everyone. */
  allowBrowser?: boolean;
  /** Receives events of attempts and outcomes. An exception that it throws is ignored. */
  on?: (event: SmsEvent) => unknown;
}

/**
 * Creates a client.
 * @throws {SmsError} `invalid_argument` naming the wrong option by its path (in a browser before `init`, the first call
 * throws it instead).
 */
export function createSms<const V extends Record<string, VendorConfig>>(
  options: SmsOptions<V> & { vendors: NoOtherFields<V> },
): Sms<V>;

/** Keeps a misspelt field of an account from compiling, and has an account at a defined vendor all its options. */
type NoOtherFields<V extends Record<string, VendorConfig>> = {
  [K in keyof V]: V[K] extends { vendor: infer D extends DefinedVendor }
    ? DefinedAccount<D> & { [F in Exclude<keyof V[K], keyof DefinedAccount<D>>]: never }
    : { [F in Exclude<keyof V[K], FieldOf<Extract<VendorConfig, Pick<V[K], "vendor">>>>]: never };
};
type FieldOf<Config> = Config extends unknown ? keyof Config : never;

/** A client of one or several accounts. */
export interface Sms<V extends Record<string, VendorConfig>> {
  /**
   * Plans a message, pure and synchronous: the exact requests, the segments, and the error of a rejection. Default
   * account: the first that `send` tries for this number. With `route`, a bulk's plan names its account.
   * @throws {SmsError} where the message cannot be read (see `code` and `field`), or before `init` in a browser.
   */
  plan(message: Message | Bulk, account?: keyof V & string): Plan;
  /**
   * Sends a message by the first account that accepts it, or exactly a plan of one request. Always resolves. Wrong
   * options give a `rejected` outcome with `invalid_argument`. A failure before a request leaves is never `unknown`.
   */
  send(message: Message | Plan, options?: CallOptions): Promise<Outcome>;
  /**
   * Sends a bulk in as few requests as the vendors allow, or exactly a plan. Yields an outcome for each request as it
   * ends.
   *
   * Recipients are taken as needed, in bounded memory. The same number with the same text is sent once in a request;
   * another text for the number gets a request of its own. A recipient that cannot be read or sent to yields an outcome
   * of its own, `rejected`. If a request is certainly rejected, the next account takes over its recipients, batched by
   * that vendor's limits, and only its outcome is yielded.
   *
   * `break` begins no further request. After an abort, recipients that were taken and not sent are `rejected`,
   * `aborted`.
   * @throws {SmsError} where the bulk itself is wrong, and nothing is sent. An exception of the list of recipients is
   * rethrown once everything before it has ended.
   */
  sendMany(bulk: Bulk | Plan, options?: BulkOptions): AsyncGenerator<BulkOutcome, void, void>;
  /**
   * One account with all operations of its vendor; calling an operation that the vendor lacks does not compile.
   * @throws {SmsError} where there is no such account, or before `init` in a browser.
   */
  vendor<K extends keyof V & string>(account: K): ClientOf<V[K]>;
}

/** Options of {@link Sms.sendMany}. */
export interface BulkOptions extends CallOptions {
  /** The maximum number of simultaneous requests, 1 to 256; default 4. */
  concurrency?: number;
}

/** The outcome of one request of a bulk. */
export type BulkOutcome = Outcome & {
  /** The request's number, from 0. The numbers have a gap for each request that another account took over. */
  index: number;
};

/** The methods of every account. */
export interface AnyClient {
  /** As {@link Sms.plan}, for this account. */
  plan(message: Message | Bulk): Plan;
  /** As {@link Sms.sendMany}, by this account only. */
  sendMany(bulk: Bulk | Plan, options?: BulkOptions): AsyncGenerator<BulkOutcome, void, void>;
  /** As {@link Sms.send}, by this account only. */
  send(message: Message | Plan, options?: CallOptions): Promise<Outcome>;
}

/** A message, prepared for one account. */
export interface Plan {
  /** Undefined where no route takes the number: `rejected` says so, and no account would be tried. */
  readonly account: string | undefined;
  readonly ref: string;
  /** Empty for a message that is rejected. */
  readonly requests: readonly WireRequest[];
  /** Messages billed. */
  readonly segments: number;
  /** Characters counted: UTF-16 units, or septets where GSM-7 is billed (liasmart). */
  readonly characters: number;
  readonly warnings: readonly Warning[];
  /** The route that chose the account: its index, and why it takes the number. */
  readonly route?: { readonly index: number; readonly why: string };
  /** The error that keeps it, or a part of it, from being sent. */
  readonly rejected?: SmsError;
}

/** One HTTP request, exact to the byte. Printing, inspecting, JSON and `toCurl()` redact its credentials. */
export interface WireRequest {
  readonly vendor: AnyVendorName;
  /** The vendor's name of the operation. */
  readonly operation: string;
  readonly method: "GET" | "POST";
  readonly url: string;
  /**
   * With the signature of the time of the plan, for a vendor that wants one. A plan that is sent after
   * more than a minute is signed anew.
   */
  readonly headers: Record<string, string>;
  readonly body?: Bytes;
  /** In E.164. */
  readonly to: readonly string[];
  toJSON(): unknown;
  toCurl(): string;
}

/**
 * A problem of a message. `unencodable`, `number` and `too_long` also reject it; but `too_long` is only an advice where
 * the vendor documents no limit and the text exceeds 1000 characters, the longest that any known vendor takes.
 */
export interface Warning {
  readonly code:
    | "unencodable"
    | "too_long"
    | "number"
    | "no_signature"
    | "no_opt_out"
    /** A marketing text asks for a reply that the handler does not understand: see `optOutWords`. */
    | "unknown_opt_out"
    | "blocked_word"
    | "plaintext_http"
    | RuleCode;
  /** Of a rule of `xinshi/rules`: how much it weighs. */
  readonly level?: RuleLevel;
  readonly message: string;
  /** The position in the text, in UTF-16 units. */
  readonly at?: number;
}

/**
 * Reads a vendor's push: apiv1's JSON, smsadmin's `Class=mo` and `Class=rpt` in the query or in a form, and
 * `message_id`, `uid` and `status` of liasmart's callback, which no document describes. Other pushes without a document
 * (liupai, binstd), and bodies that are not understood, give no report and no reply. Keep their bytes, since a vendor
 * pushes once: `raw` has the body, and `unparsed` has single records, including replies that were damaged in transit
 * (U+FFFD). Blanks around names and values are ignored, and the status of a delivery is read in any case.
 * @throws {SmsError} `invalid_argument` for an unknown vendor, a body over 1 MiB, or a request whose body was read before.
 */
export function parsePush(
  vendor: VendorName | DefinedVendor,
  request: Request,
): Promise<Answer<{ reports: Report[]; replies: Reply[]; unparsed: Bytes[] }>>;

/**
 * Counts the messages that a text is billed as.
 * @param billing `"cn"` (default): up to 70 UTF-16 units are one message, whatever the script, and a longer text is a
 * message for every 67 begun. liupai and binstd document 70 (添加模板); Aliyun, Tencent, 云片 and 容联云 document 67, by the
 * number of units, even within a surrogate pair. `"gsm"`: the rule of phones, 160 septets or parts of 153 where GSM-7
 * suffices, otherwise 70 UTF-16 units or parts of 67; no part ends within a character.
 */
export function countSegments(text: string, billing?: "cn" | "gsm"): { segments: number; characters: number };
