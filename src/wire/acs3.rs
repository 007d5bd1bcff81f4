//! ACS3-HMAC-SHA256: the signature of a POST to Alibaba Cloud's `OpenAPI`, in the RPC style.
//!
//! Source: <https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature>.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::secret::Secret;
use crate::wire::beijing;
use crate::wire::digest::{hex, hmac_sha256, sha256_hex};
use crate::wire::percent;

const ALGORITHM: &str = "ACS3-HMAC-SHA256";
/// The type of a body of form fields, which is signed with it.
const FORM: &str = "application/x-www-form-urlencoded";

/// An `AccessKey` pair.
pub struct AccessKey {
    /// The `AccessKey` ID.
    pub id: String,
    /// The `AccessKey` secret.
    pub secret: Secret,
    /// The token of a temporary key.
    pub token: Option<Secret>,
}

/// A call of an operation. Its parameters stand in the query or in the body: which, the operation's document says.
#[derive(Clone, Copy)]
pub struct AcsCall<'a> {
    /// The host, with its port where the URL has one.
    pub host: &'a str,
    /// The operation, `SendSms`.
    pub action: &'a str,
    /// The version of the product's API, `2017-05-25`.
    pub version: &'a str,
    /// The query as [`parameters`] writes it; empty where there is none.
    pub query: &'a str,
    /// The body as [`parameters`] writes it; empty where there is none.
    pub body: &'a str,
}

/// Writes parameters for a query or a body: in the order of their names, in RFC 3986's percent-encoding.
#[must_use]
pub fn parameters(pairs: &[(&str, &str)]) -> String {
    let mut pairs = pairs.to_vec();
    pairs.sort_unstable();
    let encoded = |text: &str| percent::encode_text(text.as_bytes());
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| [&encoded(name), "=", &encoded(value)].concat()).collect();
    pairs.join("&")
}

/// The headers of a call, the signature among them, but for `host`, which the transport writes. `now` is in milliseconds since
/// 1970: Alibaba Cloud rejects a call that is 15 minutes old. The nonce makes the call good once.
#[must_use]
pub fn headers(key: &AccessKey, call: &AcsCall<'_>, now: i64, nonce: &[u8; 16]) -> Vec<(&'static str, String)> {
    let digest = sha256_hex(call.body.as_bytes());
    let mut headers = Vec::new();
    if !call.body.is_empty() {
        headers.push(("content-type", FORM.to_owned()));
    }
    headers.push(("host", call.host.to_owned()));
    headers.push(("x-acs-action", call.action.to_owned()));
    headers.push(("x-acs-content-sha256", digest.clone()));
    headers.push(("x-acs-date", beijing::utc(now)));
    headers.extend(key.token.as_ref().map(|token| ("x-acs-security-token", token.expose().to_owned())));
    headers.push(("x-acs-signature-nonce", hex(nonce)));
    headers.push(("x-acs-version", call.version.to_owned()));
    // They stand in the order of their names.
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let lines: String = headers.iter().flat_map(|(name, value)| [name, ":", value, "\n"]).collect();
    let canonical = ["POST\n/\n", call.query, "\n", &lines, "\n", &names, "\n", &digest].concat();
    let to_sign = [ALGORITHM, "\n", &sha256_hex(canonical.as_bytes())].concat();
    let signature = hex(&hmac_sha256(key.secret.expose().as_bytes(), to_sign.as_bytes()));
    let signed = [ALGORITHM, " Credential=", &key.id, ",SignedHeaders=", &names, ",Signature=", &signature].concat();
    headers.retain(|(name, _)| *name != "host");
    headers.push(("authorization", signed));
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header<'a>(headers: &'a [(&str, String)], wanted: &str) -> Option<&'a str> {
        headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.as_str())
    }

    /// The document's example with fixed parameters.
    #[test]
    fn signs_the_documents_example() {
        let key =
            AccessKey { id: "YourAccessKeyId".to_owned(), secret: Secret::new("YourAccessKeySecret"), token: None };
        let query = parameters(&[
            ("RegionId", "cn-shanghai"),
            ("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"),
        ]);
        let call = AcsCall {
            host: "ecs.cn-shanghai.aliyuncs.com",
            action: "RunInstances",
            version: "2014-05-26",
            query: &query,
            body: "",
        };
        let nonce = 0x3156_8532_99f3_13e2_3d16_73dc_12e1_703d_u128.to_be_bytes();
        let headers = headers(&key, &call, 1_698_315_752_000, &nonce);
        assert_eq!(header(&headers, "x-acs-date"), Some("2023-10-26T10:22:32Z"));
        assert_eq!(
            header(&headers, "authorization"),
            Some(
                "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;\
                 x-acs-date;x-acs-signature-nonce;x-acs-version,\
                 Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
            )
        );
        assert_eq!(header(&headers, "content-type"), None, "there is no body");
        assert_eq!(header(&headers, "host"), None, "the transport writes it");
    }

    #[test]
    fn signs_a_body_with_its_type() {
        let key = AccessKey { id: "id".to_owned(), secret: Secret::new("secret"), token: None };
        let body = parameters(&[("b", "1 +/*~"), ("a", "信")]);
        assert_eq!(body, "a=%E4%BF%A1&b=1%20%2B%2F%2A~");
        let call = AcsCall { host: "127.0.0.1:8080", action: "A", version: "V", query: "", body: &body };
        let signed = headers(&key, &call, 0, &[0; 16]);
        assert_eq!(header(&signed, "content-type"), Some("application/x-www-form-urlencoded"));
        // Of Python's hashlib and hmac.
        assert_eq!(
            header(&signed, "authorization"),
            Some(
                "ACS3-HMAC-SHA256 Credential=id,SignedHeaders=content-type;host;x-acs-action;x-acs-content-sha256;\
                 x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=1e3917cd380c7384eadf7e90da58f2d9a83453dec860a17c6b4bacd86738c41a"
            )
        );
    }
}
