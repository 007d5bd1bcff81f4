import type { SmsError, VendorName } from "../sms-error.js";

export { SmsError, type SmsErrorCode, type VendorName } from "../sms-error.js";

/**
 * Loads the WebAssembly. Needed in browsers before {@link Sms.plan} and {@link countSegments}; elsewhere it is ready on
 * import, and `send` waits for it by itself. Idempotent.
 * @param module Where it is, if not beside this package: a compiled module, its bytes, its URL, or a `fetch` of it.
 */
export function init(module?: WebAssembly.Module | BufferSource | URL | Promise<Response>): Promise<void>;

interface Common {
  /** Origin and prefix; the vendor's documented path is appended. Default: the vendor's documented origin. */
  baseUrl?: string;
}

/** An account at liupai 六派数据 or binstd 进制数据. */
interface AppkeyAccount<V extends "liupai" | "binstd"> extends Common {
  vendor: V;
  appkey: string;
  /** Default POST, since URLs leak and are retried. A GET whose URL would be longer than 1024 characters is sent as a POST. */
  method?: "GET" | "POST";
}

/** An account at liasmart 利亚智联. */
interface LiasmartAccount extends Common {
  vendor: "liasmart";
  apiId: string;
  apiPassword: string;
  senderId: string;
  /** GET, or POST of JSON: the default. */
  method?: "GET" | "POST";
  /** Where the vendor posts delivery reports. */
  callbackUrl?: string;
}

/** An account at apiv1, a platform whose host its administrator gives. The password is sent as its MD5. */
interface Apiv1Account {
  vendor: "apiv1";
  account: string;
  password: string;
  baseUrl: string;
}

/** An account at smsadmin 通用短信平台, whose texts travel in GBK. */
interface SmsadminAccount extends Common {
  vendor: "smsadmin";
  uid: string;
  pwd: string;
  /** Default POST. */
  method?: "GET" | "POST";
}

/** One vendor account. Keys and passwords never appear in errors, events, JSON or the console's view of anything returned. */
export type VendorConfig =
  | AppkeyAccount<"liupai">
  | AppkeyAccount<"binstd">
  | LiasmartAccount
  | Apiv1Account
  /** `pwdMode` is `"md5"` by default. */
  | (SmsadminAccount & { pwdMode?: "plain" | "md5"; urlencoded?: false })
  /** The endpoints that url-encode the text once more, for texts with line ends and blanks; they take a plain password. */
  | (SmsadminAccount & { pwdMode?: "plain"; urlencoded: true });

/** One text to one number. */
export interface Message {
  /** E.164 (`+8613812345678`) or an 11-digit mainland number. */
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
} & (
  | { status: "accepted" /** The vendor's id. */; id?: string /** The segments billed. */; segments: number }
  | { status: "partial"; id?: string; segments: number /** How many the vendor took. */; count: number }
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
  /** Default: `globalThis.fetch`. Redirects are never followed. */
  fetch?: Fetch;
  /** A page shows its keys to everyone: in a browser, `createSms` refuses without this. */
  allowBrowser?: boolean;
  /** Told of attempts and outcomes. What it throws is ignored. */
  on?: (event: SmsEvent) => void;
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
  plan(message: Message, account?: keyof V & string): Plan;
  /** Sends a message through the first account that takes it, or exactly a plan. Always resolves; never throws. */
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
  readonly body?: Uint8Array<ArrayBuffer>;
  /** In E.164. */
  readonly to: readonly string[];
  toJSON(): unknown;
  toCurl(): string;
}

/** What is wrong with a message (`unencodable`, `too_long` and `number` are refused), or unwise. */
export interface Warning {
  readonly code: "unencodable" | "too_long" | "number" | "no_signature" | "no_opt_out" | "plaintext_http";
  readonly message: string;
  /** Where in the text. */
  readonly at?: number;
}

/**
 * Counts the messages that a text is billed as.
 * @param billing `"cn"` (default): 70 UTF-16 units a message whatever the script, 67 a part once longer. `"gsm"`: 160 and
 * 153 septets where GSM-7 suffices, else as `"cn"`.
 */
export function countSegments(text: string, billing?: "cn" | "gsm"): { segments: number; characters: number };
