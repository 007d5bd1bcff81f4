import type { Vendors } from "./client/vendors.js";
import type { Bytes } from "./web.js";

/** The vendors. */
export type VendorName = keyof Vendors;

/**
 * What went wrong, as one of a closed list:
 * - `invalid_argument`: a value given to xinshi is of the wrong type, misspelt or out of range: correct `field`.
 * - `unsupported`: the vendor does not offer this.
 * - `auth`: the vendor does not know the key, the user or the password.
 * - `forbidden_ip`: the vendor refuses the caller's address.
 * - `balance`: the account's paid texts are used up.
 * - `number`: the phone number is malformed, or the vendor refuses it.
 * - `content`: the text is empty, too long, holds a blocked word, or a character that the vendor's encoding lacks.
 * - `signature`: the signature (签名, `【…】`) is missing, unknown or not approved.
 * - `template`: the template is unknown or not approved.
 * - `too_many`: more numbers than one request may carry.
 * - `throttled`: too often; try later.
 * - `suspended`: the account is frozen, in review or not allowed to send.
 * - `vendor`: the vendor refused for a reason of its own: see `vendorCode` and `vendorMessage`.
 * - `bad_reply`: the reply is not what the vendor's document says. The vendor may have acted.
 * - `network`: the connection failed.
 * - `timeout`: no answer came in time.
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

/** The one error class of all three doors of the package. What a console shows of it holds no key, no password, no text and no whole number. */
export class SmsError extends Error {
  private constructor(details: never);
  readonly name: "SmsError";
  /** The kind of failure. */
  readonly code: SmsErrorCode;
  /** Whether the vendor can have acted: only `"no"` (refused here, refused by it, connection never made) allows another try elsewhere. */
  readonly sent: "no" | "maybe";
  /** The vendor concerned. */
  readonly vendor?: VendorName;
  /** Your name of the account. */
  readonly account?: string;
  /** The operation, by the vendor's own name. */
  readonly operation?: string;
  /** The field to correct, as a path: `vendors.main.appkey`. */
  readonly field?: string;
  /** The vendor's own code, as text. */
  readonly vendorCode?: string;
  /** The vendor's own message; credentials, the number and the code are redacted. */
  readonly vendorMessage?: string;
  /** The HTTP status, where it was not 200. */
  readonly httpStatus?: number;
  /** What the vendor replied, where it could not be read: what an erasing pull returned is never lost. Not enumerable. */
  readonly raw?: Bytes;
  toJSON(): unknown;
}

/** Makes one; not among the package's exports. */
export function smsError(
  details: Pick<SmsError, "code" | "sent" | "message"> & Partial<Pick<SmsError, "field">>,
): SmsError;

/** An argument that is not what it should be; not among the package's exports. */
export function invalid(field: string, message: string): SmsError;
