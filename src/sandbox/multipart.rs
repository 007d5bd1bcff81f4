//! Multipart forms (RFC 7578), as PHP's curl writes them from an array of fields.

/// The names and values of a form, as bytes. `content_type` names the boundary.
pub(super) fn fields(content_type: &str, body: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let Some(boundary) = parameter(content_type.as_bytes(), b"boundary=") else { return Vec::new() };
    let delimiter = [b"--", boundary].concat();
    let mut fields = Vec::new();
    let mut rest = after(body, &delimiter);
    while let Some(part) = rest {
        rest = after(part, &delimiter);
        let part = &part[..rest.map_or(part.len(), |rest| part.len() - rest.len() - delimiter.len())];
        let Some(value) = after(part, b"\r\n\r\n") else { continue };
        let head = &part[..part.len() - value.len()];
        if let Some(name) = parameter(head, b" name=") {
            fields.push((name.to_vec(), value.strip_suffix(b"\r\n").unwrap_or(value).to_vec()));
        }
    }
    fields
}

/// The bytes behind the first `wanted`.
fn after<'a>(bytes: &'a [u8], needle: &[u8]) -> Option<&'a [u8]> {
    let at = bytes.windows(needle.len()).position(|window| window.eq_ignore_ascii_case(needle))?;
    Some(&bytes[at + needle.len()..])
}

/// The value of a parameter of a header, quoted or not.
fn parameter<'a>(header: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = after(header, name)?;
    let (value, ends): (_, &[u8]) = match value.strip_prefix(b"\"") {
        Some(quoted) => (quoted, b"\""),
        None => (value, b"; \r\n"),
    };
    let end = value.iter().position(|byte| ends.contains(byte)).unwrap_or(value.len());
    Some(&value[..end]).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curl_multipart_is_parsed() {
        let body = b"preamble\r\n--x--y\r\nContent-Disposition: form-data; name=\"msg\"\r\n\r\n\xD0\xC5\r\n--\r\n\r\n--x--y\r\n\
            content-disposition: form-data; name=uid\r\nContent-Type: text/plain\r\n\r\n\r\n--x--y--\r\n";
        for boundary in ["multipart/form-data; boundary=x--y", "Multipart/Form-Data; Boundary=\"x--y\"; charset=gbk"] {
            let read = fields(boundary, body);
            let expected: [(&[u8], &[u8]); 2] = [(b"msg", b"\xD0\xC5\r\n--\r\n"), (b"uid", b"")];
            assert_eq!(read.len(), 2);
            for ((name, value), expected) in read.iter().zip(expected) {
                assert_eq!((name.as_slice(), value.as_slice()), expected, "{boundary}");
            }
        }
        for (content_type, body) in [
            ("multipart/form-data", &body[..]),
            ("multipart/form-data; boundary=z", body),
            ("multipart/form-data; boundary=x", b"--x"),
        ] {
            assert!(fields(content_type, body).is_empty(), "{content_type}");
        }
    }
}
