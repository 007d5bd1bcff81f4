import type { AnyVendorName } from "../sms-error.js";
import type { WasmSource } from "../web.js";

export { SmsError, type SmsErrorCode, type VendorName } from "../sms-error.js";

/** Loads the WebAssembly. Needed in browsers; elsewhere it is ready on import. Idempotent. */
export function init(module?: WasmSource): Promise<void>;

/** How much a finding weighs: every vendor that was read rejects it, some do, or it costs something. It stops nothing by itself. */
export type RuleLevel = "error" | "warning" | "info";

/** The rules, by their stable names. */
export type RuleCode =
  | "no-signature"
  | "empty-signature"
  | "signature-brackets"
  | "signature-in-text"
  | "signature-at-end"
  | "second-signature"
  | "short-signature"
  | "long-signature"
  | "signature-characters"
  | "signature-without-chinese"
  | "neutral-signature"
  | "no-opt-out"
  | "opt-out-wording"
  | "opt-out-not-last"
  | "unwanted-opt-out"
  | "quiet-hours"
  | "link-in-value"
  | "link-in-code"
  | "short-link"
  | "mobile-number"
  | "qq-number"
  | "wechat-id"
  | "rejected-symbol"
  | "traditional-characters"
  | "code-without-word"
  | "several-codes"
  | "long-value"
  | "template-of-variables"
  | "adjacent-variables"
  | "misspelt-word"
  | "long-text"
  | "billed-extra"
  | "unassigned-number"
  | "machine-number"
  | "satellite-number";

/**
 * What you say of single rules: `"off"` silences one, and a text in which one is found that you made an `"error"` is not sent.
 * A rule that is left out has the level of its vendor's profile and stops nothing.
 */
export type RuleSettings = { readonly [code in RuleCode]?: RuleLevel | "off" };

/** A rule that a text does not keep to. */
export interface RuleWarning {
  readonly code: RuleCode;
  readonly level: RuleLevel;
  /** One sentence in English: what is wrong and what to do. */
  readonly message: string;
  /** Where in the text, as JavaScript counts; absent where it is about all of it, or about a number or a value. */
  readonly at?: number;
}

/** A document that says so. `date` is ISO 8601 as far as it is known, or `undated`. */
export interface RuleSource {
  name: string;
  date: string;
}

/**
 * Checks a text by itself, without a client.
 * @param about `kind` is `"notice"` and `sendAt` now where they are left out; without a `vendor`, what holds for most.
 * @throws {SmsError} `invalid_argument` for a wrong field, `number` for a malformed number.
 */
export function checkText(
  text: string,
  about?: {
    kind?: "otp" | "notice" | "marketing";
    vendor?: AnyVendorName;
    to?: string;
    sendAt?: Date;
    rules?: RuleSettings;
  },
): RuleWarning[];

/** Who issued a number. */
export interface Issued {
  /** Absent where the table does not name one of these. */
  carrier?: "mobile" | "unicom" | "telecom" | "broadnet" | "starnet";
  service: "phone" | "resale" | "satellite" | "machine" | "unassigned" | "abroad";
  /** Whether a virtual operator sold it. */
  resale: boolean;
  /** Whether its owner may have taken it to another carrier since. */
  portable: boolean;
  /** The day whose table this is: `2023-03-31`. Numbers that it does not know may have been assigned since. */
  asOf: string;
}

/**
 * Tells who issued a number by its first digits.
 * @param number E.164, 11 digits, or a machine's 13.
 * @throws {SmsError} `number` for what is no number.
 */
export function carrierOf(number: string): Issued;

/** Why a text did not arrive. */
export type Reason =
  | "no-such-number"
  | "off-or-unreachable"
  | "suspended"
  | "inbox-full"
  | "blocklisted"
  | "opted-out"
  | "too-frequent"
  | "content"
  | "signature"
  | "hours"
  | "ported"
  | "expired"
  | "route"
  | "unknown";

/** What a reason comes with, in a report too. */
export interface Explained {
  reason: Reason;
  /** The other meaning of a code that has two. */
  otherReason?: Reason;
  /** Whose list it is, where the reason is `blocklisted`. */
  blockedBy?: "person" | "carrier" | "platform";
  /** Not as it is, later, or by another account. */
  retryable: "never" | "later" | "other-account";
  /** Who can do something about it. */
  actor: "person" | "sender" | "vendor";
}

/** What a vendor's code of a report means: its sources where a row explains it. `pending` is what is not final (`ACCEPTD`). */
export function explainStatus(
  status: string,
  vendor?: AnyVendorName,
): { delivered: boolean; pending?: true; chinese?: string; sources?: RuleSource[] } & Partial<Explained>;

/** Every rule, with its documents. */
export function listRules(): {
  code: RuleCode;
  level: RuleLevel;
  message: string;
  /** The message in Chinese. */
  chinese: string;
  sources: RuleSource[];
}[];

/** Every code of a report that a document explains. */
export function listReasons(): ({
  codes: string[];
  /** Whose codes they are, in Chinese; absent where several have them. */
  whose?: string;
  /** What the documents say, in Chinese. */
  chinese: string;
  sources: RuleSource[];
} & Explained)[];
