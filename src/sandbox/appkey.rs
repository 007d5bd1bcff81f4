//! The parts that the documents of liupai and binstd share: the envelope, the system codes, JSONP.

use serde_json::{Value, json};

use super::form::Form;
use super::http::Reply;
use super::strict::StrictRejection;

/// The words that binstd's document lists under blackword, 返回示例.
pub(super) const BLOCKED_WORDS: [&str; 6] = ["卧室", "售罄", "公馆", "宽厅", "停车场", "主卧"];

/// Writes a reply in the envelope. With `callback`, the reply calls that function.
pub(super) fn envelope(form: &Form, status: &Value, msg: &str, result: &Value) -> Reply {
    let body = json!({ "status": status, "msg": msg, "result": result });
    let callback = form.utf8("callback");
    let names_a_function = callback.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && callback.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    if names_a_function {
        Reply::bytes(200, "application/javascript; charset=utf-8", format!("{callback}({body})").into_bytes())
    } else {
        Reply::json(&body)
    }
}

/// The code for what a strict carrier rejects (docs/vendors.md, binstd: SMS codes).
pub(super) const fn rejection_code(rejection: StrictRejection) -> &'static str {
    match rejection {
        StrictRejection::Signature => "212",
        StrictRejection::Content => "204",
        StrictRejection::Hours => "210",
    }
}

/// The message of a code (docs/vendors.md, binstd: system and SMS codes).
pub(super) fn message(code: &str) -> &'static str {
    match code {
        "101" => "APPKEY为空或不存在",
        "102" => "APPKEY已过期",
        "103" => "APPKEY无请求此数据权限",
        "104" => "请求超过次数限制",
        "105" => "IP被禁止",
        "106" => "IP请求超过限制",
        "107" => "接口维护中",
        "108" => "接口已停用",
        "201" => "手机号为空",
        "202" => "手机号有误",
        "203" => "短信内容为空",
        "204" => "含敏感字符",
        "205" => "签名不存在",
        "206" => "账户在审核中",
        "207" => "短信模板不存在",
        "208" => "模板在审核中",
        "209" => "子账号余额不足",
        "210" => "指定时间内发送数量超限",
        "211" => "签名为空",
        "212" => "签名格式错误",
        "213" => "签名已存在",
        "214" => "公司名称为空",
        "215" => "总次数为空",
        "216" => "总次数超过剩余次数",
        "217" => "模板名称为空",
        "218" => "子账户为空",
        "219" => "子账户不存在",
        "221" => "同名模板已存在",
        "222" => "模板内容为空",
        "223" => "签名和子账户签名不一致",
        "224" => "没有免审权限",
        "225" => "模板审核未通过",
        _ => "未知错误",
    }
}

/// The code for a send whose number or text both vendors reject.
pub(super) fn fault_of(mobiles: &[&str], content: &str) -> Option<&'static str> {
    if mobiles.iter().all(|mobile| mobile.is_empty()) {
        Some("201")
    } else if !mobiles.iter().all(|mobile| super::is_mobile(mobile)) {
        Some("202")
    } else if content.is_empty() {
        Some("203")
    } else if BLOCKED_WORDS.iter().any(|word| content.contains(word)) {
        Some("204")
    } else if super::has_signature(content) {
        None
    } else {
        Some("205")
    }
}
