//! smsadmin 通用短信平台: GB2312 both ways, replies of a digit and a sentence. Source: smsadmin.txt.

use crate::error::{Code, SmsError};
use crate::message::Message;
use crate::options::Fields;
use crate::reference::Reference;
use crate::secret::Secret;
use crate::segments::Billing;
use crate::vendor::{Charset, Facts, Meaning, Receipt, Vendor, base_url, carrier, refuses, rejection};
use crate::wire::digest::md5_hex;
use crate::wire::{Carrier, Parameter, WireReply, WireRequest, gbk, percent};

pub(super) const FACTS: Facts = Facts {
    name: "smsadmin",
    origin: Some("http://www.smsadmin.cn"),
    billing: Billing::Cn,
    charset: Charset::Gbk,
    // Depends on the channel: reply 7 tells it.
    longest_text: None,
    international: false,
    schedules: true,
    templates: false,
    // 数字、字母、数字字母组合, 最大长度为 32 位 (2. GET, linkid).
    longest_reference: Some(32),
};

/// Which of the vendor's three twins of an endpoint is used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// The password as it is.
    Plain,
    /// The password's MD5.
    Md5,
    /// Some fields url-encoded once more than HTTP does; the password as it is.
    Urlencoded,
}

pub(super) struct Smsadmin {
    base_url: String,
    /// GBK, as everything on this wire.
    uid: Vec<u8>,
    pwd: Secret,
    /// As good as the password on the wire, so a secret too.
    pwd_md5: Secret,
    pwd_on_wire: Parameter,
    mode: Mode,
    carrier: Carrier,
}

impl Smsadmin {
    pub(super) fn configure(fields: &Fields<'_, '_>) -> Result<Self, SmsError> {
        fields.only(&["vendor", "uid", "pwd", "method", "pwdMode", "urlencoded", "baseUrl"])?;
        let in_gbk = |name: &str, text: &str| {
            gbk::encode(text).map_err(|_| fields.wrong(name, format!("{name} holds a character that GB2312 lacks")))
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
        let pwd_bytes = in_gbk("pwd", &pwd)?;
        let pwd_md5 = md5_hex(&pwd_bytes);
        let uid = fields.required("uid")?;
        Ok(Self {
            base_url: base_url(fields, &FACTS)?,
            uid: in_gbk("uid", &uid)?,
            pwd_on_wire: match mode {
                Mode::Md5 => Parameter::secret("pwd", pwd_md5.as_str()),
                Mode::Plain | Mode::Urlencoded => Parameter::secret("pwd", pwd_bytes),
            },
            pwd: Secret::new(pwd),
            pwd_md5: Secret::new(pwd_md5),
            mode,
            carrier: carrier(fields, Carrier::Form)?,
        })
    }
}

impl Vendor for Smsadmin {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn base_url(&self) -> &str {
        &self.base_url
    }

    fn secrets(&self) -> Vec<&Secret> {
        vec![&self.pwd, &self.pwd_md5]
    }

    /// The documented twin of the endpoint for this method and mode (2. and 3., 地址).
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

    fn build_send(&self, message: &Message, reference: &Reference) -> Result<WireRequest, SmsError> {
        let text = gbk::encode(&message.text)
            .map_err(|_| SmsError::refused(Code::Content, "GB2312 lacks a character of the text").field("text"))?;
        let operation = self.send_operation();
        let urlencoded = self.mode == Mode::Urlencoded;
        // post_send_urldecode: 参数 uid 和 msg; get_send_urldecode: 参数 msg alone (2. and 3., 接口地址 3).
        let uid =
            if urlencoded && self.carrier == Carrier::Form { percent::encode(&self.uid) } else { self.uid.clone() };
        let msg = if urlencoded { percent::encode(&text) } else { text };
        Ok(WireRequest {
            vendor: FACTS.name,
            operation,
            carrier: self.carrier,
            endpoint: format!("{}/smsmarketing/wwwroot/api/{operation}/", self.base_url),
            parameters: vec![
                Parameter::new("uid", uid),
                self.pwd_on_wire.clone(),
                Parameter::new("mobile", message.to.mainland().unwrap_or_default()),
                Parameter::new("msg", msg),
                // 时间为空为立即发送.
                Parameter::new("dtime", message.send_at.map(beijing_time).unwrap_or_default()),
                Parameter::new("linkid", reference.as_str()),
            ],
            to: vec![message.to.clone()],
        })
    }

    fn read_send(&self, reply: &WireReply) -> Result<Receipt, SmsError> {
        let text = gbk::decode(reply.document()?).ok_or_else(|| SmsError::bad_reply("the reply is not GB2312"))?;
        // The document's tables put a space behind the digit; the server does not (FACTS.md, smsadmin).
        let sentence = text.trim_start_matches(|character: char| character.is_ascii_digit());
        let code = &text[..text.len() - sentence.len()];
        let sentence = sentence.trim();
        // One digit and a sentence: `150`, `160` and records that begin with a mobile number are no answers to a send.
        match code {
            "0" if matches!(sentence, "发送成功!" | "发送成功！" | "发送成功") => Ok(Receipt { id: None }),
            _ if !sentence.is_empty() && MEANINGS.iter().any(|meaning| meaning.code == code) => {
                Err(rejection(&MEANINGS, code, sentence))
            }
            _ => Err(SmsError::bad_reply("the reply is not one of the documented answers to a send")),
        }
    }
}

/// 返回值 of sections 2 and 3; 6 is seen and not documented (FACTS.md, smsadmin).
const MEANINGS: [Meaning; 8] = [
    refuses("1", Code::Auth),
    refuses("2", Code::Balance),
    refuses("3", Code::TooMany),
    refuses("4", Code::Suspended),
    refuses("5", Code::InvalidArgument),
    refuses("6", Code::Content),
    refuses("7", Code::Content),
    refuses("8", Code::Suspended),
];

/// `0000-00-00 00:00:00` in Beijing, eight hours ahead all year (the zone is an inference: FACTS.md, stated nowhere).
fn beijing_time(ms: i64) -> String {
    let beijing = time::OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000) + 8 * 3600)
        .unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    let (hour, minute, second) = beijing.to_hms();
    let (year, month, day) = (beijing.year(), u8::from(beijing.month()), beijing.day());
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dtime_is_beijing_time() {
        assert_eq!(beijing_time(0), "1970-01-01 08:00:00");
        assert_eq!(beijing_time(1_709_222_399_999), "2024-02-29 23:59:59");
        assert_eq!(beijing_time(1_709_222_400_000), "2024-03-01 00:00:00");
    }
}
