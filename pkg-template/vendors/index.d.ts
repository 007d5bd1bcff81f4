import type { VendorName } from "../sms-error.js";

export type { VendorName } from "../sms-error.js";

/** Every vendor that xinshi knows, in the order of its documents: what an account takes, and what can be asked of it. */
export const vendors: readonly Vendor[];

/** One vendor, as data: for a form that sets up an account, say. */
export interface Vendor {
  readonly name: VendorName;
  /** The name under which people know it; empty where it has none. */
  readonly title: string;
  /** What its wire is written in. */
  readonly charset: "utf-8" | "gbk";
  /** Whether it sends at a given time (`sendAt`). */
  readonly schedules: boolean;
  /** Whether it takes a template's id beside the text (`templateId`). */
  readonly templates: boolean;
  /** Whether it takes numbers of other countries. */
  readonly international: boolean;
  /** Whether each text can name the address to which its report goes. */
  readonly callbackWithText: boolean;
  /** What an account takes beside `vendor`. */
  readonly options: readonly VendorOption[];
  /** How a text travels, by the settings of the account that change it. */
  readonly sends: readonly VendorSend[];
  /** What `sms.vendor(account)` can be asked beside sending. */
  readonly operations: readonly VendorOperation[];
  /** What it pushes. */
  readonly pushes: readonly VendorPush[];
}

/** An option of an account. */
export type VendorOption =
  /** `required` and `text` are strings, a `flag` is a boolean. */
  | { readonly name: string; readonly kind: "required" | "text" | "flag" }
  /** One of `words`; the first where it is left out. */
  | { readonly name: string; readonly kind: "choice"; readonly words: readonly string[] };

/** A way to send. */
export interface VendorSend {
  /** The settings that make an account send so. */
  readonly account: Readonly<Record<string, string | boolean>>;
  /** The vendor's own name of the operation. */
  readonly operation: string;
  readonly carrier: "GET query" | "POST form" | "POST JSON";
  /** The most numbers of one request that have the same notice. */
  readonly notices: number;
  /** The most numbers of one request that have the same marketing text. */
  readonly marketing: number;
  /** The most numbers of one request where each has a text of its own, and the operation that carries it. */
  readonly texts: { readonly operation: string; readonly most: number };
  /** The same where each has values of its own for a template. */
  readonly values: { readonly operation: string; readonly most: number };
}

/** Something that a vendor does beside sending. */
export interface VendorOperation {
  /** The method of `sms.vendor(account)`: `accounts.create`. */
  readonly operation: string;
  /** The vendor's own name. */
  readonly name: string;
  /** One value, a page of a list, or what the vendor erases by giving it. */
  readonly gives: "one" | "page" | "pull";
  /** The settings that make an account ask so. */
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
   * - `guessed`: it is only announced, and read as far as it is understood.
   * - `raw`: it is only announced, and kept as it came.
   */
  readonly known: "documented" | "guessed" | "raw";
}
