//! Logto's HTTP SMS connector. Source: <https://docs.logto.io/integrations/http-sms>, and `SendMessageData` of
//! `@logto/connector-kit`.

use alloc::borrow::ToOwned;

use crate::edge::gateway::LoginServer;
use crate::edge::gateway::credentials::check_authorization;
use crate::edge::gateway::gateway_send::{GatewayContent, GatewaySend, phone, text_at};
use crate::edge::handler_reply::Problem;
use crate::edge::handler_request::HandlerRequest;
use crate::secret::Secret;

pub(super) struct Logto {
    pub(super) token: Secret,
}

/// The purpose for each type of Logto's. `Generic` has none.
const PURPOSES: [(&str, &str); 7] = [
    ("SignIn", "login"),
    ("Register", "register"),
    ("ForgotPassword", "reset-password"),
    ("UserPermissionValidation", "confirm"),
    ("BindNewIdentifier", "bind"),
    ("MfaVerification", "mfa"),
    ("BindMfa", "bind-mfa"),
];

impl LoginServer for Logto {
    fn read(&self, request: &HandlerRequest, _: Option<&str>, _: i64) -> Result<GatewaySend, Problem> {
        check_authorization(request, &self.token)?;
        let json = request.json()?;
        let owned = |path: &str| text_at(&json, path).map(ToOwned::to_owned);
        let kind = text_at(&json, "type").unwrap_or_default();
        let purpose = PURPOSES.iter().find(|(known, _)| *known == kind).map(|(_, purpose)| (*purpose).to_owned());
        let content = GatewayContent::code(text_at(&json, "payload.code"), "payload.code")?;
        let (address, locale) = (owned("ip"), owned("payload.locale"));
        Ok(GatewaySend { address, locale, purpose, ..GatewaySend::new(phone(text_at(&json, "to"), "to")?, content) })
    }
}
