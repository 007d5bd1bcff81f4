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
use crate::receipts::queue::{Answer, Apart, Ask, blot};
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

/// The bytes of a mail.
pub(super) struct Lying {
    /// As much of them as is there.
    pub bytes: Vec<u8>,
    /// Whether that is all.
    pub is_whole: bool,
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
        let drawn = draws(drawn)?.proof;
        let id = drawn.first_chunk().map_or(0, |drawn| MailId::from_be_bytes(*drawn));
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

    /// Keeps a mail as it came. A push is known to its queue before its bytes are all there: it is answered after that. What was
    /// pulled is stored at once, where whoever comes next finds it: there is no other copy.
    pub(super) async fn put(&self, account: &Account, id: MailId, came: Came, bytes: Vec<u8>, host: &impl Host) -> Put {
        let is_pulled = matches!(came, Came::Pulled { .. });
        let pieces = u16::try_from(bytes.len().div_ceil(PIECE)).unwrap_or(u16::MAX);
        let mut mail = Mail::new(id, came, host.now(), Body::Apart(pieces));
        if bytes.len() <= SHORT {
            mail.body = Body::Here(bytes.clone());
            match self.put_in_queue(account, &mail, host).await {
                Answer::Apart => mail.body = Body::Apart(pieces),
                Answer::Taken(_) => return Put::Kept(mail),
                Answer::Full => return Put::Full,
                _ => return Put::Failed,
            }
        }
        if is_pulled && !self.put_apart(id, &bytes, host).await {
            return Put::Failed;
        }
        match self.put_in_queue(account, &mail, host).await {
            Answer::Taken(_) if is_pulled || self.put_apart(id, &bytes, host).await => Put::Kept(mail),
            Answer::Full => Put::Full,
            _ => Put::Failed,
        }
    }

    async fn put_in_queue(&self, account: &Account, mail: &Mail, host: &impl Host) -> Answer {
        let put = Command::Queue(Ask::Put(mail.clone(), self.config.retention_ms));
        let Some(Decision::Queue(answer)) = apply(host, &self.queue_of(account), &put).await else {
            return Answer::Done;
        };
        if let Answer::Taken(dropped) = &answer {
            self.drop_all(dropped, host).await;
        }
        answer
    }

    /// Stores bytes under keys of their own. Whether the store took all of them.
    async fn put_apart(&self, id: MailId, bytes: &[u8], host: &impl Host) -> bool {
        for (piece, bytes) in (0..).zip(bytes.chunks(PIECE)) {
            let write = Command::Write(bytes.to_vec(), self.config.retention_ms);
            if apply(host, &self.piece_of(id, piece), &write).await.is_none() {
                return false;
            }
        }
        true
    }

    /// The bytes of a mail, or of whatever of them is there. Nothing where the store failed.
    pub(super) async fn bytes_of(&self, id: MailId, body: &Body, host: &impl Host) -> Option<Lying> {
        let pieces = match body {
            Body::Here(bytes) => return Some(Lying { bytes: bytes.clone(), is_whole: true }),
            Body::Apart(pieces) => *pieces,
        };
        let mut bytes = Vec::new();
        for piece in 0..pieces {
            match apply(host, &self.piece_of(id, piece), &Command::Read).await? {
                Decision::Bytes(Some(more)) => bytes.extend(more),
                Decision::Bytes(None) => return Some(Lying { bytes, is_whole: false }),
                _ => return None,
            }
        }
        Some(Lying { bytes, is_whole: true })
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

    /// Forgets the bytes of mails that are given up.
    pub(super) async fn drop_all(&self, mails: &[Apart], host: &impl Host) {
        for (id, pieces) in mails {
            self.drop_apart(*id, &Body::Apart(*pieces), host).await;
        }
    }

    /// Blots a number out of bytes that lie apart, and leaves them as long as they were to be kept.
    pub(super) async fn blot_apart(&self, (id, pieces): Apart, number: &[u8], host: &impl Host) -> Option<()> {
        let mut bytes = self.bytes_of(id, &Body::Apart(pieces), host).await?.bytes;
        if blot(&mut bytes, number) {
            for (piece, bytes) in (0..).zip(bytes.chunks(PIECE)) {
                apply(host, &self.piece_of(id, piece), &Command::Rewrite(bytes.to_vec())).await?;
            }
        }
        Some(())
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
    fn piece_of(&self, id: MailId, piece: u16) -> String {
        self.config.keyring.object("m", &[&id.to_be_bytes(), &piece.to_be_bytes()])
    }
}

/// What tells an account from another, or a vendor's id of a text from another, where few bytes do: FNV-1a. Nothing hangs on
/// its being hard to guess.
pub(super) fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
