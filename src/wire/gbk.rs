//! GBK, which smsadmin calls GB2312. The decoder is that of the WHATWG Encoding Standard. The encoder is that
//! standard's, limited to the codes that every other table of GBK decodes alike: a vendor's server that uses another
//! table would show another character, or cut the text there.
//!
//! The other tables are code page 936, and GBK of Java, Python and iconv. They lack the euro sign's code, private use,
//! and 99 characters that GB 18030 added: see [`is_rejected`]. Java's `GBK`, unlike its code page 936, decodes one more
//! code differently, A892 (⊕). That is an old mistake of that table alone, and the encoder ignores it.
//!
//! Every JavaScript host has the table, and most have it right. The client asks the host for the table and checks it,
//! rather than carrying its own.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use once_cell::race::OnceBox;

use crate::wire::digest::md5_hex;

/// Trail bytes of a lead byte. Two-byte codes have 126 lead bytes from 0x81 and 190 trail bytes from 0x40, without
/// 0x7F.
const TRAIL_BYTES: usize = 190;

/// A source of the table: returns the characters of all two-byte codes, in the order of the codes, as one text.
pub type TableSource = fn() -> Option<String>;

static TABLE_SOURCES: OnceBox<[TableSource; 2]> = OnceBox::new();

/// MD5 of that text. Hosts differ in one code or in private-use characters, and `plan` must return the same bytes
/// everywhere.
const DIGEST: &str = "c44ddfa16bf46212e87c17cb649e8843";

/// The source in a program without a JavaScript host.
#[cfg(feature = "gbk")]
const EMBEDDED: [TableSource; 2] = [|| Some(include_str!("../../pkg-template/client/gbk.txt").into()), || None];
#[cfg(not(feature = "gbk"))]
const EMBEDDED: [TableSource; 2] = [|| None, || None];

/// Sets the sources of the table, which are tried when the table is first needed. The first source with the right table
/// counts.
pub fn set_table_sources(places: [TableSource; 2]) {
    // Every call sets the same sources.
    let _ = TABLE_SOURCES.set(Box::new(places));
}

/// Whether a source has the table. Without it only ASCII can be encoded and decoded.
#[must_use]
pub fn is_known() -> bool {
    tables().is_some()
}

/// A character that GBK lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unencodable {
    /// The character.
    pub character: char,
    /// The position in UTF-16 units from the start: JavaScript's index.
    pub at: usize,
}

/// Encodes a text.
///
/// # Errors
/// Every character that GBK lacks, in order. None is silently replaced.
pub fn encode(text: &str) -> Result<Vec<u8>, Vec<Unencodable>> {
    let mut bytes = Vec::new();
    if append(&mut bytes, text) { Ok(bytes) } else { Err(unencodable(text)) }
}

/// Appends the bytes of a text. Returns false and appends nothing where GBK lacks a character of it.
#[must_use]
pub fn append(out: &mut Vec<u8>, text: &str) -> bool {
    xinshi_bytes::encode(out, text, codes())
}

/// Whether GBK has every character of a text.
#[must_use]
pub fn encodes(text: &str) -> bool {
    xinshi_bytes::encodes(text, codes())
}

/// Every character of a text that GBK lacks, in order.
#[must_use]
pub fn unencodable(text: &str) -> Vec<Unencodable> {
    let codes = codes();
    let mut lacking = Vec::new();
    let mut at = 0;
    for character in text.chars() {
        if !character.is_ascii() && xinshi_bytes::code_of(character, codes) == 0 {
            lacking.push(Unencodable { character, at });
        }
        at += character.len_utf16();
    }
    lacking
}

/// The code of each code point of the basic plane; empty without a table.
fn codes() -> &'static [u16] {
    tables().map_or(&[], |tables| &tables.codes)
}

/// Decodes GBK; `None` for bytes that are not GBK.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<String> {
    let points = tables().map_or(&[][..], |tables| &tables.points);
    let mut text = String::with_capacity(bytes.len());
    let mut bytes = bytes.iter().copied();
    while let Some(lead) = bytes.next() {
        let point = match lead {
            0..=0x7F => u16::from(lead),
            // The one single byte beyond ASCII, the euro sign, as Windows and the web decode it.
            0x80 => EURO,
            0xFF => return None,
            _ => *points.get(index(lead, bytes.next()?)?)?,
        };
        text.push(char::from_u32(u32::from(point))?);
    }
    Some(text)
}

fn index(lead: u8, trail: u8) -> Option<usize> {
    let column = match trail {
        0x40..=0x7E => trail - 0x40,
        0x80..=0xFE => trail - 0x41,
        _ => return None,
    };
    Some(usize::from(lead.checked_sub(0x81)?) * TRAIL_BYTES + usize::from(column))
}

/// The two-byte code at an index: the inverse of [`index`].
#[allow(clippy::cast_possible_truncation, reason = "an index is below 126 times 190")]
const fn code(index: usize) -> u16 {
    let column = (index % TRAIL_BYTES) as u8;
    u16::from_be_bytes([0x81 + (index / TRAIL_BYTES) as u8, column + if column < 0x3F { 0x40 } else { 0x41 }])
}

/// Whether the tables of GBK disagree about a code. The euro sign has two codes, and each table knows only one of them;
/// private use has no agreed characters; and the listed codes are private use in the tables from before GB 18030.
fn is_rejected(point: u16, code: u16) -> bool {
    let is_added = matches!(
        code,
        0xA6D9..=0xA6DF | 0xA6EC | 0xA6ED | 0xA6F3 | 0xA8BC | 0xA8BF | 0xA989..=0xA995 | 0xFE50..=0xFEA0
    );
    is_added || point == EURO || (0xE000..=0xF8FF).contains(&point)
}

const EURO: u16 = 0x20AC;

struct Tables {
    /// The code point of each two-byte code.
    points: Vec<u16>,
    /// The code of each code point of the basic plane; 0 for ASCII and where GBK has none.
    codes: Vec<u16>,
}

fn tables() -> Option<&'static Tables> {
    static TABLES: OnceBox<Option<Tables>> = OnceBox::new();
    TABLES.get_or_init(|| Box::new(load_table().map(|characters| Tables::of(&characters)))).as_ref()
}

/// The table's text, from the first source that has the right one.
fn load_table() -> Option<String> {
    for place in TABLE_SOURCES.get().unwrap_or(&EMBEDDED) {
        if let Some(text) = place().filter(|text| md5_hex(text.as_bytes()) == DIGEST) {
            return Some(text);
        }
    }
    None
}

impl Tables {
    fn of(characters: &str) -> Self {
        let points: Vec<u16> = characters.encode_utf16().collect();
        let mut codes = vec![0; 1 << 16];
        for (index, point) in points.iter().enumerate() {
            let (slot, code) = (&mut codes[usize::from(*point)], code(index));
            // A character with two codes gets the first of them.
            if *slot == 0 && !is_rejected(*point, code) {
                *slot = code;
            }
        }
        Self { points, codes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_agrees_with_encoding_rs_or_is_rejected() {
        let mut rejected = 0;
        for character in '\0'..=char::MAX {
            let text = character.to_string();
            let (expected, _, lacks) = encoding_rs::GBK.encode(&text);
            let is_public = character != '€' && !('\u{E000}'..='\u{F8FF}').contains(&character);
            // tests/gbk.test.mjs compares the remaining characters with encoders of other projects.
            let is_left = encodes(&text);
            rejected += usize::from(!lacks && is_public && !is_left);
            let lacks = lacks || !is_public || !is_left;
            let lacks_it = vec![Unencodable { character, at: 0 }];
            assert_eq!(encode(&text), if lacks { Err(lacks_it) } else { Ok(expected.into_owned()) }, "{character:?}");
        }
        assert_eq!(rejected, 99);
        assert_eq!(unencodable("龚䶮"), [Unencodable { character: '䶮', at: 1 }]);
    }

    #[test]
    fn every_pair_of_bytes_agrees_with_encoding_rs() {
        for pair in 0..=u16::MAX {
            let bytes = pair.to_be_bytes();
            let expected = encoding_rs::GBK.decode_without_bom_handling_and_without_replacement(&bytes);
            assert_eq!(decode(&bytes).as_deref(), expected.as_deref(), "{bytes:02X?}");
        }
    }

    #[test]
    fn embedded_table_equals_the_generated_one() {
        assert!(is_known());
    }

    #[test]
    fn error_positions_are_javascript_indices() {
        let lacking = encode("a𠮷信😀").expect_err("GBK has neither");
        assert_eq!(lacking, [Unencodable { character: '𠮷', at: 1 }, Unencodable { character: '😀', at: 4 }]);
        assert_eq!(decode(&[0xD0]), None, "cut in the middle");
    }
}
