//! Hook URLs. Each is a capability, derived from an account's name and a key: anybody who knows the URL may report.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::otp::code::{Keyed, is_same};
use crate::wire::percent;

/// The length of an account's token, in characters.
const ACCOUNT_TOKEN_CHARACTERS: usize = 32;
/// The length of a text's reference, with which the text's own token begins, in characters.
const REFERENCE_CHARACTERS: usize = 32;
/// The length of the MAC behind it, in characters.
const TEXT_TOKEN_CHARACTERS: usize = 24;

/// The keys that derive and check the tokens of hook URLs. The first derives new tokens, and tokens of all are
/// accepted.
pub struct HookKeys(Vec<Keyed>);

/// The reports that a token allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookScope {
    /// Reports on any text of the account.
    Account,
    /// Reports on the text with this reference.
    Text(String),
}

impl HookKeys {
    /// Wraps the keys.
    #[must_use]
    pub fn new(keys: &[&str]) -> Self {
        Self(keys.iter().map(|key| Keyed::new(key.as_bytes())).collect())
    }

    /// The path of an account's hook; `None` without a key.
    #[must_use]
    pub fn path(&self, account: &str) -> Option<String> {
        self.0
            .first()
            .map(|key| written(account, &token(key, &[b"hook", account.as_bytes()], ACCOUNT_TOKEN_CHARACTERS)))
    }

    /// The path of the hook for one text, by its reference.
    #[must_use]
    pub fn path_of_text(&self, account: &str, reference: &str) -> Option<String> {
        let key = self.0.first().filter(|_| reference.len() == REFERENCE_CHARACTERS)?;
        let parts: [&[u8]; 3] = [b"hook of a text", account.as_bytes(), reference.as_bytes()];
        Some(written(account, &[reference, &token(key, &parts, TEXT_TOKEN_CHARACTERS)].concat()))
    }

    /// The reports that a token allows at an account's hook, checked in constant time.
    #[must_use]
    pub fn scope_of(&self, account: &str, written: &str) -> Option<HookScope> {
        let is_made_of = |parts: &[&[u8]], token_text: &str| {
            let made = |key: &Keyed| is_same(token(key, parts, token_text.len()).as_bytes(), token_text.as_bytes());
            // All keys are compared, so that the time reveals nothing.
            self.0.iter().filter(|key| made(key)).count() > 0
        };
        match written.len() {
            ACCOUNT_TOKEN_CHARACTERS => {
                is_made_of(&[b"hook", account.as_bytes()], written).then_some(HookScope::Account)
            }
            _ if written.is_ascii() && written.len() == REFERENCE_CHARACTERS + TEXT_TOKEN_CHARACTERS => {
                let (reference, token_text) = written.split_at(REFERENCE_CHARACTERS);
                let parts: [&[u8]; 3] = [b"hook of a text", account.as_bytes(), reference.as_bytes()];
                is_made_of(&parts, token_text).then(|| HookScope::Text(reference.to_owned()))
            }
            _ => None,
        }
    }
}

fn token(key: &Keyed, parts: &[&[u8]], characters: usize) -> String {
    let mut token = URL_SAFE_NO_PAD.encode(key.mac(parts));
    token.truncate(characters);
    token
}

fn written(account: &str, token: &str) -> String {
    ["/hooks/", &percent::encode_text(account.as_bytes()), "/", token].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(path: &str) -> &str {
        path.rsplit('/').next().unwrap()
    }

    #[test]
    fn token_is_valid_for_its_account_and_text_only() {
        let (old, new) = ("o".repeat(32), "n".repeat(32));
        let keys = HookKeys::new(&[&new, &old]);
        let path = keys.path("主 main").unwrap();
        assert!(path.starts_with("/hooks/%E4%B8%BB%20main/"), "{path}");
        let main = keys.path("main").unwrap();
        assert_eq!(keys.scope_of("main", token(&main)), Some(HookScope::Account));
        assert_eq!(keys.scope_of("spare", token(&main)), None);
        let reference = "a".repeat(32);
        let text = keys.path_of_text("main", &reference).unwrap();
        assert_eq!(keys.scope_of("main", token(&text)), Some(HookScope::Text(reference.clone())));
        assert_eq!(keys.scope_of("spare", token(&text)), None);
        assert_eq!(keys.scope_of("main", &token(&text).replacen('a', "b", 1)), None);
        assert_eq!(keys.path_of_text("main", "short"), None);
        // A key is replaced in two steps, and URLs of the old key are valid until the second.
        let before = HookKeys::new(&[&old]).path("main").unwrap();
        assert_ne!(before, main);
        assert_eq!(keys.scope_of("main", token(&before)), Some(HookScope::Account));
        assert_eq!(HookKeys::new(&[&new]).scope_of("main", token(&before)), None);
        for wrong in ["", "x", &"é".repeat(28), &"x".repeat(32), &"x".repeat(56)] {
            assert_eq!(keys.scope_of("main", wrong), None, "{wrong}");
        }
        assert_eq!((HookKeys::new(&[]).path("main"), HookKeys::new(&[]).scope_of("main", token(&main))), (None, None));
    }
}
