//! [`Sms`]: the accounts of a caller, and the way of a message through them: plan, send, read.

pub mod call;
pub mod circuit;
pub mod event;
pub mod plan;
pub mod push;
mod send;
pub mod transport;

use std::cell::RefCell;

use nojson::RawJsonValue;

use crate::client::circuit::Circuit;
use crate::error::SmsError;
use crate::options::{self, Fields};
use crate::secret::REDACTED;
use crate::vendor::{REGISTRY, Vendor};
use crate::wire::{gbk, percent};

/// One attempt's time, unless the options or the call say otherwise, in milliseconds.
pub const DEFAULT_TIMEOUT_MS: u32 = 10_000;
/// The longest that a JavaScript timer can wait, in milliseconds.
const LONGEST_TIMEOUT_MS: i64 = i32::MAX as i64;

/// A configured client.
pub struct Sms {
    /// Those that `send` tries come first, in its order.
    accounts: Vec<Account>,
    /// How many `send` tries. Never 0.
    tried: usize,
    timeout_ms: u32,
}

/// A named account.
pub struct Account {
    name: String,
    vendor: Box<dyn Vendor>,
    circuit: RefCell<Circuit>,
}

impl Sms {
    /// Reads `SmsOptions` as JavaScript wrote them, functions left out.
    ///
    /// # Errors
    /// `invalid_argument` naming the field by its path.
    pub fn configure(json: &str) -> Result<Self, SmsError> {
        let json = options::parse(json, "options")?;
        let fields = Fields::new(json.value(), "", "options")?;
        fields.only(&["vendors", "order", "timeoutMs", "allowBrowser"])?;
        fields.flag("allowBrowser")?;
        let vendors = fields.value("vendors").ok_or_else(|| fields.wrong("vendors", "vendors is missing"))?;
        let vendors = Fields::new(vendors, "vendors", "vendors")?;
        let mut accounts =
            vendors.members().map(|(name, value)| Account::configure(name, value)).collect::<Result<Vec<_>, _>>()?;
        if accounts.is_empty() {
            return Err(fields.wrong("vendors", "vendors names no account"));
        }
        let tried = match fields.value("order") {
            Some(order) => put_in_order(&fields, order, &mut accounts)?,
            None => accounts.len(),
        };
        let timeout_ms = timeout(&fields)?.unwrap_or(DEFAULT_TIMEOUT_MS);
        Ok(Self { accounts, tried, timeout_ms })
    }

    /// One attempt's time in milliseconds, as the call's own options or else the client's say.
    ///
    /// # Errors
    /// `invalid_argument` where the call's `timeoutMs` is no whole number of milliseconds.
    pub fn timeout_ms(&self, call: &str) -> Result<u32, SmsError> {
        let json = options::parse(call, "options")?;
        let fields = Fields::new(json.value(), "", "options")?;
        fields.only(&["timeoutMs"])?;
        Ok(timeout(&fields)?.unwrap_or(self.timeout_ms))
    }

    fn account(&self, name: &str) -> Result<&Account, SmsError> {
        self.accounts
            .iter()
            .find(|account| account.name == name)
            .ok_or_else(|| SmsError::argument("account", format!("there is no account named {name}")))
    }
}

impl Account {
    fn configure(name: String, value: RawJsonValue<'_, '_>) -> Result<Self, SmsError> {
        let fields = Fields::new(value, format!("vendors.{name}"), "the account")?;
        let vendor = fields.required("vendor")?;
        if let Some(row) = REGISTRY.iter().find(|row| row.facts.name == vendor) {
            return match (row.configure)(&fields) {
                Ok(vendor) => Ok(Self { name, vendor, circuit: RefCell::default() }),
                Err(mut error) => {
                    error.account = Some(name);
                    error.vendor = Some(row.facts.name);
                    Err(error)
                }
            };
        }
        let names: Vec<&str> = REGISTRY.iter().map(|row| row.facts.name).collect();
        Err(fields.wrong("vendor", format!("vendor is not one of {}", names.join(", "))))
    }
}

/// The longest of a vendor's messages that is repeated, in characters. The longest documented one has 22.
const LONGEST_MESSAGE: usize = 300;
/// What of it is looked through: enough that nothing is cut in half within the first [`LONGEST_MESSAGE`].
const LOOKED_THROUGH: usize = 4 * LONGEST_MESSAGE;

/// What stands in an error in the place of something hidden.
#[derive(Clone, Debug)]
enum Shown {
    Redacted,
    /// A masked number.
    Masked(String),
}

impl Account {
    /// Takes the credentials, and what else is given, out of what the vendor said.
    fn scrub(&self, mut error: SmsError, hidden: &[(&str, Shown)]) -> SmsError {
        let secrets = self.vendor.secrets();
        let secrets = secrets.iter().map(|secret| (secret.expose(), Shown::Redacted));
        let hidden: Vec<(&str, Shown)> = secrets.chain(hidden.iter().cloned()).collect();
        let Some(code) = &mut error.vendor_code else { return error };
        *code = scrubbed(code, &hidden);
        let said = format!("the vendor refused with code {code}");
        error.message = match &mut error.vendor_message {
            Some(message) => {
                *message = scrubbed(message, &hidden);
                format!("{said}: {message}")
            }
            None => said,
        };
        error
    }
}

/// Marks first, in private-use characters that no vendor writes, so that nothing is looked for in its own replacement.
fn scrubbed(text: &str, hidden: &[(&str, Shown)]) -> String {
    const MARKS: u32 = 0xF0000;
    let mut text: String =
        text.chars().take(LOOKED_THROUGH).filter(|character| u32::from(*character) < MARKS).collect();
    let mark =
        |index: usize| u32::try_from(index).ok().and_then(|index| char::from_u32(MARKS + index)).unwrap_or('\u{FFFD}');
    for (index, (what, _)) in hidden.iter().enumerate() {
        for form in written_forms(what) {
            text = text.replace(&form, &mark(index).to_string());
        }
    }
    for (index, (_, shown)) in hidden.iter().enumerate() {
        let shown = match shown {
            Shown::Redacted => REDACTED,
            Shown::Masked(number) => number,
        };
        text = text.replace(mark(index), shown);
    }
    text.chars().take(LONGEST_MESSAGE).collect()
}

/// A text as a reply may repeat it: as it is, and percent-encoded in either charset, once and twice, in capitals or not.
/// Nothing of less than three characters is a secret, or can be told from the rest.
fn written_forms(text: &str) -> Vec<String> {
    if text.chars().count() < 3 {
        return Vec::new();
    }
    let mut forms = vec![text.to_owned()];
    for bytes in [Some(text.as_bytes().to_vec()), gbk::encode(text).ok()].into_iter().flatten() {
        let once = percent::encode(&bytes);
        for encoded in [percent::encode(&once), once] {
            let encoded = String::from_utf8_lossy(&encoded).into_owned();
            forms.extend([lower_case_escapes(&encoded), encoded]);
        }
    }
    // The longest first, so that none leaves the rest of another.
    forms.sort_unstable_by_key(|form| std::cmp::Reverse(form.len()));
    forms.dedup();
    forms
}

/// `%E4` as `%e4`: what is not escaped keeps its case.
fn lower_case_escapes(encoded: &str) -> String {
    let mut escape = 0;
    let lower = |character: char| {
        escape = if character == '%' { 2 } else { i32::max(escape - 1, -1) };
        if escape >= 0 && character != '%' { character.to_ascii_lowercase() } else { character }
    };
    encoded.chars().map(lower).collect()
}

fn timeout(fields: &Fields<'_, '_>) -> Result<Option<u32>, SmsError> {
    let timeout = fields.whole("timeoutMs", 1, LONGEST_TIMEOUT_MS)?;
    Ok(timeout.and_then(|timeout| u32::try_from(timeout).ok()))
}

/// Moves the accounts that `order` names to the front, in its order, and counts them.
fn put_in_order(
    fields: &Fields<'_, '_>,
    order: RawJsonValue<'_, '_>,
    accounts: &mut [Account],
) -> Result<usize, SmsError> {
    let no_list = |_| fields.wrong("order", "order is not a list of account names");
    let mut placed = 0;
    for name in order.to_array().map_err(no_list)? {
        let name = name.to_unquoted_string_str().map_err(no_list)?;
        let Some(offset) = accounts[placed..].iter().position(|account| account.name == name) else {
            let message = format!("order names {name}, which vendors lacks or order names twice");
            return Err(fields.wrong("order", message));
        };
        accounts[placed..=placed + offset].rotate_right(1);
        placed += 1;
    }
    if placed == 0 { Err(fields.wrong("order", "order names no account")) } else { Ok(placed) }
}
