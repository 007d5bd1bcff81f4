//! [`Keyring`]: the peppers, and everything that is derived from them.
//!
//! The first pepper derives codes, challenges and device tokens, and seals numbers; values of every pepper are
//! accepted. The last one derives the names of stored keys, and nothing else: a new pepper goes before it, and as long
//! as it stays, the limits stay.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::otp::base32;
use crate::otp::challenge::{ChallengeId, TextId};
use crate::otp::code::{self, Key, Keyed, Nonce};
use crate::phone::Phone;

/// The minimum length of a secret, in bytes.
pub const MIN_SECRET_BYTES: usize = 32;

/// The hash that stands for a number wherever state is stored. As short as the space in a reference (see
/// [`Keyring::write_reference`]): among ten thousand million numbers, the chance that any two share one is one in
/// millions.
pub type NumberKey = [u8; 11];

/// The peppers; never empty.
#[derive(Debug)]
pub struct Keyring {
    first: Pepper,
    others: Vec<Pepper>,
    /// The tenant that has names, challenges, codes and devices of its own; `None` without tenants.
    tenant: Option<Box<str>>,
}

#[derive(Debug)]
struct Pepper {
    id: u32,
    keyed: Keyed,
}

impl Pepper {
    fn new(secret: &str) -> Self {
        let keyed = Keyed::new(secret.as_bytes());
        let [a, b, c, d, ..] = keyed.mac(&[b"pepper id"]);
        Self { id: u32::from_be_bytes([a, b, c, d]), keyed }
    }

    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.keyed.mac(parts)
    }
}

/// The length of a written challenge in bytes. CAMARA One Time Password SMS 2.0 allows at most 36 letters, digits and
/// hyphens, and 27 bytes that begin with [`CHALLENGE_FORMAT`] are always 36 characters of base58.
const CHALLENGE_BYTES: usize = 27;
/// The first byte of a written challenge.
const CHALLENGE_FORMAT: u8 = 1;
/// The offset of the MAC in a written challenge.
const TAG_OFFSET: usize = 20;

impl Keyring {
    /// Wraps the peppers: the first derives, and values of all are accepted.
    #[must_use]
    pub fn new(first: &str, others: &[&str]) -> Self {
        let others = others.iter().map(|secret| Pepper::new(secret)).collect();
        Self { first: Pepper::new(first), others, tenant: None }
    }

    /// The same peppers for a tenant: everything that they derive is another tenant's no more, except for the names of
    /// numbers, whose rules hold for all tenants together.
    #[must_use]
    pub fn for_tenant(self, tenant: &str) -> Self {
        Self { tenant: Some(tenant.into()), ..self }
    }

    /// A MAC of a pepper that another tenant does not share.
    fn mac(&self, pepper: &Pepper, parts: &[&[u8]]) -> [u8; 32] {
        Self::mac_in(self.tenant.as_deref(), pepper, parts)
    }

    /// A MAC of a pepper for a tenant; without one, the same for all.
    fn mac_in(tenant: Option<&str>, pepper: &Pepper, parts: &[&[u8]]) -> [u8; 32] {
        let Some(tenant) = tenant else { return pepper.mac(parts) };
        let mut all: Vec<&[u8]> = Vec::from([&b"tenant"[..], tenant.as_bytes()]);
        all.extend(parts);
        pepper.mac(&all)
    }

    fn naming_pepper(&self) -> &Pepper {
        self.others.last().unwrap_or(&self.first)
    }

    fn peppers(&self) -> impl Iterator<Item = &Pepper> {
        core::iter::once(&self.first).chain(&self.others)
    }

    /// The hash of a number.
    #[must_use]
    pub fn number_key(&self, phone: &Phone) -> NumberKey {
        shortened(self.naming_pepper().mac(&[b"number", phone.digits().as_bytes()]))
    }

    /// The name of the key that stores a number's state.
    #[must_use]
    pub fn number_object_name(key: &NumberKey) -> String {
        named("n", key)
    }

    /// The name of the key that stores another state, such as an address's. `kind` is the prefix of its kind.
    #[must_use]
    pub fn object_name(&self, kind: &str, parts: &[&[u8]]) -> String {
        self.object_name_in(self.tenant.as_deref(), kind, parts)
    }

    fn object_name_in(&self, tenant: Option<&str>, kind: &str, parts: &[&[u8]]) -> String {
        let mut all: Vec<&[u8]> = Vec::from([kind.as_bytes()]);
        all.extend(parts);
        named(kind, &shortened::<16>(Self::mac_in(tenant, self.naming_pepper(), &all)))
    }

    /// The name of a key of which there is one: `name` itself, or one for the tenant.
    #[must_use]
    pub fn single_object_name(&self, name: &str) -> String {
        if self.tenant.is_some() { self.object_name(name, &[]) } else { name.into() }
    }

    /// The name of the key that stores an address's state: the same for all tenants unless `by_tenant` is set.
    #[must_use]
    pub fn address_object_name(&self, address: &[u8], by_tenant: bool) -> String {
        let tenant = self.tenant.as_deref().filter(|_| by_tenant);
        self.object_name_in(tenant, "a", &[address])
    }

    /// A short hash of an owner.
    #[must_use]
    pub fn short_hash(&self, kind: &str, text: &[u8]) -> u64 {
        self.short_hash_in(self.tenant.as_deref(), kind, text)
    }

    fn short_hash_in(&self, tenant: Option<&str>, kind: &str, text: &[u8]) -> u64 {
        first_eight(Self::mac_in(tenant, self.naming_pepper(), &[b"short", kind.as_bytes(), text]))
    }

    /// A short hash of an address, the same for all tenants.
    #[must_use]
    pub fn address_hash(&self, address: &[u8]) -> u64 {
        self.short_hash_in(None, "address", address)
    }

    /// Writes a challenge for a caller. Only a pepper can read the number's hash in it.
    #[must_use]
    pub fn write_challenge(&self, id: ChallengeId, key: &NumberKey) -> String {
        let mut bytes = [0; CHALLENGE_BYTES];
        bytes[0] = CHALLENGE_FORMAT;
        bytes[1..9].copy_from_slice(&id.0);
        bytes[9..TAG_OFFSET].copy_from_slice(&self.mask_number(id, key));
        let tag = self.mac(&self.first, &[b"challenge", &bytes[..TAG_OFFSET]]);
        bytes[TAG_OFFSET..].copy_from_slice(&tag[..CHALLENGE_BYTES - TAG_OFFSET]);
        bs58::encode(bytes).into_string()
    }

    /// Reads a challenge and its number's hash; `None` for a text that was not written by one of the peppers.
    #[must_use]
    pub fn read_challenge(&self, text: &str) -> Option<(ChallengeId, NumberKey)> {
        let mut bytes = [0; CHALLENGE_BYTES];
        let length = bs58::decode(text).onto(&mut bytes).ok()?;
        if length != CHALLENGE_BYTES || bytes[0] != CHALLENGE_FORMAT {
            return None;
        }
        let tag = |pepper: &Pepper| self.mac(pepper, &[b"challenge", &bytes[..TAG_OFFSET]]);
        let is_ours =
            |pepper: &Pepper| code::is_same(&tag(pepper)[..CHALLENGE_BYTES - TAG_OFFSET], &bytes[TAG_OFFSET..]);
        if !self.peppers().any(is_ours) {
            return None;
        }
        let id = ChallengeId(bytes[1..9].try_into().ok()?);
        Some((id, self.mask_number(id, bytes[9..TAG_OFFSET].try_into().ok()?)))
    }

    fn mask_number(&self, id: ChallengeId, key: &NumberKey) -> NumberKey {
        let mask = self.naming_pepper().mac(&[b"mask", &id.0]);
        core::array::from_fn(|index| key[index] ^ mask[index])
    }

    /// Writes the reference of a text at its vendor: its challenge, its number's hash and its index, in 32 letters and
    /// digits, which every vendor takes. A report so identifies its text without a look-up.
    #[must_use]
    pub fn write_reference(&self, text: &TextId, key: &NumberKey) -> String {
        let mut bytes = [0; base32::BYTES];
        bytes[..8].copy_from_slice(&text.challenge.0);
        bytes[8..19].copy_from_slice(key);
        bytes[19] = text.index;
        self.mask_reference(&mut bytes);
        base32::write(&bytes)
    }

    /// Reads a reference. A forged one names a challenge that does not exist.
    #[must_use]
    pub fn read_reference(&self, written: &str) -> Option<(TextId, NumberKey)> {
        let mut bytes = base32::read(written)?;
        self.mask_reference(&mut bytes);
        let (challenge, rest) = bytes.split_first_chunk()?;
        let (key, rest) = rest.split_first_chunk()?;
        Some((TextId { challenge: ChallengeId(*challenge), index: *rest.first()? }, *key))
    }

    /// Masks the bytes behind the challenge's id, which is random itself.
    fn mask_reference(&self, bytes: &mut [u8; base32::BYTES]) {
        let (challenge, rest) = bytes.split_at_mut(8);
        let mask = self.mac(self.naming_pepper(), &[b"reference", challenge]);
        rest.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    }

    /// The id of the pepper that derives codes now.
    #[must_use]
    pub const fn current_pepper(&self) -> u32 {
        self.first.id
    }

    /// The keys of a number's codes, one for each pepper.
    #[must_use]
    pub fn code_keys(&self, number: &NumberKey) -> Vec<(u32, Key)> {
        self.peppers().map(|pepper| (pepper.id, self.mac(pepper, &[b"code key", number]))).collect()
    }

    /// The key of a number's codes for one pepper; `None` for a pepper that was removed.
    #[must_use]
    pub fn code_key(&self, pepper: u32, number: &NumberKey) -> Option<Key> {
        self.pepper(pepper).map(|pepper| self.mac(pepper, &[b"code key", number]))
    }

    /// Encrypts a number for storage, with the pepper that derives codes now.
    #[must_use]
    pub fn seal(&self, phone: &Phone, nonce: &Nonce) -> u64 {
        phone.key() ^ stream(&self.first, nonce)
    }

    /// Decrypts a sealed number; `None` for a pepper that was removed.
    #[must_use]
    pub fn unseal(&self, sealed: u64, pepper: u32, nonce: &Nonce) -> Option<Phone> {
        Phone::from_key(sealed ^ stream(self.pepper(pepper)?, nonce))
    }

    fn pepper(&self, id: u32) -> Option<&Pepper> {
        self.peppers().find(|pepper| pepper.id == id)
    }

    /// A MAC over a statement about a number.
    #[must_use]
    pub fn trust_mac(&self, kind: &str, number: &NumberKey, message: &[u8]) -> [u8; 32] {
        self.mac(&self.first, &[b"vouch", kind.as_bytes(), number, message])
    }

    /// Whether one of the peppers made the MAC of a statement; `begins` is the beginning of that MAC.
    #[must_use]
    pub fn is_trusted_mac(&self, kind: &str, number: &NumberKey, message: &[u8], begins: &[u8]) -> bool {
        let made = |pepper: &Pepper| self.mac(pepper, &[b"vouch", kind.as_bytes(), number, message]);
        self.peppers().any(|pepper| code::is_same(&made(pepper)[..begins.len()], begins))
    }

    /// The id of the challenge that begins in place of a resend, when too little of the old code's validity is left. A
    /// repeated request derives it again from the random number of its send.
    #[must_use]
    pub fn replacement_challenge(&self, of: ChallengeId, send: u32) -> ChallengeId {
        ChallengeId(shortened(self.naming_pepper().mac(&[b"fresh", &of.0, &send.to_be_bytes()])))
    }

    /// A hash that distinguishes bodies of requests and reveals nothing of them.
    #[must_use]
    pub fn fingerprint(&self, body: &[u8]) -> [u8; 32] {
        self.naming_pepper().mac(&[b"fingerprint", body])
    }
}

fn stream(pepper: &Pepper, nonce: &Nonce) -> u64 {
    first_eight(pepper.mac(&[b"seal", nonce]))
}

fn first_eight(mac: [u8; 32]) -> u64 {
    u64::from_be_bytes(core::array::from_fn(|index| mac[index]))
}

fn shortened<const N: usize>(mac: [u8; 32]) -> [u8; N] {
    core::array::from_fn(|index| mac[index])
}

fn named(kind: &str, key: &[u8]) -> String {
    let mut name = String::from(kind);
    name.push(':');
    URL_SAFE_NO_PAD.encode_string(key, &mut name);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone() -> Phone {
        Phone::parse("13812345678").unwrap()
    }

    #[test]
    fn a_challenge_is_36_letters_and_digits_and_hides_the_number() {
        let keyring = Keyring::new(&"p".repeat(32), &[]);
        let key = keyring.number_key(&phone());
        let one = keyring.write_challenge(ChallengeId([1; 8]), &key);
        let other = keyring.write_challenge(ChallengeId([2; 8]), &key);
        for start in 0..=255 {
            let written = keyring.write_challenge(ChallengeId([start; 8]), &key);
            assert_eq!(written.len(), 36, "{written}");
            assert!(written.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{written}");
            assert_eq!(keyring.read_challenge(&written), Some((ChallengeId([start; 8]), key)));
            assert_eq!(keyring.read_challenge(&format!("1{written}")), None, "one spelling for each challenge");
        }
        assert_eq!(keyring.read_challenge(&one), Some((ChallengeId([1; 8]), key)));
        let alike = one.bytes().zip(other.bytes()).filter(|(one, other)| one == other).count();
        assert!(alike < 8, "{one} {other}");
        for at in 0..one.len() {
            let forged: String = one
                .char_indices()
                .map(
                    |(index, character)| if index == at { if character == 'A' { 'B' } else { 'A' } } else { character },
                )
                .collect();
            assert_eq!(keyring.read_challenge(&forged), None, "{at}");
        }
        assert_eq!(Keyring::new(&"q".repeat(32), &[]).read_challenge(&one), None);
    }

    #[test]
    fn reference_reveals_its_text_to_the_pepper_only() {
        let keyring = Keyring::new(&"p".repeat(32), &[]);
        let key = keyring.number_key(&phone());
        let text = |index| TextId { challenge: ChallengeId([7; 8]), index };
        let one = keyring.write_reference(&text(0), &key);
        assert!(
            one.len() == 32
                && one.bytes().all(|character| character.is_ascii_lowercase() || character.is_ascii_digit()),
            "{one}"
        );
        assert_eq!(keyring.read_reference(&one), Some((text(0), key)));
        assert_eq!(keyring.read_reference(&keyring.write_reference(&text(255), &key)), Some((text(255), key)));
        let foreign = Keyring::new(&"q".repeat(32), &[]).read_reference(&one);
        assert_ne!(foreign.map(|(_, key)| key), Some(key));
        for wrong in ["", &one[1..], &one.replace(one.as_bytes()[3] as char, "l"), &format!("{one}a")] {
            assert_eq!(keyring.read_reference(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn rotated_pepper_keeps_names_and_opens_old_seals() {
        let (old, new) = ("o".repeat(32), "n".repeat(32));
        let before = Keyring::new(&old, &[]);
        let during = Keyring::new(&new, &[&old]);
        let key = before.number_key(&phone());
        assert_eq!(during.number_key(&phone()), key);
        let sealed = before.seal(&phone(), &[9; 16]);
        assert_ne!(sealed, phone().key());
        assert_eq!(during.unseal(sealed, before.current_pepper(), &[9; 16]), Some(phone()));
        assert_ne!(during.current_pepper(), before.current_pepper());
        assert_eq!(during.code_key(before.current_pepper(), &key), before.code_key(before.current_pepper(), &key));
        assert_eq!(before.code_key(during.current_pepper(), &key), None);
        let id = ChallengeId([3; 8]);
        assert_eq!(during.read_challenge(&before.write_challenge(id, &key)), Some((id, key)), "from before the change");
        assert_eq!(before.read_challenge(&during.write_challenge(id, &key)), None, "the new one makes");
    }

    #[test]
    fn tenants_share_the_number_and_nothing_else() {
        let secret = "p".repeat(32);
        let [nobody, one, other] = [None, Some("one"), Some("other")].map(|tenant| {
            let keyring = Keyring::new(&secret, &[]);
            match tenant {
                Some(tenant) => keyring.for_tenant(tenant),
                None => keyring,
            }
        });
        let key = nobody.number_key(&phone());
        let (id, text) = (ChallengeId([1; 8]), TextId { challenge: ChallengeId([1; 8]), index: 0 });
        let (challenge, reference) = (one.write_challenge(id, &key), one.write_reference(&text, &key));
        let device = one.trust_mac("device", &key, b"now");
        assert_eq!(one.read_challenge(&challenge), Some((id, key)));
        assert_eq!(one.read_reference(&reference), Some((text, key)));
        for foreign in [&nobody, &other] {
            assert_eq!(foreign.number_key(&phone()), one.number_key(&phone()), "one ceiling for a number");
            assert_eq!(foreign.read_challenge(&challenge), None);
            assert_ne!(foreign.read_reference(&reference).map(|(_, key)| key), Some(key));
            assert_ne!(foreign.code_keys(&key), one.code_keys(&key));
            assert!(!foreign.is_trusted_mac("device", &key, b"now", &device));
            assert_ne!(foreign.object_name("p", &[b"+861381234"]), one.object_name("p", &[b"+861381234"]));
            assert_ne!(foreign.single_object_name("all"), one.single_object_name("all"));
            assert_ne!(foreign.short_hash("token", b"t"), one.short_hash("token", b"t"));
            assert_eq!(foreign.address_hash(b"a"), one.address_hash(b"a"));
            assert_eq!(foreign.address_object_name(b"a", false), one.address_object_name(b"a", false));
            assert_ne!(foreign.address_object_name(b"a", true), one.address_object_name(b"a", true));
        }
        assert_eq!(nobody.single_object_name("all"), "all");
        assert_eq!(nobody.address_object_name(b"a", false), nobody.object_name("a", &[b"a"]));
        assert_eq!(nobody.address_hash(b"a"), nobody.short_hash("address", b"a"));
    }

    #[test]
    fn debug_redacts_the_pepper() {
        assert!(!format!("{:?}", Keyring::new("hunter2", &["hunter3"])).contains("hunter"));
    }
}
