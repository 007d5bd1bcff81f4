//! [`Codes`]: the part of a handler that sends and verifies codes. The files of its methods: the routes
//! ([`otp_routes`](crate::edge::otp_routes), [`camara`](crate::edge::camara)), sending
//! ([`send_code`](crate::edge::send_code)), limits ([`reserve`](crate::edge::reserve)), captchas
//! ([`captcha`](crate::edge::captcha)) and verifying ([`verify`](crate::edge::verify)).

use alloc::rc::Rc;
use core::cell::RefCell;
use core::ops::Deref;

use crate::edge::access::Access;
use crate::edge::limit_memory::LimitMemory;
use crate::edge::routing::Routing;
use crate::edge::shared::Shared;
use crate::edge::verified_shares::VerifiedShares;

/// Sends and verifies codes.
pub(super) struct Codes {
    pub(super) shared: Rc<Shared>,
    pub(super) access: Access,
    pub(super) routing: Rc<Routing>,
    pub(super) limits: LimitMemory,
    /// The texts of this process to each prefix, and the codes that it verified.
    pub(super) shares: RefCell<VerifiedShares>,
}

impl Deref for Codes {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}
