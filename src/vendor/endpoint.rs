//! [`Endpoint`]: something a vendor does beside sending, as facts: what it is called, takes and gives.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use crate::decimal;
use crate::error::SmsError;
use crate::options::Fields;
use crate::vendor::answer::VendorAnswer;
use crate::wire::{Charset, Parameters, WireReply, beijing, gbk};

/// One operation of a vendor.
pub struct Endpoint {
    /// Its name in JavaScript: `accounts.create`.
    pub operation: &'static str,
    /// The vendor's own name.
    pub name: &'static str,
    /// What is asked of the caller, in the order of the vendor's document.
    pub takes: &'static [Argument],
    /// What comes back.
    pub gives: Gives,
    /// Whether it can be asked for JSONP, where the account wants it.
    pub supports_jsonp: bool,
    /// Reads the reply.
    pub read: fn(&WireReply, PageRequest) -> Result<VendorAnswer, SmsError>,
}

/// What comes back from an [`Endpoint`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Gives {
    /// One value.
    One,
    /// A page of a list.
    Page,
    /// What the vendor erases by giving it: its bytes must never be lost.
    Pull,
}

/// One value that the caller gives.
pub struct Argument {
    /// Its name in JavaScript.
    pub name: &'static str,
    /// The vendor's name.
    pub sent_as: &'static str,
    /// What it is.
    pub kind: ArgumentKind,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentKind {
    /// A text that must be there.
    Text,
    /// A text that may be left out.
    OptionalText,
    /// A text that may be left out and that nobody may see.
    OptionalSecret,
    /// A signature: `【…】`.
    Signature,
    /// A whole number from 1 on.
    Whole,
    /// A page's number, or how many items it has.
    OptionalWhole,
    /// True or false, sent as 1 and 0.
    Flag,
    /// A date, `2024-03-01`, that may be left out.
    OptionalDate,
}

/// Which page was asked for; the vendors' own defaults where it was not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// From 1 on.
    pub page: i64,
    /// Items a page.
    pub page_size: i64,
}

/// 页码 默认为1, 每页条数 默认为20.
const FIRST_PAGE: PageRequest = PageRequest { page: 1, page_size: 20 };

/// The largest number that any vendor is sent.
const MAX_NUMBER: i64 = 1_000_000_000;

impl Endpoint {
    /// Reads what the caller gave, as parameters in the vendor's charset and as the page asked for.
    ///
    /// # Errors
    /// `invalid_argument` naming the field; `content` for a character that the charset lacks.
    pub fn read_arguments(&self, fields: &Fields<'_>, charset: Charset) -> Result<(Parameters, PageRequest), SmsError> {
        let names: Vec<&str> = self.takes.iter().map(|argument| argument.name).collect();
        fields.only(&names)?;
        let mut parameters = Parameters::default();
        for argument in self.takes {
            if let Some(value) = argument.read(fields)? {
                let value = match charset {
                    Charset::Utf8 => value.into_bytes(),
                    Charset::Gbk => gbk::encode(&value).map_err(|lacking| {
                        let lacking = lacking[0].character.encode_utf8(&mut [0; 4]).to_owned();
                        fields.wrong(argument.name, ["GB2312 lacks ", &lacking, " of ", argument.name].concat())
                    })?,
                };
                match argument.kind {
                    ArgumentKind::OptionalSecret => parameters.secret(argument.sent_as, value),
                    _ => parameters.add(argument.sent_as, value),
                }
            }
        }
        let page = PageRequest {
            page: fields.whole("page", 1, MAX_NUMBER)?.unwrap_or(FIRST_PAGE.page),
            page_size: fields.whole("pageSize", 1, MAX_NUMBER)?.unwrap_or(FIRST_PAGE.page_size),
        };
        Ok((parameters, page))
    }
}

impl Argument {
    fn read(&self, fields: &Fields<'_>) -> Result<Option<String>, SmsError> {
        let name = self.name;
        match self.kind {
            ArgumentKind::Text => Ok(Some(fields.required(name)?.to_owned())),
            ArgumentKind::OptionalText | ArgumentKind::OptionalSecret => Ok(fields.text(name)?.map(str::to_owned)),
            ArgumentKind::Signature => {
                let signature = fields.required(name)?;
                let inside = signature.strip_prefix('【').and_then(|rest| rest.strip_suffix('】'));
                match inside {
                    Some(inside) if !inside.is_empty() && !inside.chars().any(|sign| matches!(sign, '【' | '】')) => {
                        Ok(Some(signature.to_owned()))
                    }
                    _ => Err(fields.wrong(name, "a signature is written 【信使】")),
                }
            }
            ArgumentKind::Whole => match fields.whole(name, 1, MAX_NUMBER)? {
                Some(number) => Ok(Some(decimal::decimal(number))),
                None => Err(fields.wrong(name, [name, " is missing"].concat())),
            },
            ArgumentKind::OptionalWhole => Ok(fields.whole(name, 1, MAX_NUMBER)?.map(decimal::decimal)),
            ArgumentKind::Flag => Ok(Some(if fields.flag(name)? { "1" } else { "0" }.to_owned())),
            ArgumentKind::OptionalDate => match fields.text(name)? {
                Some(date) if !beijing::has_shape(date.as_bytes(), DATE_SHAPE) => {
                    Err(fields.wrong(name, [name, " is a date such as 2024-03-01"].concat()))
                }
                date => Ok(date.map(str::to_owned)),
            },
        }
    }
}

/// How a date is written.
const DATE_SHAPE: &[u8] = b"0000-00-00";
