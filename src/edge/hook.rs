//! `/hooks/{account}/{token}`: what a vendor pushes, once. It is kept as it came before anybody reads it, and before the 200
//! that the vendor wants.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::client::Account;
use crate::edge::handler::{Handler, draws, store_failed};
use crate::edge::hook_url::Allowed;
use crate::edge::host::{Host, apply};
use crate::edge::reply::{Problem, Reply};
use crate::edge::request::{Body as Read, Request};
use crate::guard::ledger::{Command, Decision};
use crate::otp::receipt::MailId;
use crate::receipts::mail::{Body, Came, Mail, PIECE, SHORT};
use crate::receipts::queue::{Answer, Ask};
use crate::wire::percent;

/// Whether a mail was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// It was. Whoever kept it is the first to deal with it.
    Kept(Mail),
    /// There is no room.
    Full,
    /// The store failed.
    Failed,
}

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
            Read::Whole(body) => body,
            Read::TooLong => {
                self.count("hooks.too-long");
                return Err(Problem::new(413, "body-too-large", "The body is longer than it may be"));
            }
            Read::Unfinished => return Err(Problem::new(408, "body-unfinished", "The body did not come in time")),
        };
        let accepted = Reply::json(200, r#"{"status":"ok"}"#.to_owned());
        if body.is_empty() && request.query.is_empty() {
            // Somebody looks whether the address is there.
            return Ok(accepted);
        }
        let id = MailId::from_be_bytes(core::array::from_fn(|at| draws(drawn).map_or(0, |draws| draws.proof[at])));
        if id == 0 {
            draws(drawn)?;
        }
        let reference = if let Allowed::Text(reference) = allowed { Some(reference) } else { None };
        let bytes = [request.query.as_bytes(), b"\n", body].concat();
        self.count(&["hooks.taken.", account.name()].concat());
        match self.put(account, id, Came::Pushed { reference }, bytes, host).await {
            Put::Kept(mail) => {
                self.answered.borrow_mut().push((account.name().to_owned(), mail));
                Ok(Reply { attend: Some(account.name().to_owned()), ..accepted })
            }
            Put::Full => {
                self.count("hooks.full");
                let mut problem =
                    Problem::new(503, "too-many-waiting", "Too many receipts wait to be read: push it again");
                problem.retry_after = Some(60);
                Err(problem)
            }
            Put::Failed => Err(store_failed()),
        }
    }

    /// The account of a hook, and what its token allows.
    pub(super) fn hooked(&self, account: &str, token: &str) -> Option<(&Account, Allowed)> {
        let name = percent::decode(account.as_bytes()).and_then(|name| String::from_utf8(name).ok())?;
        let allowed = self.config.hook_keys.check(&name, token)?;
        Some((self.account(&name)?, allowed))
    }

    /// An account by its name.
    pub(super) fn account(&self, name: &str) -> Option<&Account> {
        self.config.sms.accounts().1.iter().find(|account| account.name() == name)
    }

    /// Keeps a mail as it came. Its first bytes are stored by the first step that is waited for.
    pub(super) async fn put(&self, account: &Account, id: MailId, came: Came, bytes: Vec<u8>, host: &impl Host) -> Put {
        let kept_ms = self.config.retention_ms;
        let (now, queue) = (host.now(), self.queue_of(account));
        let mut body = Body::Here(bytes);
        loop {
            if let Body::Here(bytes) = &body
                && bytes.len() > SHORT
            {
                let Some(pieces) = self.put_apart(id, bytes, host).await else { return Put::Failed };
                body = Body::Apart(pieces);
            }
            let mail = Mail::new(id, came.clone(), now, body.clone());
            match apply(host, &queue, &Command::Queue(Ask::Put(mail.clone(), kept_ms))).await {
                Some(Decision::Queue(Answer::Taken)) => return Put::Kept(mail),
                Some(Decision::Queue(Answer::Apart)) => {
                    let Body::Here(bytes) = &body else { return Put::Failed };
                    let Some(pieces) = self.put_apart(id, bytes, host).await else { return Put::Failed };
                    body = Body::Apart(pieces);
                }
                Some(Decision::Queue(Answer::Full)) => {
                    self.drop_apart(id, &body, host).await;
                    return Put::Full;
                }
                _ => return Put::Failed,
            }
        }
    }

    /// Stores bytes under keys of their own, and tells how many. Nothing where the store failed.
    pub(super) async fn put_apart(&self, id: MailId, bytes: &[u8], host: &impl Host) -> Option<u16> {
        let mut pieces = 0;
        for piece in bytes.chunks(PIECE) {
            let write = Command::Write(piece.to_vec(), self.config.retention_ms);
            apply(host, &self.piece_of(id, pieces), &write).await?;
            pieces = pieces.checked_add(1)?;
        }
        Some(pieces)
    }

    /// The bytes of a mail, or of whatever of them is there. Nothing where the store failed.
    pub(super) async fn bytes_of(&self, id: MailId, body: &Body, host: &impl Host) -> Option<Vec<u8>> {
        let pieces = match body {
            Body::Here(bytes) => return Some(bytes.clone()),
            Body::Apart(pieces) => *pieces,
        };
        let mut bytes = Vec::new();
        for piece in 0..pieces {
            match apply(host, &self.piece_of(id, piece), &Command::Read).await? {
                Decision::Bytes(Some(more)) => bytes.extend(more),
                Decision::Bytes(None) => break,
                _ => return None,
            }
        }
        Some(bytes)
    }

    /// Forgets the bytes of a mail that lie apart.
    pub(super) async fn drop_apart(&self, id: MailId, body: &Body, host: &impl Host) {
        if let Body::Apart(pieces) = body {
            for piece in 0..*pieces {
                // What is not forgotten now is when its time is over.
                let _ = apply(host, &self.piece_of(id, piece), &Command::Drop).await;
            }
        }
    }

    /// The key of an account's queue.
    pub(super) fn queue_of(&self, account: &Account) -> String {
        self.config.keyring.object("q", &[account.name().as_bytes()])
    }

    /// The key of what is kept aside for an account.
    pub(super) fn kept_of(&self, account: &Account) -> String {
        self.config.keyring.object("k", &[account.name().as_bytes()])
    }

    /// The key of bytes that lie apart.
    pub(super) fn piece_of(&self, id: MailId, piece: u16) -> String {
        self.config.keyring.object("m", &[&id.to_be_bytes(), &piece.to_be_bytes()])
    }
}

/// What tells an account from another, or a vendor's id of a text from another, where few bytes do: FNV-1a. Nothing hangs on
/// its being hard to guess.
pub(super) fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
