//! smsadmin's server: sections 2 to 8, everything in GB2312.

use std::rc::Rc;

use serde_json::json;
use time::{Date, Month, Time};

use super::form::Form;
use super::held_records::HeldRecord;
use super::http::{Reply, Request};
use super::push_request::{Order, Posted, posted_form};
use super::{Answer, BadRequest, DeliveredText, Server, World, appkey, is_mobile};

pub(super) const SERVER: Server = Server {
    name: "smsadmin",
    host: Some("www.smsadmin.cn"),
    answer,
    reject: |code| rejection(code.unwrap_or("2"), 100),
    // 6含有敏感字,请修改后发送! (docs/vendors.md, smsadmin)
    rejection_code: |_| "6",
    config: || json!({ "vendor": "smsadmin", "uid": UID, "pwd": PWD }),
    push: |order, at| Some(push(order, at)),
    holds_replies: true,
};

const UID: &str = "沙盒";
const PWD: &str = "sandbox-smsadmin-pwd";
/// `printf sandbox-smsadmin-pwd | md5sum`.
const PWD_MD5: &str = "8a5864ffd149633b8265ab9291caa63e";
/// 此通道目前支持的最大字数 of the sandbox's channel. 一个英文字符和汉字占相同字数.
const MAX_TEXT_CHARACTERS: usize = 350;

fn answer(path: &str, request: &Request, world: &mut World) -> Result<Answer, BadRequest> {
    let endpoint = path.strip_prefix("/smsmarketing/wwwroot/api/").ok_or(BadRequest::Address)?.trim_end_matches('/');
    let method = if endpoint.starts_with("post_") { "POST" } else { "GET" };
    // The fields that are url-encoded twice, and the form of the password.
    let (twice_uid, twice_msg, passwords): (bool, bool, &[&str]) = match endpoint {
        "get_send" | "post_send" | "user_info" | "reve" | "reve_urlencode" | "report" => (false, false, &[PWD]),
        "get_send_md5" | "post_send_md5" => (false, false, &[PWD_MD5]),
        // 参数 params 和 msg 的值进行 url 编码 (4., 地址).
        "post_send_ddt" => (false, true, &[PWD_MD5]),
        "get_send_urldecode" => (false, true, &[PWD]),
        "post_send_urldecode" => (true, true, &[PWD]),
        "user_info_urldecode" => (true, false, &[PWD]),
        // The vendor's own sample sent md5(pwd), the document implies plain (docs/vendors.md, smsadmin).
        "mgz" => (false, false, &[PWD, PWD_MD5]),
        _ => return Err(BadRequest::Address),
    };
    if request.method != method {
        return Err(BadRequest::Method(method));
    }
    let form = Form::of(request)?;
    let decoded = |name: &str, twice: bool| if twice { form.gbk_decoded_twice(name) } else { form.gbk(name) };
    let msg = decoded("msg", twice_msg);
    if decoded("uid", twice_uid) != UID || !passwords.contains(&form.gbk("pwd").as_str()) {
        return Ok(Answer { reply: rejection("1", 0), deliveries: Vec::new() });
    }
    let reply = match endpoint {
        "user_info" | "user_info_urldecode" => sentence(&format!("用户ID={UID} 剩余资费=91000")),
        "mgz" => {
            let found: Vec<&str> = appkey::BLOCKED_WORDS.iter().copied().filter(|word| msg.contains(word)).collect();
            sentence(&if found.is_empty() {
                "不含敏感字".into()
            } else {
                format!("敏感字:{};", found.join(";"))
            })
        }
        "reve" => replies(world, false),
        "reve_urlencode" => replies(world, true),
        "report" => records(&world.receipts.pull("smsadmin", false, MAX_PULL_RECORDS), "160", |_| "DELIVRD".into()),
        "post_send_ddt" => return Ok(send_each(&form, &msg, world)),
        _ => return Ok(send(&form, &msg, world, if method == "GET" { 100 } else { 1000 })),
    };
    Ok(Answer { reply, deliveries: Vec::new() })
}

/// 返回值最多返回 20 条.
const MAX_PULL_RECORDS: usize = 20;

fn replies(world: &mut World, urlencoded: bool) -> Reply {
    records(&world.receipts.pull("smsadmin", true, MAX_PULL_RECORDS), "150", |reply| {
        let bytes = encoding_rs::GBK.encode(reply.text.as_deref().unwrap_or_default()).0.into_owned();
        if urlencoded { urlencoding::encode_binary(&bytes).into_owned().into_bytes() } else { bytes }
    })
}

/// 手机号/日期/流水号/值/子码, a line each.
fn records(receipts: &[HeldRecord], none: &str, value: impl Fn(&HeldRecord) -> Vec<u8>) -> Reply {
    if receipts.is_empty() {
        return sentence(none);
    }
    let mut body = Vec::new();
    for receipt in receipts {
        body.extend_from_slice(format!("{}/{}/{}/", receipt.mobile, receipt.at(), receipt.reference).as_bytes());
        body.extend(value(receipt));
        body.extend_from_slice(b"/56666\n");
    }
    Reply::bytes(200, "text/html; charset=gb2312", body)
}

fn send(form: &Form, msg: &str, world: &mut World, max: usize) -> Answer {
    let (mobile, linkid) = (form.gbk("mobile"), form.gbk("linkid"));
    let mut mobiles: Vec<&str> = mobile.split(';').collect();
    let code = if mobiles.len() > max {
        "3"
    } else if msg.is_empty() || !mobiles.iter().all(|mobile| is_mobile(mobile)) {
        "5"
    } else if appkey::BLOCKED_WORDS.iter().any(|word| msg.contains(word)) {
        "6"
    } else if msg.encode_utf16().count() > MAX_TEXT_CHARACTERS {
        "7"
    } else {
        linkid_fault(&linkid, world)
    };
    if code != "0" {
        return Answer { reply: rejection(code, max), deliveries: Vec::new() };
    }
    world.references.take("smsadmin", &linkid);
    // 单次提交中若有重复手机号码,接口将自动过滤删除重复手机号码 (1.0.3).
    mobiles.sort_unstable();
    mobiles.dedup();
    let at = beijing(&form.gbk("dtime"));
    let (text, reference): (Rc<str>, Rc<str>) = (msg.into(), linkid.into());
    let deliveries = mobiles.iter().map(|mobile| DeliveredText {
        to: (*mobile).to_owned(),
        text: Rc::clone(&text),
        reference: Rc::clone(&reference),
        at,
    });
    Answer { deliveries: deliveries.collect(), reply: sentence("0发送成功!") }
}

/// 点点通(个性化)短信: one group for each number, with its values. 格式不符的参数, 系统自动过滤掉.
fn send_each(form: &Form, msg: &str, world: &mut World) -> Answer {
    const MAX_GROUPS: usize = 1000;
    let (params, linkid) = (form.gbk_decoded_twice("params"), form.gbk("linkid"));
    let groups: Vec<Vec<&str>> = params.split(';').map(|group| group.split(',').map(str::trim).collect()).collect();
    let places = (0..100).take_while(|number| msg.contains(&format!("{{value{number}}}"))).count();
    let mut texts: Vec<(&str, String)> = Vec::new();
    for group in groups.iter().filter(|group| group.len() == places + 1 && is_mobile(group[0])) {
        let mut values = group[1..].iter().enumerate();
        if values.clone().any(|(_, value)| value.is_empty()) || texts.iter().any(|(mobile, _)| *mobile == group[0]) {
            continue;
        }
        let text = values.try_fold(msg.to_owned(), |text, (number, value)| {
            // The vendor would replace a value that looks like a placeholder again.
            (!value.contains("{value")).then(|| text.replace(&format!("{{value{number}}}"), value))
        });
        texts.extend(text.map(|text| (group[0], text)));
    }
    let code = if groups.len() > MAX_GROUPS {
        "3"
    } else if msg.is_empty() || texts.is_empty() {
        "5"
    } else if appkey::BLOCKED_WORDS.iter().any(|word| texts.iter().any(|(_, text)| text.contains(word))) {
        "6"
    } else if texts.iter().any(|(_, text)| text.encode_utf16().count() > MAX_TEXT_CHARACTERS) {
        "7"
    } else {
        linkid_fault(&linkid, world)
    };
    if code != "0" {
        return Answer { reply: rejection(code, MAX_GROUPS), deliveries: Vec::new() };
    }
    world.references.take("smsadmin", &linkid);
    let at = beijing(&form.gbk("dtime"));
    let reference: Rc<str> = linkid.into();
    let deliveries = texts.into_iter().map(|(to, text)| DeliveredText {
        to: to.to_owned(),
        text: text.into(),
        reference: Rc::clone(&reference),
        at,
    });
    Answer { deliveries: deliveries.collect(), reply: sentence("0发送成功!") }
}

/// 流水号(数字、字母、数字字母组合,最大长度为32位,不得重复). The document has no code for an invalid one: 9 and 10 are the sandbox's own.
fn linkid_fault(linkid: &str, world: &World) -> &'static str {
    if linkid.len() > 32 || !linkid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        "9"
    } else if world.references.has("smsadmin", linkid) {
        "10"
    } else {
        "0"
    }
}

/// 返回值 in the server's form: no space after the digit (docs/vendors.md, smsadmin).
fn rejection(code: &str, max: usize) -> Reply {
    match code {
        "1" => sentence("1用户名或密码错误!"),
        "2" => sentence("2余额不足!"),
        "3" => sentence(&format!("3超过发送最大量{max}条")),
        "4" => sentence("4此用户不允许发送!"),
        "5" => sentence("5手机号或发送信息不能为空!"),
        "6" => sentence("6含有敏感字,请修改后发送!"),
        "7" => sentence(&format!("7超过{MAX_TEXT_CHARACTERS}个字,请修改后发送!")),
        "8" => sentence("8用户已冻结, 请联系客服人员!"),
        "9" => sentence("9流水号linkid只能为数字和字母,最大长度为32位!"),
        "10" => sentence("10流水号linkid不得重复!"),
        other => sentence(other),
    }
}

fn sentence(text: &str) -> Reply {
    Reply::bytes(200, "text/html; charset=gb2312", encoding_rs::GBK.encode(text).0.into_owned())
}

/// Reads `0000-00-00 00:00:00`, Beijing's time, into milliseconds since the Unix epoch.
fn beijing(dtime: &str) -> Option<i64> {
    let mut numbers = dtime.split(['-', ' ', ':']).map(str::parse::<u8>);
    let year = dtime.get(..4)?.parse().ok()?;
    numbers.next();
    let mut next = || numbers.next()?.ok();
    let date = Date::from_calendar_date(year, Month::try_from(next()?).ok()?, next()?).ok()?;
    let time = Time::from_hms(next()?, next()?, next()?).ok()?;
    Some((date.with_time(time).assume_utc().unix_timestamp() - 8 * 3600) * 1000)
}

/// 9. 短信回复推送 and 10. 状态报告推送, in GB2312.
fn push(order: &Order, at: &str) -> Posted {
    let Order { text, mobile, reference, status, .. } = order;
    match text {
        None => posted_form(&[
            ("Class", "rpt"),
            ("SmsName", UID),
            ("Mobile", mobile),
            ("LinkId", reference),
            ("Report", status),
            ("ReportTime", at),
        ]),
        Some(text) => posted_form(&[
            ("Class", "mo"),
            ("SmsName", UID),
            ("Mobile", mobile),
            ("Message", text),
            ("LinkId", reference),
            ("RevertTime", at),
        ]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dtime_is_parsed_as_beijing_time() {
        assert_eq!(beijing("2024-03-01 00:00:00"), Some(1_709_222_400_000));
        assert_eq!(beijing(""), None);
        assert_eq!(beijing("2024-13-01 00:00:00"), None);
    }
}
