//! Percent-encoding of a query or a form field.

/// Appends `bytes`, with everything but letters, digits and `-._~` (RFC 3986, unreserved) as `%XX`.
///
/// A space becomes `%20` and never `+`: every form decoder reads it, and so does a server that decodes a query as a path.
pub fn encode_into(out: &mut Vec<u8>, bytes: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    out.reserve(bytes.len() * 3);
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(byte);
        } else {
            out.extend([b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
}

/// The encoded form alone.
#[must_use]
pub fn encode(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode_into(&mut out, bytes);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        let every: Vec<u8> = (0..=u8::MAX).collect();
        let encoded = encode(&every);
        assert!(encoded.iter().all(|byte| byte.is_ascii_graphic() && !b"&=+;#?".contains(byte)));
        assert_eq!(urlencoding::decode_binary(&encoded), every);
    }
}
