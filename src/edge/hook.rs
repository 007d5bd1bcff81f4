//! `/hooks/{account}/{token}`: receives the pushes of vendors, which push once. A push is stored before the vendor gets
//! its 200: as it came, or, if it is one report on a text of ours, at its number, after every receiver has it.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;

use crate::client::Account;
use crate::edge::edge_event::EdgeEvent;
use crate::edge::handler_reply::{HandlerReply, Problem};
use crate::edge::handler_request::{Body, HandlerRequest};
use crate::edge::hook_url::HookScope;
use crate::edge::host::Host;
use crate::edge::problems::{read_entropy, store_failed, too_many_waiting};
use crate::edge::queue_store::Enqueued;
use crate::edge::receipt_processor::ReceiptProcessor;
use crate::otp::text_status::BatchId;
use crate::receipts::inbound::{InboundBatch, MAX_INLINE_BYTES, Origin, StoredBody};
use crate::wire::percent;

impl ReceiptProcessor {
    pub(super) async fn hook(
        &self,
        account: &str,
        token: &str,
        request: &HandlerRequest,
        random_bytes: &[u8],
        host: &impl Host,
    ) -> Result<HandlerReply, Problem> {
        let Some((account, allowed)) = self.hooked(account, token) else {
            self.counts.add("hooks.wrong-token");
            return Err(Problem::new(404, "not-found", "There is nothing at this address"));
        };
        let body = match &request.body {
            Body::Whole(body) => body,
            Body::TooLong => {
                self.counts.add("hooks.too-long");
                return Err(Problem::new(413, "body-too-large", "The body is longer than it may be"));
            }
            Body::Unfinished => return Err(Problem::new(408, "body-unfinished", "The body did not come in time")),
        };
        let accepted = HandlerReply::json(200, account.push_reply().to_owned());
        if body.is_empty() && request.query.is_empty() {
            // A vendor checks whether the URL exists.
            return Ok(accepted);
        }
        let random_bytes = read_entropy(random_bytes)?.once;
        let id = random_bytes.first_chunk().map_or(0, |random_bytes| BatchId::from_be_bytes(*random_bytes));
        let reference = if let HookScope::Text(reference) = allowed { Some(reference) } else { None };
        let bytes = [request.query.as_bytes(), b"\n", body].concat();
        self.counts.add(&["hooks.taken.", account.name()].concat());
        let origin = Origin::Push { reference };
        if bytes.len() <= MAX_INLINE_BYTES {
            let body = StoredBody::Inline(bytes.clone());
            let batch = InboundBatch { id, origin: origin.clone(), at: host.now(), body, ingested: 0 };
            if Box::pin(self.forward_directly(account, &batch, host)).await.is_some() {
                return Ok(accepted);
            }
        }
        match self.enqueue(account, id, origin, bytes, host).await {
            Enqueued::Stored(batch) => {
                self.pushed.borrow_mut().push((account.name().to_owned(), batch));
                Ok(HandlerReply { process_account: Some(account.name().to_owned()), ..accepted })
            }
            Enqueued::Full => {
                self.counts.add("hooks.full");
                host.emit(&EdgeEvent::QueueFull { account: account.name() });
                Err(too_many_waiting())
            }
            Enqueued::Failed => Err(store_failed()),
        }
    }

    /// The account of a hook URL, and the reports that its token allows.
    pub(super) fn hooked(&self, account: &str, token: &str) -> Option<(&Account, HookScope)> {
        let (name, allowed) = self.hook_account(account, token)?;
        Some((self.account(&name)?, allowed))
    }

    /// The account's name in a hook URL that a key derived, and the reports that its token allows.
    pub(super) fn hook_account(&self, account: &str, token: &str) -> Option<(String, HookScope)> {
        let name = percent::decode(account.as_bytes()).and_then(|name| String::from_utf8(name).ok())?;
        let allowed = self.config.hook_keys.scope_of(&name, token)?;
        Some((name, allowed))
    }
}
