//! Zitadel's HTTP provider for SMS. Source:
//! <https://zitadel.com/docs/guides/manage/customize/notification-providers>.

use alloc::borrow::ToOwned;
use alloc::vec;
use alloc::vec::Vec;

use crate::edge::gateway::LoginServer;
use crate::edge::gateway::credentials::check_zitadel;
use crate::edge::gateway::gateway_send::{GatewayContent, GatewaySend, phone, text_at};
use crate::edge::handler_reply::Problem;
use crate::edge::handler_request::HandlerRequest;
use crate::secret::Secret;

pub(super) struct Zitadel {
    pub(super) keys: Vec<Secret>,
}

/// The names of the code among `args`. Zitadel writes the names of its own code with a small first letter, so that
/// `OTP` is `oTP`.
const CODES: [&str; 3] = ["args.code", "args.oTP", "args.otp"];

/// The purpose for the end of each event's name.
const PURPOSES: [(&str, &str); 5] = [
    (".phone.code.added", "bind"),
    (".password.code.added", "reset-password"),
    (".otp.sms.challenged", "mfa"),
    (".otp.sms.code.added", "mfa"),
    (".invite.code.added", "invite"),
];

impl LoginServer for Zitadel {
    fn header_names(&self) -> Vec<&str> {
        vec!["zitadel-signature"]
    }

    fn read(&self, request: &HandlerRequest, _: Option<&str>, now: i64) -> Result<GatewaySend, Problem> {
        check_zitadel(request, &self.keys, now)?;
        let json = request.json()?;
        let code = CODES.into_iter().find_map(|path| Some((text_at(&json, path)?, path)));
        let content = match code {
            Some((code, path)) => GatewayContent::code(Some(code), path)?,
            None => GatewayContent::text(text_at(&json, "templateData.text"), "templateData.text")?,
        };
        let number = "contextInfo.recipientPhoneNumber";
        let event = text_at(&json, "contextInfo.eventType").unwrap_or_default();
        let purpose = PURPOSES.iter().find(|(end, _)| event.ends_with(end)).map(|(_, purpose)| (*purpose).to_owned());
        Ok(GatewaySend { purpose, ..GatewaySend::new(phone(text_at(&json, number), number)?, content) })
    }
}
