//! Percent-encoding of a query or a form field.

use alloc::string::String;
use alloc::vec::Vec;

pub use xinshi_bytes::DIGITS;

/// Appends `bytes`, with all but letters, digits and `-._~` (RFC 3986, unreserved) as `%XX`.
///
/// A space becomes `%20` and never `+`: every form decoder reads it, and so does a server that decodes a query as a
/// path.
pub fn encode_into(out: &mut Vec<u8>, bytes: &[u8]) {
    xinshi_bytes::percent_encode(out, bytes);
}

/// The encoded bytes.
#[must_use]
pub fn encode(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode_into(&mut out, bytes);
    out
}

/// The encoded bytes as text: they are ASCII.
#[must_use]
pub fn encode_text(bytes: &[u8]) -> String {
    String::from_utf8(encode(bytes)).unwrap_or_default()
}

/// Decodes, and reads `+` as a space, as forms and PHP's urlencode write it. `None` where two hex digits do not follow
/// a `%`.
#[must_use]
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            b'+' => b' ',
            byte => byte,
        });
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_round_trips() {
        let every: Vec<u8> = (0..=u8::MAX).collect();
        let encoded = encode(&every);
        assert!(encoded.iter().all(|byte| byte.is_ascii_graphic() && !b"&=+;#?".contains(byte)));
        assert_eq!(urlencoding::decode_binary(&encoded), every);
        assert_eq!(decode(&encoded), Some(every));
        assert_eq!(decode(b"a+b%2B"), Some(b"a b+".to_vec()));
        assert_eq!((decode(b"%"), decode(b"%4"), decode(b"%zz")), (None, None, None));
    }
}
