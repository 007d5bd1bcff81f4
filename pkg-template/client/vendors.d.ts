import type {
  Account,
  Answer,
  Balance,
  Log,
  LogOptions,
  NewAccount,
  NewTemplate,
  PageOptions,
  Pages,
  Pulled,
  Reply,
  Report,
  SentOptions,
  Signature,
  Template,
  Verification,
} from "./answers.js";
import type { AnyClient, CallOptions } from "./index.js";

/** Every vendor: the type of its accounts and of its client. */
export interface Vendors {
  liupai: { account: AppkeyAccount<"liupai">; client: LiupaiClient };
  binstd: { account: AppkeyAccount<"binstd">; client: BinstdClient };
  liasmart: { account: LiasmartAccount; client: AnyClient };
  apiv1: { account: Apiv1Account; client: Apiv1Client };
  smsadmin: { account: SmsadminAccount; client: SmsadminClient };
  aliyun: { account: AliyunAccount; client: AliyunClient };
  tencent: { account: TencentAccount; client: TencentClient };
}

/** One vendor account. Keys and passwords never appear in errors, events, JSON or a console's view of any result. */
export type VendorConfig = Vendors[keyof Vendors]["account"] | { vendor: DefinedVendor; [option: string]: unknown };

/** The operations of an account, by its vendor. These methods reject with an `SmsError`; `send` does not. */
export type ClientOf<C extends VendorConfig> = C extends { vendor: infer V extends keyof Vendors }
  ? Vendors[V]["client"]
  : C extends { vendor: DefinedVendor<string, DefinedShape, boolean, infer Client> }
    ? Client
    : AnyClient;

/** The options of accounts at a defined vendor: see `xinshi/define`. */
export type DefinedShape = Record<string, "text" | "secret" | "optional">;

declare const defined: unique symbol;

/** A vendor from `defineVendor` of `xinshi/define`. */
export interface DefinedVendor<
  Name extends string = string,
  // biome-ignore lint/suspicious/noExplicitAny: any shape
  Shape extends DefinedShape = any,
  HasBaseUrl extends boolean = boolean,
  Client = AnyClient,
> {
  readonly name: Name;
  readonly [defined]: { shape: Shape; hasBaseUrl: HasBaseUrl; client: Client };
}

/** An account at a defined vendor. */
export type DefinedAccount<V> =
  V extends DefinedVendor<string, infer Shape, infer HasBaseUrl>
    ? { vendor: V } & (HasBaseUrl extends true ? { baseUrl?: string } : { baseUrl: string }) & {
          [K in keyof Shape as Shape[K] extends "optional" ? never : K]: string;
        } & { [K in keyof Shape as Shape[K] extends "optional" ? K : never]?: string }
    : never;

interface Common {
  /** Origin and prefix, to which the vendor's documented path is appended. Default: the vendor's documented origin. */
  baseUrl?: string;
}

/** An account at liupai 六派数据 or binstd 进制数据. */
interface AppkeyAccount<V extends "liupai" | "binstd"> extends Common {
  vendor: V;
  appkey: string;
  /**
   * Default POST, since servers log URLs and intermediaries retry GETs. A GET whose URL would exceed 1024 characters is
   * sent as a POST.
   */
  method?: "GET" | "POST";
  /**
   * `"jsonp"`: a GET whose reply calls a function, in a page by a `<script>`, elsewhere by `fetch`. For pages whose
   * vendor allows no other origin. In a page, ids above 2^53 lose digits, since the page's JavaScript reads them.
   */
  transport?: "fetch" | "jsonp";
}

/** An account at liasmart 利亚智联. */
interface LiasmartAccount extends Common {
  vendor: "liasmart";
  apiId: string;
  apiPassword: string;
  senderId: string;
  /** GET, or POST of JSON; default POST. */
  method?: "GET" | "POST";
  /** The URL that the vendor posts delivery reports to. */
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
interface SmsadminAccountBase extends Common {
  vendor: "smsadmin";
  uid: string;
  pwd: string;
  /** Default POST. */
  method?: "GET" | "POST";
}

type SmsadminAccount =
  /** `pwdMode` is `"md5"` by default. */
  | (SmsadminAccountBase & { pwdMode?: "plain" | "md5"; urlencoded?: false })
  /**
   * The endpoints that url-encode the text twice, for texts with line breaks and blanks; they take a plain password.
   */
  | (SmsadminAccountBase & { pwdMode?: "plain"; urlencoded: true });

/**
 * An account of a vendor that sends nothing but templates that it approved. A message names one by `templateId` and gives
 * its `params`; or it has a `text` alone, and the template in `templates` is found that the text was written from.
 */
interface ApprovedAccount extends Common {
  /** The signature (签名), without 【】, of messages that name none. */
  signName: string;
  /**
   * The texts of your approved templates, by their ids, as the vendor's console shows them: `${code}` at aliyun, `{1}` at
   * tencent. A text is matched without its 【签名】; of several templates that fit, the one with most text of its own counts.
   */
  templates?: Record<string, string>;
}

/** An account at aliyun 阿里云 (短信服务, 号码认证服务). */
interface AliyunAccount extends ApprovedAccount {
  vendor: "aliyun";
  accessKeyId: string;
  accessKeySecret: string;
  /**
   * The product that sends. `"dysms"`, the default: texts. `"dypns"`: codes under the vendor's own signatures and templates,
   * which need no filing, to mainland numbers; the code is yours, as one of the values.
   */
  product?: "dysms" | "dypns";
  /** The token of a temporary key (STS). */
  securityToken?: string;
}

/** An account at tencent 腾讯云 (短信). */
interface TencentAccount extends ApprovedAccount {
  vendor: "tencent";
  secretId: string;
  secretKey: string;
  /** SmsSdkAppId, such as `1400006666`. */
  sdkAppId: string;
  /** Default `ap-guangzhou`. */
  region?: string;
  /** The token of a temporary key (CAM, STS). */
  token?: string;
}

/** liupai 六派数据. */
export interface LiupaiClient extends AnyClient {
  /** 账户余额查询. */
  balance(options?: CallOptions): Promise<Answer<Balance>>;
  accounts: {
    /** 添加子帐号. */
    create(account: NewAccount, options?: CallOptions): Promise<Answer<Account>>;
    /** 获取子帐号列表. */
    list(page?: PageOptions, options?: CallOptions): Pages<Account>;
    /** 更新子帐号. */
    update(account: NewAccount & { accountId: string }, options?: CallOptions): Promise<Answer<Account>>;
  };
  templates: {
    /** 添加模版. */
    create(template: NewTemplate, options?: CallOptions): Promise<Answer<Template>>;
    /** 获取模版列表. */
    list(page: PageOptions & { accountId: string }, options?: CallOptions): Pages<Template>;
  };
  /** 短信日志: the texts sent, by template and date. */
  logs(page?: LogOptions, options?: CallOptions): Pages<Log>;
}

/** binstd 进制数据. */
export interface BinstdClient extends AnyClient {
  /** 查询余额. */
  balance(options?: CallOptions): Promise<Answer<Balance>>;
  /** 获取黑名单: words that no text may contain. */
  blockedWords(options?: CallOptions): Promise<Answer<string[]>>;
  accounts: {
    /** 添加子账号. */
    create(account: NewAccount, options?: CallOptions): Promise<Answer<Account>>;
    /** 修改子账号. */
    update(account: NewAccount & { accountId: string }, options?: CallOptions): Promise<Answer<Account>>;
    /** 获取子账号列表. */
    list(page?: PageOptions, options?: CallOptions): Pages<Account>;
  };
  templates: {
    /** 添加模板. */
    create(template: NewTemplate, options?: CallOptions): Promise<Answer<Template>>;
    /** 修改模板. */
    update(template: NewTemplate & { templateId: string }, options?: CallOptions): Promise<Answer<Template>>;
    /** 获取模板列表. */
    list(page: PageOptions & { accountId: string }, options?: CallOptions): Pages<Template>;
    /** 获取模板详情. */
    get(templateId: string, options?: CallOptions): Promise<Answer<Template>>;
  };
}

/** apiv1. */
export interface Apiv1Client extends AnyClient {
  /** 用户余额查询接口. */
  balance(options?: CallOptions): Promise<Answer<Balance>>;
  /** 短信状态查询接口: the vendor erases the records that it returns. */
  reports(options?: CallOptions): Promise<Answer<Pulled<Report>>>;
  /** 短信上行查询接口: the vendor erases the records that it returns. */
  replies(options?: CallOptions): Promise<Answer<Pulled<Reply>>>;
}

/** smsadmin 通用短信平台. */
export interface SmsadminClient extends AnyClient {
  /** 查询余额. */
  balance(options?: CallOptions): Promise<Answer<Balance>>;
  /** 敏感字查询: the blocked words in a text. */
  checkText(text: string, options?: CallOptions): Promise<Answer<string[]>>;
  /** 主动获取状态报告: at most 20 records, which the vendor erases; call again after 5 seconds. */
  reports(options?: CallOptions): Promise<Answer<Pulled<Report>>>;
  /** 主动获取回复: at most 20 records, which the vendor erases; call again after 5 seconds. */
  replies(options?: CallOptions): Promise<Answer<Pulled<Reply>>>;
}

/** aliyun 阿里云. */
export interface AliyunClient extends AnyClient {
  /** QuerySendDetails: the texts to a number on a day of the last 30. */
  logs(query: SentOptions, options?: CallOptions): Pages<Log>;
  templates: {
    /** QuerySmsTemplateList. */
    list(page?: PageOptions, options?: CallOptions): Pages<Template>;
    /** GetSmsTemplate. */
    get(templateId: string, options?: CallOptions): Promise<Answer<Template>>;
  };
  signatures: {
    /** QuerySmsSignList. */
    list(page?: PageOptions, options?: CallOptions): Pages<Signature>;
    /** GetSmsSign, by the signature's name. */
    get(name: string, options?: CallOptions): Promise<Answer<Signature>>;
  };
  /** CheckSmsVerifyCode of dypns: knows only codes that the vendor made, and none that came as a value. */
  checkCode(check: { to: string; code: string }, options?: CallOptions): Promise<Answer<Verification>>;
}

/** tencent 腾讯云. */
export interface TencentClient extends AnyClient {
  /** PullSmsSendStatus: at most 100 records, which the vendor erases. */
  reports(options?: CallOptions): Promise<Answer<Pulled<Report>>>;
  /** PullSmsReplyStatus: at most 100 records, which the vendor erases. */
  replies(options?: CallOptions): Promise<Answer<Pulled<Reply>>>;
  templates: {
    /** DescribeSmsTemplateList. */
    list(page?: PageOptions & { international?: boolean }, options?: CallOptions): Pages<Template>;
    /** DescribeSmsTemplateList of one id. */
    get(templateId: string, options?: CallOptions): Promise<Answer<Template>>;
  };
  signatures: {
    /** DescribeSmsSignList. */
    list(page?: PageOptions & { international?: boolean }, options?: CallOptions): Pages<Signature>;
    /** DescribeSmsSignList of one id. */
    get(signatureId: string, options?: CallOptions): Promise<Answer<Signature>>;
  };
}
