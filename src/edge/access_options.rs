//! The options for access: a token, and test numbers. [`ApiTokens`](crate::edge::scope::ApiTokens) has the tokens of
//! back ends.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::edge::option_fields::inner;
use crate::error::SmsError;
use crate::options::Fields;
use crate::phone::Phone;
use crate::secret::Secret;
use crate::wire::json::Json;

pub(super) fn token(fields: &Fields<'_>, token: Option<&str>, name: &str) -> Result<Option<Secret>, SmsError> {
    let Some(token) = token else { return Ok(None) };
    // Visible ASCII, which a header can carry. With `dev`, tokens may be short, for people to type.
    let legal = token.bytes().all(|byte| byte.is_ascii_graphic());
    let shortest = if fields.flag("dev")? { 1 } else { 16 };
    if legal && token.len() >= shortest {
        Ok(Some(Secret::new(token)))
    } else {
        Err(fields.wrong(name, format!("a token of {name} is at least 16 visible ASCII characters")))
    }
}

pub(super) fn test_numbers(fields: &Fields<'_>, code_length: u8) -> Result<Vec<(Phone, String)>, SmsError> {
    let Some(numbers) = inner(fields, "testNumbers", &[])? else { return Ok(Vec::new()) };
    if !fields.flag("dev")? {
        return Err(fields.wrong("testNumbers", "testNumbers are codes that anybody may know: only with dev: true"));
    }
    let read = |(number, code): (&str, &Json<'_>)| {
        let phone = Phone::parse(number).map_err(|_| numbers.wrong(number, "it is not a number"))?;
        let code = code.string().filter(|code| is_code(code, code_length));
        let code = code.ok_or_else(|| numbers.wrong(number, format!("its code is not {code_length} digits")))?;
        Ok((phone, code.to_string()))
    };
    numbers.members().map(read).collect()
}

/// Whether a text consists of the given number of digits.
#[must_use]
pub fn is_code(text: &str, length: u8) -> bool {
    text.len() == usize::from(length) && text.bytes().all(|byte| byte.is_ascii_digit())
}
