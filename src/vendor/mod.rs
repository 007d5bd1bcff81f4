//! The vendors: tables of what each vendor offers, and functions that build its requests and read its replies. A vendor
//! is one file and one row of [`REGISTRY`]. `scripts/registry.rs` derives from the registry every list of vendors in
//! the package, its documents, the page and the tests.

pub mod account;
mod aliyun;
pub mod answer;
mod apiv1;
mod appkey;
mod approved;
mod binstd;
#[cfg(feature = "define")]
pub mod defined;
pub mod defined_account;
pub mod endpoint;
mod frame;

mod liasmart;
mod liupai;

pub mod push;
pub mod record;
pub(crate) mod record_values;
pub mod report;
mod site;
mod smsadmin;
mod tencent;

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
use crate::phone::Phone;
use crate::random::Random;
use crate::reference::Reference;
use crate::search;
use crate::secret::Secret;
use crate::segments::Billing;
use crate::template::TemplateValues;
use crate::vendor::account::AccountOption;
use crate::vendor::answer::VendorAnswer;
use crate::vendor::defined_account::DefinitionCall;
use crate::vendor::endpoint::{Endpoint, PageRequest};
use crate::vendor::push::{Push, PushRecords};
use crate::wire::{Carrier, Charset, Parameters, WireReply, WireRequest};

/// Declares the registry: a row for each vendor with its module and the type of its accounts.
macro_rules! registry {
    ($($vendor:ident::$account:ident),+ $(,)?) => {
        /// Every vendor, with its table and the function that reads an account.
        pub const REGISTRY: &[RegistryRow] = &[$(
            RegistryRow { spec: &$vendor::SPEC, configure: |fields| Ok(Box::new($vendor::$account::configure(fields)?)) }
        ),+];

        /// What each says of texts, by its name, in the order of [`REGISTRY`], without the code of any.
        pub static TEXT_RULES: &[(&str, TextRules)] = &[$(($vendor::SPEC.name, $vendor::SPEC.text_rules)),+];

        /// The documentation of each vendor, in the order of [`REGISTRY`]. No WebAssembly contains it.
        pub const ABOUT: &[About] = &[$($vendor::ABOUT),+];
    };
}

registry! {
    liupai::Liupai,
    binstd::Binstd,
    liasmart::Liasmart,
    apiv1::Apiv1,
    smsadmin::Smsadmin,
    aliyun::AliyunAccount,
    tencent::TencentAccount,
}

/// The names of all vendors, in the order of [`REGISTRY`].
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
    /// The vendor's properties.
    pub spec: &'static VendorSpec,
    /// Reads an account of this vendor from the caller's options.
    pub configure: fn(&Fields<'_>) -> Result<Box<dyn Vendor>, SmsError>,
}

/// The properties of a vendor that hold for every account. A vendor's file states only those that differ from
/// [`VendorSpec::DEFAULT`].
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct VendorSpec {
    /// The vendor's name in options and errors.
    pub name: &'static str,
    /// The names of an account's options.
    pub options: &'static [&'static str],
    /// The documented origin, for a vendor that has one for all customers.
    pub origin: Option<&'static str>,
    /// The rule that counts the segments of a text. A suffix added to a text that is billed as Chinese keeps it billed
    /// so.
    pub billing: fn(&str) -> Billing,
    /// The encoding of requests and replies.
    pub charset: Charset,
    /// The documented maximum length of a text, in UTF-16 units.
    pub max_text_units: Option<usize>,
    /// Whether the vendor sends to numbers outside the mainland.
    pub international: bool,
    /// Whether the vendor sends at a given time.
    pub schedules: bool,
    /// Whether the vendor takes a template's id beside the text.
    pub templates: bool,
    /// Whether the vendor sends nothing but templates that it keeps and fills, and no text.
    pub fills_templates: bool,
    /// The maximum length of a reference. Such a vendor takes letters and digits only.
    pub max_reference_characters: Option<usize>,
    /// Reads a push. `query` is the URL's query without `?`; `body` has no blanks around it.
    pub read_push: fn(push: &mut PushRecords, query: &[u8], body: &[u8]),
    /// The body of the reply to a push, by which the vendor knows that it need not push again.
    pub push_reply: &'static str,
    /// The documented maximum number of records in one pull. A pull that returns fewer has emptied the vendor's list.
    pub max_pull_records: Option<u32>,
    /// Whether each text can name the URL that its delivery report goes to.
    pub callback_with_text: bool,
    /// Whether reports may name their text by the number and the vendor's id alone.
    pub reports_by_id: bool,
    /// What its document says of texts otherwise than most.
    pub text_rules: TextRules,
}

/// What a vendor's document says of texts and their reports otherwise than most: see `src/rules`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextRules {
    /// The wordings of the opt-out that it documents; where it documents none, all that any vendor does.
    pub opt_outs: &'static [&'static str],
    /// The most UTF-16 units of a text, signature and values included, where no `longest_text` rejects more.
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

    /// The rules of a vendor, or the usual ones where it has none of its own.
    #[must_use]
    pub fn of(vendor: &str) -> &'static Self {
        TEXT_RULES.iter().find(|(name, _)| *name == vendor).map_or(&Self::USUAL, |(_, rules)| rules)
    }
}

/// The documentation of a vendor, beside its [`VendorSpec`]. The lists of vendors contain it.
#[derive(Debug)]
pub struct About {
    /// The vendor's Chinese name; empty for a vendor without one.
    pub title: &'static str,
    /// The options of an account, in the order of the documentation.
    pub options: &'static [AccountOption],
    /// The pushes that the vendor's document announces.
    pub pushes: &'static [Push],
}

impl VendorSpec {
    /// The properties of a mainland vendor whose document states no special rule.
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
        fills_templates: false,
        max_reference_characters: None,
        read_push: |_, _, _| {},
        push_reply: r#"{"status":"ok"}"#,
        max_pull_records: None,
        callback_with_text: false,
        reports_by_id: false,
        text_rules: TextRules::USUAL,
    };

    /// Rejects an option that accounts of this vendor do not have.
    ///
    /// # Errors
    /// `invalid_argument` naming the option.
    pub fn check_names(&self, fields: &Fields<'_>) -> Result<(), SmsError> {
        fields.only(self.options)
    }
}

/// The reason of [`Vendor::number_rejection`] for a vendor of the mainland.
const MAINLAND_ALONE: &str = "takes mainland numbers alone";

/// One account of a vendor: builds requests and reads replies. Pure.
pub trait Vendor {
    /// The properties of the vendor.
    fn spec(&self) -> &VendorSpec;

    /// Origin and prefix of this account's requests, without a slash at the end.
    fn base_url(&self) -> &str;

    /// The credentials. The caller redacts them in replies that repeat them.
    fn secrets(&self) -> Vec<&Secret>;

    /// The vendor's name of the operation that sends with this account.
    fn send_operation(&self) -> &'static str {
        "send"
    }

    /// Whether the vendor replies to this account in JSONP.
    fn wants_jsonp(&self) -> bool {
        false
    }

    /// Why this account cannot send to a number, as the end of a sentence that begins with the vendor's name; `None` if
    /// it can.
    fn number_rejection(&self, to: Phone) -> Option<&'static str> {
        (!self.spec().international && !to.is_mainland()).then_some(MAINLAND_ALONE)
    }

    /// The share of one recipient in a bulk's request, and the maximum number of recipients of such a request: 1,
    /// unless the vendor documents more.
    fn share(&self, _kind: MessageKind, content: &BulkContent) -> (Share, usize) {
        (Share::Same(content.text()), 1)
    }

    /// Builds the request that sends a batch. The caller has checked the batch against [`VendorSpec`] and
    /// [`Vendor::share`].
    ///
    /// # Errors
    /// This vendor cannot send the batch as it is.
    fn build_send(&self, batch: &Batch, reference: &Reference, random: &Random) -> Result<WireRequest, SmsError>;

    /// Reads the reply to a send. `to` are the receivers, for a vendor that answers for each of them.
    ///
    /// # Errors
    /// The vendor's rejection, or `bad_reply`: an unknown reply is never success.
    fn read_send(&self, reply: &WireReply, to: &[Phone]) -> Result<Acceptance, SmsError>;

    /// The operations of this account other than sending.
    fn endpoints(&self) -> &'static [Endpoint];

    /// Builds the request of such an operation. The parameters are in the vendor's charset.
    ///
    /// # Errors
    /// The request cannot be built.
    fn build(&self, endpoint: &Endpoint, parameters: &Parameters, random: &Random) -> Result<WireRequest, SmsError>;

    /// Reads the reply to such an operation.
    ///
    /// # Errors
    /// The vendor's rejection, or `bad_reply`.
    fn read(&self, endpoint: &Endpoint, reply: &WireReply, page: PageRequest) -> Result<VendorAnswer, SmsError> {
        (endpoint.read)(reply, page)
    }

    /// Reads a push: see [`VendorSpec::read_push`].
    fn read_push(&self, push: &mut PushRecords, query: &[u8], body: &[u8]) {
        (self.spec().read_push)(push, query, body);
    }

    /// Whether requests hold their time, so that a request made earlier is made anew before it leaves.
    fn is_signed(&self) -> bool {
        false
    }

    /// Whether the caller defined the vendor, so that the account needs [`Vendor::set_definition`].
    fn is_defined(&self) -> bool {
        false
    }

    /// Sets the definition of a vendor that the caller defined.
    fn set_definition(&mut self, _definition: Rc<dyn DefinitionCall>) {}
}

/// The vendor's confirmation that it accepted a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acceptance {
    /// The vendor's id of the message, if the reply has one.
    pub id: Option<String>,
    /// The sub-account that pays, if the reply names one.
    pub account_id: Option<String>,
    /// The number of texts accepted, if the reply counts them.
    pub count: Option<usize>,
}

/// The share of one recipient in a request. Recipients with the same text, or with values for the same template, can
/// share a request.
pub enum Share {
    /// A text that every recipient of the request receives.
    Same(Rc<str>),
    /// A text of the recipient's own, beside those of others.
    Each(Rc<str>),
    /// Values for a template that all recipients share.
    Filled {
        /// The template.
        template: Rc<str>,
        /// The recipient's values.
        values: TemplateValues,
    },
}

/// A row of a vendor's table of error codes.
pub(crate) struct CodeMapping {
    code: &'static str,
    means: Code,
    sent: Sent,
}

/// A code that means that nothing was sent.
pub(crate) const fn rejects(code: &'static str, means: Code) -> CodeMapping {
    CodeMapping { code, means, sent: Sent::No }
}

/// Codes of one meaning, separated by blanks. Each of them means that nothing was sent.
pub(crate) type CodeList = (Code, &'static str);

/// [`rejection`] by a table of lists; `found` is the code as the lists have it.
pub(crate) fn listed_rejection(lists: &[CodeList], found: &str, code: &str, message: &str) -> SmsError {
    let means = lists.iter().find(|(_, codes)| codes.split(' ').any(|known| known == found));
    let mut error = SmsError::not_sent(means.map_or(Code::Vendor, |(means, _)| *means), "the vendor rejected");
    error.sent = if means.is_some() { Sent::No } else { Sent::Maybe };
    error.with_vendor_reply(code, message)
}

/// Turns a code other than success into an error: its documented meaning, or [`Code::Vendor`] with `unlisted` for an
/// undocumented code. The error keeps the vendor's code and message.
pub(crate) fn rejection(tables: &[&[CodeMapping]], unlisted: Sent, code: &str, message: &str) -> SmsError {
    let mapping = tables.iter().find_map(|table| table.iter().find(|mapping| mapping.code == code));
    let mut error = SmsError::not_sent(mapping.map_or(Code::Vendor, |mapping| mapping.means), "the vendor rejected");
    error.sent = mapping.map_or(unlisted, |mapping| mapping.sent);
    error.with_vendor_reply(code, message)
}

/// Reads the field `method`. POST is the default, since servers log URLs and intermediaries retry GETs.
pub(crate) fn carrier(fields: &Fields<'_>, post: Carrier) -> Result<Carrier, SmsError> {
    Ok(fields.choice("method", &[("GET", Carrier::Query), ("POST", post)])?.unwrap_or(post))
}

/// Reads the field `baseUrl`; default: the vendor's documented origin.
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

/// Whether a text is a host name or address, with an optional port. `fetch` finds out whether the host exists.
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

/// The text of a batch that has one text for all. The plan gives no other batch to a vendor that takes one text a
/// request.
pub(crate) fn one_text(batch: &Batch) -> Result<&Rc<str>, SmsError> {
    batch.content.same().ok_or_else(|| SmsError::not_sent(Code::Unsupported, "the vendor takes one text a request"))
}
