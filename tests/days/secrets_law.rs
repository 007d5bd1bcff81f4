//! Law 6, and what law 4 says of stored states: no number and no code is in an event, an error, a reply, the name of an object
//! or the state of a number.

use std::cell::RefCell;
use std::collections::BTreeSet;

/// The kinds of keys whose states hold neither a number nor a code. The others hold vendors' records as they came.
const HASHED: [&str; 8] = ["n:", "a:", "t:", "p:", "s:", "i:", "r:", "all"];

#[derive(Default)]
pub struct Secrets {
    phones: RefCell<BTreeSet<String>>,
    codes: RefCell<BTreeSet<String>>,
    fixed: Vec<String>,
}

impl Secrets {
    /// The keys and passwords that nothing may show.
    pub fn of(fixed: Vec<String>) -> Self {
        Self { fixed, ..Self::default() }
    }

    pub fn learn_phone(&self, phone: &str) {
        self.phones.borrow_mut().insert(phone.to_owned());
    }

    pub fn learn_code(&self, code: &str) {
        self.codes.borrow_mut().insert(code.to_owned());
    }

    /// Checks what a listener, a log or the public sees.
    pub fn shown(&self, text: &str) {
        assert!(!has_part(text.as_bytes(), &self.phones.borrow()), "law 6: a number is shown: {text}");
        assert!(!self.fixed.iter().any(|secret| text.contains(secret)), "law 6: a secret is shown: {text}");
        // A time may contain the digits of a code.
        let codes = self.codes.borrow();
        let mut words = text.split(|sign: char| !sign.is_alphanumeric());
        assert!(!words.any(|word| codes.contains(word)), "law 6: a code is shown: {text}");
    }

    /// Checks what a store holds.
    pub fn stored(&self, key: &str, state: &[u8]) {
        let (phones, codes) = (self.phones.borrow(), self.codes.borrow());
        assert!(!has_part(key.as_bytes(), &phones), "law 4: {key} names a number");
        if HASHED.iter().any(|kind| key.starts_with(kind)) {
            assert!(!has_part(state, &phones), "law 4: {key} holds a number");
            assert!(!has_part(state, &codes), "law 4: {key} holds a code");
        }
    }
}

/// Whether bytes have one of some texts in them, which consist of digits and are of one length.
fn has_part(bytes: &[u8], texts: &BTreeSet<String>) -> bool {
    let Some(length) = texts.first().map(String::len) else { return false };
    let runs = bytes.split(|byte| !byte.is_ascii_digit()).filter(|run| run.len() >= length);
    let mut parts = runs.flat_map(|run| run.windows(length));
    parts.any(|part| std::str::from_utf8(part).is_ok_and(|part| texts.contains(part)))
}
