//! `/hooks/{account}/{token}`: receives the pushes of vendors, which push once. A push is stored before it is read, and
//! before the vendor gets its 200.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::client::Account;
use crate::edge::event::Event;
use crate::edge::handler::{Handler, draws, store_failed};
use crate::edge::hook_url::Allowed;
use crate::edge::host::Host;
use crate::edge::queue_store::Enqueued;
use crate::edge::reply::{Problem, Reply};
use crate::edge::request::{Body, Request};
use crate::otp::receipt::MailId;
use crate::receipts::inbound::Origin;
use crate::wire::percent;

impl Handler {
    pub(super) async fn hook(
        &self,
        account: &str,
        token: &str,
        request: &Request,
        drawn: &[u8],
        host: &impl Host,
    ) -> Result<Reply, Problem> {
        let Some((account, allowed)) = self.hooked(account, token) else {
            self.count("hooks.wrong-token");
            return Err(Problem::new(404, "not-found", "There is nothing at this address"));
        };
        let body = match &request.body {
            Body::Whole(body) => body,
            Body::TooLong => {
                self.count("hooks.too-long");
                return Err(Problem::new(413, "body-too-large", "The body is longer than it may be"));
            }
            Body::Unfinished => return Err(Problem::new(408, "body-unfinished", "The body did not come in time")),
        };
        let accepted = Reply::json(200, r#"{"status":"ok"}"#.to_owned());
        if body.is_empty() && request.query.is_empty() {
            // A vendor checks whether the URL exists.
            return Ok(accepted);
        }
        let drawn = draws(drawn)?.proof;
        let id = drawn.first_chunk().map_or(0, |drawn| MailId::from_be_bytes(*drawn));
        let reference = if let Allowed::Text(reference) = allowed { Some(reference) } else { None };
        let bytes = [request.query.as_bytes(), b"\n", body].concat();
        self.count(&["hooks.taken.", account.name()].concat());
        match self.enqueue(account, id, Origin::Push { reference }, bytes, host).await {
            Enqueued::Stored(batch) => {
                self.pushed.borrow_mut().push((account.name().to_owned(), batch));
                Ok(Reply { attend: Some(account.name().to_owned()), ..accepted })
            }
            Enqueued::Full => {
                self.count("hooks.full");
                host.tell(&Event::QueueFull { account: account.name() });
                let mut problem =
                    Problem::new(503, "too-many-waiting", "Too many receipts wait to be read: push it again");
                problem.retry_after = Some(60);
                Err(problem)
            }
            Enqueued::Failed => Err(store_failed()),
        }
    }

    /// The account of a hook URL, and the reports that its token allows.
    pub(super) fn hooked(&self, account: &str, token: &str) -> Option<(&Account, Allowed)> {
        let name = percent::decode(account.as_bytes()).and_then(|name| String::from_utf8(name).ok())?;
        let allowed = self.config.hook_keys.check(&name, token)?;
        Some((self.account(&name)?, allowed))
    }

    /// An account by its name.
    pub(super) fn account(&self, name: &str) -> Option<&Account> {
        self.config.sms.accounts().1.iter().find(|account| account.name() == name)
    }
}

/// A hash of an account's name, or of a vendor's id of a text, where few bytes must do: FNV-1a. Nothing depends on its
/// being hard to guess.
pub(super) fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
