//! [`Caller`]: the sender of a request, by the address or the token that is limited.

use alloc::string::String;

use crate::edge::address::Address;

/// A person's browser, identified by its address, or a back end, identified by its token.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The address as the platform wrote it, for a captcha provider.
    written: String,
    address: Option<Address>,
    token: Option<u64>,
}

impl Caller {
    /// A person at an address.
    #[must_use]
    pub fn person(written: &str, address: Address) -> Self {
        Self { written: written.into(), address: Some(address), token: None }
    }

    /// A back end, and the address of the person that it names, if it names one.
    #[must_use]
    pub fn back_end(token: u64, person: Option<(&str, Address)>) -> Self {
        let (written, address) = person.unzip();
        Self { written: written.unwrap_or_default().into(), address, token: Some(token) }
    }

    /// The address that is limited, if there is one.
    #[must_use]
    pub const fn address(&self) -> Option<&Address> {
        self.address.as_ref()
    }

    /// The address as it was written; empty for none.
    #[must_use]
    pub fn written_address(&self) -> &str {
        &self.written
    }

    /// A hash of the token, for a back end.
    #[must_use]
    pub const fn token(&self) -> Option<u64> {
        self.token
    }

    /// Whether the caller is a back end.
    #[must_use]
    pub const fn is_back_end(&self) -> bool {
        self.token.is_some()
    }
}
