//! [`Sms`]: the accounts of a caller, and the way of a message through them: plan, send, read.

pub mod call;
pub mod circuit;
pub mod event;
pub mod plan;
pub mod push;
mod redaction;
mod send;
pub mod transport;

use std::cell::RefCell;

use nojson::RawJsonValue;

use crate::client::circuit::Circuit;
use crate::error::SmsError;
use crate::options::{self, Fields};
use crate::vendor::{REGISTRY, Vendor};

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
