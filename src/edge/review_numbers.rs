//! [`ReviewNumbers`]: numbers with which an app store's reviewers sign in to the running product. Their codes are fixed
//! until an end date, and no text is sent to them. Everything else is as for any number: limits, guesses, answers.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::edge::access_options::is_code;
use crate::edge::bindings::REVIEW_NUMBERS;
use crate::edge::option_fields::inner;
use crate::error::SmsError;
use crate::options::Fields;
use crate::phone::Phone;
use crate::secret::Secret;
use crate::wire::beijing;
use crate::wire::json::Json;

/// The maximum number of days from today to a number's last day.
pub const MAX_REVIEW_DAYS: i64 = 30;
const DAY_MS: i64 = 86_400_000;

/// The review numbers of a handler.
#[derive(Default)]
pub struct ReviewNumbers(Vec<ReviewNumber>);

/// A number with a fixed code until an end date.
pub struct ReviewNumber {
    /// The number.
    pub phone: Phone,
    /// Its code.
    pub code: Secret,
    /// The end of its last day in Beijing, in milliseconds since the Unix epoch.
    pub ends_at: i64,
}

impl ReviewNumber {
    /// Whether its code is fixed at a time. The 30 days hold here too: the clock of a start may have been wrong.
    fn is_current(&self, now: i64) -> bool {
        now < self.ends_at && !self.is_far(now)
    }

    /// Whether its last day is more than [`MAX_REVIEW_DAYS`] after today.
    fn is_far(&self, now: i64) -> bool {
        let today_ends_at = (now + beijing::OFFSET_MS).div_euclid(DAY_MS) * DAY_MS + DAY_MS - beijing::OFFSET_MS;
        self.ends_at > today_ends_at + MAX_REVIEW_DAYS * DAY_MS
    }
}

impl ReviewNumbers {
    /// Reads `{"13800001111": {"code": "493817", "until": "2026-12-20"}}`.
    ///
    /// # Errors
    /// `invalid_argument` naming the field. No error contains a code or a whole number: a name that is none of those
    /// expected is not repeated, since it may be a code in the wrong place.
    pub(super) fn read(fields: &Fields<'_>, code_length: u8) -> Result<Self, SmsError> {
        let Some(numbers) = inner(fields, "reviewNumbers", &[])? else { return Ok(Self::default()) };
        let mut read: Vec<ReviewNumber> = Vec::new();
        for (written, entry) in numbers.members() {
            let not_one = |_| fields.wrong("reviewNumbers", "one of the names in reviewNumbers is not a number");
            let phone = Phone::parse(written).map_err(not_one)?;
            if read.iter().any(|known| known.phone == phone) {
                return Err(numbers.wrong(written, "the number is listed twice"));
            }
            if entry.members().iter().any(|(name, _)| !["code", "until"].contains(&name.as_ref())) || !entry.is_object()
            {
                return Err(numbers.wrong(written, "it is not an object of code and until alone"));
            }
            let number = Fields::new(entry, &numbers.path(written), "the entry")?;
            let code = number.value("code").and_then(Json::string).filter(|code| is_code(code, code_length));
            let code = code.ok_or_else(|| number.wrong("code", format!("its code is not {code_length} digits")))?;
            if is_guessed_first(code) {
                return Err(number.wrong("code", "its code is one that is guessed first: take random digits"));
            }
            let ends_at = number.value("until").and_then(Json::string).and_then(beijing::end_of_day);
            let ends_at =
                ends_at.ok_or_else(|| number.wrong("until", "its until is not a date, such as 2026-12-20"))?;
            read.push(ReviewNumber { phone, code: Secret::new(code), ends_at });
        }
        Ok(Self(read))
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entry of a number whose code is fixed at a time. After its end date the number is an ordinary one.
    pub(super) fn current(&self, phone: Phone, now: i64) -> Option<&ReviewNumber> {
        self.0.iter().find(|known| known.phone == phone && known.is_current(now))
    }

    /// The numbers whose codes are fixed at a time.
    pub(super) fn all_current(&self, now: i64) -> impl Iterator<Item = &Phone> {
        self.0.iter().filter(move |known| known.is_current(now)).map(|known| &known.phone)
    }

    pub(super) fn phones(&self) -> impl Iterator<Item = &Phone> {
        self.0.iter().map(|known| &known.phone)
    }

    /// Checks the end dates at the start, and returns warnings for the operator.
    ///
    /// # Errors
    /// `invalid_argument` for an end more than [`MAX_REVIEW_DAYS`] days ahead. A date that has passed is none: a handler
    /// must start after it.
    pub fn check(&self, now: i64) -> Result<Vec<String>, SmsError> {
        let mut warnings = Vec::new();
        for number in &self.0 {
            if number.is_far(now) {
                // The error masks the number in the path.
                let path = ["reviewNumbers.", number.phone.e164().trim_start_matches("+86"), ".until"].concat();
                let why = format!("its until is more than {MAX_REVIEW_DAYS} days ahead: take the end of this review");
                return Err(SmsError::argument(&path, why));
            }
            let phone = number.phone.to_string();
            warnings.push(if number.is_current(now) {
                let end = beijing::utc(number.ends_at);
                [REVIEW_NUMBERS, ": ", &phone, " has a fixed code, and gets no text, until ", &end].concat()
            } else {
                [REVIEW_NUMBERS, ": the review of ", &phone, " is over: remove the number"].concat()
            });
        }
        Ok(warnings)
    }
}

/// Whether all digits are the same, or each is one above or one below the digit before it.
fn is_guessed_first(code: &str) -> bool {
    let steps = || code.as_bytes().windows(2).map(|pair| i16::from(pair[1]) - i16::from(pair[0]));
    let first = steps().next().unwrap_or_default();
    (-1..=1).contains(&first) && steps().all(|step| step == first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json;

    /// 2026-12-01, 12:00 in Beijing.
    const NOON: i64 = 1_796_097_600_000;

    fn read(numbers: &str) -> Result<ReviewNumbers, SmsError> {
        let text = format!(r#"{{"reviewNumbers":{numbers}}}"#);
        let json = json::parse(text.as_bytes()).unwrap();
        ReviewNumbers::read(&Fields::new(&json, "", "options")?, 6)
    }

    fn of(until: &str) -> ReviewNumbers {
        read(&format!(r#"{{"13800001111":{{"code":"493817","until":"{until}"}}}}"#)).unwrap_or_else(|it| panic!("{it}"))
    }

    #[test]
    fn number_is_current_to_the_end_of_its_last_day_in_beijing() {
        assert_eq!(beijing::written(NOON), "2026-12-01 12:00:00");
        let numbers = of("2026-12-01");
        let phone = Phone::parse("+86 138 0000 1111").unwrap();
        let midnight = NOON + DAY_MS / 2;
        assert!(numbers.current(phone, NOON).is_some() && numbers.current(phone, midnight - 1).is_some());
        assert!(numbers.current(phone, midnight).is_none());
        assert!(numbers.current(Phone::parse("13800001112").unwrap(), NOON).is_none());
        let warning = &numbers.check(NOON).unwrap()[0];
        assert!(warning.contains("138****1111") && warning.ends_with("until 2026-12-01T16:00:00Z"), "{warning}");
        assert!(numbers.check(midnight).unwrap()[0].ends_with("is over: remove the number"));
    }

    #[test]
    fn last_day_is_at_most_thirty_days_ahead() {
        for at in [NOON - DAY_MS / 2, NOON, NOON + DAY_MS / 2 - 1] {
            assert!(of("2026-12-31").check(at).is_ok());
            let far = of("2027-01-01");
            let error = far.check(at).unwrap_err();
            assert_eq!(error.field.as_deref(), Some("reviewNumbers.138****1111.until"));
            assert!(!error.to_json().contains("493817") && !error.to_json().contains("13800001111"));
            assert!(far.all_current(at).next().is_none(), "even if the start's clock was wrong");
        }
    }

    #[test]
    fn wrong_numbers_are_rejected_with_their_path_and_no_secret() {
        let good = r#"{"code":"493817","until":"2026-12-20"}"#;
        for (numbers, field) in [
            (r#""13800001111 493817 2026-12-20""#.to_owned(), "reviewNumbers"),
            (format!("[{good}]"), "reviewNumbers"),
            (format!(r#"{{"493817493817":{good}}}"#), "reviewNumbers"),
            (format!(r#"{{"13800001111":{good},"+8613800001111":{good}}}"#), "reviewNumbers.+861******1111"),
            (format!(r#"{{"493817":{good}}}"#), "reviewNumbers"),
            (r#"{"13800001111":{"493817":"2026-12-20"}}"#.to_owned(), "reviewNumbers.138****1111"),
            (r#"{"13800001111":["493817","2026-12-20"]}"#.to_owned(), "reviewNumbers.138****1111"),
            (r#"{"13800001111":"493817"}"#.to_owned(), "reviewNumbers.138****1111"),
            (r#"{"13800001111":null}"#.to_owned(), "reviewNumbers.138****1111"),
            (r#"{"13800001111":{"code":"493817"}}"#.to_owned(), "reviewNumbers.138****1111.until"),
            (r#"{"13800001111":{"until":"2026-12-20"}}"#.to_owned(), "reviewNumbers.138****1111.code"),
            (
                r#"{"13800001111":{"code":"493817","until":"2026-12-20","name":"Apple"}}"#.to_owned(),
                "reviewNumbers.138****1111",
            ),
        ] {
            let error = read(&numbers).err().unwrap_or_else(|| panic!("{numbers}"));
            assert_eq!(error.field.as_deref(), Some(field), "{numbers}");
            let shown = format!("{} {error:?}", error.to_json());
            assert!(!shown.contains("493817") && !shown.contains("13800001111"), "{shown}");
        }
    }

    #[test]
    fn code_and_date_are_checked() {
        let wrong = |member: &str, value: &str| {
            let (code, until) = if member == "code" { (value, "\"2026-12-20\"") } else { ("\"493817\"", value) };
            let error = read(&format!(r#"{{"13800001111":{{"code":{code},"until":{until}}}}}"#)).err();
            let error = error.unwrap_or_else(|| panic!("{member}: {value}"));
            assert_eq!(error.field.as_deref(), Some(["reviewNumbers.138****1111.", member].concat().as_str()));
            assert!(!error.message.contains(value.trim_matches('"')) || value.len() < 4, "{}", error.message);
        };
        for code in [
            "493817",
            "\"49381\"",
            "\"4938170\"",
            "\"49381a\"",
            "\"４９３８１７\"",
            "\"000000\"",
            "\"123456\"",
            "\"987654\"",
        ] {
            wrong("code", code);
        }
        for until in ["20261220", "\"2026-02-29\"", "\"20.12.2026\"", "\"2026-12-20T00:00:00Z\"", "\"\"", "\"never\""] {
            wrong("until", until);
        }
        assert!(!is_guessed_first("135790") && !is_guessed_first("112233") && is_guessed_first("3210"));
    }
}
