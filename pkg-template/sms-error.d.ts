import type { Vendors } from "./client/vendors.js";
import type { Bytes } from "./web.js";

/** The vendors. */
export type VendorName = keyof Vendors;

/** A built-in vendor's name, or that of one from `xinshi/define`. */
export type AnyVendorName = VendorName | (string & {});

/**
 * The kind of failure, from a closed list:
 * - `invalid_argument`: a value given to xinshi is of the wrong type, misspelt or out of range: correct `field`.
 * - `unsupported`: the vendor does not offer this.
 * - `auth`: the vendor does not know the key, the user or the password.
 * - `forbidden_ip`: the vendor rejects the caller's address.
 * - `balance`: the account's paid texts are used up.
 * - `number`: the phone number is malformed, or the vendor rejects it.
 * - `content`: the text is empty, too long, or contains a blocked word or a character that the vendor's encoding lacks.
 * - `signature`: the signature (签名, `【…】`) is missing, unknown or not approved.
 * - `template`: the template is unknown or not approved.
 * - `too_many`: more numbers than one request may carry.
 * - `throttled`: too many requests; try later.
 * - `suspended`: the account is frozen, in review or not allowed to send.
 * - `vendor`: the vendor rejected the request for another reason: see `vendorCode` and `vendorMessage`.
 * - `bad_reply`: the reply does not follow the vendor's document. The vendor may have acted.
 * - `network`: the connection failed before a reply arrived.
 * - `timeout`: no reply arrived in time.
 * - `aborted`: the caller's `AbortSignal` ended the call.
 * - `internal`: a fault of xinshi itself. The vendor may have acted. Please report it.
 */
export type SmsErrorCode =
  | "invalid_argument"
  | "unsupported"
  | "auth"
  | "forbidden_ip"
  | "balance"
  | "number"
  | "content"
  | "signature"
  | "template"
  | "too_many"
  | "throttled"
  | "suspended"
  | "vendor"
  | "bad_reply"
  | "network"
  | "timeout"
  | "aborted"
  | "internal";

/**
 * The error class of all three entry points of the package. A console's view of it contains no key, no password, no
 * text and no complete number.
 */
export class SmsError extends Error {
  private constructor(details: never);
  readonly name: "SmsError";
  /** The kind of failure. */
  readonly code: SmsErrorCode;
  /**
   * Whether the vendor may have acted. Only `"no"` (rejected by the client or the vendor, or no connection) allows
   * another attempt elsewhere.
   */
  readonly sent: "no" | "maybe";
  /** The vendor that the error is about. */
  readonly vendor?: AnyVendorName;
  /** Your name of the account. */
  readonly account?: string;
  /** The vendor's name of the operation. */
  readonly operation?: string;
  /** The path of the field to correct, such as `vendors.main.appkey`. */
  readonly field?: string;
  /** The vendor's own code, as text. */
  readonly vendorCode?: string;
  /** The vendor's own message, with credentials, the number and the code redacted. */
  readonly vendorMessage?: string;
  /** The HTTP status, if it was not 200. */
  readonly httpStatus?: number;
  /**
   * The vendor's reply, if it could not be read: the records of a pull, which the vendor has erased, are never lost.
   * Not enumerable.
   */
  readonly raw?: Bytes;
  toJSON(): unknown;
}

/** Makes an error; not among the package's exports. */
export function smsError(
  details: Pick<SmsError, "code" | "sent" | "message"> & Partial<Pick<SmsError, "field">>,
): SmsError;

/** Makes an error about a wrong argument; not among the package's exports. */
export function invalid(field: string, message: string): SmsError;
