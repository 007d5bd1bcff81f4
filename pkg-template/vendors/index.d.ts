import type { VendorName } from "../sms-error.js";

export type { VendorName } from "../sms-error.js";

/** Every vendor that xinshi supports, in the order of the registry: the options of its accounts and its operations. */
export const vendors: readonly Vendor[];

/** One vendor, as data: for a form that sets up an account, for example. */
export interface Vendor {
  readonly name: VendorName;
  /** The vendor's Chinese name; empty for a vendor without one. */
  readonly title: string;
  /** The charset of its requests and replies. */
  readonly charset: "utf-8" | "gbk";
  /** Whether the vendor sends at a given time (`sendAt`). */
  readonly schedules: boolean;
  /** Whether the vendor takes a template's id beside the text (`templateId`). */
  readonly templates: boolean;
  /** Whether the vendor sends to numbers outside the mainland. */
  readonly international: boolean;
  /** Whether each text can name the URL that its delivery report goes to. */
  readonly callbackWithText: boolean;
  /** The options of an account, beside `vendor`. */
  readonly options: readonly VendorOption[];
  /** The ways of sending, by the account options that select them. */
  readonly sends: readonly VendorSend[];
  /** The operations of `sms.vendor(account)` other than sending. */
  readonly operations: readonly VendorOperation[];
  /** The pushes that the vendor's document describes or announces. */
  readonly pushes: readonly VendorPush[];
}

/** An option of an account. */
export type VendorOption =
  /** `required` and `text` are strings, `flag` is a boolean. */
  | { readonly name: string; readonly kind: "required" | "text" | "texts" | "flag" }
  /** One of `words`; the first is the default. */
  | { readonly name: string; readonly kind: "choice"; readonly words: readonly string[] };

/** A way of sending. */
export interface VendorSend {
  /** The account options that select it. */
  readonly account: Readonly<Record<string, string | boolean>>;
  /** The vendor's name of the operation. */
  readonly operation: string;
  readonly carrier: "GET query" | "POST form" | "POST JSON";
  /** The maximum number of numbers in a request with one notice. */
  readonly notices: number;
  /** The maximum number of numbers in a request with one marketing text. */
  readonly marketing: number;
  /** The maximum number of numbers in a request with a text for each, and the operation that carries it. */
  readonly texts: { readonly operation: string; readonly max: number };
  /** The maximum number of numbers in a request with template values for each, and the operation that carries it. */
  readonly values: { readonly operation: string; readonly max: number };
}

/** An operation other than sending. */
export interface VendorOperation {
  /** The method of `sms.vendor(account)`, such as `accounts.create`. */
  readonly operation: string;
  /** The vendor's name of the operation. */
  readonly name: string;
  /** One value, a page of a list, or records that the vendor erases when it returns them. */
  readonly gives: "one" | "page" | "pull";
  /** The account options with which this operation is called so. */
  readonly account: Readonly<Record<string, string | boolean>>;
  readonly takes: readonly {
    readonly name: string;
    readonly kind: "text" | "signature" | "number" | "flag" | "date";
    readonly optional: boolean;
  }[];
}

/** A push that the vendor's document describes or announces. */
export interface VendorPush {
  readonly name: string;
  readonly tells: "report" | "reply";
  /**
   * - `documented`: the document describes it.
   * - `guessed`: the document only announces it, and the handler reads what it understands.
   * - `raw`: the document only announces it, and the handler keeps it as it came.
   */
  readonly known: "documented" | "guessed" | "raw";
}
