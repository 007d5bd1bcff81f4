//! [`Address`]: the client's address, in the form in which it is limited.

use alloc::string::String;
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

/// The header in which proxies list the addresses that they saw, and the number of proxies that the operator runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardedHeader {
    /// The header's name.
    pub name: String,
    /// The number of proxies before the handler: each adds the address of its caller to the end.
    pub hops: usize,
}

impl ForwardedHeader {
    /// The maximum number of proxies.
    const MAX_HOPS: f64 = 10.0;

    /// Reads `clientAddress: { header, hops }`; `hops` is 1 by default. `None` for anything but the name of a header
    /// and a whole number from 1 to 10.
    #[must_use]
    pub fn read(name: Option<&str>, hops: Option<f64>) -> Option<Self> {
        let is_name = |name: &&str| {
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            (1..=64).contains(&name.len()) && name.bytes().all(legal)
        };
        let hops = hops.unwrap_or(1.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number from 1 to 10")]
        let count = (hops.fract() == 0.0 && (1.0..=Self::MAX_HOPS).contains(&hops)).then_some(hops as usize)?;
        name.filter(is_name).map(|name| Self { name: name.to_ascii_lowercase(), hops: count })
    }

    /// The address that the outermost proxy of the operator saw: counted from the end, since anybody can write what
    /// stands before it. Empty where there are fewer addresses.
    #[must_use]
    pub fn address<'a>(&self, value: &'a str) -> &'a str {
        blank::trim(value.rsplit(',').nth(self.hops - 1).unwrap_or_default())
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
    fn address_before_the_trusted_proxies_counts() {
        let header = |hops| ForwardedHeader::read(Some("X-Forwarded-For"), hops).unwrap();
        assert_eq!((header(None).name.as_str(), header(None).hops), ("x-forwarded-for", 1));
        let forged = "198.51.100.1, 203.0.113.9 ,10.0.0.1";
        assert_eq!(header(None).address(forged), "10.0.0.1");
        assert_eq!(header(Some(2.0)).address(forged), "203.0.113.9");
        assert_eq!(header(Some(3.0)).address(forged), "198.51.100.1");
        assert_eq!((header(Some(4.0)).address(forged), header(None).address("")), ("", ""), "a proxy is missing");
        for (name, hops) in [
            (None, None),
            (Some(""), None),
            (Some("x forwarded"), None),
            (Some("x-real-ip"), Some(0.0)),
            (Some("x-real-ip"), Some(11.0)),
            (Some("x-real-ip"), Some(1.5)),
            (Some("x-real-ip"), Some(f64::NAN)),
        ] {
            assert_eq!(ForwardedHeader::read(name, hops), None, "{name:?} {hops:?}");
        }
    }

    #[test]
    fn invalid_address_has_no_key() {
        for text in ["", "localhost", "1.2.3", "1.2.3.4, 5.6.7.8", "1.2.3.4\r\nx: y", "١.٢.٣.٤", "unknown", "::g"] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }
}
