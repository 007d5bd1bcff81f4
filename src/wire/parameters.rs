//! [`Parameters`]: named values in the order of the vendor's document and in its charset, before percent-encoding.

use alloc::vec::Vec;

use crate::phone::Phone;
use crate::wire::percent;

/// The parameters of a request. One buffer holds all values.
#[derive(Clone)]
pub struct Parameters {
    values: Vec<u8>,
    ends: Vec<(&'static str, usize, bool)>,
}

impl Default for Parameters {
    /// No parameters, with capacity for a request of one text.
    fn default() -> Self {
        Self { values: Vec::with_capacity(256), ends: Vec::with_capacity(8) }
    }
}

impl Parameters {
    /// Adds a value that is no secret.
    pub fn add(&mut self, name: &'static str, value: impl AsRef<[u8]>) {
        self.push(name, value.as_ref(), false);
    }

    /// Adds a credential. The wire carries its value; printed it is `[redacted]`.
    pub fn secret(&mut self, name: &'static str, value: impl AsRef<[u8]>) {
        self.push(name, value.as_ref(), true);
    }

    /// Adds a value, no secret, that the document wants url-encoded twice.
    pub fn encoded(&mut self, name: &'static str, value: &[u8]) {
        percent::encode_into(&mut self.values, value);
        self.ends.push((name, self.values.len(), false));
    }

    /// Adds mainland numbers, separated by `separator`. Skips other numbers.
    pub fn mainland(&mut self, name: &'static str, to: &[Phone], separator: u8) {
        let start = self.values.len();
        self.values.reserve(to.len() * 12);
        for phone in to.iter().filter(|phone| phone.is_mainland()) {
            phone.append_mainland(&mut self.values, separator);
        }
        if self.values.len() > start {
            self.values.pop();
        }
        self.ends.push((name, self.values.len(), false));
    }

    /// Adds all parameters of another list.
    pub fn append(&mut self, others: &Self) {
        for (name, value, secret) in others.iter() {
            self.push(name, value, secret);
        }
    }

    /// Each name and value, and whether the value is a credential.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &[u8], bool)> {
        let mut start = 0;
        self.ends.iter().map(move |(name, end, secret)| {
            let value = &self.values[start..*end];
            start = *end;
            (*name, value, *secret)
        })
    }

    /// Adds a value; `secret` is whether it is a credential.
    pub fn push(&mut self, name: &'static str, value: &[u8], secret: bool) {
        self.values.extend_from_slice(value);
        self.ends.push((name, self.values.len(), secret));
    }
}
