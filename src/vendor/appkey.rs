//! The parts that liupai and binstd share: an `appkey` among the parameters, and replies in the envelope `{status, msg,
//! result}`.

use alloc::borrow::ToOwned;
use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::error::{Code, Sent, SmsError};
use crate::options::Fields;
use crate::phone::Phone;
use crate::secret::Secret;
use crate::vendor::account::{AccountOption, BASE_URL, METHOD, VENDOR, choice, required};
use crate::vendor::answer::{
    AccountBalance, AnswerCount, Balance, Items, SubAccountRecord, TemplateRecord, VendorAnswer,
};
use crate::vendor::endpoint::{Argument, ArgumentKind, PageRequest};
use crate::vendor::push::{Known, Push, Tells};
use crate::vendor::record::{self, VendorRecord};
use crate::vendor::site::Site;
use crate::vendor::{Acceptance, CodeMapping, VendorSpec, base_url, carrier, rejection, rejects};
use crate::wire::json::{self, Json};
use crate::wire::{Carrier, Parameters, WireReply, WireRequest};

/// The longest URL of a GET, in bytes. A longer request becomes a POST (docs/vendors.md, binstd), which both vendors
/// accept for every operation.
const MAX_URL_BYTES: usize = 1024;

/// The wordings of the opt-out: 营销短信加:回TD退订 (binstd.txt, liupai.txt).
pub(super) const OPT_OUTS: &[&str] = &["回TD退订", "回T退订"];

/// The options of an account at either vendor.
pub(super) const OPTIONS: [AccountOption; 5] =
    [VENDOR, required("appkey"), METHOD, choice("transport", &["fetch", "jsonp"]), BASE_URL];

/// 状态推送 and 回复推送 (添加子账号, statusurl and replyurl). The documents announce both and describe neither.
pub(super) const PUSHES: [Push; 2] =
    [Push::new("statusurl", Tells::Report, Known::Raw), Push::new("replyurl", Tells::Reply, Known::Raw)];

/// The values of `status` by which one of the two vendors reports success or an error.
pub(super) struct ReplyCodes {
    /// The values of `status` that mean success.
    pub(super) success: &'static [&'static str],
    /// Tables of the other documented values.
    pub(super) mappings: &'static [&'static [CodeMapping]],
}

/// An account of either vendor.
pub(super) struct AppkeyAccount {
    pub(super) site: Site,
    pub(super) appkey: Secret,
    carrier: Carrier,
    pub(super) jsonp: bool,
}

impl AppkeyAccount {
    pub(super) fn configure(fields: &Fields<'_>, spec: &VendorSpec) -> Result<Self, SmsError> {
        let jsonp = fields.choice("transport", &[("fetch", false), ("jsonp", true)])?.unwrap_or_default();
        let mut carrier = carrier(fields, Carrier::Form)?;
        if jsonp {
            if fields.value("method").is_some() && carrier != Carrier::Query {
                return Err(fields.wrong("method", "jsonp is a GET: leave method out"));
            }
            carrier = Carrier::Query;
        }
        let site = Site::new(base_url(fields, spec)?, "/sms/", "");
        Ok(Self { site, appkey: Secret::new(fields.required("appkey")?), carrier, jsonp })
    }

    /// Builds a request of this account. liupai's document puts the key first, binstd's last.
    pub(super) fn request(
        &self,
        spec: &VendorSpec,
        name: &'static str,
        parameters: Parameters,
        to: Rc<[Phone]>,
    ) -> WireRequest {
        let mut request = WireRequest {
            vendor: spec.name,
            operation: name,
            carrier: self.carrier,
            endpoint: self.site.endpoint(name),
            parameters,
            charset: spec.charset,
            callback: None,
            to,
            extras: None,
        };
        if !self.jsonp && request.url().len() > MAX_URL_BYTES {
            request.carrier = Carrier::Form;
        }
        request
    }

    /// Appends the key.
    pub(super) fn add_key(&self, parameters: &mut Parameters) {
        parameters.secret("appkey", self.appkey.expose());
    }
}

/// Reads the reply to `send`: `result` holds `count` (texts sent) and the message's id, `msgid` at liupai and
/// `accountid` at binstd.
pub(super) fn read_send(reply: &WireReply, codes: &ReplyCodes) -> Result<Acceptance, SmsError> {
    let answer = json::parse_reply(reply.document()?)?;
    let result = open(&answer, codes)?;
    // 发送成功条数 may count numbers or segments. For one number, any count but 0 means that the text was sent.
    match result.whole_of("count").and_then(|count| usize::try_from(count).ok()) {
        Some(0) => Err(SmsError::not_sent(Code::Vendor, "the vendor answered that it sent 0 texts")),
        Some(count) => Ok(Acceptance {
            id: result.text_of("msgid").map(str::to_owned),
            account_id: result.text_of("accountid").map(str::to_owned),
            count: Some(count),
        }),
        None => Err(SmsError::bad_reply("the reply has no count")),
    }
}

/// Reads any other reply and passes its `result` to `interpret`.
pub(super) fn read(
    reply: &WireReply,
    page: PageRequest,
    codes: &ReplyCodes,
    interpret: fn(&Json<'_>, PageRequest) -> Result<VendorAnswer, SmsError>,
) -> Result<VendorAnswer, SmsError> {
    let answer = json::parse_reply(reply.document()?)?;
    interpret(open(&answer, codes)?, page)
}

/// 查询余额: one sub-account or a list of them. The remaining texts are the allotted less the used ones.
pub(super) fn balance(result: &Json<'_>, _: PageRequest) -> Result<VendorAnswer, SmsError> {
    let accounts = record::items(result).unwrap_or(core::slice::from_ref(result));
    let mut remaining = 0_i64;
    let mut read = Vec::with_capacity(accounts.len());
    for account in accounts {
        let (Some(total), Some(used)) = (account.whole_of("totalnum"), account.whole_of("usednum")) else {
            return Err(SmsError::bad_reply("the reply has a sub-account without totalnum or usednum"));
        };
        let left = total.checked_sub(used).and_then(|left| i64::checked_add(remaining, left));
        remaining = left.ok_or_else(|| SmsError::bad_reply("the reply has numbers that cannot be added"))?;
        let record = VendorRecord::with_id(account, "accountid")?;
        read.push(AccountBalance {
            account_id: record.text("accountid").unwrap_or_default(),
            company: record.text("company"),
            total: AnswerCount(total),
            used: AnswerCount(used),
        });
    }
    Ok(VendorAnswer::Balance(Balance { remaining: AnswerCount(remaining), accounts: Some(read), ..Balance::default() }))
}

/// A sub-account that was made or changed.
pub(super) fn account(result: &Json<'_>, _: PageRequest) -> Result<VendorAnswer, SmsError> {
    Ok(VendorAnswer::Account(sub_account(VendorRecord::with_id(result, "accountid")?)))
}

/// A page of sub-accounts.
pub(super) fn accounts(result: &Json<'_>, page: PageRequest) -> Result<VendorAnswer, SmsError> {
    let accounts = Items::Accounts(record::each(result, sub_account)?);
    Ok(VendorAnswer::Page(record::page(result, page, accounts)))
}

/// A template that was created, changed or looked up.
pub(super) fn template(result: &Json<'_>, _: PageRequest) -> Result<VendorAnswer, SmsError> {
    Ok(VendorAnswer::Template(one_template(VendorRecord::with_id(result, "templateid")?)))
}

/// A page of templates with, beside the list, the sub-account that owns them (获取模板列表, 返回示例).
pub(super) fn templates(result: &Json<'_>, page: PageRequest) -> Result<VendorAnswer, SmsError> {
    let mut page = record::page(result, page, Items::Templates(record::each(result, one_template)?));
    if let Ok(beside) = VendorRecord::new(result) {
        page.account_id = beside.text("accountid");
        page.account_total = beside.count("totalnum");
        page.account_used = beside.count("usednum");
    }
    Ok(VendorAnswer::Page(page))
}

/// 添加子账号, 修改子账号 and 获取子账号列表, 返回参数.
fn sub_account(record: VendorRecord<'_>) -> SubAccountRecord {
    SubAccountRecord {
        account_id: record.text("accountid"),
        company: record.text("company"),
        signature: record.text("signature"),
        status_url: record.text("statusurl"),
        reply_url: record.text("replyurl"),
        reply_username: record.text("replyusername"),
        reply_password: record.text("replypassword"),
        total: record.count("totalnum"),
        used: record.count("usednum"),
        status: record.text("status"),
        template_review_exempt: record.flag("istemnocheck"),
        fail_reason: record.text("failreason"),
        created_at: record.time("addtime"),
    }
}

/// 添加模板, 获取模板列表 and 获取模板详情, 返回参数.
fn one_template(record: VendorRecord<'_>) -> TemplateRecord {
    TemplateRecord {
        template_id: record.text("templateid"),
        account_id: record.text("accountid"),
        name: record.text("name"),
        content: record.text("content"),
        marketing: record.flag("ismarket"),
        status: record.text("status"),
        fail_reason: record.text("failreason"),
        created_at: record.time("addtime"),
    }
}

const fn takes(name: &'static str, sent_as: &'static str, kind: ArgumentKind) -> Argument {
    Argument { name, sent_as, kind }
}

/// 添加子账号, 请求参数.
pub(super) const NEW_ACCOUNT: [Argument; 7] = [
    takes("company", "company", ArgumentKind::Text),
    takes("signature", "signature", ArgumentKind::Signature),
    takes("statusUrl", "statusurl", ArgumentKind::OptionalText),
    takes("replyUrl", "replyurl", ArgumentKind::OptionalText),
    takes("replyUsername", "replyusername", ArgumentKind::OptionalText),
    takes("replyPassword", "replypassword", ArgumentKind::OptionalSecret),
    takes("total", "totalnum", ArgumentKind::Whole),
];

/// 修改子账号, 请求参数.
pub(super) const EDITED_ACCOUNT: [Argument; 8] = [
    takes("accountId", "accountid", ArgumentKind::Text),
    takes("company", "company", ArgumentKind::Text),
    takes("signature", "signature", ArgumentKind::Signature),
    takes("statusUrl", "statusurl", ArgumentKind::OptionalText),
    takes("replyUrl", "replyurl", ArgumentKind::OptionalText),
    takes("replyUsername", "replyusername", ArgumentKind::OptionalText),
    takes("replyPassword", "replypassword", ArgumentKind::OptionalSecret),
    takes("total", "totalnum", ArgumentKind::Whole),
];

/// 添加模板, 请求参数. The vendors name the template's name differently.
pub(super) const fn new_template(name: &'static str) -> [Argument; 4] {
    [
        takes("accountId", "accountid", ArgumentKind::Text),
        takes("name", name, ArgumentKind::Text),
        takes("content", "content", ArgumentKind::Text),
        takes("marketing", "ismarket", ArgumentKind::Flag),
    ]
}

/// 修改模板, 请求参数.
pub(super) const EDITED_TEMPLATE: [Argument; 5] = [
    takes("accountId", "accountid", ArgumentKind::Text),
    takes("templateId", "templateid", ArgumentKind::Text),
    takes("name", "name", ArgumentKind::Text),
    takes("content", "content", ArgumentKind::Text),
    takes("marketing", "ismarket", ArgumentKind::Flag),
];

/// 获取模板详情, 请求参数.
pub(super) const ONE_TEMPLATE: [Argument; 1] = [takes("templateId", "templateid", ArgumentKind::Text)];

/// 请求参数 of the lists. The vendors name the page's number and size differently.
pub(super) const fn pages(page: &'static str, page_size: &'static str) -> [Argument; 2] {
    [takes("page", page, ArgumentKind::OptionalWhole), takes("pageSize", page_size, ArgumentKind::OptionalWhole)]
}

/// 获取模板列表, 请求参数.
pub(super) const fn template_pages(page: &'static str, page_size: &'static str) -> [Argument; 3] {
    let [page, page_size] = pages(page, page_size);
    [takes("accountId", "accountid", ArgumentKind::Text), page, page_size]
}

/// liupai, 短信日志, 请求参数.
pub(super) const LOG_PAGES: [Argument; 4] = [
    takes("templateId", "templateid", ArgumentKind::OptionalText),
    takes("startDate", "start_date", ArgumentKind::OptionalDate),
    takes("endDate", "end_date", ArgumentKind::OptionalDate),
    takes("page", "page", ArgumentKind::OptionalWhole),
];

/// The `result` of a successful reply. `status` comes as text or as a number. A status outside the tables may be an
/// undocumented success, so the text may have been sent.
fn open<'a>(envelope: &'a Json<'a>, codes: &ReplyCodes) -> Result<&'a Json<'a>, SmsError> {
    let status = envelope.text_of("status").ok_or_else(|| SmsError::bad_reply("the reply has no status"))?;
    if !codes.success.contains(&status) {
        return Err(rejection(codes.mappings, Sent::Maybe, status, envelope.text_of("msg").unwrap_or_default()));
    }
    envelope.member("result").ok_or_else(|| SmsError::bad_reply("the reply has no result"))
}

/// System codes (docs/vendors.md, binstd), which both hosts share.
pub(super) const SYSTEM: [CodeMapping; 8] = [
    rejects("101", Code::Auth),
    rejects("102", Code::Auth),
    rejects("103", Code::Auth),
    rejects("104", Code::Balance),
    rejects("105", Code::ForbiddenIp),
    rejects("106", Code::Throttled),
    rejects("107", Code::Vendor),
    rejects("108", Code::Vendor),
];

/// The SMS codes of binstd (docs/vendors.md). liupai documents none.
pub(super) const SMS: [CodeMapping; 25] = [
    rejects("201", Code::Number),
    rejects("202", Code::Number),
    rejects("203", Code::Content),
    rejects("204", Code::Content),
    rejects("205", Code::Signature),
    rejects("206", Code::Suspended),
    rejects("207", Code::Template),
    rejects("208", Code::Template),
    rejects("209", Code::Balance),
    rejects("210", Code::Throttled),
    rejects("211", Code::Signature),
    rejects("212", Code::Signature),
    rejects("213", Code::Signature),
    rejects("214", Code::InvalidArgument),
    rejects("215", Code::InvalidArgument),
    rejects("216", Code::Balance),
    rejects("217", Code::Template),
    rejects("218", Code::InvalidArgument),
    rejects("219", Code::InvalidArgument),
    // 未知错误: the vendor does not know the result, so the text may have been sent.
    CodeMapping { code: "220", means: Code::Vendor, sent: Sent::Maybe },
    rejects("221", Code::Template),
    rejects("222", Code::Template),
    rejects("223", Code::Signature),
    rejects("224", Code::Template),
    rejects("225", Code::Template),
];
