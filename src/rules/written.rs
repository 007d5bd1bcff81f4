//! Messages and bulks as JavaScript wrote them, checked for a vendor, and what was found as JSON.

use alloc::string::String;
use alloc::vec::Vec;

use xinshi_bytes::{first_piece, pieces};

use crate::bulk::{Bulk, Recipient, Wanted};
use crate::carrier::{AS_OF, Carrier, Issued, Service};
use crate::error::{Code, SmsError};
use crate::message::{Kind, Message};
use crate::options::{self, Fields};
use crate::phone::Phone;
use crate::reason::{self, ROWS, Row, Verdict};
use crate::rules::catalogue::{Level, Rule};
use crate::rules::findings::Finding;
use crate::rules::profile::Profile;
use crate::rules::settings::Settings;
use crate::rules::{Check, Draft};
use crate::wire::json_writer::{Object, list};

/// Whom and when a check is for.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// The vendor's profile.
    pub profile: &'static Profile,
    /// What the user says of single rules.
    pub settings: &'a Settings,
    /// The time, in milliseconds since 1970.
    pub now: i64,
}

/// Checks a message, written as [`Message::read`] reads it; or a bulk, as [`Bulk::read`] does, and its recipients, a line each.
///
/// # Errors
/// Why it cannot be read.
pub fn check(head: &str, recipients: Option<&str>, terms: &Terms<'_>) -> Result<Vec<Finding>, SmsError> {
    if let Some(recipients) = recipients {
        return Ok(check_bulk(&Bulk::read(head)?, recipients, terms));
    }
    let draft = |text, kind, at_ms| Draft { text, kind, profile: terms.profile, at_ms };
    // Most are written so, and nothing of them need be kept.
    if let Some((to, text)) = plain(head) {
        let to = Phone::parse(to)?;
        return Ok(check_one(&draft(text, Kind::default(), terms.now), to, terms.settings));
    }
    let message = Message::read(head)?;
    let at_ms = message.send_at.unwrap_or(terms.now);
    Ok(check_one(&draft(&message.text, message.kind, at_ms), message.to, terms.settings))
}

/// The number and the text of a message of a number, perhaps a reference, and a text.
fn plain(head: &str) -> Option<(&str, &str)> {
    let (to, rest) = first_piece(head.strip_prefix('\t')?, b'\t')?;
    let (_, text) = first_piece(rest, b'\t')?;
    Some((to, text))
}

fn check_one(draft: &Draft<'_>, to: Phone, settings: &Settings) -> Vec<Finding> {
    if to.is_mainland() { crate::rules::check(draft, &[to], settings) } else { Vec::new() }
}

fn check_bulk(bulk: &Bulk, recipients: &str, terms: &Terms<'_>) -> Vec<Finding> {
    let at_ms = bulk.send_at.unwrap_or(terms.now);
    let (kind, profile) = (bulk.kind, terms.profile);
    let shared = bulk.shared_text().or_else(|| bulk.template().map(|template| &**template.text()));
    let mut check = match shared {
        Some(text) => Check::new(&Draft { text, kind, profile, at_ms }, terms.settings),
        None => Check::without_text(kind, profile, terms.settings),
    };
    let mut own = Vec::new();
    // Numbers alone are read fastest together.
    let rest = if bulk.shared_text().is_some() { Issued::behind_ordinary(recipients) } else { recipients };
    let mut has_mainland = rest.len() < recipients.len();
    for line in pieces(rest, b'\n').filter(|line| !line.is_empty()) {
        // A phone of the mainland, and values in which there is nothing to find: most are so, and need not be read.
        let (number, values) = first_piece(line, b'\t').unwrap_or((line, ""));
        let is_ordinary = Issued::is_ordinary(number);
        if is_ordinary && shared.is_some() && check.is_harmless(values) {
            has_mainland = true;
            continue;
        }
        // What cannot be read the client refuses.
        let Ok(Recipient { to, wanted }) = bulk.recipient(line) else { continue };
        if !to.is_mainland() {
            continue;
        }
        has_mainland = true;
        check.number(to);
        match wanted {
            Wanted::Shared(_) => {}
            Wanted::Filled { values, .. } => values.iter().for_each(|value| check.value(value)),
            Wanted::Own(text) => {
                let draft = Draft { text: &text, kind, profile, at_ms };
                take_own(&mut own, crate::rules::check(&draft, &[], terms.settings), to);
            }
        }
    }
    if !has_mainland {
        return Vec::new();
    }
    let mut found = check.finish();
    found.extend(own);
    found
}

/// Takes what was found in one of many texts: each rule once, with the number of the first text.
fn take_own(own: &mut Vec<Finding>, found: Vec<Finding>, to: Phone) {
    for finding in found {
        if !own.iter().any(|known| known.rule == finding.rule) {
            let note = if finding.note.is_empty() { to.masked() } else { [&finding.note, "; ", &to.masked()].concat() };
            own.push(Finding { at: None, note, ..finding });
        }
    }
}

/// Checks one text by itself: `{text, kind?, vendor?, to?, sendAt?, rules?}` in JSON.
///
/// # Errors
/// `invalid_argument` for a wrong field, `number` for a malformed number.
pub fn check_text(json: &str, now: i64) -> Result<Vec<Finding>, SmsError> {
    let json = options::parse(json, "options")?;
    let fields = Fields::new(&json, "", "options")?;
    fields.only(&["text", "kind", "vendor", "to", "sendAt", "rules"])?;
    let kinds = [("otp", Kind::Otp), ("notice", Kind::Notice), ("marketing", Kind::Marketing)];
    let profile = match fields.text("vendor")? {
        None => Profile::of(""),
        Some(vendor) => Some(Profile::of(vendor))
            .filter(|profile| profile.vendor == vendor)
            .ok_or_else(|| fields.wrong("vendor", "there is no such vendor"))?,
    };
    let settings = match fields.value("rules") {
        None => Settings::default(),
        Some(rules) => Settings::read(core::str::from_utf8(rules.source()).unwrap_or_default())?,
    };
    let to = fields.text("to")?.map(Phone::parse).transpose()?;
    if to.is_some_and(|to| !to.is_mainland()) {
        return Ok(Vec::new());
    }
    let draft = Draft {
        text: fields.required("text")?,
        kind: fields.choice("kind", &kinds)?.unwrap_or_default(),
        profile,
        at_ms: fields.whole("sendAt", 0, 253_402_214_400_000)?.unwrap_or(now),
    };
    Ok(crate::rules::check(&draft, to.as_slice(), &settings))
}

/// What was found, as JSON: `[{code, level, message, at?, stops?}]`, `stops` being the error of a text that the user lets a
/// rule stop: `{code, field}`.
#[must_use]
pub fn to_json(found: &[Finding]) -> String {
    list(found.iter().map(|finding| {
        let mut json = Object::new();
        json.text("code", finding.rule.row().code);
        json.text("level", finding.level.as_str());
        json.text("message", &finding.message());
        if let Some(at) = finding.at {
            json.count("at", at);
        }
        if finding.stops {
            let (code, field) = error_of(finding.rule);
            let mut stops = Object::new();
            stops.text("code", code.as_str());
            stops.text("sent", "no");
            stops.text("field", field);
            json.json("stops", &stops.finish());
        }
        json.finish()
    }))
}

/// The error of a text that a rule stops, and the field to correct.
const fn error_of(rule: Rule) -> (Code, &'static str) {
    match rule {
        Rule::UnassignedNumber | Rule::MachineNumber | Rule::SatelliteNumber => (Code::Number, "to"),
        Rule::NoSignature
        | Rule::EmptySignature
        | Rule::SignatureBrackets
        | Rule::SignatureInText
        | Rule::SignatureAtEnd
        | Rule::SecondSignature
        | Rule::ShortSignature
        | Rule::LongSignature
        | Rule::SignatureCharacters
        | Rule::SignatureWithoutChinese
        | Rule::NeutralSignature => (Code::Signature, "text"),
        Rule::QuietHours => (Code::Content, "sendAt"),
        _ => (Code::Content, "text"),
    }
}

/// Every rule, as JSON: `[{code, level, message, chinese, sources: [{name, date}]}]`.
#[must_use]
pub fn catalogue() -> String {
    list(Rule::ALL.iter().map(|rule| {
        let row = rule.row();
        let mut json = Object::new();
        json.text("code", row.code);
        json.text("level", row.level.as_str());
        json.text("message", row.message);
        json.text("chinese", row.chinese);
        json.json("sources", &sources(row.sources));
        json.finish()
    }))
}

/// Documents by their names, as JSON.
#[must_use]
pub fn sources(ids: &str) -> String {
    list(ids.split(' ').filter_map(crate::rules::source::find).map(|source| {
        let mut json = Object::new();
        json.text("name", source.name);
        json.text("date", source.date);
        json.finish()
    }))
}

/// Every code of a report, as JSON: `[{codes, reason, otherReason?, blockedBy?, retryable, actor, whose?, chinese, sources}]`.
#[must_use]
pub fn reasons() -> String {
    list(ROWS.iter().map(|row| {
        let mut json = Object::new();
        json.texts("codes", row.codes.split(' '));
        row.explained().write(&mut json);
        json.text_if("whose", Some(row.whose).filter(|whose| !whose.is_empty()));
        json.text("chinese", row.chinese);
        json.json("sources", &sources(row.sources));
        json.finish()
    }))
}

/// What a vendor's code of a report means, as JSON: `{delivered, pending?, reason?, …}`.
#[must_use]
pub fn explain_status(vendor: &str, status: &str) -> String {
    let verdict = reason::read(vendor, status);
    let mut json = Object::new();
    json.flag("delivered", verdict == Verdict::Delivered);
    verdict.write(&mut json);
    let codes = |row: &&Row| row.codes.split(' ').any(|code| code.eq_ignore_ascii_case(status.trim()));
    if let (Verdict::Failed(_), Some(row)) = (verdict, ROWS.iter().find(codes)) {
        json.text("chinese", row.chinese);
        json.json("sources", &sources(row.sources));
    }
    json.finish()
}

/// Who issued a number, as JSON: `{carrier?, service, resale, portable, asOf}`.
///
/// # Errors
/// `number` for what is no number.
pub fn carrier_of(number: &str) -> Result<String, SmsError> {
    let Some(issued) = Issued::read(number) else {
        return Err(Phone::parse(number).err().unwrap_or_else(|| SmsError::argument("number", "no number")));
    };
    let mut json = Object::new();
    json.text_if("carrier", Some(issued.carrier.as_str()).filter(|_| issued.carrier != Carrier::Other));
    json.text("service", issued.service.as_str());
    json.flag("resale", issued.service == Service::Resale);
    json.flag("portable", issued.is_portable());
    json.text("asOf", AS_OF);
    Ok(json.finish())
}

impl Settings {
    /// Whether a rule can stop a text.
    #[must_use]
    pub fn can_stop(&self) -> bool {
        Rule::ALL.iter().any(|rule| {
            self.weight(*rule, Profile::of("")).is_some_and(|weight| weight.stops && weight.level == Level::Error)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(head: &str, recipients: Option<&str>, vendor: &str) -> Vec<&'static str> {
        let settings = Settings::default();
        // 2026-11-30 12:00 in Beijing.
        let terms = Terms { profile: Profile::of(vendor), settings: &settings, now: 1_796_011_200_000 };
        check(head, recipients, &terms).unwrap().iter().map(|finding| finding.rule.row().code).collect()
    }

    #[test]
    fn messages_are_read_as_the_client_reads_them() {
        assert_eq!(codes("\t13812345678\t\t您好", None, ""), ["no-signature"]);
        assert_eq!(codes(r#"{"to":"13812345678","text":"【信使】八折","kind":"marketing"}"#, None, ""), ["no-opt-out"]);
        // 20:00 in Beijing.
        let late = r#"{"to":"13812345678","text":"【信使】八折，回T退订","kind":"marketing","sendAt":1796040000000}"#;
        assert_eq!(codes(late, None, ""), ["quiet-hours"]);
        assert_eq!(codes("\t+14155550123\t\tHello", None, ""), [""; 0], "no rule holds abroad");
        assert_eq!(codes("\t13812345678\t\t您好【信使】", None, "binstd"), [""; 0]);
    }

    #[test]
    fn a_bulk_is_told_of_each_rule_once() {
        let text = r#"{"text":"【信使】您的订单已发货"}"#;
        assert_eq!(codes(text, Some("13812345678\n15412345678\n15412345679\nx"), ""), ["unassigned-number"]);
        assert_eq!(codes(text, Some("+14155550123\n"), ""), [""; 0]);
        let template = r#"{"template":"【信使】{value0}您好，取件码{value1}"}"#;
        assert_eq!(
            codes(template, Some("13812345678\t王\t1234\n13812345679\tt.cn/a\t12"), ""),
            ["link-in-value", "short-link"]
        );
        assert_eq!(
            codes("{}", Some("13812345678\t您好\n13812345679\t您好吗\n13812345670\t【信使】您好"), ""),
            ["no-signature"]
        );
    }

    #[test]
    fn findings_leave_as_json() {
        let found = check_text(r#"{"text":"您好","rules":{"no-signature":"error"}}"#, 0).unwrap();
        let json = to_json(&found);
        assert!(json.starts_with(r#"[{"code":"no-signature","level":"error","message":"begin"#), "{json}");
        assert!(json.ends_with(r#""stops":{"code":"signature","sent":"no","field":"text"}}]"#), "{json}");
        for (json, field) in [
            (r#"{"text":"x","vendor":"nobody"}"#, "vendor"),
            (r#"{"text":"x","kind":"code"}"#, "kind"),
            (r#"{"txt":"x"}"#, "txt"),
            (r#"{"text":"x","rules":{"a":"off"}}"#, "rules.a"),
        ] {
            assert_eq!(check_text(json, 0).unwrap_err().field.as_deref(), Some(field), "{json}");
        }
        assert!(catalogue().contains(r#"{"name":"工信部令第31号"#));
    }

    #[test]
    fn what_can_stop_is_known() {
        assert!(!Settings::default().can_stop());
        assert!(Settings::read(r#"{"quiet-hours":"error"}"#).unwrap().can_stop());
        assert!(!Settings::read(r#"{"quiet-hours":"info"}"#).unwrap().can_stop());
    }
}
