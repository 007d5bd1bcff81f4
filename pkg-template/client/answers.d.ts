// What vendors answer, and what they are asked with.
import type { Explained } from "../rules/index.js";
import type { VendorName } from "../sms-error.js";
import type { Bytes } from "../web.js";

/** An answer, with the vendor's reply to the byte; `raw` is not enumerable, so that no console prints it. */
export type Answer<T> = T & { readonly raw: Bytes };

/** Texts left. */
export interface Balance {
  /** Texts that can still be sent, over all sub-accounts. */
  remaining: number;
  /** By sub-account (liupai, binstd): texts allotted and used. */
  accounts?: { accountId: string; company?: string; total: number; used: number }[];
  /** apiv1: paid before or after. */
  payment?: "prepaid" | "postpaid";
  /** apiv1: what it calls that. */
  paymentName?: string;
}

/** What a sub-account is made or changed with. */
export interface NewAccount {
  /** The company's full name. */
  company: string;
  /** `【信使】`. */
  signature: string;
  /** Where delivery reports are pushed to. */
  statusUrl?: string;
  /** Where replies are pushed to. */
  replyUrl?: string;
  replyUsername?: string;
  /** Redacted in errors. */
  replyPassword?: string;
  /** Texts allotted: at least 1, at most what remains. */
  total: number;
}

/** A sub-account. What the vendor left empty is absent. */
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

/** What a template is made or changed with. */
export interface NewTemplate {
  accountId: string;
  name: string;
  /** `@` stands for what is replaced. */
  content: string;
  marketing: boolean;
}

/** A template. What the vendor left empty is absent. */
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

/** A text that was sent (liupai). */
export interface Log {
  id?: string;
  to?: string;
  text?: string;
  ok?: boolean;
  /** The vendor's own code of it (短信状态). */
  status?: string;
  /** ISO 8601, +08:00. */
  sentAt?: string;
}

/** Which page of a list. */
export interface PageOptions {
  /** From 1 on; default 1. */
  page?: number;
  /** Default 20. */
  pageSize?: number;
}

/** Which logs. */
export interface LogOptions {
  templateId?: string;
  /** `2024-03-01`. */
  startDate?: string;
  endDate?: string;
  page?: number;
}

/** A page of a list. */
export interface Page<T> {
  items: T[];
  page: number;
  pageSize: number;
  /** How many there are on all pages, where the vendor says so. */
  total?: number;
  /** The page to ask for next; absent on the last. */
  next?: number;
  /** binstd's templates: the sub-account they belong to, and the texts allotted to it and used. */
  accountId?: string;
  accountTotal?: number;
  accountUsed?: number;
}

/** Awaited, the page asked for; iterated, every item of it and of the pages behind it. */
export interface Pages<T> extends Promise<Answer<Page<T>>>, AsyncIterable<T> {}

/** Records that were read; `unparsed` holds the bytes of those that were not. Both matter: a pull erases at the vendor. */
export interface Pulled<T> extends Array<T> {
  unparsed: Bytes[];
}

/**
 * A delivery report. Where the text did not arrive it has a `reason`, and with it when to try again (`retryable`) and who can do
 * something (`actor`): see `xinshi/rules`, which has the table.
 */
export interface Report extends Partial<Explained> {
  vendor: VendorName;
  /** Your id of the message; empty where the vendor gives none. */
  ref: string;
  id?: string;
  /** E.164, or as masked by the vendor; empty where the vendor gives none (liasmart). */
  to: string;
  delivered: boolean;
  /** The vendor took it over, and what becomes of it is told later (`ACCEPTD`). */
  pending?: true;
  /** The vendor's own word: `DELIVRD`, `MBBLACK`, … */
  status: string;
  /** ISO 8601, +08:00; absent where the vendor gave no time that is one. */
  at?: string;
  /** The sub-code (子码, 扩展号). */
  ext?: string;
  /** smsadmin's pushes: your uid there (SmsName). */
  user?: string;
}

/** A person's reply. */
export interface Reply {
  vendor: VendorName;
  ref?: string;
  /** E.164, or as masked by the vendor. */
  from: string;
  text: string;
  /** ISO 8601, +08:00; absent where the vendor gave no time that is one. */
  at?: string;
  ext?: string;
  /** smsadmin's pushes: your uid there (SmsName). */
  user?: string;
  /** The vendor masked the number: nobody can be told by it. */
  masked?: boolean;
}
