//! Casdoor's Custom HTTP SMS provider: two fields, by POST or PUT in a form or JSON, or by GET in the query. Source:
//! `object/sms_custom_http.go` of <https://github.com/casdoor/casdoor>. Any status but 200 is a failure there.

use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;
use alloc::vec::Vec;

use crate::edge::gateway::LoginServer;
use crate::edge::gateway::credentials::{check, check_authorization, is_token};
use crate::edge::gateway::gateway_send::{GatewayContent, GatewaySend, phone};
use crate::edge::handler_reply::Problem;
use crate::edge::handler_request::{Body, HandlerRequest};
use crate::secret::Secret;
use crate::wire::json::Json;
use crate::wire::percent;

pub(super) struct Casdoor {
    pub(super) token: Secret,
    /// The name of the field with the number.
    pub(super) phone: String,
    /// The name of the field with the text; `None` for the only other one.
    pub(super) content: Option<String>,
}

impl LoginServer for Casdoor {
    fn read(&self, request: &HandlerRequest, path_token: Option<&str>, _: i64) -> Result<GatewaySend, Problem> {
        // Earlier versions send no headers, so their token is in the path.
        if let Some(token) = path_token {
            check(is_token(token, &self.token))?;
        } else {
            check_authorization(request, &self.token)?;
        }
        let fields = fields_of(request)?;
        let named = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let content = if let Some(name) = &self.content {
            GatewayContent::text(named(name), name)?
        } else {
            let other = fields.iter().find(|(name, _)| *name != self.phone);
            GatewayContent::text(other.map(|(_, text)| text.as_str()), "content")?
        };
        Ok(GatewaySend::new(phone(named(&self.phone), &self.phone)?, content))
    }
}

/// The fields of a query, a form or a JSON object.
fn fields_of(request: &HandlerRequest) -> Result<Vec<(String, String)>, Problem> {
    let malformed = || Problem::malformed("body", "the fields are not encoded as a form is");
    if request.method == "GET" {
        return form(&request.query).ok_or_else(malformed);
    }
    let media_type = request.content_type.as_deref().unwrap_or_default().trim_start();
    let form_type = "application/x-www-form-urlencoded";
    if media_type.get(..form_type.len()).is_some_and(|start| start.eq_ignore_ascii_case(form_type)) {
        return match &request.body {
            Body::Whole(body) => core::str::from_utf8(body).ok().and_then(form).ok_or_else(malformed),
            // The problem for a body that is too long or unfinished does not depend on the format.
            _ => Err(HandlerRequest { content_type: Some("application/json".to_owned()), ..request.clone() }
                .json()
                .err()
                .unwrap_or_else(malformed)),
        };
    }
    let json = request.json()?;
    let field = |(name, value): &(Cow<'_, str>, Json<'_>)| Some((name.clone().into_owned(), value.text()?.to_owned()));
    Ok(json.members().iter().filter_map(field).collect())
}

fn form(text: &str) -> Option<Vec<(String, String)>> {
    let decode = |text: &str| String::from_utf8(percent::decode(text.as_bytes())?).ok();
    let field = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decode(name)?, decode(value)?))
    };
    text.split('&').filter(|pair| !pair.is_empty()).map(field).collect()
}
