//! Reads forms and queries as a server does.

use super::http::Request;
use super::{BadRequest, multipart};

/// The parameters of a request, as bytes. The vendor's server knows their charset.
#[derive(Default)]
pub(super) struct Form(Vec<(Vec<u8>, Vec<u8>)>);

impl Form {
    /// The parameters in the query of a GET; of a POST those in the body, then those in the query.
    pub(super) fn of(request: &Request) -> Result<Self, BadRequest> {
        let query = Self::parse(request.query().as_bytes());
        if request.method == "GET" {
            return Ok(query);
        }
        let Self(mut fields) = Self::of_body(request)?;
        fields.extend(query.0);
        Ok(Self(fields))
    }

    /// The parameters in the body of a POST. A request without a body has none.
    pub(super) fn of_body(request: &Request) -> Result<Self, BadRequest> {
        if request.method != "POST" {
            return Err(BadRequest::Method("GET, POST"));
        }
        match request.content_type().as_str() {
            "application/x-www-form-urlencoded" => Ok(Self::parse(&request.body)),
            "multipart/form-data" => Ok(Self(multipart::fields(request.header("content-type"), &request.body))),
            _ if request.body.is_empty() => Ok(Self::default()),
            _ => Err(BadRequest::ContentType("application/x-www-form-urlencoded")),
        }
    }

    /// Whether the form has a parameter, even an empty one.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name.as_bytes())
    }

    fn parse(raw: &[u8]) -> Self {
        let pairs = raw.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
            let equals = pair.iter().position(|byte| *byte == b'=');
            let (name, value) = equals.map_or((pair, &[][..]), |at| (&pair[..at], &pair[at + 1..]));
            (decode(name), decode(value))
        });
        Self(pairs.collect())
    }

    /// All parameters, decoded.
    pub(super) fn pairs(&self) -> &[(Vec<u8>, Vec<u8>)] {
        &self.0
    }

    /// The parameters of the URL's query alone.
    pub(super) fn of_query(request: &Request) -> Self {
        Self::parse(request.query().as_bytes())
    }

    /// A parameter's bytes; empty for an absent one.
    pub(super) fn bytes(&self, name: &str) -> &[u8] {
        self.0.iter().find(|(known, _)| known == name.as_bytes()).map_or(&[], |(_, value)| value)
    }

    /// A parameter decoded as UTF-8. Other bytes become U+FFFD, as on many servers, so that a test notices them.
    pub(super) fn utf8(&self, name: &str) -> String {
        String::from_utf8_lossy(self.bytes(name)).into_owned()
    }

    /// A parameter decoded as GB2312; other bytes become U+FFFD.
    pub(super) fn gbk(&self, name: &str) -> String {
        decode_gbk(self.bytes(name))
    }

    /// A parameter in GB2312 that was url-encoded twice.
    pub(super) fn gbk_decoded_twice(&self, name: &str) -> String {
        decode_gbk(&decode(self.bytes(name)))
    }
}

fn decode(bytes: &[u8]) -> Vec<u8> {
    let mut spaced = bytes.to_vec();
    spaced.iter_mut().filter(|byte| **byte == b'+').for_each(|byte| *byte = b' ');
    urlencoding::decode_binary(&spaced).into_owned()
}

/// Decodes GBK by a table older than GB 18030. A character that GB 18030 added becomes U+FFFD, so that a test notices
/// it.
fn decode_gbk(bytes: &[u8]) -> String {
    // A byte that no table of GBK has.
    const UNKNOWN: u8 = 0xFF;
    let mut old = Vec::with_capacity(bytes.len());
    let mut bytes = bytes.iter().copied();
    while let Some(lead) = bytes.next() {
        match lead {
            0..=0x7F => old.push(lead),
            0x80 => old.push(UNKNOWN),
            _ => match bytes.next() {
                Some(trail) if is_newer(lead, trail) => old.push(UNKNOWN),
                Some(trail) => old.extend([lead, trail]),
                None => old.push(lead),
            },
        }
    }
    encoding_rs::GBK.decode_without_bom_handling(&old).0.into_owned()
}

/// Whether GB 18030 added the code: presentation forms in row A6, ḿ and ǹ in A8, ideographic description characters in
/// A9, rare characters in FE.
const fn is_newer(lead: u8, trail: u8) -> bool {
    match lead {
        0xA6 => matches!(trail, 0xD9..=0xDF | 0xEC | 0xED | 0xF3),
        0xA8 => matches!(trail, 0xBC | 0xBF),
        0xA9 => matches!(trail, 0x89..=0x95),
        0xFE => matches!(trail, 0x50..=0xA0),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browser_encoded_form_is_parsed() {
        let form = Form::parse(b"a=1+2%2B3&b=%D0%C5&c&=x&d=%25D0%25C5&e=%zz&a=again");
        assert_eq!(form.utf8("a"), "1 2+3", "the first of two");
        assert_eq!(form.gbk("b"), "信");
        assert_eq!((form.bytes("c"), form.bytes("absent")), (&[][..], &[][..]));
        assert_eq!(form.gbk_decoded_twice("d"), "信");
        assert_eq!(form.utf8("e"), "%zz");
    }

    #[test]
    fn post_parameters_come_from_body_and_query() {
        let post = |content_type: &str, body: &[u8]| {
            let headers = vec![("content-type".to_owned(), content_type.to_owned())];
            Request { method: "POST".into(), url: "/x?a=query&b=2".into(), headers, body: body.to_vec() }
        };
        for (content_type, body) in [
            ("application/x-www-form-urlencoded", &b"a=1"[..]),
            ("Application/X-WWW-Form-URLEncoded; charset=GBK", b"a=1"),
            ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--"),
        ] {
            let form = Form::of(&post(content_type, body)).unwrap();
            assert_eq!((form.utf8("a").as_str(), form.utf8("b").as_str()), ("1", "2"), "{content_type}");
            assert!(!Form::of_body(&post(content_type, body)).unwrap().has("b"));
        }
        assert_eq!(Form::of(&post("", b"")).unwrap().utf8("a"), "query");
        for content_type in ["", "text/plain", "application/json"] {
            assert!(matches!(Form::of(&post(content_type, b"a=1")), Err(BadRequest::ContentType(_))), "{content_type}");
        }
    }

    #[test]
    fn characters_missing_from_older_tables_are_replaced() {
        let form = Form::parse(b"a=%D0%C5%FE%9F%80%A6%D9a&b=%A8%BBa%A6%E0");
        assert_eq!((form.gbk("a").as_str(), form.gbk("b").as_str()), ("信\u{fffd}\u{fffd}\u{fffd}a", "ɑa︵"));
    }
}
