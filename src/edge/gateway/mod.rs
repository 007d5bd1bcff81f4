//! Gateways: login servers post their own codes to the handler, which sends them under the limits of every code.
//!
//! ```text
//! Request ─ LoginServer::read (its token or signature, its format) ─▶ GatewaySend ─ Codes::send_by_key ─▶ its answer
//! ```
//!
//! The code is the login server's: it is in the text and nowhere else. The challenge that the send reserves belongs to
//! the gateway, and no token has that owner, so nobody can verify it here. People guess the code at the login server,
//! so the handler counts no guesses.

mod casdoor;
mod credentials;
mod described;
mod gateway_options;
mod gateway_send;
mod logto;
mod novu;
mod supabase;
mod zitadel;

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;

use crate::edge::address::Address;
use crate::edge::caller::Caller;
use crate::edge::codes::Codes;
use crate::edge::gateway::gateway_send::{GatewayContent, GatewaySend};
use crate::edge::handler_reply::{HandlerReply, Problem};
use crate::edge::handler_request::HandlerRequest;
use crate::edge::host::Host;
use crate::edge::problems::read_entropy;
use crate::edge::send_by_key::{Repeats, SendByKey};
use crate::edge::send_request::SendRequest;
use crate::edge::text::DraftText;

pub(super) use gateway_options::Gateways;

/// The maximum length of a login server's request, in bytes. Supabase posts the whole user, metadata included.
pub(super) const MAX_GATEWAY_BYTES: usize = 1 << 17;
/// The time after which a send that is still under way is answered as sent, in milliseconds. Supabase waits 5 seconds
/// for everything, its connection included, and Zitadel 5 seconds too.
const ANSWER_MS: i64 = 4000;
/// Milliseconds after which a limit that requires a captcha of a person is worth another attempt.
const CAPTCHA_WAIT_MS: i64 = 60_000;

/// A configured gateway.
pub(super) struct Gateway {
    /// The name in its path.
    pub name: &'static str,
    server: Box<dyn LoginServer>,
    /// The validity that our texts name, in milliseconds.
    ttl_ms: i64,
}

/// The format of a login server.
pub(super) trait LoginServer {
    /// The headers that it needs beside those of every request.
    fn header_names(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Checks a request's token or signature and reads its text. `path_token` is the part of the path behind the name.
    ///
    /// # Errors
    /// 401 without a valid token or signature; 400 and others for a request in another format.
    fn read(&self, request: &HandlerRequest, path_token: Option<&str>, now: i64) -> Result<GatewaySend, Problem>;

    /// The answer for a text that was sent, or may have been. `id` identifies it.
    fn accepted(&self, _id: &str, _now: i64) -> HandlerReply {
        HandlerReply::json(200, "{}".to_owned())
    }

    /// The answer for a request of which nothing was sent.
    fn rejected(&self, problem: Problem) -> HandlerReply {
        problem.into()
    }
}

impl Gateway {
    /// The headers that its requests need beside those of every request.
    pub(super) fn header_names(&self) -> Vec<&str> {
        self.server.header_names()
    }
}

impl Codes {
    pub(super) async fn gateway_send(
        &self,
        gateway: &Gateway,
        path_token: Option<&str>,
        request: &HandlerRequest,
        random_bytes: &[u8],
        host: &impl Host,
    ) -> HandlerReply {
        let answered = self.try_gateway_send(gateway, path_token, request, random_bytes, host).await;
        answered.unwrap_or_else(|problem| gateway.server.rejected(problem))
    }

    async fn try_gateway_send(
        &self,
        gateway: &Gateway,
        path_token: Option<&str>,
        request: &HandlerRequest,
        random_bytes: &[u8],
        host: &impl Host,
    ) -> Result<HandlerReply, Problem> {
        let Gateway { name, server, ttl_ms } = gateway;
        let send = server.read(request, path_token, host.now())?;
        let random = read_entropy(random_bytes)?;
        let keyring = &self.config.keyring;
        let owner = keyring.short_hash("gateway", name.as_bytes());
        let person = send.address.as_deref().and_then(|written| Some((written, Address::parse(written)?)));
        let caller = Caller::back_end(owner, person);
        let (text, template_id) = self.gateway_text(&send, *ttl_ms);
        let user = send.user.as_deref().unwrap_or_default().as_bytes();
        let key = keyring.object_name(
            "i",
            &[&owner.to_be_bytes(), user, send.phone.digits().as_bytes(), send.content.as_str().as_bytes()],
        );
        // The key has everything that distinguishes requests. A retry has another id and other times.
        let once = SendByKey { key: &key, fingerprint: [0; 32], repeats: Repeats::WhileProcessing };
        let purpose = send.purpose.as_deref().filter(|purpose| self.config.has_purpose(purpose));
        let send_request = SendRequest {
            phone: send.phone,
            purpose: purpose.unwrap_or(self.config.purpose()),
            text,
            template_id,
            resend: None,
            caller_nonce: None,
            captcha: None,
            device: None,
            owner: Some(owner),
            deadline: None,
        };
        let expected = self.expected_send(&send_request, &random).challenge;
        let work = self.send_by_key(&once, send_request, &caller, &random, host);
        let response = in_time(work, host, || server.accepted(&expected, host.now())).await;
        match response {
            Ok(response) => Ok(server.accepted(&response.challenge, host.now())),
            // A login server solves no captcha.
            Err(problem) if problem.name.starts_with("captcha-") => Err(Problem::too_many(CAPTCHA_WAIT_MS)),
            Err(problem) => Err(problem),
        }
    }

    /// The text to send, and the id of the vendor's template.
    fn gateway_text(&self, send: &GatewaySend, ttl_ms: i64) -> (DraftText, Option<String>) {
        let texts = &self.config.texts;
        match &send.content {
            GatewayContent::Code(code) => {
                let text = texts.for_locale(send.locale.as_deref());
                (DraftText::whole(texts.draft(text).finish(code, ttl_ms)), text.template_id.clone())
            }
            GatewayContent::Text(text) => (DraftText::whole(texts.signed(text)), None),
        }
    }
}

/// Completes some work. If it is still under way after [`ANSWER_MS`], `early` is the response, and the work continues
/// after it.
async fn in_time<T>(work: impl Future<Output = T>, host: &impl Host, early: impl FnOnce() -> HandlerReply) -> T {
    let (mut work, mut timer) = (pin!(work), pin!(host.wait(ANSWER_MS)));
    let mut early = Some(early);
    poll_fn(|context| {
        if let Poll::Ready(output) = work.as_mut().poll(context) {
            return Poll::Ready(output);
        }
        if early.is_some()
            && timer.as_mut().poll(context).is_ready()
            && let Some(early) = early.take()
        {
            host.respond_early(early());
        }
        Poll::Pending
    })
    .await
}
