//! TC3-HMAC-SHA256: the signature of a POST to Tencent Cloud's API 3.0, whose body is JSON.
//!
//! Source: <https://cloud.tencent.com/document/api/213/30654>.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::decimal;
use crate::secret::Secret;
use crate::wire::beijing;
use crate::wire::digest::{hex, hmac_sha256, sha256_hex};

const ALGORITHM: &str = "TC3-HMAC-SHA256";
const JSON: &str = "application/json";

/// An API key.
pub struct ApiKey {
    /// The `SecretId`.
    pub id: String,
    /// The `SecretKey`.
    pub secret: Secret,
    /// The token of a temporary key.
    pub token: Option<Secret>,
}

/// A call of an operation.
#[derive(Clone, Copy)]
pub struct TcCall<'a> {
    /// The host, with its port where the URL has one.
    pub host: &'a str,
    /// The product, `sms`.
    pub service: &'a str,
    /// The operation, `SendSms`.
    pub action: &'a str,
    /// The version of the product's API, `2021-01-11`.
    pub version: &'a str,
    /// The region, where the operation wants one.
    pub region: Option<&'a str>,
    /// The body.
    pub body: &'a str,
}

/// The headers of a call, the signature among them, but for `host`, which the transport writes. `now` is in milliseconds since
/// 1970: Tencent Cloud rejects a call that is 5 minutes old.
///
/// The signature covers the two headers that the document demands and the vendor's own SDKs sign, so that a call has the
/// SDKs' signature.
#[must_use]
pub fn headers(key: &ApiKey, call: &TcCall<'_>, now: i64) -> Vec<(&'static str, String)> {
    let timestamp = decimal::decimal(now.div_euclid(1000));
    let authorization = authorization(key, call, &timestamp, now, &[("content-type", JSON), ("host", call.host)]);
    let mut headers = Vec::from([
        ("content-type", JSON.to_owned()),
        ("x-tc-action", call.action.to_owned()),
        ("x-tc-version", call.version.to_owned()),
        ("x-tc-timestamp", timestamp),
        ("authorization", authorization),
    ]);
    headers.extend(key.token.as_ref().map(|token| ("x-tc-token", token.expose().to_owned())));
    headers.extend(call.region.map(|region| ("x-tc-region", region.to_owned())));
    headers
}

/// The signature of a call with these headers, which stand in the order of their names, in lower case.
fn authorization(key: &ApiKey, call: &TcCall<'_>, timestamp: &str, now: i64, signed: &[(&str, &str)]) -> String {
    // The day in UTC.
    let time = beijing::utc(now);
    let (date, _) = time.split_once('T').unwrap_or((&time, ""));
    let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let lines: String = signed.iter().flat_map(|(name, value)| [name, ":", value, "\n"]).collect();
    let canonical = ["POST\n/\n\n", &lines, "\n", &names, "\n", &sha256_hex(call.body.as_bytes())].concat();
    let scope = [date, "/", call.service, "/tc3_request"].concat();
    let to_sign = [ALGORITHM, "\n", timestamp, "\n", &scope, "\n", &sha256_hex(canonical.as_bytes())].concat();
    let secret = ["TC3", key.secret.expose()].concat();
    let signing = [date, call.service, "tc3_request"]
        .iter()
        .fold(secret.into_bytes(), |key, part| hmac_sha256(&key, part.as_bytes()).to_vec());
    let signature = hex(&hmac_sha256(&signing, to_sign.as_bytes()));
    [ALGORITHM, " Credential=", &key.id, "/", &scope, ", SignedHeaders=", &names, ", Signature=", &signature].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The document's example, whose key is of asterisks.
    #[test]
    fn signs_the_documents_example() {
        let key = ApiKey { id: ["AKID", &"*".repeat(32)].concat(), secret: Secret::new("*".repeat(32)), token: None };
        let call = TcCall {
            host: "cvm.tencentcloudapi.com",
            service: "cvm",
            action: "DescribeInstances",
            version: "2017-03-12",
            region: Some("ap-guangzhou"),
            body: r#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}"#,
        };
        // It signs the operation as well.
        let signed = [
            ("content-type", "application/json; charset=utf-8"),
            ("host", call.host),
            ("x-tc-action", "describeinstances"),
        ];
        assert_eq!(
            authorization(&key, &call, "1551113065", 1_551_113_065_999, &signed),
            "TC3-HMAC-SHA256 Credential=AKID********************************/2019-02-25/cvm/tc3_request, \
             SignedHeaders=content-type;host;x-tc-action, \
             Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"
        );
        let headers = headers(&key, &call, 1_551_113_065_999);
        let header = |wanted: &str| headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.as_str());
        assert_eq!((header("x-tc-timestamp"), header("x-tc-region")), (Some("1551113065"), Some("ap-guangzhou")));
    }

    #[test]
    fn the_day_is_that_of_utc() {
        let key = ApiKey { id: "id".to_owned(), secret: Secret::new("secret"), token: None };
        let call = TcCall { host: "h", service: "sms", action: "A", version: "V", region: None, body: "{}" };
        let signed = |now| headers(&key, &call, now).into_iter().find(|(name, _)| *name == "authorization").unwrap().1;
        assert!(signed(1_709_251_199_999).contains("id/2024-02-29/sms/"));
        assert!(signed(1_709_251_200_000).contains("id/2024-03-01/sms/"));
    }
}
