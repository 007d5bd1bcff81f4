//! [`Endpoint`]: an operation of a vendor other than sending, as a table: its names, its arguments and its result.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use crate::decimal;
use crate::error::SmsError;
use crate::options::Fields;
use crate::phone::Phone;
use crate::search;
use crate::vendor::answer::VendorAnswer;
use crate::wire::{Charset, Parameters, WireReply, beijing, gbk};

/// One operation of a vendor.
pub struct Endpoint {
    /// The name in JavaScript, such as `accounts.create`.
    pub operation: &'static str,
    /// The vendor's name of the operation.
    pub name: &'static str,
    /// The arguments, in the order of the vendor's document.
    pub takes: &'static [Argument],
    /// The kind of result.
    pub gives: Gives,
    /// Whether an account with `transport: "jsonp"` calls it by JSONP.
    pub supports_jsonp: bool,
    /// Reads the reply into a result.
    pub read: fn(&WireReply, PageRequest) -> Result<VendorAnswer, SmsError>,
}

/// The kind of result of an [`Endpoint`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Gives {
    /// One value.
    One,
    /// A page of a list.
    Page,
    /// Records that the vendor erases when it returns them. Their bytes must never be lost.
    Pull,
}

/// One argument of an [`Endpoint`].
pub struct Argument {
    /// The name in JavaScript.
    pub name: &'static str,
    /// The vendor's name of the parameter.
    pub sent_as: &'static str,
    /// The type of the value.
    pub kind: ArgumentKind,
}

/// The type of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentKind {
    /// A required text.
    Text,
    /// An optional text.
    OptionalText,
    /// An optional secret, which logs and errors redact.
    OptionalSecret,
    /// A required signature: `【…】`.
    Signature,
    /// A required whole number, from 1 to 1,000,000,000.
    Whole,
    /// An optional whole number in the same bounds: a page's number or size.
    OptionalWhole,
    /// The same, sent with this default where the caller leaves it out.
    WholeOr(&'static str),
    /// A boolean, sent as 1 and 0.
    Flag,
    /// A required phone number, sent as 11 digits, or with its country code outside the mainland.
    Phone,
    /// A required text of digits: an id that the vendor writes as a number.
    Digits,
    /// A required date, `2024-03-01`, sent as `20240301`.
    Day,
    /// An optional date, `2024-03-01`.
    OptionalDate,
}

/// The page that the caller asked for. The vendors' documented defaults fill in what the caller leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// The page's number, from 1.
    pub page: i64,
    /// Items per page.
    pub page_size: i64,
}

/// 页码 默认为1, 每页条数 默认为20.
const FIRST_PAGE: PageRequest = PageRequest { page: 1, page_size: 20 };

/// The largest number in a request to any vendor.
const MAX_NUMBER: i64 = 1_000_000_000;

impl Endpoint {
    /// Reads the caller's arguments. Returns the parameters in the vendor's charset and the page asked for.
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
                    Some(inside)
                        if !inside.is_empty() && !inside.chars().any(|character| matches!(character, '【' | '】')) =>
                    {
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
            ArgumentKind::WholeOr(default) => {
                Ok(Some(fields.whole(name, 1, MAX_NUMBER)?.map_or_else(|| default.to_owned(), decimal::decimal)))
            }
            ArgumentKind::Phone => {
                let phone = Phone::parse(fields.required(name)?).map_err(|error| error.field(name))?;
                Ok(Some(phone.mainland().unwrap_or_else(|| phone.digits())))
            }
            ArgumentKind::Digits => match fields.required(name)? {
                digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Some(digits.to_owned())),
                _ => Err(fields.wrong(name, [name, " is not of digits alone"].concat())),
            },
            ArgumentKind::Day => {
                let day = fields.required(name)?;
                self.date(fields, day).map(|()| Some(search::replaced(day, "-", "")))
            }
            ArgumentKind::Flag => Ok(Some(if fields.flag(name)? { "1" } else { "0" }.to_owned())),
            ArgumentKind::OptionalDate => {
                fields.text(name)?.map(|date| self.date(fields, date).map(|()| date.to_owned())).transpose()
            }
        }
    }

    fn date(&self, fields: &Fields<'_>, date: &str) -> Result<(), SmsError> {
        if beijing::has_shape(date.as_bytes(), DATE_SHAPE) {
            return Ok(());
        }
        Err(fields.wrong(self.name, [self.name, " is a date such as 2024-03-01"].concat()))
    }
}

/// The shape of a date: a digit stands for each 0.
const DATE_SHAPE: &[u8] = b"0000-00-00";
