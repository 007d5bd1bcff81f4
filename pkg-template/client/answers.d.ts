// The results and arguments of the vendors' operations.
import type { Explained } from "../rules/index.js";
import type { AnyVendorName } from "../sms-error.js";
import type { Bytes } from "../web.js";

/** A result, with the vendor's reply unchanged; `raw` is not enumerable, so that no console prints it. */
export type Answer<T> = T & { readonly raw: Bytes };

/** The remaining texts of an account. */
export interface Balance {
  /** Texts that can still be sent, over all sub-accounts. */
  remaining: number;
  /** The texts allotted to each sub-account, and those used (liupai, binstd). */
  accounts?: { accountId: string; company?: string; total: number; used: number }[];
  /** apiv1: paid before or after. */
  payment?: "prepaid" | "postpaid";
  /** apiv1: its own word for the payment. */
  paymentName?: string;
}

/** The fields of a sub-account to create or change. */
export interface NewAccount {
  /** The company's full name. */
  company: string;
  /** `【信使】`. */
  signature: string;
  /** The URL that delivery reports are pushed to. */
  statusUrl?: string;
  /** The URL that replies are pushed to. */
  replyUrl?: string;
  replyUsername?: string;
  /** Redacted in errors. */
  replyPassword?: string;
  /** Texts allotted: at least 1, at most the remaining ones. */
  total: number;
}

/** A sub-account. A field that the vendor left empty is absent. */
export interface Account {
  accountId: string;
  company?: string;
  signature?: string;
  statusUrl?: string;
  replyUrl?: string;
  replyUsername?: string;
  /** Not enumerable, so that no console prints it. */
  replyPassword?: string;
  total?: number;
  used?: number;
  /** The vendor's own code. */
  status?: string;
  templateReviewExempt?: boolean;
  failReason?: string;
  /** ISO 8601, +08:00. */
  createdAt?: string;
}

/** The fields of a template to create or change. */
export interface NewTemplate {
  accountId: string;
  name: string;
  /** `@` stands for the replaced parts. */
  content: string;
  marketing: boolean;
}

/** A template. A field that the vendor left empty is absent. */
export interface Template {
  templateId: string;
  accountId?: string;
  name?: string;
  content?: string;
  marketing?: boolean;
  /** The vendor's own code. */
  status?: string;
  failReason?: string;
  /** ISO 8601, +08:00. */
  createdAt?: string;
}

/** A signature (签名) of the account's (aliyun, tencent). A field that the vendor left empty is absent. */
export interface Signature {
  /** tencent's id. */
  id?: string;
  name?: string;
  /** The vendor's own code. */
  status?: string;
  failReason?: string;
  /** ISO 8601, +08:00. */
  createdAt?: string;
}

/** The vendor's comparison of a code that it made (aliyun's dypns). */
export interface Verification {
  passed: boolean;
  /** The vendor's own word: `PASS` or `UNKNOWN`. */
  status: string;
}

/** A text that was sent (liupai, aliyun). */
export interface Log {
  id?: string;
  /** Your reference of the message (aliyun). */
  ref?: string;
  to?: string;
  text?: string;
  ok?: boolean;
  /** The vendor's own code of the text's status (短信状态). */
  status?: string;
  /** ISO 8601, +08:00. */
  sentAt?: string;
}

/** The page of a list to request. */
export interface PageOptions {
  /** From 1; default 1. */
  page?: number;
  /** Default 20. */
  pageSize?: number;
}

/** The logs to request. */
export interface LogOptions {
  templateId?: string;
  /** `2024-03-01`. */
  startDate?: string;
  endDate?: string;
  page?: number;
}

/** The texts to request of aliyun. */
export interface SentOptions extends PageOptions {
  to: string;
  /** The day on which they were sent, `2024-03-01`. */
  date: string;
  /** The `id` of the outcome, for the texts of one request. */
  id?: string;
}

/** A page of a list. */
export interface Page<T> {
  items: T[];
  page: number;
  pageSize: number;
  /** The number of items on all pages, if the vendor counts them. */
  total?: number;
  /** The page to request next; absent on the last. */
  next?: number;
  /** binstd's templates: the sub-account that owns them, and the texts allotted to it and used. */
  accountId?: string;
  accountTotal?: number;
  accountUsed?: number;
}

/** `await` gives the requested page; iteration gives every item of it and of the pages behind it. */
export interface Pages<T> extends Promise<Answer<Page<T>>>, AsyncIterable<T> {}

/** Records that were read; `unparsed` has the bytes of the others. Keep both: a pull erases the vendor's copy. */
export interface Pulled<T> extends Array<T> {
  unparsed: Bytes[];
}

/**
 * A delivery report. Where the text did not arrive it has a `reason`, and with it when to try again (`retryable`) and who can do
 * something (`actor`): see `xinshi/rules`, which has the table.
 */
export interface Report extends Partial<Explained> {
  vendor: AnyVendorName;
  /** Your reference of the message; empty where the vendor gives none. */
  ref: string;
  id?: string;
  /** E.164, or masked by the vendor; empty where the vendor gives none (liasmart). */
  to: string;
  delivered: boolean;
  /** The vendor took it over, and what becomes of it is told later (`ACCEPTD`). */
  pending?: true;
  /** The vendor's own status: `DELIVRD`, `MBBLACK`, … */
  status: string;
  /** ISO 8601, +08:00; absent where the vendor's time is absent or malformed. */
  at?: string;
  /** The sub-code (子码, 扩展号). */
  ext?: string;
  /** smsadmin's pushes: your uid there (SmsName). */
  user?: string;
}

/** A person's reply. */
export interface Reply {
  vendor: AnyVendorName;
  ref?: string;
  /** E.164, or masked by the vendor. */
  from: string;
  text: string;
  /** ISO 8601, +08:00; absent where the vendor's time is absent or malformed. */
  at?: string;
  ext?: string;
  /** smsadmin's pushes: your uid there (SmsName). */
  user?: string;
  /** The vendor masked the number, so it identifies nobody. */
  masked?: boolean;
}
