//! Forms and queries, read as a server does.

use super::http::Request;

/// The parameters of a request, as bytes: the vendor knows their charset.
#[derive(Default)]
pub(super) struct Form(Vec<(Vec<u8>, Vec<u8>)>);

impl Form {
    /// The query of a GET, the body of a form POST, nothing of anything else.
    pub(super) fn of(request: &Request) -> Option<Self> {
        match request.method.as_str() {
            "GET" => Some(Self::parse(request.query().as_bytes())),
            "POST" if request.header("content-type").starts_with("application/x-www-form-urlencoded") => {
                Some(Self::parse(&request.body))
            }
            _ => None,
        }
    }

    fn parse(raw: &[u8]) -> Self {
        let pairs = raw.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
            let equals = pair.iter().position(|byte| *byte == b'=');
            let (name, value) = equals.map_or((pair, &[][..]), |at| (&pair[..at], &pair[at + 1..]));
            (decode(name), decode(value))
        });
        Self(pairs.collect())
    }

    /// A parameter's bytes, empty where it is absent.
    pub(super) fn bytes(&self, name: &str) -> &[u8] {
        self.0.iter().find(|(known, _)| known == name.as_bytes()).map_or(&[], |(_, value)| value)
    }

    /// A parameter in UTF-8. Bytes that are not become U+FFFD, as on many a server, so that a test sees them.
    pub(super) fn utf8(&self, name: &str) -> String {
        String::from_utf8_lossy(self.bytes(name)).into_owned()
    }

    /// A parameter in GB2312, in the same way.
    pub(super) fn gbk(&self, name: &str) -> String {
        decode_gbk(self.bytes(name))
    }

    /// A parameter in GB2312 that was url-encoded once more than the form.
    pub(super) fn gbk_decoded_twice(&self, name: &str) -> String {
        decode_gbk(&decode(self.bytes(name)))
    }
}

fn decode(bytes: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    urlencoding::decode_binary(&spaced).into_owned()
}

fn decode_gbk(bytes: &[u8]) -> String {
    encoding_rs::GBK.decode_without_bom_handling(bytes).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_browsers_write() {
        let form = Form::parse(b"a=1+2%2B3&b=%D0%C5&c&=x&d=%25D0%25C5&e=%zz&a=again");
        assert_eq!(form.utf8("a"), "1 2+3", "the first of two");
        assert_eq!(form.gbk("b"), "信");
        assert_eq!((form.bytes("c"), form.bytes("absent")), (&[][..], &[][..]));
        assert_eq!(form.gbk_decoded_twice("d"), "信");
        assert_eq!(form.utf8("e"), "%zz");
    }
}
