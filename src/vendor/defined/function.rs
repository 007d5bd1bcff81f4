//! [`Function`]: the functions of templates, by which requests are signed and encoded.

use alloc::string::String;
use alloc::vec::Vec;

use crate::vendor::defined::expression::Context;
use crate::wire::digest::{hex, hmac_sha1, hmac_sha256, md5_hex, sha1_hex, sha256_hex};
use crate::wire::json_writer::write_text;
use crate::wire::percent::encode;
use crate::wire::{beijing, percent};

/// A function of a template.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    /// 32 lower-case hex digits.
    Md5,
    /// 40 lower-case hex digits.
    Sha1,
    /// 64 lower-case hex digits.
    Sha256,
    /// 40 lower-case hex digits, of a key and a text.
    HmacSha1,
    /// 64 lower-case hex digits, of a key and a text.
    HmacSha256,
    Base64,
    /// The bytes of hex digits, for a base64 of them.
    Unhex,
    Upper,
    Lower,
    /// RFC 3986's percent-encoding.
    Percent,
    /// A text within XML.
    Xml,
    /// A text as a JSON string, with its quotes.
    Json,
    /// A number in a JSON body, without quotes.
    Number,
    /// The time in Beijing, by a pattern such as `yyyyMMddHHmmss`.
    Time,
    /// The time in UTC, by a pattern.
    Utc,
    /// The request's other parameters, sorted by name: the text behind a name, and the text between two parameters.
    Sorted,
    /// The same, with names and values percent-encoded.
    SortedPercent,
}

const FUNCTIONS: [(&str, usize, Function); 17] = [
    ("md5", 1, Function::Md5),
    ("sha1", 1, Function::Sha1),
    ("sha256", 1, Function::Sha256),
    ("hmacSha1", 2, Function::HmacSha1),
    ("hmacSha256", 2, Function::HmacSha256),
    ("base64", 1, Function::Base64),
    ("unhex", 1, Function::Unhex),
    ("upper", 1, Function::Upper),
    ("lower", 1, Function::Lower),
    ("percent", 1, Function::Percent),
    ("xml", 1, Function::Xml),
    ("json", 1, Function::Json),
    ("number", 1, Function::Number),
    ("time", 1, Function::Time),
    ("utc", 1, Function::Utc),
    ("sorted", 2, Function::Sorted),
    ("sortedPercent", 2, Function::SortedPercent),
];

impl Function {
    /// The function of this name and number of values.
    pub(super) fn named(name: &str, values: usize) -> Option<Self> {
        let known = FUNCTIONS.iter().find(|(known, takes, _)| *known == name && *takes == values);
        known.map(|(_, _, function)| *function)
    }

    /// The function's value, in the vendor's charset.
    pub(super) fn apply(self, values: &[Vec<u8>], context: &Context<'_>) -> Vec<u8> {
        let [first, second] = [0, 1].map(|at| values.get(at).map_or(&[][..], Vec::as_slice));
        match self {
            Self::Md5 => md5_hex(first).into_bytes(),
            Self::Sha1 => sha1_hex(first).into_bytes(),
            Self::Sha256 => sha256_hex(first).into_bytes(),
            Self::HmacSha1 => hex(&hmac_sha1(first, second)).into_bytes(),
            Self::HmacSha256 => hex(&hmac_sha256(first, second)).into_bytes(),
            Self::Base64 => base64(first),
            Self::Unhex => {
                let digits: Vec<u8> =
                    first.iter().filter_map(|byte| char::from(*byte).to_digit(16)?.try_into().ok()).collect();
                digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
            }
            // A byte of a GBK character may be a letter's.
            Self::Upper if first.is_ascii() => first.to_ascii_uppercase(),
            Self::Lower if first.is_ascii() => first.to_ascii_lowercase(),
            Self::Upper | Self::Lower | Self::Number => first.to_vec(),
            Self::Percent => encode(first),
            Self::Xml => xml(first),
            Self::Json => {
                let mut json = Vec::new();
                write_text(&mut json, &context.charset.decode(first));
                json
            }
            Self::Time => clock(first, context.now_ms),
            Self::Utc => clock(first, context.now_ms - beijing::OFFSET_MS),
            Self::Sorted | Self::SortedPercent => {
                let mut fields: Vec<&(&str, Vec<u8>)> = context.fields.iter().collect();
                fields.sort_by_key(|(name, _)| *name);
                let written = |bytes: &[u8], out: &mut Vec<u8>| {
                    if self == Self::Sorted { out.extend_from_slice(bytes) } else { percent::encode_into(out, bytes) }
                };
                let mut joined = Vec::new();
                for (at, (name, value)) in fields.into_iter().enumerate() {
                    joined.extend_from_slice(if at == 0 { b"" } else { second });
                    written(name.as_bytes(), &mut joined);
                    joined.extend_from_slice(first);
                    written(value, &mut joined);
                }
                joined
            }
        }
    }
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | usize::from(chunk.get(at).copied().unwrap_or_default()));
        for at in 0..4 {
            out.push(if at > chunk.len() { b'=' } else { DIGITS[bits >> (18 - 6 * at) & 63] });
        }
    }
    out
}

fn xml(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for byte in text {
        // No byte of a GBK character is one of these marks.
        match byte {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            byte => out.push(*byte),
        }
    }
    out
}

/// A time by a pattern: each of `y`, `M`, `d`, `H`, `m` and `s` becomes the next digit of its part.
fn clock(pattern: &[u8], ms: i64) -> Vec<u8> {
    const PARTS: &[u8] = b"yyyy MM dd HH mm ss";
    let time: String = beijing::written(ms);
    let mut used = [false; PARTS.len()];
    let mut digit = |letter: &u8| {
        let at = (0..PARTS.len()).find(|at| PARTS[*at] == *letter && *letter != b' ' && !used[*at]);
        let Some(at) = at else { return *letter };
        used[at] = true;
        time.as_bytes().get(at).copied().unwrap_or_default()
    };
    pattern.iter().map(&mut digit).collect()
}
