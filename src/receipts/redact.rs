//! [`redact`]: erases a number from bytes without moving them.

/// Overwrites every occurrence of a number with ones, which are no phone number and keep JSON valid. Returns whether
/// there was one.
pub fn redact(bytes: &mut [u8], number: &[u8]) -> bool {
    let mut from = 0;
    let mut found = false;
    while let Some(at) =
        bytes.get(from..).and_then(|rest| rest.windows(number.len().max(1)).position(|it| it == number))
    {
        let (at, end) = (from + at, from + at + number.len());
        if begins_at(&bytes[..at]) && !bytes.get(end).is_some_and(u8::is_ascii_digit) {
            bytes[at..end].fill(b'1');
            found = true;
        }
        from = at + 1;
    }
    found
}

/// Whether a number can begin behind these bytes: not within a longer number, unless those digits are a country code or
/// an escape.
fn begins_at(before: &[u8]) -> bool {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let is_escape = |end: usize| end >= 3 && before[end - 3] == b'%';
    match before.len() {
        end if !is_digit(before.last()) || is_escape(end) => true,
        end if before.ends_with(b"86") => {
            let before = &before[..end - 2];
            !is_digit(before.last()) || before.ends_with(b"00") || is_escape(before.len())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_the_number_is_redacted_and_other_numbers_stay() {
        let mut bytes = *b"m=13812345678&n=8613812345678,138123456789,%2213812345678,913812345678,+8613812345678";
        assert!(redact(&mut bytes, b"13812345678"));
        let redacted = b"m=11111111111&n=8611111111111,138123456789,%2211111111111,913812345678,+8611111111111";
        assert_eq!(&bytes, redacted);
        assert!(!redact(&mut bytes, b"13812345678"));
    }
}
