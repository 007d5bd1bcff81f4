//! Novu's SMS Webhook provider. Source: <https://docs.novu.co/platform/integrations/sms/sms-webhook>, and
//! `generic-sms.provider.ts` of <https://github.com/novuhq/novu>.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use crate::edge::gateway::LoginServer;
use crate::edge::gateway::credentials::{check, is_token};
use crate::edge::gateway::gateway_send::{GatewayContent, GatewaySend, phone, text_at};
use crate::edge::handler_reply::{HandlerReply, Problem};
use crate::edge::handler_request::HandlerRequest;
use crate::secret::Secret;
use crate::wire::beijing;
use crate::wire::json_writer::Object;

pub(super) struct Novu {
    pub(super) api_key: Secret,
    /// The name of the header with the key, in small letters.
    pub(super) header: String,
}

impl LoginServer for Novu {
    fn header_names(&self) -> Vec<&str> {
        vec![&self.header]
    }

    fn read(&self, request: &HandlerRequest, _: Option<&str>, _: i64) -> Result<GatewaySend, Problem> {
        check(is_token(request.header(&self.header).unwrap_or_default(), &self.api_key))?;
        let json = request.json()?;
        let content = GatewayContent::text(text_at(&json, "content"), "content")?;
        // Novu's own id of the message, which its retries repeat.
        let user = text_at(&json, "id").map(ToOwned::to_owned);
        Ok(GatewaySend { user, ..GatewaySend::new(phone(text_at(&json, "to"), "to")?, content) })
    }

    /// At Novu's default `Id Path` and the usual `Date Path`: `data.id` and `data.date`.
    fn accepted(&self, id: &str, now: i64) -> HandlerReply {
        let mut data = Object::new();
        data.text("id", id);
        data.text("date", &beijing::iso(&now.div_euclid(1000).to_string()).unwrap_or_default());
        let mut json = Object::new();
        json.json("data", &data.finish());
        HandlerReply::json(200, json.finish())
    }
}
