//! `http`: any server that posts JSON. The options describe its body by paths.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::edge::config::is_purpose;
use crate::edge::gateway::LoginServer;
use crate::edge::gateway::credentials::check_authorization;
use crate::edge::gateway::gateway_send::{GatewayContent, GatewaySend, phone, text_at};
use crate::edge::handler_reply::Problem;
use crate::edge::handler_request::HandlerRequest;
use crate::error::SmsError;
use crate::options::Fields;
use crate::secret::Secret;

pub(super) struct Described {
    token: Secret,
    phone: String,
    /// The path of the code or of the text, and whether it is a text.
    content: (String, bool),
    address: Option<String>,
    purpose: Option<String>,
    locale: Option<String>,
    user: Option<String>,
}

impl Described {
    pub(super) fn read(options: &Fields<'_>, token: Secret) -> Result<Self, SmsError> {
        let path = |name: &str| match options.text(name)? {
            None => Ok(None),
            Some(path) if path.split('.').all(|part| !part.is_empty()) => Ok(Some(path.to_owned())),
            Some(_) => Err(options.wrong(name, "it is a path of names with dots between them: payload.code")),
        };
        let required = |name: &str, path: Option<String>| {
            path.ok_or_else(|| options.wrong(name, "the path of it in the body is missing"))
        };
        let content = match (path("code")?, path("text")?) {
            (Some(_), Some(_)) => {
                return Err(options.wrong("text", "name the path of a code or of a text, not of both"));
            }
            (None, Some(text)) => (text, true),
            (code, None) => (required("code", code)?, false),
        };
        let phone = required("phone", path("phone")?)?;
        let (address, purpose, locale, user) = (path("address")?, path("purpose")?, path("locale")?, path("user")?);
        Ok(Self { token, phone, content, address, purpose, locale, user })
    }
}

impl LoginServer for Described {
    fn read(&self, request: &HandlerRequest, _: Option<&str>, _: i64) -> Result<GatewaySend, Problem> {
        check_authorization(request, &self.token)?;
        let json = request.json()?;
        let optional = |path: &Option<String>| text_at(&json, path.as_deref()?).map(ToOwned::to_owned);
        let (path, is_text) = &self.content;
        let content = if *is_text {
            GatewayContent::text(text_at(&json, path), path)?
        } else {
            GatewayContent::code(text_at(&json, path), path)?
        };
        Ok(GatewaySend {
            phone: phone(text_at(&json, &self.phone), &self.phone)?,
            content,
            address: optional(&self.address),
            locale: optional(&self.locale),
            purpose: optional(&self.purpose).filter(|purpose| is_purpose(purpose)),
            user: optional(&self.user),
        })
    }
}
