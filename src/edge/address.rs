//! [`Address`]: the client's address, in the form in which it is limited.

use alloc::vec::Vec;
use core::net::IpAddr;

use crate::wire::blank;

/// The bytes that count as one address: an IPv4 address, or the first 64 bits of an IPv6 address, which one line has to
/// itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Vec<u8>);

impl Address {
    /// Reads an IP address; a port and a zone behind it are ignored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = blank::trim(text);
        let bare = match text.strip_prefix('[') {
            Some(bracketed) => bracketed.split(']').next().unwrap_or_default(),
            None if text.matches(':').count() == 1 => text.split(':').next().unwrap_or_default(),
            None => text,
        };
        let bare = bare.split('%').next().unwrap_or_default();
        Some(Self(match bare.parse::<IpAddr>().ok()?.to_canonical() {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets()[..8].to_vec(),
        }))
    }

    /// The bytes that identify it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes that identify an IPv6 site: the first 48 bits. A line can have a whole /48, which is 65,536 addresses
    /// as counted here.
    #[must_use]
    pub fn site(&self) -> Option<&[u8]> {
        self.0.get(..6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_addresses_have_one_key() {
        let same = |one, other| assert_eq!(Address::parse(one).expect(one), Address::parse(other).expect(other));
        same("192.0.2.1", "192.0.2.1:443");
        same("192.0.2.1", "::ffff:192.0.2.1");
        same("2001:db8:1:2::1", "2001:db8:1:2:ffff::2");
        same("[2001:db8::1]:8080", "2001:db8::1");
        same("fe80::1%eth0", "fe80::2");
        assert_ne!(Address::parse("2001:db8:1:2::1"), Address::parse("2001:db8:1:3::1"));
        assert_ne!(Address::parse("192.0.2.1"), Address::parse("192.0.2.2"));
        let site = |text: &str| Address::parse(text).unwrap().site().map(<[u8]>::to_vec);
        assert_eq!(site("2001:db8:1:2::1"), site("2001:db8:1:ffff::1"));
        assert_ne!(site("2001:db8:1:2::1"), site("2001:db8:2:2::1"));
        assert_eq!((site("192.0.2.1"), site("::ffff:192.0.2.1")), (None, None));
    }

    #[test]
    fn invalid_address_has_no_key() {
        for text in ["", "localhost", "1.2.3", "1.2.3.4, 5.6.7.8", "1.2.3.4\r\nx: y", "١.٢.٣.٤", "unknown", "::g"] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }
}
