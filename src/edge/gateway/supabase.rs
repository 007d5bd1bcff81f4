//! Supabase's Send SMS hook. Source: <https://supabase.com/docs/guides/auth/auth-hooks/send-sms-hook>, and `v0hooks.go`
//! and `v0http.go` of <https://github.com/supabase/auth> for what it does with an answer.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::edge::gateway::LoginServer;
use crate::edge::gateway::credentials::check_webhook;
use crate::edge::gateway::gateway_options::texts_of;
use crate::edge::gateway::gateway_send::{GatewayContent, GatewaySend, phone, text_at};
use crate::edge::handler_reply::{HandlerReply, Problem, QUOTA_EXCEEDED};
use crate::edge::handler_request::HandlerRequest;
use crate::error::SmsError;
use crate::options::Fields;
use crate::wire::json_writer::Object;

pub(super) struct Supabase {
    keys: Vec<Vec<u8>>,
}

impl Supabase {
    /// Reads `secret`: `v1,whsec_…`, several in a list or separated by `|`, as Supabase shows them.
    pub(super) fn read(options: &Fields<'_>) -> Result<Self, SmsError> {
        let secrets = texts_of(options, "secret")?;
        let key = |secret: &str| {
            let encoded = secret.trim().strip_prefix("v1,").unwrap_or(secret.trim()).strip_prefix("whsec_")?;
            STANDARD.decode(encoded).ok().filter(|key| (24..=64).contains(&key.len()))
        };
        let keys: Option<Vec<Vec<u8>>> = secrets.iter().flat_map(|secret| secret.split('|')).map(key).collect();
        let message = "the secret is v1,whsec_ and 24 to 64 bytes in base64, as Supabase shows it, or a list of them";
        Ok(Self { keys: keys.ok_or_else(|| options.wrong("secret", message))? })
    }
}

impl LoginServer for Supabase {
    fn header_names(&self) -> Vec<&str> {
        vec!["webhook-id", "webhook-timestamp", "webhook-signature"]
    }

    fn read(&self, request: &HandlerRequest, _: Option<&str>, now: i64) -> Result<GatewaySend, Problem> {
        check_webhook(request, &self.keys, now)?;
        let json = request.json()?;
        // A later version names the number of this text, which differs from the user's while that is changed.
        let field = if text_at(&json, "sms.phone").is_some() { "sms.phone" } else { "user.phone" };
        // Supabase stores numbers in E.164 without the plus, and 13334445555 is American.
        let written = text_at(&json, field).map(|written| ["+", written.trim_start_matches('+')].concat());
        let content = GatewayContent::code(text_at(&json, "sms.otp"), "sms.otp")?;
        let user = text_at(&json, "user.id").map(ToOwned::to_owned);
        Ok(GatewaySend { user, ..GatewaySend::new(phone(written.as_deref(), field)?, content) })
    }

    /// Supabase reads a message only from 200, and repeats other answers itself or hides their reason.
    fn rejected(&self, problem: Problem) -> HandlerReply {
        if problem.status == 401 {
            return problem.into();
        }
        let mut error = Object::new();
        error.number("http_code", problem.status.into());
        error.text("message", &message(&problem));
        let mut json = Object::new();
        json.json("error", &error.finish());
        HandlerReply::json(200, json.finish())
    }
}

/// The message that Supabase passes to its caller. An empty one would count as success.
fn message(problem: &Problem) -> String {
    match problem.retry_after {
        Some(seconds) if problem.name == QUOTA_EXCEEDED => {
            format!("Too many codes were requested: try again in {seconds} seconds")
        }
        _ => match &problem.detail {
            Some(detail) => format!("{}: {detail}", problem.title),
            None => problem.title.to_owned(),
        },
    }
}
