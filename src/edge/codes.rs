//! [`Codes`]: the part of a handler that sends and verifies codes. The files of its methods: the routes
//! ([`otp_routes`](crate::edge::otp_routes), [`camara`](crate::edge::camara)), sending
//! ([`send_code`](crate::edge::send_code)), captchas ([`captcha`](crate::edge::captcha)) and verifying
//! ([`verify`](crate::edge::verify)). Its limits are a part of their own, [`SendLimits`].

use alloc::rc::Rc;
use core::ops::Deref;

use crate::edge::access::Access;
use crate::edge::routing::Routing;
use crate::edge::send_limits::SendLimits;
use crate::edge::send_time::SendTime;
use crate::edge::shared::Shared;

/// Sends and verifies codes.
pub(super) struct Codes {
    pub(super) shared: Rc<Shared>,
    pub(super) access: Access,
    pub(super) routing: Rc<Routing>,
    pub(super) limits: SendLimits,
    pub(super) send_time: SendTime,
}

impl Deref for Codes {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Codes {
    pub(super) fn new(shared: Rc<Shared>, routing: Rc<Routing>) -> Self {
        let access = Access::new(Rc::clone(&shared));
        let limits = SendLimits::new(Rc::clone(&shared), Rc::clone(&routing));
        Self { shared, access, routing, limits, send_time: SendTime::default() }
    }
}

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::edge::address::Address;
    use crate::edge::caller::Caller;
    use crate::edge::entropy::Entropy;
    use crate::edge::send_request::{SendRejection, SendRequest, SentCode};
    use crate::edge::test_host::{TestHost, random_bytes, ready, shared};
    use crate::edge::verify::Unverified;
    use crate::otp::challenge::ChallengeState;
    use crate::phone::Phone;

    fn codes() -> Codes {
        let shared = shared(&json!({}));
        Codes::new(Rc::clone(&shared), Rc::new(Routing::new(shared)))
    }

    fn person() -> Caller {
        Caller::person("192.0.2.1", Address::parse("192.0.2.1").unwrap())
    }

    fn send(codes: &Codes, seed: u8, host: &TestHost) -> Result<SentCode, SendRejection> {
        let request = SendRequest {
            phone: Phone::parse("13812345678").unwrap(),
            purpose: "login",
            text: codes.config.texts.draft(codes.config.texts.for_locale(None)),
            template_id: None,
            resend: None,
            caller_nonce: None,
            captcha: None,
            device: None,
            owner: None,
            deadline: None,
        };
        ready(codes.send(&request, &person(), &Entropy::new(&random_bytes(seed)).unwrap(), host))
    }

    fn verify(codes: &Codes, sent: &SentCode, code: &str, host: &TestHost) -> Result<Phone, Unverified> {
        ready(codes.verify(&sent.challenge, code, None, &person(), host)).map(|verified| verified.phone)
    }

    #[test]
    fn sent_code_is_verified_once() {
        let (codes, host) = (codes(), TestHost::new());
        let sent = send(&codes, 1, &host).unwrap_or_else(|rejection| unreachable!("{rejection:?}"));
        let code = host.code();
        let wrong = if code == "000000" { "000001" } else { "000000" };
        assert_eq!(verify(&codes, &sent, wrong, &host), Err(Unverified::Wrong(4)));
        assert_eq!(verify(&codes, &sent, &code, &host), Ok(Phone::parse("13812345678").unwrap()));
        assert_eq!(verify(&codes, &sent, &code, &host), Err(Unverified::Closed(ChallengeState::Used)));
    }

    #[test]
    fn code_expires_with_its_challenge() {
        let (codes, host) = (codes(), TestHost::new());
        let sent = send(&codes, 1, &host).unwrap_or_else(|rejection| unreachable!("{rejection:?}"));
        host.now.set(host.now.get() + sent.expires_in_ms);
        let verified = verify(&codes, &sent, &host.code(), &host);
        assert_eq!(verified, Err(Unverified::Closed(ChallengeState::Expired)));
    }

    #[test]
    fn second_send_waits_for_the_cooldown() {
        let (codes, host) = (codes(), TestHost::new());
        assert!(send(&codes, 1, &host).is_ok());
        assert_eq!(send(&codes, 2, &host).err(), Some(SendRejection::NumberLimit(60_000)));
        host.now.set(host.now.get() + 60_000);
        assert!(send(&codes, 3, &host).is_ok());
    }
}
