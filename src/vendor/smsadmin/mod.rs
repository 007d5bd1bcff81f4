//! smsadmin 通用短信平台: GB2312 in requests and replies; a reply is a digit and a sentence. Source: smsadmin.txt.

mod records;

use alloc::borrow::ToOwned;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use xinshi_bytes::{has_one_of, replace};

use crate::batch::{Batch, Content};
use crate::bulk::BulkContent;
use crate::decimal;
use crate::error::{Code, Sent, SmsError};
use crate::message::MessageKind as Purpose;
use crate::options::Fields;
use crate::phone::Phone;
use crate::random::Random;
use crate::reference::Reference;
use crate::search;
use crate::secret::Secret;
use crate::template::{PLACE, TemplateValues};
use crate::vendor::account::{AccountOption, BASE_URL, METHOD, VENDOR, choice, flag, names, required};
use crate::vendor::answer::{AnswerCount, Balance, VendorAnswer};
use crate::vendor::endpoint::{Argument, ArgumentKind, Endpoint, Gives};
use crate::vendor::push::{Known, Push, Tells};
use crate::vendor::report::{Inbound, PulledRecords};
use crate::vendor::site::Site;
use crate::vendor::{
    About, Acceptance, CodeMapping, Share, TextRules, Vendor, VendorSpec, base_url, carrier, rejection, rejects,
};
use crate::wire::digest::md5_hex;
use crate::wire::{Carrier, Charset, Parameters, WireReply, WireRequest, beijing, blank, gbk};

const OPTIONS: [AccountOption; 7] = [
    VENDOR,
    required("uid"),
    required("pwd"),
    METHOD,
    choice("pwdMode", &["md5", "plain"]),
    flag("urlencoded"),
    BASE_URL,
];

pub(super) const ABOUT: About = About {
    title: "通用短信平台",
    options: &OPTIONS,
    pushes: &[Push::new("mo", Tells::Reply, Known::Documented), Push::new("rpt", Tells::Report, Known::Documented)],
};

pub(super) const SPEC: VendorSpec = VendorSpec {
    name: "smsadmin",
    options: &names(&OPTIONS),
    origin: Some("http://www.smsadmin.cn"),
    charset: Charset::Gbk,
    // The limit depends on the channel: reply 7 reports a text that is too long.
    max_text_units: None,
    schedules: true,
    // 数字、字母、数字字母组合, 最大长度为 32 位 (2. GET, linkid).
    max_reference_characters: Some(32),
    read_push: records::read_push,
    // 最多返回 20 条 (7. and 8.).
    max_pull_records: Some(20),
    // Its sample signs at the end (smsadmin.txt, post_send_ddt).
    text_rules: TextRules { signs_at_end: true, ..TextRules::USUAL },
    ..VendorSpec::DEFAULT
};

/// The variant of an endpoint: the vendor documents three.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// The password in plain text.
    Plain,
    /// The MD5 of the password.
    Md5,
    /// Some fields url-encoded twice; the password in plain text.
    Urlencoded,
}

pub(super) struct Smsadmin {
    site: Site,
    /// In GBK, as everything on this wire.
    uid: Vec<u8>,
    pwd: Secret,
    /// The wire accepts it as the password, so it is a secret too.
    pwd_md5: Secret,
    pwd_bytes: Vec<u8>,
    pwd_md5_bytes: Vec<u8>,
    mode: Mode,
    /// Whether the account's options name MD5. Otherwise the endpoint decides the mode.
    md5_named: bool,
    carrier: Carrier,
}

impl Smsadmin {
    pub(super) fn configure(fields: &Fields<'_>) -> Result<Self, SmsError> {
        if !gbk::is_known() {
            let message = "this runtime's TextDecoder does not know gb18030 as the Encoding Standard has it, and all of \
                           smsadmin's wire is in it";
            let mut error = fields.wrong("vendor", message);
            error.code = Code::Unsupported;
            return Err(error);
        }
        let in_gbk = |name: &str, text: &str| {
            gbk::encode(text).map_err(|_| fields.wrong(name, [name, " holds a character that GB2312 lacks"].concat()))
        };
        let urlencoded = fields.flag("urlencoded")?;
        let mode = match fields.choice("pwdMode", &[("plain", Mode::Plain), ("md5", Mode::Md5)])? {
            Some(Mode::Md5) if urlencoded => {
                return Err(
                    fields.wrong("pwdMode", "the url-encoded endpoints take a plain password: leave pwdMode out")
                );
            }
            _ if urlencoded => Mode::Urlencoded,
            mode => mode.unwrap_or(Mode::Md5),
        };
        let pwd = fields.required("pwd")?;
        let pwd_bytes = in_gbk("pwd", pwd)?;
        let pwd_md5 = md5_hex(&pwd_bytes);
        let uid = fields.required("uid")?;
        Ok(Self {
            site: Site::new(base_url(fields, &SPEC)?, "/smsmarketing/wwwroot/api/", "/"),
            uid: in_gbk("uid", uid)?,
            pwd_md5_bytes: pwd_md5.clone().into_bytes(),
            pwd_bytes,
            pwd: Secret::new(pwd),
            pwd_md5: Secret::new(pwd_md5),
            mode,
            md5_named: fields.value("pwdMode").is_some() && mode == Mode::Md5,
            carrier: carrier(fields, Carrier::Form)?,
        })
    }
}

impl Vendor for Smsadmin {
    fn spec(&self) -> &'static VendorSpec {
        &SPEC
    }

    fn base_url(&self) -> &str {
        &self.site.base_url
    }

    fn secrets(&self) -> Vec<&Secret> {
        vec![&self.pwd, &self.pwd_md5]
    }

    /// The documented variant of the endpoint for this method and mode (2. and 3., 地址).
    fn send_operation(&self) -> &'static str {
        match (self.carrier, self.mode) {
            (Carrier::Query, Mode::Plain) => "get_send",
            (Carrier::Query, Mode::Md5) => "get_send_md5",
            (Carrier::Query, Mode::Urlencoded) => "get_send_urldecode",
            (_, Mode::Plain) => "post_send",
            (_, Mode::Md5) => "post_send_md5",
            (_, Mode::Urlencoded) => "post_send_urldecode",
        }
    }

    /// 每次支持最多手机号 100 个 (2. GET), 1000 个 (3. POST), and 1000 个参数记录 with a template (4.). A value in which the vendor
    /// could read a separator or another placeholder travels in a request of its own. A recipient's own text travels as
    /// a template with one placeholder.
    fn share(&self, _: Purpose, content: &BulkContent) -> (Share, usize) {
        let max = if self.carrier == Carrier::Query { 100 } else { 1000 };
        match content {
            BulkContent::Filled { template, values } if are_safe(values) => {
                (Share::Filled { template: Rc::clone(template.text()), values: values.clone() }, 1000)
            }
            BulkContent::Own(text) => {
                let (before, body, after) = between_signatures(text);
                let is_whole = !search::contains(before, PLACE) && !search::contains(after, PLACE);
                if let Some(values) = TemplateValues::of(&[body]).filter(|values| is_whole && are_safe(values)) {
                    let template = [before, "{value0}", after].concat().into();
                    return (Share::Filled { template, values }, 1000);
                }
                (Share::Same(Rc::clone(text)), max)
            }
            _ => (Share::Same(content.text()), max),
        }
    }

    fn build_send(&self, batch: &Batch, reference: &Reference, _: &Random) -> Result<WireRequest, SmsError> {
        let lacks = || SmsError::not_sent(Code::Content, "GB2312 lacks a character of the text").field("text");
        let in_gbk = |text: &str| gbk::encode(text).map_err(|_| lacks());
        let finish = |parameters: &mut Parameters| {
            // 时间为空为立即发送.
            parameters.add("dtime", batch.send_at.map(beijing::written).unwrap_or_default());
            parameters.add("linkid", reference.as_str());
        };
        let text = match &batch.content {
            Content::Same(text) => in_gbk(text)?,
            Content::Each(_) => {
                return Err(SmsError::not_sent(Code::Unsupported, "smsadmin joins no texts").field("text"));
            }
            Content::Filled { template, values } => {
                // 参数 params 和 msg 的值进行 url 编码; 参数 pwd 的值采用 md5 方式 (4., 地址).
                let mut parameters = Parameters::default();
                parameters.add("uid", &self.uid);
                parameters.secret("pwd", &self.pwd_md5_bytes);
                parameters.encoded("msg", &in_gbk(template)?);
                parameters.encoded("params", &groups(&batch.to, values).ok_or_else(lacks)?);
                finish(&mut parameters);
                return Ok(self.request("post_send_ddt", Carrier::Form, parameters, Rc::clone(&batch.to)));
            }
        };
        let operation = self.send_operation();
        let urlencoded = self.mode == Mode::Urlencoded;
        let mut parameters = Parameters::default();
        // post_send_urldecode: 参数 uid 和 msg; get_send_urldecode: 参数 msg alone (2. and 3., 接口地址 3).
        if urlencoded && self.carrier == Carrier::Form {
            parameters.encoded("uid", &self.uid);
        } else {
            parameters.add("uid", &self.uid);
        }
        parameters.secret("pwd", if self.mode == Mode::Md5 { &self.pwd_md5_bytes } else { &self.pwd_bytes });
        parameters.mainland("mobile", &batch.to, b';');
        if urlencoded {
            parameters.encoded("msg", &text);
        } else {
            parameters.add("msg", text);
        }
        finish(&mut parameters);
        Ok(self.request(operation, self.carrier, parameters, Rc::clone(&batch.to)))
    }

    fn read_send(&self, reply: &WireReply, _: &[Phone]) -> Result<Acceptance, SmsError> {
        match answer(&decoded(reply)?) {
            // An answer to a send is one digit and a sentence. `150`, `160` and records that begin with a mobile number
            // are not.
            Some(("0", "发送成功!" | "发送成功！" | "发送成功")) => Ok(Acceptance::default()),
            Some((code, sentence)) if code != "0" => Err(rejection(&[&CODE_MAPPINGS], Sent::Maybe, code, sentence)),
            _ => Err(SmsError::bad_reply("the reply is not one of the documented answers to a send")),
        }
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        if self.mode == Mode::Urlencoded { &URLENCODED } else { &ENDPOINTS }
    }

    fn build(&self, endpoint: &Endpoint, parameters: &Parameters, _: &Random) -> Result<WireRequest, SmsError> {
        // user_info_urldecode: 参数 uid 的值进行 url 编码 (5., 地址). mgz uses the mode that the account's options name; the
        // other endpoints take the plain password (docs/vendors.md, smsadmin).
        let mut all = Parameters::default();
        if endpoint.name == "user_info_urldecode" {
            all.encoded("uid", &self.uid);
        } else {
            all.add("uid", &self.uid);
        }
        let in_md5 = endpoint.name == "mgz" && self.md5_named;
        all.secret("pwd", if in_md5 { &self.pwd_md5_bytes } else { &self.pwd_bytes });
        all.append(parameters);
        Ok(self.request(endpoint.name, Carrier::Query, all, Rc::default()))
    }
}

impl Smsadmin {
    fn request(&self, name: &'static str, carrier: Carrier, parameters: Parameters, to: Rc<[Phone]>) -> WireRequest {
        WireRequest {
            vendor: SPEC.name,
            operation: name,
            carrier,
            endpoint: self.site.endpoint(name),
            parameters,
            charset: SPEC.charset,
            callback: None,
            to,
            extras: None,
        }
    }
}

/// 每一组参数之间用英文 “;” 间隔。每一组参数内部用英文 “,” 间隔, 其中第一个参数为手机号码 (4., params). `None` where GBK lacks a character.
fn groups(to: &[Phone], values: &[TemplateValues]) -> Option<Vec<u8>> {
    let mut groups = Vec::with_capacity(to.len() * 32);
    for (phone, values) in to.iter().zip(values) {
        phone.append_mainland(&mut groups, b',');
        let (text, separator) = values.text();
        let from = groups.len();
        if !gbk::append(&mut groups, text) {
            return None;
        }
        // GBK uses no byte below the space for anything but control characters.
        replace(&mut groups[from..], separator, b',');
        groups.push(b';');
    }
    groups.pop();
    Some(groups)
}

/// Whether the vendor passes on each value unchanged. A separator would end a value, the vendor may trim blanks around
/// one, and 格式不符的参数, 系统自动过滤掉 may drop an empty one.
fn are_safe(values: &TemplateValues) -> bool {
    !has_one_of(values.text().0, *b",;{}") && values.iter().all(is_trimmed)
}

/// Whether a value is not empty and has no blank around it.
fn is_trimmed(value: &str) -> bool {
    let (first, last) = (value.chars().next(), value.chars().next_back());
    first.is_some() && ![first, last].into_iter().flatten().any(blank::is_blank)
}

/// Splits a text into the signature 【…】 at its beginning, the body, and the signature at its end.
fn between_signatures(text: &str) -> (&str, &str, &str) {
    let from =
        if text.starts_with('【') { search::find(text, "】").map_or(0, |at| at + '】'.len_utf8()) } else { 0 };
    let rest = &text[from..];
    let to = if rest.ends_with('】') { search::find_last(rest, "【").unwrap_or(rest.len()) } else { rest.len() };
    (&text[..from], &rest[..to], &rest[to..])
}

const BALANCE: Endpoint = Endpoint {
    operation: "balance",
    name: "user_info",
    takes: &[],
    gives: Gives::One,
    supports_jsonp: false,
    read: |reply, _| balance(reply),
};
const CHECK: Endpoint = Endpoint {
    operation: "checkText",
    name: "mgz",
    takes: &[Argument { name: "text", sent_as: "msg", kind: ArgumentKind::Text }],
    gives: Gives::One,
    supports_jsonp: false,
    read: |reply, _| blocked_words(reply),
};
const REPLIES: Endpoint = Endpoint {
    operation: "replies",
    name: "reve",
    takes: &[],
    gives: Gives::Pull,
    supports_jsonp: false,
    read: |reply, _| pulled(reply, "150", records::replies, |record| records::reply(record, false).map(Inbound::Reply)),
};
const REPORTS: Endpoint = Endpoint {
    operation: "reports",
    name: "report",
    takes: &[],
    gives: Gives::Pull,
    supports_jsonp: false,
    read: |reply, _| pulled(reply, "160", records::reports, |record| records::report(record).map(Inbound::Report)),
};

const ENDPOINTS: [Endpoint; 4] = [BALANCE, CHECK, REPLIES, REPORTS];

/// The variants for balance and replies that url-encode twice.
const URLENCODED: [Endpoint; 4] = [
    Endpoint { name: "user_info_urldecode", ..BALANCE },
    CHECK,
    Endpoint {
        name: "reve_urlencode",
        read: |reply, _| {
            pulled(reply, "150", records::replies, |record| records::reply(record, true).map(Inbound::Reply))
        },
        ..REPLIES
    },
    REPORTS,
];

fn decoded(reply: &WireReply) -> Result<String, SmsError> {
    gbk::decode(reply.document()?).ok_or_else(|| SmsError::bad_reply("the reply is not GB2312"))
}

/// The digit and the sentence of an answer. The document's tables put a space between them, the server does not
/// (docs/vendors.md).
fn answer(text: &str) -> Option<(&str, &str)> {
    let sentence = text.trim_start_matches(|character: char| character.is_ascii_digit());
    let code = &text[..text.len() - sentence.len()];
    let known = code == "0" || CODE_MAPPINGS.iter().any(|mapping| mapping.code == code);
    (known && !sentence.trim().is_empty()).then(|| (code, sentence.trim()))
}

/// Rejects a documented error code among the answers to a query.
fn unless_rejected(text: &str) -> Result<(), SmsError> {
    match answer(text) {
        Some((code, sentence)) if code != "0" && !sentence.starts_with('/') => {
            Err(rejection(&[&CODE_MAPPINGS], Sent::Maybe, code, sentence))
        }
        _ => Ok(()),
    }
}

/// 5. 查询余额: `用户ID=… 剩余资费=91`, on one line or two, with `<br>` or without.
fn balance(reply: &WireReply) -> Result<VendorAnswer, SmsError> {
    let text = decoded(reply)?;
    unless_rejected(&text)?;
    let digits = search::split(&text, "剩余资费=").map(|(_, rest)| blank::trim(rest));
    let digits = digits.and_then(|rest| rest.split(|character: char| !character.is_ascii_digit()).next());
    match digits.and_then(decimal::parse) {
        Some(remaining) => {
            Ok(VendorAnswer::Balance(Balance { remaining: AnswerCount(remaining), ..Balance::default() }))
        }
        None => Err(SmsError::bad_reply("the reply has no 剩余资费")),
    }
}

/// 6. 敏感字查询: `敏感字:敏感字 1;敏感字 2;` or `不含敏感字`.
fn blocked_words(reply: &WireReply) -> Result<VendorAnswer, SmsError> {
    let text = decoded(reply)?;
    unless_rejected(&text)?;
    let words: Vec<String> = match text.strip_prefix("敏感字").and_then(|rest| rest.strip_prefix([':', '：'])) {
        Some(words) => {
            words.split([';', '；']).map(blank::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
        }
        None if text.starts_with("不含敏感字") => Vec::new(),
        None => return Err(SmsError::bad_reply("the reply neither lists 敏感字 nor says that there are none")),
    };
    Ok(VendorAnswer::Words(words))
}

/// 7. 主动获取回复 and 8. 主动获取状态报告: records, or a number that means that there are none.
fn pulled(
    reply: &WireReply,
    none: &str,
    records: fn(&[u8]) -> Vec<&[u8]>,
    read: fn(&[u8]) -> Option<Inbound>,
) -> Result<VendorAnswer, SmsError> {
    let body = reply.document()?;
    if body == none.as_bytes() {
        return Ok(VendorAnswer::Pulled(PulledRecords::default()));
    }
    let mut pulled = PulledRecords::default();
    for record in records(body) {
        pulled.add(read(record), record);
    }
    if pulled.items.is_empty() {
        unless_rejected(&decoded(reply)?)?;
        return Err(SmsError::bad_reply("the reply holds no record"));
    }
    Ok(VendorAnswer::Pulled(pulled))
}

/// 返回值 of sections 2 and 3. The document lacks 6, which the server returns (docs/vendors.md, smsadmin).
const CODE_MAPPINGS: [CodeMapping; 8] = [
    rejects("1", Code::Auth),
    rejects("2", Code::Balance),
    rejects("3", Code::TooMany),
    rejects("4", Code::Suspended),
    rejects("5", Code::InvalidArgument),
    rejects("6", Code::Content),
    rejects("7", Code::Content),
    rejects("8", Code::Suspended),
];
