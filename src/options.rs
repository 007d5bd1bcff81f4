//! Reads a caller's options field by field, so that an error names the field by its path.
//!
//! Options, messages and results cross into and out of WebAssembly as JSON text: one copy each way, and the same reader
//! as for the vendors' replies, which rejects half a surrogate pair instead of replacing it silently.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::decimal;
use crate::error::{SmsError, shown_name};
use crate::search;
use crate::wire::json::{self, Json};

/// Parses a caller's JSON.
///
/// # Errors
/// `invalid_argument` naming the last field that was read, or `what`.
pub fn parse<'a>(json: &'a str, what: &str) -> Result<Json<'a>, SmsError> {
    json::parse(json.as_bytes()).map_err(|malformed| {
        // JSON.stringify wrote the text, so the error is inside the value of the last name.
        let field = &shown_name(json.get(..malformed.at).and_then(last_name).unwrap_or(what));
        SmsError::argument(field, [field, " holds half of a surrogate pair, or lists within lists"].concat())
    })
}

/// The name of the last member that begins in a piece of JSON: a string followed by a colon, with no escaped quote.
fn last_name(json: &str) -> Option<&str> {
    let mut last = None;
    let mut from = 0;
    while let Some(at) = search::find(&json[from..], "\":") {
        let end = from + at;
        if !json[..end].ends_with('\\') {
            last = Some(end);
        }
        from = end + 1;
    }
    let end = last?;
    search::find_last(&json[..end], "\"").map(|start| &json[start + 1..end])
}

/// An object of the caller's, with its path.
pub struct Fields<'a> {
    object: &'a Json<'a>,
    path: String,
}

impl<'a> Fields<'a> {
    /// Wraps a value that must be an object. `path` is empty for the outermost object.
    ///
    /// # Errors
    /// `invalid_argument` where it is not an object.
    pub fn new(object: &'a Json<'a>, path: &str, what: &str) -> Result<Self, SmsError> {
        if object.is_object() {
            Ok(Self { object, path: path.to_owned() })
        } else {
            Err(SmsError::argument(if path.is_empty() { what } else { path }, [what, " is not an object"].concat()))
        }
    }

    /// The path of one of the fields, such as `vendors.main.appkey`.
    #[must_use]
    pub fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { [&self.path, ".", name].concat() }
    }

    /// Rejects a field that is not in `known`, so that a misspelt option is not silently ignored.
    ///
    /// # Errors
    /// `invalid_argument` naming the field.
    pub fn only(&self, known: &[&str]) -> Result<(), SmsError> {
        match self.object.members().iter().find(|(name, _)| !known.contains(&name.as_ref())) {
            Some((name, _)) => {
                Err(self.wrong(name, ["there is no such field here; the fields are ", &known.join(", ")].concat()))
            }
            None => Ok(()),
        }
    }

    /// The members, in the order of the object.
    pub fn members(&self) -> impl Iterator<Item = (&'a str, &'a Json<'a>)> + use<'a> {
        self.object.members().iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// A member that is present and not null.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&'a Json<'a>> {
        self.object.member(name)
    }

    /// An optional text.
    ///
    /// # Errors
    /// `invalid_argument` where it is not a string.
    pub fn text(&self, name: &str) -> Result<Option<&'a str>, SmsError> {
        match self.value(name) {
            None => Ok(None),
            Some(value) => match value.string() {
                Some(text) => Ok(Some(text)),
                None => Err(self.wrong(name, [name, " is not a string"].concat())),
            },
        }
    }

    /// A required text that is not empty.
    ///
    /// # Errors
    /// `invalid_argument` where it is absent, empty or not a string.
    pub fn required(&self, name: &str) -> Result<&'a str, SmsError> {
        let missing = match self.text(name)? {
            Some(text) if !text.is_empty() => return Ok(text),
            Some(_) => "empty",
            None => "missing",
        };
        Err(self.wrong(name, [name, " is ", missing].concat()))
    }

    /// An optional list of strings.
    ///
    /// # Errors
    /// `invalid_argument` for any other value.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<&'a str>>, SmsError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let texts = value.list().and_then(|list| list.iter().map(Json::string).collect());
        if texts.is_none() { Err(self.wrong(name, [name, " is not a list of strings"].concat())) } else { Ok(texts) }
    }

    /// An optional choice among named values.
    ///
    /// # Errors
    /// `invalid_argument` listing the choices.
    pub fn choice<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Result<Option<T>, SmsError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        match choices.iter().find(|(choice, _)| *choice == text) {
            Some((_, value)) => Ok(Some(*value)),
            None => Err(self.no_choice(name, &choices.iter().map(|(choice, _)| *choice).collect::<Vec<_>>())),
        }
    }

    fn no_choice(&self, name: &str, choices: &[&str]) -> SmsError {
        self.wrong(name, [name, " is not one of ", &choices.join(", ")].concat())
    }

    /// An optional boolean; absent is false.
    ///
    /// # Errors
    /// `invalid_argument` for any other value.
    pub fn flag(&self, name: &str) -> Result<bool, SmsError> {
        match self.value(name).map(Json::flag) {
            None => Ok(false),
            Some(Some(flag)) => Ok(flag),
            Some(None) => Err(self.wrong(name, [name, " is neither true nor false"].concat())),
        }
    }

    /// An optional whole number between `from` and `to`, both included.
    ///
    /// # Errors
    /// `invalid_argument` for any other value.
    pub fn whole(&self, name: &str, from: i64, to: i64) -> Result<Option<i64>, SmsError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        match value.whole().filter(|_| value.string().is_none()) {
            Some(number) if (from..=to).contains(&number) => Ok(Some(number)),
            _ => {
                let (from, to) = (decimal::decimal(from), decimal::decimal(to));
                Err(self.wrong(name, [name, " is not a whole number from ", &from, " to ", &to].concat()))
            }
        }
    }

    /// An error about one of the fields.
    pub fn wrong(&self, name: &str, message: impl Into<String>) -> SmsError {
        SmsError::argument(self.path(name), message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn option_errors_contain_the_path() {
        let json = parse(r#"{"appkey":7,"metod":"GET","empty":"","n":1.5}"#, "options").unwrap();
        let fields = Fields::new(&json, "vendors.main", "the account").unwrap();
        let field = |error: SmsError| error.field.clone().unwrap();
        assert_eq!(field(fields.text("appkey").unwrap_err()), "vendors.main.appkey");
        assert_eq!(field(fields.only(&["appkey", "method"]).unwrap_err()), "vendors.main.metod");
        assert_eq!(field(fields.required("empty").unwrap_err()), "vendors.main.empty");
        assert_eq!(field(fields.required("absent").unwrap_err()), "vendors.main.absent");
        assert_eq!(field(fields.flag("appkey").unwrap_err()), "vendors.main.appkey");
        assert_eq!(field(fields.whole("n", 0, 9).unwrap_err()), "vendors.main.n");
        assert_eq!(fields.whole("appkey", 0, 9).unwrap(), Some(7));
        let wrong = fields.choice("metod", &[("POST", 1)]).unwrap_err();
        assert!(wrong.message.contains("POST"), "{wrong}");
    }

    #[test]
    fn lone_surrogate_is_found() {
        for json in [r#"{"to":"1","text":"\ud83d"}"#, r#"{"to":"1","text":"a\":\udc00","ref":"r"}"#] {
            let error = parse(json, "message").unwrap_err();
            assert_eq!(
                (error.message.as_str(), error.field.as_deref()),
                ("text holds half of a surrogate pair, or lists within lists", Some("text"))
            );
        }
        assert_eq!(parse(r#""\ud83d""#, "message").unwrap_err().field.as_deref(), Some("message"));
    }
}
