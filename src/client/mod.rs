//! [`Sms`]: the accounts of a caller, and the steps of a message: plan, send, read.

pub mod account_route;
pub mod batcher;
pub mod call;
pub mod circuit;
pub mod plan;
pub mod prepared_request;
pub mod push_reader;
mod redaction;
pub mod rule_check;
mod send;
pub mod send_many;
pub mod send_part;
pub mod sms_event;
pub mod transport;
pub mod warnings;

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use crate::client::account_route::AccountRoute;
use crate::client::circuit::Circuit;
use crate::client::rule_check::Rules;
use crate::error::{SmsError, shown_name};
use crate::opt_out::OptOutWords;
use crate::options::{self, Fields};
use crate::vendor::defined_account::{DefinedAccount, DefinitionCall};
use crate::vendor::push::PushRecords;
use crate::vendor::{REGISTRY, Vendor, VendorSpec};
use crate::wire::blank;
use crate::wire::json::Json;

/// The default time of one attempt, in milliseconds. The client's options and the call's can change it.
pub const DEFAULT_TIMEOUT_MS: u32 = 10_000;
/// The longest time that a JavaScript timer can wait, in milliseconds.
const MAX_TIMEOUT_MS: i64 = i32::MAX as i64;

/// Simultaneous requests of a bulk: the default, and the maximum that a caller may set.
const DEFAULT_CONCURRENCY: usize = 4;
const MAX_CONCURRENCY: i64 = 256;

/// The options of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallOptions {
    /// The time of one attempt, in milliseconds.
    pub timeout_ms: u32,
    /// The number of simultaneous requests of a bulk.
    pub concurrency: usize,
}

/// A configured client.
pub struct Sms {
    /// All accounts. Those that `send` tries come first, in the order in which it tries them.
    accounts: Vec<Account>,
    /// The number of accounts that `send` tries; 0 only without accounts.
    tried: usize,
    timeout_ms: u32,
    blocked_words: Vec<String>,
    opt_out_words: OptOutWords,
    rules: Option<Box<dyn Rules>>,
    /// Where numbers decide the accounts.
    routes: Vec<AccountRoute>,
    country_of: Option<account_route::CountryOf>,
}

/// A named account.
pub struct Account {
    name: Rc<str>,
    vendor: Box<dyn Vendor>,
    circuit: RefCell<Circuit>,
}

impl Sms {
    /// Reads `SmsOptions` from JSON, without their functions.
    ///
    /// # Errors
    /// `invalid_argument` naming the field by its path.
    pub fn configure(json: &str) -> Result<Self, SmsError> {
        Self::of(&options::parse(json, "options")?)
    }

    /// Reads `SmsOptions` from a JSON value, without their functions.
    ///
    /// # Errors
    /// As [`Sms::configure`].
    pub fn of(options: &Json<'_>) -> Result<Self, SmsError> {
        let fields = Fields::new(options, "", "options")?;
        fields.only(&[
            "vendors",
            "order",
            "route",
            "timeoutMs",
            "allowBrowser",
            "blockedWords",
            "optOutWords",
            "rules",
        ])?;
        fields.flag("allowBrowser")?;
        let vendors = fields.value("vendors").ok_or_else(|| fields.wrong("vendors", "vendors is missing"))?;
        let vendors = Fields::new(vendors, "vendors", "vendors")?;
        let mut accounts = Vec::new();
        for (name, value) in vendors.members() {
            accounts.push(Account::configure(name, value)?);
        }
        if accounts.is_empty() {
            return Err(fields.wrong("vendors", "vendors names no account"));
        }
        let tried = match fields.texts("order")? {
            Some(order) => put_in_order(&fields, &order, &mut accounts)?,
            None => accounts.len(),
        };
        let routes = AccountRoute::read(&fields, &accounts)?;
        let timeout_ms = timeout(&fields)?.unwrap_or(DEFAULT_TIMEOUT_MS);
        let blocked_words = fields.texts("blockedWords")?.unwrap_or_default();
        let blocked_words = blocked_words.into_iter().filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let opt_out_words = OptOutWords::read(&fields)?;
        Ok(Self { accounts, tried, timeout_ms, blocked_words, opt_out_words, rules: None, routes, country_of: None })
    }

    /// The time of one attempt, in milliseconds, where the call sets none.
    #[must_use]
    pub fn timeout_ms(&self) -> u32 {
        self.timeout_ms
    }

    /// A client without accounts: each tenant has its own.
    #[must_use]
    pub fn without_accounts() -> Self {
        Self {
            accounts: Vec::new(),
            tried: 0,
            timeout_ms: DEFAULT_TIMEOUT_MS,
            blocked_words: Vec::new(),
            opt_out_words: OptOutWords::default(),
            rules: None,
            routes: Vec::new(),
            country_of: None,
        }
    }

    /// Puts a prefix before the name of each account.
    pub fn prefix_names(&mut self, prefix: &str) {
        for account in &mut self.accounts {
            account.name = [prefix, &account.name].concat().into();
        }
    }

    /// Reads the options of a call: `timeoutMs`, and for a bulk `concurrency`.
    ///
    /// # Errors
    /// `invalid_argument` where a value is out of bounds, or for any other option.
    pub fn call_options(&self, call: &Json<'_>, is_bulk: bool) -> Result<CallOptions, SmsError> {
        let fields = Fields::new(call, "", "options")?;
        fields.only(if is_bulk { &["timeoutMs", "concurrency"] } else { &["timeoutMs"] })?;
        let concurrency = fields.whole("concurrency", 1, MAX_CONCURRENCY)?.and_then(|max| usize::try_from(max).ok());
        Ok(CallOptions {
            timeout_ms: timeout(&fields)?.unwrap_or(self.timeout_ms),
            concurrency: concurrency.unwrap_or(DEFAULT_CONCURRENCY),
        })
    }

    /// Sets the definition of each account's vendor that the caller defined. `find` takes the account's name.
    ///
    /// # Errors
    /// `invalid_argument` naming the first account without one.
    pub fn set_definitions(&mut self, find: &dyn Fn(&str) -> Option<Rc<dyn DefinitionCall>>) -> Result<(), SmsError> {
        for account in self.accounts.iter_mut().filter(|account| account.vendor.is_defined()) {
            let missing = || {
                let field = ["vendors.", &account.name, ".vendor"].concat();
                SmsError::argument(field, "vendor is not from defineVendor of xinshi/define")
            };
            account.vendor.set_definition(find(&account.name).ok_or_else(missing)?);
        }
        Ok(())
    }

    /// The number of accounts that `send` tries, and all accounts. Those that `send` tries come first, in order.
    #[must_use]
    pub fn accounts(&self) -> (usize, &[Account]) {
        (self.tried, &self.accounts)
    }

    fn position(&self, name: &str) -> Result<usize, SmsError> {
        let found = self.accounts.iter().position(|account| *account.name == *name);
        found.ok_or_else(|| SmsError::argument("account", ["there is no account named ", &shown_name(name)].concat()))
    }

    fn account(&self, name: &str) -> Result<&Account, SmsError> {
        Ok(&self.accounts[self.position(name)?])
    }

    fn account_or_first(&self, name: Option<&str>) -> Result<&Account, SmsError> {
        name.map_or(Ok(&self.accounts[0]), |name| self.account(name))
    }
}

impl Account {
    /// See [`VendorSpec::push_reply`].
    #[must_use]
    pub fn push_reply(&self) -> &'static str {
        self.vendor.spec().push_reply
    }

    /// The caller's name of the account.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The properties of the account's vendor.
    #[must_use]
    pub fn spec(&self) -> &VendorSpec {
        self.vendor.spec()
    }

    /// The name of the account's vendor.
    #[must_use]
    pub fn vendor_name(&self) -> &'static str {
        self.vendor.spec().name
    }

    /// Reads a push of the account's vendor. `body` has no blanks around it.
    #[must_use]
    pub fn read_push(&self, query: &str, body: &[u8]) -> PushRecords {
        let mut pushed = PushRecords::default();
        self.vendor.read_push(&mut pushed, query.as_bytes(), blank::trim_bytes(body));
        pushed
    }

    fn configure(name: &str, value: &Json<'_>) -> Result<Self, SmsError> {
        let fields = Fields::new(value, &["vendors.", name].concat(), "the account")?;
        if let Some(defined) = fields.value("vendor").filter(|vendor| vendor.is_object()) {
            let defined = Fields::new(defined, &fields.path("vendor"), "vendor")?;
            let vendor = Box::new(DefinedAccount::configure(&fields, &defined)?);
            return Ok(Self { name: name.into(), vendor, circuit: RefCell::default() });
        }
        let vendor = fields.required("vendor")?;
        if let Some(row) = REGISTRY.iter().find(|row| row.spec.name == vendor) {
            return match row.spec.check_names(&fields).and_then(|()| (row.configure)(&fields)) {
                Ok(vendor) => Ok(Self { name: name.into(), vendor, circuit: RefCell::default() }),
                Err(mut error) => {
                    error.account = Some(name.to_owned());
                    error.vendor = Some(row.spec.name);
                    Err(error)
                }
            };
        }
        let names: Vec<&str> = REGISTRY.iter().map(|row| row.spec.name).collect();
        Err(fields.wrong("vendor", ["vendor is not one of ", &names.join(", ")].concat()))
    }
}

fn timeout(fields: &Fields<'_>) -> Result<Option<u32>, SmsError> {
    let timeout = fields.whole("timeoutMs", 1, MAX_TIMEOUT_MS)?;
    Ok(timeout.and_then(|timeout| u32::try_from(timeout).ok()))
}

/// Moves the accounts that `order` names to the front, in its order. Returns their number.
fn put_in_order(fields: &Fields<'_>, order: &[&str], accounts: &mut [Account]) -> Result<usize, SmsError> {
    for (placed, name) in order.iter().enumerate() {
        let offset = accounts.get(placed..).and_then(|rest| rest.iter().position(|account| *account.name == **name));
        let Some(offset) = offset else {
            let message = ["order names ", &shown_name(name), ", which vendors lacks or order names twice"].concat();
            return Err(fields.wrong("order", message));
        };
        accounts[placed..=placed + offset].rotate_right(1);
    }
    if order.is_empty() { Err(fields.wrong("order", "order names no account")) } else { Ok(order.len()) }
}
