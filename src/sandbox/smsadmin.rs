//! smsadmin's server: sections 2 (GET) and 3 (POST), everything in GB2312.

use serde_json::json;
use time::{Date, Month, Time};

use super::form::Form;
use super::http::{Reply, Request};
use super::{Answer, Delivery, Ids, Server, appkey, is_mobile};

pub(super) const SERVER: Server = Server {
    name: "smsadmin",
    host: Some("www.smsadmin.cn"),
    answer,
    reject: |code| refusal(code.unwrap_or("2"), 100),
    config: || json!({ "vendor": "smsadmin", "uid": UID, "pwd": PWD }),
};

const UID: &str = "沙盒";
const PWD: &str = "sandbox-smsadmin-pwd";
/// `printf sandbox-smsadmin-pwd | md5sum`.
const PWD_MD5: &str = "8a5864ffd149633b8265ab9291caa63e";
/// 此通道目前支持的最大字数: this channel's. 一个英文字符和汉字占相同字数.
const LONGEST: usize = 350;

fn answer(path: &str, request: &Request, _: &mut Ids) -> Option<Answer> {
    let endpoint = path.strip_prefix("/smsmarketing/wwwroot/api/")?.trim_end_matches('/');
    let (method, most) = if endpoint.starts_with("get_") { ("GET", 100) } else { ("POST", 1000) };
    let (twice_uid, twice_msg, pwd) = match endpoint {
        "get_send" | "post_send" => (false, false, PWD),
        "get_send_md5" | "post_send_md5" => (false, false, PWD_MD5),
        "get_send_urldecode" => (false, true, PWD),
        "post_send_urldecode" => (true, true, PWD),
        _ => return None,
    };
    if request.method != method {
        return None;
    }
    let form = Form::of(request)?;
    let decoded = |name: &str, twice: bool| if twice { form.gbk_decoded_twice(name) } else { form.gbk(name) };
    let (mobile, msg, linkid) = (form.gbk("mobile"), decoded("msg", twice_msg), form.gbk("linkid"));
    let mut mobiles: Vec<&str> = mobile.split(';').collect();
    let code = if decoded("uid", twice_uid) != UID || form.gbk("pwd") != pwd {
        "1"
    } else if mobiles.len() > most {
        "3"
    } else if msg.is_empty() || !mobiles.iter().all(|mobile| is_mobile(mobile)) {
        "5"
    } else if appkey::BLOCKED_WORDS.iter().any(|word| msg.contains(word)) {
        "6"
    } else if msg.encode_utf16().count() > LONGEST {
        "7"
    } else {
        "0"
    };
    if code != "0" {
        return Some(Answer { reply: refusal(code, most), deliveries: Vec::new() });
    }
    // 单次提交中若有重复手机号码,接口将自动过滤删除重复手机号码 (1.0.3).
    mobiles.sort_unstable();
    mobiles.dedup();
    let at = beijing(&form.gbk("dtime"));
    let deliveries = mobiles.iter().map(|mobile| Delivery {
        to: (*mobile).to_owned(),
        text: msg.clone(),
        reference: linkid.clone(),
        at,
    });
    Some(Answer { deliveries: deliveries.collect(), reply: sentence("0发送成功!") })
}

/// 返回值, as the server writes them: no space after the digit (FACTS.md, smsadmin).
fn refusal(code: &str, most: usize) -> Reply {
    match code {
        "1" => sentence("1用户名或密码错误!"),
        "2" => sentence("2余额不足!"),
        "3" => sentence(&format!("3超过发送最大量{most}条")),
        "4" => sentence("4此用户不允许发送!"),
        "5" => sentence("5手机号或发送信息不能为空!"),
        "6" => sentence("6含有敏感字,请修改后发送!"),
        "7" => sentence(&format!("7超过{LONGEST}个字,请修改后发送!")),
        "8" => sentence("8用户已冻结, 请联系客服人员!"),
        other => sentence(other),
    }
}

fn sentence(text: &str) -> Reply {
    Reply::bytes(200, "text/html; charset=gb2312", encoding_rs::GBK.encode(text).0.into_owned())
}

/// `0000-00-00 00:00:00` in Beijing, as milliseconds since 1970.
fn beijing(dtime: &str) -> Option<i64> {
    let mut numbers = dtime.split(['-', ' ', ':']).map(str::parse::<u8>);
    let year = dtime.get(..4)?.parse().ok()?;
    numbers.next();
    let mut next = || numbers.next()?.ok();
    let date = Date::from_calendar_date(year, Month::try_from(next()?).ok()?, next()?).ok()?;
    let time = Time::from_hms(next()?, next()?, next()?).ok()?;
    Some((date.with_time(time).assume_utc().unix_timestamp() - 8 * 3600) * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dtime_is_read_as_beijing_time() {
        assert_eq!(beijing("2024-03-01 00:00:00"), Some(1_709_222_400_000));
        assert_eq!(beijing(""), None);
        assert_eq!(beijing("2024-13-01 00:00:00"), None);
    }
}
