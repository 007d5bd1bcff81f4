//! The vendors: what each can do, as facts, and how each is spoken to, as functions. A vendor is one file and one row of
//! [`REGISTRY`]: `scripts/registry.rs` writes down what the package, its documents, the page and the tests list of it.

pub mod account;
pub mod answer;
mod apiv1;
mod appkey;
mod binstd;
pub mod endpoint;

mod liasmart;
mod liupai;

pub mod push;
pub mod record;
pub(crate) mod record_values;
pub mod report;
mod site;
mod smsadmin;

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::batch::Batch;
use crate::bulk::BulkContent;
use crate::decimal;
use crate::error::{Code, Sent, SmsError};
use crate::message::MessageKind;
use crate::options::Fields;
use crate::reference::Reference;
use crate::search;
use crate::secret::Secret;
use crate::segments::Billing;
use crate::template::TemplateValues;
use crate::vendor::account::AccountOption;
use crate::vendor::endpoint::Endpoint;
use crate::vendor::push::{Push, PushRecords};
use crate::wire::{Carrier, Charset, Parameters, WireReply, WireRequest};

/// Every vendor, a row each: its module, and the type of its accounts.
macro_rules! registry {
    ($($vendor:ident::$account:ident),+ $(,)?) => {
        /// Every vendor: its facts and how an account is read.
        pub const REGISTRY: &[RegistryRow] = &[$(
            RegistryRow { spec: &$vendor::SPEC, configure: |fields| Ok(Box::new($vendor::$account::configure(fields)?)) }
        ),+];

        /// What each says of texts, by its name, in the order of [`REGISTRY`], without the code of any.
        pub static TEXT_RULES: &[(&str, TextRules)] = &[$(($vendor::FACTS.name, $vendor::FACTS.text_rules)),+];

        /// What documents and lists say of each, in the order of [`REGISTRY`]. No WebAssembly holds it.
        pub const ABOUT: &[About] = &[$($vendor::ABOUT),+];
    };
}

registry! {
    liupai::Liupai,
    binstd::Binstd,
    liasmart::Liasmart,
    apiv1::Apiv1,
    smsadmin::Smsadmin,
}

/// The names of all, in that order.
pub const NAMES: [&str; REGISTRY.len()] = {
    let mut names = [""; REGISTRY.len()];
    let mut at = 0;
    while at < REGISTRY.len() {
        names[at] = REGISTRY[at].spec.name;
        at += 1;
    }
    names
};

/// One vendor of the [`REGISTRY`].
pub struct RegistryRow {
    /// What the vendor is and can do.
    pub spec: &'static VendorSpec,
    /// Reads an account of this vendor from the caller's options.
    pub configure: fn(&Fields<'_>) -> Result<Box<dyn Vendor>, SmsError>,
}

/// What holds for a vendor whatever the account. What a vendor's file does not state is as in [`VendorSpec::DEFAULT`].
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct VendorSpec {
    /// The vendor's name in options and errors.
    pub name: &'static str,
    /// The names of what an account takes.
    pub options: &'static [&'static str],
    /// The documented origin, where the vendor has one for all its customers.
    pub origin: Option<&'static str>,
    /// How the segments of a text are counted. What is added to a text that is counted as Chinese leaves it so.
    pub billing: fn(&str) -> Billing,
    /// What its wire can say.
    pub charset: Charset,
    /// The most UTF-16 units a text may have, where the document says so.
    pub max_text_units: Option<usize>,
    /// Whether it takes numbers of other countries.
    pub international: bool,
    /// Whether it sends at a given time.
    pub schedules: bool,
    /// Whether it takes a template's id beside the text.
    pub templates: bool,
    /// The most letters and digits of a reference, where the document is that strict.
    pub max_reference_characters: Option<usize>,
    /// Reads a push, given its URL's query without `?` and its body without blanks around it.
    pub read_push: fn(push: &mut PushRecords, query: &[u8], body: &[u8]),
    /// The most records that one pull gives, where the document says so: a pull that gave fewer gave all.
    pub max_pull_records: Option<u32>,
    /// Whether each text can name the address to which its report goes.
    pub callback_with_text: bool,
    /// What its document says of texts otherwise than most.
    pub text_rules: TextRules,
}

/// What a vendor's document says of texts and their reports otherwise than most: see `src/rules`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextRules {
    /// The wordings of the opt-out that it documents; where it documents none, all that any vendor does.
    pub opt_outs: &'static [&'static str],
    /// The most UTF-16 units of a text, signature and values included, where no [`VendorSpec::longest_text`] refuses more.
    pub longest: Option<usize>,
    /// Whether a text without a Chinese character goes by the name of its sender, and needs no signature and no opt-out.
    pub names_sender: bool,
    /// Whether its samples have the signature at the end.
    pub signs_at_end: bool,
    /// What it calls a text that arrived, where that is no word of all: see [`crate::reason::read`].
    pub delivered: &'static str,
}

impl TextRules {
    /// What holds for most.
    pub const USUAL: Self = Self {
        opt_outs: &["拒收请回复R", "回T退订", "回TD退订"],
        longest: Some(500),
        names_sender: false,
        signs_at_end: false,
        delivered: "",
    };

    /// What a vendor says; of none, what holds for most.
    #[must_use]
    pub fn of(vendor: &str) -> &'static Self {
        TEXT_RULES.iter().find(|(name, _)| *name == vendor).map_or(&Self::USUAL, |(_, rules)| rules)
    }
}

/// What documents and lists say of a vendor, beside its [`VendorSpec`].
#[derive(Debug)]
pub struct About {
    /// The name under which people know it; empty where it has none.
    pub title: &'static str,
    /// What an account takes, in the order in which it is documented.
    pub options: &'static [AccountOption],
    /// What its document says that it pushes.
    pub pushes: &'static [Push],
}

impl VendorSpec {
    /// A vendor of the mainland whose document says nothing special.
    pub(crate) const DEFAULT: Self = Self {
        name: "",
        options: &[],
        origin: None,
        billing: |_| Billing::Cn,
        charset: Charset::Utf8,
        max_text_units: None,
        international: false,
        schedules: false,
        templates: false,
        max_reference_characters: None,
        read_push: |_, _, _| {},
        max_pull_records: None,
        callback_with_text: false,
        text_rules: TextRules::USUAL,
    };

    /// Refuses an option that accounts of this vendor do not have.
    ///
    /// # Errors
    /// `invalid_argument` naming it.
    pub fn check_names(&self, fields: &Fields<'_>) -> Result<(), SmsError> {
        fields.only(self.options)
    }
}

/// One account of a vendor: builds its requests and reads its replies. Pure.
pub trait Vendor {
    /// What holds for the vendor.
    fn spec(&self) -> &'static VendorSpec;

    /// Origin and prefix of this account's requests, without a slash at the end.
    fn base_url(&self) -> &str;

    /// The credentials, so that a reply which repeats them can be redacted.
    fn secrets(&self) -> Vec<&Secret>;

    /// What this account sends with, by the vendor's own name.
    fn send_operation(&self) -> &'static str {
        "send"
    }

    /// Whether its replies are to be JSONP.
    fn wants_jsonp(&self) -> bool {
        false
    }

    /// How what one recipient of a bulk wants travels, and how many such a request takes: alone, unless the vendor
    /// documents more.
    fn share(&self, _kind: MessageKind, content: &BulkContent) -> (Share, usize) {
        (Share::Same(content.text()), 1)
    }

    /// The request that sends a batch, of which the caller checked what [`VendorSpec`] says and [`Vendor::share`] allows.
    ///
    /// # Errors
    /// Where this vendor cannot send it as it is.
    fn build_send(&self, batch: &Batch, reference: &Reference) -> Result<WireRequest, SmsError>;

    /// What the reply to it means.
    ///
    /// # Errors
    /// The vendor's rejection, or `bad_reply`: an unknown reply is never success.
    fn read_send(&self, reply: &WireReply) -> Result<Acceptance, SmsError>;

    /// What else this account can be asked.
    fn endpoints(&self) -> &'static [Endpoint];

    /// The request that asks it. The parameters are in the vendor's charset.
    fn build(&self, endpoint: &Endpoint, parameters: &Parameters) -> WireRequest;
}

/// A vendor's word that it took the message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acceptance {
    /// The vendor's id of the message, where it gives one.
    pub id: Option<String>,
    /// The sub-account that pays, where the vendor says so.
    pub account_id: Option<String>,
    /// How many texts it took, where it says so.
    pub count: Option<usize>,
}

/// What one recipient adds to a request. Those that add the same, or values to the same template, can share one.
pub enum Share {
    /// A text that all of the request receive.
    Same(Rc<str>),
    /// A text of its own beside others'.
    Each(Rc<str>),
    /// Values for a template.
    Filled {
        /// The template.
        template: Rc<str>,
        /// Its values.
        values: TemplateValues,
    },
}

/// The meaning of a vendor's error code.
pub(crate) struct CodeMapping {
    code: &'static str,
    means: Code,
    sent: Sent,
}

/// A code after which nothing was sent.
pub(crate) const fn rejects(code: &'static str, means: Code) -> CodeMapping {
    CodeMapping { code, means, sent: Sent::No }
}

/// What a code other than success means: a documented one its meaning, any other `unlisted`; code and message kept.
pub(crate) fn rejection(tables: &[&[CodeMapping]], unlisted: Sent, code: &str, message: &str) -> SmsError {
    let mapping = tables.iter().find_map(|table| table.iter().find(|mapping| mapping.code == code));
    let mut error = SmsError::not_sent(mapping.map_or(Code::Vendor, |mapping| mapping.means), "the vendor refused");
    error.sent = mapping.map_or(unlisted, |mapping| mapping.sent);
    error.with_vendor_reply(code, message)
}

/// The field `method`: POST unless the account says GET, since URLs are logged and retried on their way.
pub(crate) fn carrier(fields: &Fields<'_>, post: Carrier) -> Result<Carrier, SmsError> {
    Ok(fields.choice("method", &[("GET", Carrier::Query), ("POST", post)])?.unwrap_or(post))
}

/// The field `baseUrl`, or the vendor's documented origin.
pub(crate) fn base_url(fields: &Fields<'_>, spec: &VendorSpec) -> Result<String, SmsError> {
    let url = match (fields.text("baseUrl")?, spec.origin) {
        (Some(url), _) => url,
        (None, Some(origin)) => origin,
        (None, None) => fields.required("baseUrl")?,
    };
    let url = url.trim_end_matches('/');
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let (authority, path) = rest.map_or(("", ""), |rest| rest.split_at(search::find(rest, "/").unwrap_or(rest.len())));
    let legal = |byte: u8| byte.is_ascii_graphic() && !b"?#@%\\\"'<>`{|}^".contains(&byte);
    if is_authority(authority) && path.bytes().all(legal) {
        return Ok(url.to_owned());
    }
    let message = "baseUrl is an origin and a prefix, such as https://sms.example.com or http://127.0.0.1:4010/apiv1, \
                   without user, query and fragment";
    Err(fields.wrong("baseUrl", message))
}

/// A host name or address, and a port where there is one. Whether such a host can be is for `fetch` to find out.
fn is_authority(authority: &str) -> bool {
    let (host, port) =
        match search::find_last(authority, ":").filter(|colon| !search::contains(&authority[*colon..], "]")) {
            Some(colon) => (&authority[..colon], Some(&authority[colon + 1..])),
            None => (authority, None),
        };
    let label = |label: &[u8]| {
        !label.is_empty() && label.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let is_host = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => {
            search::contains(address, ":")
                && address.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
        }
        None => host.as_bytes().split(|byte| *byte == b'.').all(label),
    };
    let is_port = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit())
            && decimal::parse(port).is_some_and(|port| (1..=0xFFFF).contains(&port))
    };
    is_host && port.is_none_or(is_port)
}

/// The one text of a batch that has one; others are not handed to vendors that take none.
pub(crate) fn one_text(batch: &Batch) -> Result<&Rc<str>, SmsError> {
    batch.content.same().ok_or_else(|| SmsError::not_sent(Code::Unsupported, "the vendor takes one text a request"))
}
