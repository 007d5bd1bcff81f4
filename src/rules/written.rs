//! Messages and bulks as JSON, checked for a vendor; the findings as JSON.

use alloc::string::String;
use alloc::vec::Vec;

use xinshi_bytes::{first_piece, pieces};

use crate::bulk::{Bulk, BulkContent, BulkForm, Recipient};
use crate::carrier::{AS_OF, Issued, IssuingCarrier, Service};
use crate::client::rule_check::{CODES, CheckRequest};
use crate::error::{Code, SmsError};
use crate::message::MessageKind;
use crate::options::{self, Fields};
use crate::phone::Phone;
use crate::reason::{self, ROWS, ReasonRow, StatusMeaning};
use crate::rules::catalogue::Rule;
use crate::rules::findings::Finding;
use crate::rules::settings::Settings;
use crate::rules::{Check, Draft};
use crate::vendor::{TEXT_RULES, TextRules};
use crate::wire::json_writer::{Object, list};

/// Checks a text and its recipients. A text without a time leaves at `now`, in milliseconds since the Unix epoch.
#[must_use]
pub fn check(request: &CheckRequest<'_>, settings: &Settings, now: i64) -> Vec<Finding> {
    let CheckRequest { form, text, kind, recipients, .. } = *request;
    let (profile, at_ms) = (TextRules::of(request.vendor), request.send_at.unwrap_or(now));
    let mut check = match form {
        BulkForm::Own => Check::without_text(kind, profile, settings),
        BulkForm::Shared | BulkForm::Template => Check::new(&Draft { text, kind, profile, at_ms }, settings),
    };
    let mut own = Vec::new();
    // Numbers alone are read fastest together.
    let rest = if form == BulkForm::Shared { Issued::behind_ordinary(recipients) } else { recipients };
    let mut has_mainland = rest.len() < recipients.len();
    let mut bulk = None;
    for line in pieces(rest, b'\n').filter(|line| !line.is_empty()) {
        // A phone of the mainland, and values in which there is nothing to find: most are so, and need not be read.
        let (number, values) = first_piece(line, b'\t').unwrap_or((line, ""));
        if form != BulkForm::Own && Issued::is_ordinary(number) && check.is_harmless(values) {
            has_mainland = true;
            check.measure(values, b'\t');
            continue;
        }
        let bulk = bulk.get_or_insert_with(|| Bulk::of_form(form, text));
        // The client rejects unreadable input.
        let Some(Recipient { to, content }) = bulk.as_ref().ok().and_then(|bulk| bulk.recipient(line).ok()) else {
            continue;
        };
        if !to.is_mainland() {
            continue;
        }
        has_mainland = true;
        check.number(to);
        match content {
            BulkContent::Shared(_) => {}
            BulkContent::Filled { values, .. } => {
                let (all, separator) = values.text();
                check.measure(all, separator);
                values.iter().for_each(|value| check.value(value));
            }
            BulkContent::Own(text) => {
                let draft = Draft { text: &text, kind, profile, at_ms };
                take_own(&mut own, crate::rules::check(&draft, &[], settings), to);
            }
        }
    }
    // No rule holds abroad.
    if !has_mainland {
        return Vec::new();
    }
    let mut found = check.finish();
    found.extend(own);
    found
}

/// Adds the findings of one of many texts: each rule once, with the number of the first text.
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
    let kinds = [("otp", MessageKind::Otp), ("notice", MessageKind::Notice), ("marketing", MessageKind::Marketing)];
    let profile = match fields.text("vendor")? {
        None => TextRules::of(""),
        Some(vendor) if TEXT_RULES.iter().any(|(name, _)| *name == vendor) => TextRules::of(vendor),
        Some(_) => return Err(fields.wrong("vendor", "there is no such vendor")),
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

/// The findings as JSON: `[{code, at?, level, message}]`.
#[must_use]
pub fn to_json(found: &[Finding]) -> String {
    list(found.iter().map(finding_json))
}

fn finding_json(finding: &Finding) -> String {
    let mut json = Object::new();
    json.text("code", finding.rule.row().code);
    if let Some(at) = finding.at {
        json.count("at", at);
    }
    json.text("level", finding.level.as_str());
    json.text("message", &finding.message());
    json.finish()
}

/// The findings, in the format of [`Rules::check`](crate::client::rule_check::Rules::check).
#[must_use]
pub fn to_lines(found: &[Finding]) -> Option<String> {
    let stops = found.iter().find(|finding| finding.stops);
    let first = stops.map_or_else(String::new, |finding| {
        let (code, field) = error_of(finding.rule);
        error_line(code, field, &[finding.rule.row().code, ": ", &finding.message()].concat())
    });
    let lines = core::iter::once(first).chain(found.iter().map(finding_line));
    if found.is_empty() { None } else { Some(lines.collect::<Vec<_>>().join("\n")) }
}

fn finding_line(finding: &Finding) -> String {
    let at = finding.at.map(crate::decimal::count).unwrap_or_default();
    // A note may have anything of the text.
    let message = finding.message().replace(['\t', '\n'], " ");
    [finding.rule.row().code, finding.level.as_str(), &at, &message].join("\t")
}

/// An error in the format of [`Rules::check`](crate::client::rule_check::Rules::check).
#[must_use]
pub fn error_line(code: Code, field: &str, message: &str) -> String {
    // A note may have anything of the text.
    let place = CODES.iter().position(|known| *known == code).unwrap_or_default();
    [&crate::decimal::count(place), field, "\t", &message.replace(['\t', '\n'], " ")].concat()
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

/// The documents as JSON, by their names.
#[must_use]
pub fn sources(ids: &str) -> String {
    list(ids.split(' ').filter_map(crate::rules::source::find).map(|source| {
        let mut json = Object::new();
        json.text("name", source.name);
        json.text("date", source.date);
        json.finish()
    }))
}

/// All report codes as JSON: `[{codes, reason, otherReason?, blockedBy?, retryable, actor, whose?, chinese, sources}]`.
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

/// The meaning of a vendor's code of a report, as JSON: `{delivered, pending?, reason?, …}`.
#[must_use]
pub fn explain_status(vendor: &str, status: &str) -> String {
    let verdict = reason::read(status, TextRules::of(vendor).delivered);
    let mut json = Object::new();
    json.flag("delivered", verdict == StatusMeaning::Delivered);
    verdict.write(&mut json);
    let codes = |row: &&ReasonRow| row.codes.split(' ').any(|code| code.eq_ignore_ascii_case(status.trim()));
    if let (StatusMeaning::Failed(_), Some(row)) = (verdict, ROWS.iter().find(codes)) {
        json.text("chinese", row.chinese);
        json.json("sources", &sources(row.sources));
    }
    json.finish()
}

/// The issuer of a number, as JSON: `{carrier?, service, resale, portable, asOf}`.
///
/// # Errors
/// `number` for a malformed number.
pub fn carrier_of(number: &str) -> Result<String, SmsError> {
    let Some(issued) = Issued::read(number) else {
        return Err(Phone::parse(number).err().unwrap_or_else(|| SmsError::argument("number", "no number")));
    };
    let mut json = Object::new();
    json.text_if("carrier", Some(issued.carrier.as_str()).filter(|_| issued.carrier != IssuingCarrier::Other));
    json.text("service", issued.service.as_str());
    json.flag("resale", issued.service == Service::Resale);
    json.flag("portable", issued.is_portable());
    json.text("asOf", AS_OF);
    Ok(json.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-30 12:00 in Beijing.
    const NOON: i64 = 1_796_011_200_000;

    fn request<'a>(form: BulkForm, text: &'a str, recipients: &'a str) -> CheckRequest<'a> {
        CheckRequest { vendor: "", form, text, kind: MessageKind::Notice, send_at: None, recipients }
    }

    fn codes(request: &CheckRequest<'_>) -> Vec<&'static str> {
        check(request, &Settings::default(), NOON).iter().map(|finding| finding.rule.row().code).collect()
    }

    #[test]
    fn check_depends_on_vendor_kind_and_time() {
        let one = |text| request(BulkForm::Shared, text, "13812345678\n");
        assert_eq!(codes(&one("您好")), ["no-signature"]);
        let marketing = CheckRequest { kind: MessageKind::Marketing, ..one("【信使】八折") };
        assert_eq!(codes(&marketing), ["no-opt-out"]);
        // 20:00 in Beijing.
        let late =
            CheckRequest { text: "【信使】八折，回T退订", send_at: Some(1_796_040_000_000), ..marketing };
        assert_eq!(codes(&late), ["quiet-hours"]);
        assert_eq!(
            codes(&CheckRequest { recipients: "+14155550123", ..one("Hello") }),
            [""; 0],
            "no rule holds abroad"
        );
        assert_eq!(codes(&CheckRequest { vendor: "binstd", ..one("您好【信使】") }), [""; 0]);
    }

    #[test]
    fn bulk_reports_each_rule_once() {
        let bulk = |recipients| codes(&request(BulkForm::Shared, "【信使】您的订单已发货", recipients));
        assert_eq!(bulk("13812345678\n15412345678\n15412345679\nx"), ["unassigned-number"]);
        assert_eq!(bulk("+14155550123\n"), [""; 0]);
        let lines = "13812345678\t王\t1234\n13812345679\tt.cn/a\t12";
        assert_eq!(
            codes(&request(BulkForm::Template, "【信使】{value0}您好，取件码{value1}", lines)),
            ["link-in-value", "short-link"]
        );
        let lines = "13812345678\t您好\n13812345679\t您好吗\n13812345670\t【信使】您好";
        assert_eq!(codes(&request(BulkForm::Own, "", lines)), ["no-signature"]);
    }

    #[test]
    fn findings_serialize_as_json_and_as_lines() {
        let found = check_text(r#"{"text":"您好","rules":{"no-signature":"error"}}"#, 0).unwrap();
        let json = to_json(&found);
        assert!(json.starts_with(r#"[{"code":"no-signature","level":"error","message":"begin"#), "{json}");
        let lines = to_lines(&found).unwrap();
        let (error, finding) = lines.split_once('\n').unwrap();
        assert!(error.starts_with("2text\tno-signature: begin"), "{error}");
        let fields: Vec<&str> = finding.split('\t').collect();
        assert_eq!(fields[..3], ["no-signature", "error", ""]);
        assert!(fields.len() == 4 && json.contains(fields[3]), "{finding}");
        assert_eq!(to_lines(&[]), None);
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
}
