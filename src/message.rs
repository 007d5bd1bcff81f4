//! [`Message`]: one text to one number.

use alloc::rc::Rc;
use core::fmt;

use xinshi_bytes::first_piece;

use crate::error::{Code, SmsError};
use crate::options::{self, Fields};
use crate::phone::Phone;
use crate::random::Random;
use crate::reference::Reference;
use crate::template_params::TemplateParams;
use crate::wire::blank;
use crate::wire::json::Json;

/// The purpose of a text. Vendors bill and filter by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MessageKind {
    /// A one-time code.
    Otp,
    /// Anything that a person expects; the default.
    #[default]
    Notice,
    /// Advertising. Its text must say how to opt out.
    Marketing,
}

/// A message whose every field was checked. `Debug` shows neither the number nor the text.
#[derive(Clone)]
pub struct Message {
    /// The receiver.
    pub to: Phone,
    /// The whole text with its signature; empty where the message names only a template of the vendor's and its values.
    pub text: Rc<str>,
    /// The purpose.
    pub kind: MessageKind,
    /// The id of the vendor's approved template, for a vendor that takes one beside the text.
    pub template_id: Option<Rc<str>>,
    /// The values of that template's variables, for a vendor that fills it.
    pub params: Option<Rc<TemplateParams>>,
    /// The signature, for a vendor that takes it beside the text; `None` uses the text's, or else the account's.
    pub sign_name: Option<Rc<str>>,
    /// The caller's reference, if given.
    pub reference: Option<Reference>,
    /// The time to send at, in milliseconds since the Unix epoch; `None` sends at once.
    pub send_at: Option<i64>,
}

/// The fields that messages and bulks share.
pub struct SharedFields {
    /// The purpose.
    pub kind: MessageKind,
    /// The id of the vendor's approved template.
    pub template_id: Option<Rc<str>>,
    /// The values of that template's variables.
    pub params: Option<Rc<TemplateParams>>,
    /// The signature, for a vendor that takes it beside the text.
    pub sign_name: Option<Rc<str>>,
    /// The caller's reference.
    pub reference: Option<Reference>,
    /// The time to send at, in milliseconds since the Unix epoch.
    pub send_at: Option<i64>,
}

/// The range of times that a four-digit year of `dtime` can name, in milliseconds since the Unix epoch.
const MIN_SEND_AT_MS: i64 = 0;
const MAX_SEND_AT_MS: i64 = 253_402_214_400_000;

impl Message {
    /// Reads a message of JavaScript's. A message that has only a number, a text and perhaps a reference is a tab
    /// before each of number, reference and text. Any other is JSON, which never begins with a tab. `sendAt` is in
    /// milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// `number` for a malformed number, `content` for an empty text, `invalid_argument` for a wrong field.
    pub fn read(written: &str) -> Result<Self, SmsError> {
        if let Some((to, reference, text)) = written.strip_prefix('\t').and_then(pieces) {
            let text = not_empty(text)?.into();
            let to = Phone::parse(to)?;
            let reference = if reference.is_empty() { None } else { Some(Reference::parse(reference)?) };
            return Ok(Self { reference, ..Self::plain(to, text) });
        }
        Self::of(&options::parse(written, "message")?)
    }

    /// Reads a message from a JSON value.
    ///
    /// # Errors
    /// As [`Message::read`].
    pub fn of(message: &Json<'_>) -> Result<Self, SmsError> {
        let fields = Fields::new(message, "", "message")?;
        fields.only(&["to", "text", "kind", "templateId", "params", "signName", "ref", "sendAt"])?;
        let to = fields.text("to")?.ok_or_else(|| fields.wrong("to", "to is missing"))?;
        let text = match fields.text("text")? {
            Some(text) => not_empty(text)?.into(),
            None if fields.value("templateId").is_some() => Rc::default(),
            None => return Err(fields.wrong("text", "text is missing")),
        };
        let to = Phone::parse(to)?;
        let SharedFields { kind, template_id, params, sign_name, reference, send_at } = SharedFields::read(&fields)?;
        Ok(Self { to, text, kind, template_id, params, sign_name, reference, send_at })
    }

    /// A notice of nothing but a text.
    #[must_use]
    pub const fn plain(to: Phone, text: Rc<str>) -> Self {
        let kind = MessageKind::Notice;
        Self { to, text, kind, template_id: None, params: None, sign_name: None, reference: None, send_at: None }
    }
}

/// The number, reference and text of a message that is not JSON.
fn pieces(written: &str) -> Option<(&str, &str, &str)> {
    let (to, rest) = first_piece(written, b'\t')?;
    let (reference, text) = first_piece(rest, b'\t')?;
    Some((to, reference, text))
}

impl Message {
    /// The message's reference, or a new one.
    ///
    /// # Errors
    /// `invalid_argument` where the message has no reference and there are no random bytes.
    pub fn reference_or(&self, random: &Random) -> Result<Reference, SmsError> {
        self.reference.clone().map_or_else(|| random.reference(), Ok)
    }
}

impl SharedFields {
    /// Reads the common fields.
    ///
    /// # Errors
    /// `invalid_argument` for a wrong field.
    pub fn read(fields: &Fields<'_>) -> Result<Self, SmsError> {
        let kinds = [("otp", MessageKind::Otp), ("notice", MessageKind::Notice), ("marketing", MessageKind::Marketing)];
        Ok(Self {
            kind: fields.choice("kind", &kinds)?.unwrap_or_default(),
            template_id: given(fields, "templateId")?,
            params: TemplateParams::read(fields)?,
            sign_name: given(fields, "signName")?,
            reference: fields.text("ref")?.map(Reference::parse).transpose()?,
            send_at: fields.whole("sendAt", MIN_SEND_AT_MS, MAX_SEND_AT_MS)?,
        })
    }
}

/// A text that is absent or not empty.
fn given(fields: &Fields<'_>, name: &str) -> Result<Option<Rc<str>>, SmsError> {
    Ok(fields.value(name).map(|_| fields.required(name)).transpose()?.map(Rc::from))
}

/// Checks that a text is not blank.
///
/// # Errors
/// `content` for a blank text.
pub fn not_empty(text: &str) -> Result<&str, SmsError> {
    if blank::trim(text).is_empty() {
        Err(SmsError::not_sent(Code::Content, "the text is empty").field("text"))
    } else {
        Ok(text)
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("to", &self.to)
            .field("characters", &self.text.encode_utf16().count())
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_redacts_number_and_code() {
        let message = Message::read(r#"{"to":"13812345678","text":"code 424242"}"#).unwrap();
        let shown = format!("{message:?}");
        assert!(shown.contains("138****5678") && !shown.contains("424242"), "{shown}");
        assert_eq!(message.kind, MessageKind::Notice);
    }

    #[test]
    fn tab_separated_message_equals_its_json() {
        let read = |written: &str| Message::read(written).unwrap();
        let (plain, json) =
            (read("\t13812345678\tr1\ta\tb\n信"), read(r#"{"to":"13812345678","ref":"r1","text":"a\tb\n信"}"#));
        assert_eq!((plain.to, &plain.text, &plain.reference), (json.to, &json.text, &json.reference));
        assert_eq!(read("\t+8613812345678\t\t1").reference, None);
        for (written, field) in [
            ("\t1\t\tx", "to"),
            ("\t13812345678\ta b\tx", "ref"),
            ("\t13812345678\t\t \n", "text"),
            ("\t1\t", "message"),
        ] {
            assert_eq!(Message::read(written).unwrap_err().field.as_deref(), Some(field), "{written}");
        }
    }

    #[test]
    fn bad_message_error_has_code_and_field() {
        let cases = [
            ("[]", "invalid_argument", "message"),
            ("null", "invalid_argument", "message"),
            (r#"{"text":"x"}"#, "invalid_argument", "to"),
            (r#"{"to":13812345678,"text":"x"}"#, "invalid_argument", "to"),
            (r#"{"to":"1381234567","text":"x"}"#, "number", "to"),
            (r#"{"to":"13812345678"}"#, "invalid_argument", "text"),
            (r#"{"to":"13812345678","text":" \n"}"#, "content", "text"),
            (r#"{"to":"13812345678","text":"x","kind":"advert"}"#, "invalid_argument", "kind"),
            (r#"{"to":"13812345678","text":"x","ref":"a b"}"#, "invalid_argument", "ref"),
            (r#"{"to":"13812345678","text":"x","templateId":""}"#, "invalid_argument", "templateId"),
            (r#"{"to":"13812345678","text":"x","sendAt":"now"}"#, "invalid_argument", "sendAt"),
            (r#"{"to":"13812345678","params":{"code":"1"}}"#, "invalid_argument", "text"),
            (r#"{"to":"13812345678","templateId":"1","text":""}"#, "content", "text"),
            (r#"{"to":"13812345678","templateId":"1","params":{"code":1}}"#, "invalid_argument", "params.code"),
            (r#"{"to":"13812345678","templateId":"1","params":"1"}"#, "invalid_argument", "params"),
            (r#"{"to":"13812345678","templateId":"1","params":[1]}"#, "invalid_argument", "params"),
            (r#"{"to":"13812345678","templateId":"1","signName":""}"#, "invalid_argument", "signName"),
            (r#"{"to":"13812345678","text":"x","txt":"y"}"#, "invalid_argument", "txt"),
        ];
        for (json, code, field) in cases {
            let error = Message::read(json).expect_err(json);
            assert_eq!((error.code.as_str(), error.field.as_deref()), (code, Some(field)), "{json}");
        }
    }
}
