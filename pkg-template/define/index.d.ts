import type { Answer, Pulled, Reply, Report } from "../client/answers.js";
import type { AnyClient, CallOptions, DefinedVendor } from "../client/index.js";
import type { SmsErrorCode } from "../sms-error.js";
import type { WasmSource } from "../web.js";

export type { DefinedVendor } from "../client/index.js";
export { SmsError, type SmsErrorCode } from "../sms-error.js";

/**
 * Loads the WebAssembly. In a browser, call it before {@link defineVendor}; elsewhere it is ready on import. Idempotent.
 */
export function init(module?: WasmSource): Promise<void>;

/** The options of an account: `"text"` and `"secret"` are required, `"optional"` is a text that may be left out. */
export type AccountShape = Record<string, "text" | "secret" | "optional">;

/**
 * A text with expressions in braces. An expression is a name (`to`, `e164`, `text`, `ref`, `time`, `timeMs`, `nonce`,
 * `baseUrl`, an option of the account), a text in single quotes, a function of expressions, or several of these joined by
 * `+`. Two opening braces write one. `docs/en/define-vendor.md` lists the functions.
 */
export type Template = string;

/** A JSON value whose strings are templates. A list with one element that names `{to}` gets an element a receiver. */
export type JsonTemplate = Template | number | boolean | null | JsonTemplate[] | { [name: string]: JsonTemplate };

/** An HTTP request. */
export type RequestTemplate = {
  /** Begins with `{baseUrl}`, and names no secret. */
  url: Template;
  /** Headers beside the content type, and `content-type` itself, which is the same for every request. */
  headers?: Record<string, Template>;
  /** The parameters of the URL. */
  query?: Record<string, Template>;
  /** The text between two receivers of `{to}`; default `","`. */
  separator?: string;
} & (
  | { method: "GET"; form?: never; json?: never; body?: never }
  | { method?: "POST"; form?: Record<string, Template>; json?: never; body?: never }
  | { method?: "POST"; json: JsonTemplate; form?: never; body?: never }
  /** Any other body, such as XML; its content type is `text/xml` unless `headers` say otherwise. */
  | { method?: "POST"; body: Template; form?: never; json?: never }
);

/** A reply, or a push, as a function reads it. */
export interface ReplyText {
  /** The HTTP status; 200 for a push. */
  status: number;
  /** The query of a push, without `?`; empty for a reply. */
  query: string;
  /** The body, in the vendor's charset. */
  text: string;
}

interface Format {
  /** The form of the document. In a `text` the fields are named `0`, `1`, …. */
  format: "json" | "xml" | "form" | "text";
  /** In a `text`: what separates two fields; default `"|"`. */
  separator?: string;
  /** In a `text`: what separates two records; default a line feed. */
  lines?: string;
  /** The path of the vendor's code, such as `data.0.code`. */
  code?: string;
  /** The path of the vendor's message. */
  message?: string;
  /** The codes that mean acceptance. */
  accepted?: string[];
  /** The codes that mean that certainly nothing was sent. Any other code leaves it open: the outcome is `unknown`. */
  codes?: Record<string, RejectionCode>;
}

/** The codes of a vendor's rejection. */
export type RejectionCode = Exclude<SmsErrorCode, "bad_reply" | "network" | "timeout" | "aborted" | "internal">;

/** What the reply to a send means. A reply that is neither accepted nor listed is `unknown`. */
export interface SendReading extends Format {
  code: string;
  accepted: string[];
  /** The path of the vendor's id. */
  id?: string;
  /** The path of the number of texts accepted. */
  count?: string;
}

/**
 * What a function makes of the reply to a send: accepted, or rejected with certainty. Anything else is `unknown`; so are a
 * promise and an exception.
 */
export type SendResult =
  | { accepted: true; id?: string; count?: number }
  | { error: RejectionCode; vendorCode?: string; message?: string }
  | undefined;

/** The values of a record: a report has a status, a reply a phone and a text. */
export interface RecordFields<T> {
  id?: T;
  /** The reference of the text. */
  ref?: T;
  phone?: T;
  status?: T;
  text?: T;
  /** `2024-03-01 08:00:00` in Beijing's time, or seconds since the Unix epoch. */
  at?: T;
  ext?: T;
}

/** What the records of a pull or of a push mean. */
export interface RecordReading extends Format {
  /** The path of the list of records; default: the document itself, a list or one record. */
  list?: string;
  /** The path of each value within a record. */
  fields: RecordFields<string>;
  /** The vendor's own word for a text that arrived, beside `DELIVRD` and `DELIVERED`. */
  delivered?: string;
}

/** How the records of a pull or of a push are read: as data, or by a function. */
export interface Records {
  read: RecordReading | ((reply: ReplyText) => RecordFields<string | number>[] | undefined);
}

/** A vendor of one's own. */
export interface VendorDefinition<Name extends string, Shape extends AccountShape> {
  /** 1 to 32 letters, digits, hyphens and underscores; no built-in vendor's name. */
  name: Name;
  /** The charset of requests and replies; default `"utf-8"`. A text that it lacks a character of is rejected. */
  charset?: "utf-8" | "gbk";
  /** The rule that counts segments; default `"cn"`: see `countSegments`. */
  billing?: "cn" | "gsm";
  /** The default of an account's `baseUrl`. Without one, every account names its own. */
  baseUrl?: string;
  /** The options of an account. The values of secrets, and all that is made of them, are redacted. */
  account?: Shape;
  /** Whether the vendor takes numbers outside the mainland; default `false`. */
  international?: boolean;
  /** The maximum length of a text, 1 to 10,000 UTF-16 units; default: no limit. */
  maxLength?: number;
  /** The request that sends. It names `{to}` or `{e164}`, and `{text}`. */
  send: RequestTemplate & {
    /** The maximum number of receivers in one request, 1 to 10,000; default 1. */
    max?: number;
  };
  /** How the reply to a send is read: as data, or by a function. */
  read: SendReading | ((reply: ReplyText) => SendResult);
  /** The pull of delivery reports, which the vendor erases when it returns them. */
  reports?: RequestTemplate & Records;
  /** The pull of persons' replies. */
  replies?: RequestTemplate & Records;
  /** The reports and replies that the vendor pushes, in a body or in a query. */
  push?: Records;
  /** What the sandbox answers, for a vendor whose `read` is a function. */
  samples?: { accepted: string; rejected: string };
}

/** The pulls of a definition. */
type PullsOf<D> = (D extends { reports: object }
  ? { reports(options?: CallOptions): Promise<Answer<Pulled<Report>>> }
  : unknown) &
  (D extends { replies: object } ? { replies(options?: CallOptions): Promise<Answer<Pulled<Reply>>> } : unknown);

/**
 * Defines a vendor. An account names the result as its `vendor`: `{ vendor: mine, key: "…" }`.
 * @throws {SmsError} `invalid_argument` naming the wrong field by its path, or before `init` in a browser.
 */
export function defineVendor<
  const Name extends string,
  const Shape extends AccountShape = Record<never, never>,
  const D extends VendorDefinition<Name, Shape> = VendorDefinition<Name, Shape>,
>(
  definition: D & VendorDefinition<Name, Shape>,
): DefinedVendor<Name, Shape, D extends { baseUrl: string } ? true : false, AnyClient & PullsOf<D>>;
