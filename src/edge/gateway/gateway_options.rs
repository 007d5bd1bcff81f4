//! [`Gateways`]: the option `gateways`, with an object for each login server.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::edge::access_options;
use crate::edge::gateway::casdoor::Casdoor;
use crate::edge::gateway::described::Described;
use crate::edge::gateway::logto::Logto;
use crate::edge::gateway::novu::Novu;
use crate::edge::gateway::supabase::Supabase;
use crate::edge::gateway::zitadel::Zitadel;
use crate::edge::gateway::{Gateway, LoginServer};
use crate::edge::option_fields::inner;
use crate::error::SmsError;
use crate::options::Fields;
use crate::secret::Secret;
use crate::wire::json::Json;

/// The configured gateways.
#[derive(Default)]
pub struct Gateways(Vec<Gateway>);

/// The name of each login server, and its options.
const SERVERS: [(&str, &[&str]); 6] = [
    ("supabase", &["secret", "ttlSeconds"]),
    ("logto", &["token", "ttlSeconds"]),
    ("zitadel", &["signingKey", "ttlSeconds"]),
    ("casdoor", &["token", "phone", "content", "ttlSeconds"]),
    ("novu", &["apiKey", "header", "ttlSeconds"]),
    ("http", &["token", "phone", "code", "text", "address", "purpose", "locale", "user", "ttlSeconds"]),
];

impl Gateways {
    /// Reads `gateways`. `ttl_ms` is the validity that our texts name without `ttlSeconds`, in milliseconds.
    pub(in crate::edge) fn read(fields: &Fields<'_>, ttl_ms: i64) -> Result<Self, SmsError> {
        let Some(all) = inner(fields, "gateways", &SERVERS.map(|(name, _)| name))? else { return Ok(Self::default()) };
        let mut gateways = Vec::new();
        for (name, known) in SERVERS {
            let Some(options) = inner(&all, name, known)? else { continue };
            // `dev` allows short tokens here too.
            let token = |field: &str| {
                let written = options.required(field)?;
                access_options::token(fields, Some(written), &options.path(field))?
                    .ok_or_else(|| options.wrong(field, "it is missing"))
            };
            let server: Box<dyn LoginServer> = match name {
                "supabase" => Box::new(Supabase::read(&options)?),
                "logto" => Box::new(Logto { token: token("token")? }),
                "zitadel" => Box::new(Zitadel { keys: signing_keys(&options)? }),
                "casdoor" => Box::new(Casdoor {
                    token: token("token")?,
                    phone: options.text("phone")?.unwrap_or("phoneNumber").to_owned(),
                    content: options.text("content")?.map(ToOwned::to_owned),
                }),
                "novu" => Box::new(Novu { api_key: token("apiKey")?, header: header(&options)? }),
                _ => Box::new(Described::read(&options, token("token")?)?),
            };
            let ttl_ms = options.whole("ttlSeconds", 30, 86_400)?.map_or(ttl_ms, |seconds| seconds * 1000);
            gateways.push(Gateway { name, server, ttl_ms });
        }
        Ok(Self(gateways))
    }

    /// The gateway of a name, if it is configured.
    pub(in crate::edge) fn find(&self, name: &str) -> Option<&Gateway> {
        self.0.iter().find(|gateway| gateway.name == name)
    }

    /// The names of the configured gateways.
    pub(in crate::edge) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|gateway| gateway.name)
    }
}

/// A text or several.
pub(super) fn texts_of<'a>(options: &Fields<'a>, name: &str) -> Result<Vec<&'a str>, SmsError> {
    let texts = match options.value(name).and_then(Json::list) {
        Some(_) => options.texts(name)?.unwrap_or_default(),
        None => Vec::from([options.required(name)?]),
    };
    if texts.is_empty() { Err(options.wrong(name, "it is missing")) } else { Ok(texts) }
}

fn signing_keys(options: &Fields<'_>) -> Result<Vec<Secret>, SmsError> {
    let keys = texts_of(options, "signingKey")?;
    if keys.iter().all(|key| key.len() >= 16) {
        Ok(keys.into_iter().map(Secret::new).collect())
    } else {
        Err(options.wrong("signingKey", "a signingKey has at least 16 characters: Zitadel makes it"))
    }
}

fn header(options: &Fields<'_>) -> Result<String, SmsError> {
    let name = options.text("header")?.unwrap_or("x-api-key");
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !name.is_empty() && name.bytes().all(legal) {
        Ok(name.to_ascii_lowercase())
    } else {
        Err(options.wrong("header", "it is not the name of a header"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::parse;

    fn read(json: &str) -> Result<Gateways, SmsError> {
        Gateways::read(&Fields::new(&parse(json, "options").unwrap(), "", "options").unwrap(), 300_000)
    }

    #[test]
    fn only_configured_gateways_exist() {
        let gateways = read(r#"{"gateways":{"logto":{"token":"token-of-a-server","ttlSeconds":600}}}"#).unwrap();
        assert_eq!(gateways.find("logto").unwrap().ttl_ms, 600_000);
        assert!(gateways.find("supabase").is_none() && read("{}").unwrap().find("logto").is_none());
        let secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];
        for secret in [secrets[0].into(), secrets[1].into(), secrets.join("|")] {
            assert!(read(&format!(r#"{{"gateways":{{"supabase":{{"secret":"{secret}"}}}}}}"#)).is_ok(), "{secret}");
        }
    }

    #[test]
    fn an_invalid_option_is_named_by_its_path() {
        for (json, field) in [
            (r#"{"gateways":{"auth0":{}}}"#, "gateways.auth0"),
            (r#"{"gateways":{"supabase":{}}}"#, "gateways.supabase.secret"),
            (r#"{"gateways":{"supabase":{"secret":[]}}}"#, "gateways.supabase.secret"),
            (r#"{"gateways":{"supabase":{"secret":"v1,whsec_c2hvcnQ="}}}"#, "gateways.supabase.secret"),
            (r#"{"gateways":{"logto":{}}}"#, "gateways.logto.token"),
            (r#"{"gateways":{"logto":{"token":"short"}}}"#, "gateways.logto.token"),
            (r#"{"gateways":{"logto":{"tokens":"token-of-a-server"}}}"#, "gateways.logto.tokens"),
            (r#"{"gateways":{"logto":{"token":"token-of-a-server","ttlSeconds":1}}}"#, "gateways.logto.ttlSeconds"),
            (r#"{"gateways":{"zitadel":{"signingKey":["short"]}}}"#, "gateways.zitadel.signingKey"),
            (r#"{"gateways":{"novu":{"apiKey":"token-of-a-server","header":"a b"}}}"#, "gateways.novu.header"),
            (r#"{"gateways":{"http":{"token":"token-of-a-server","code":"code"}}}"#, "gateways.http.phone"),
            (r#"{"gateways":{"http":{"token":"token-of-a-server","phone":"to"}}}"#, "gateways.http.code"),
            (
                r#"{"gateways":{"http":{"token":"token-of-a-server","phone":"to","code":"a","text":"b"}}}"#,
                "gateways.http.text",
            ),
            (
                r#"{"gateways":{"http":{"token":"token-of-a-server","phone":"to..x","code":"a"}}}"#,
                "gateways.http.phone",
            ),
        ] {
            let error = read(json).err().unwrap_or_else(|| panic!("{json}"));
            assert_eq!(error.field.as_deref(), Some(field), "{json}");
            assert!(!error.message.contains("token-of-a-server") && !error.message.contains("short"), "{json}");
        }
    }
}
