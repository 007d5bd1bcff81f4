//! [`Codes`]: the part of a handler that sends and verifies codes. Its methods stand beside what they do: the routes
//! ([`otp_routes`](crate::edge::otp_routes), [`camara`](crate::edge::camara)), sending ([`send_code`](crate::edge::send_code)), limits
//! ([`reserve`](crate::edge::reserve)), captchas ([`captcha`](crate::edge::captcha)) and verifying ([`verify`](crate::edge::verify)).

use alloc::rc::Rc;
use core::ops::Deref;

use crate::edge::access::Access;
use crate::edge::limit_memory::LimitMemory;
use crate::edge::routing::Routing;
use crate::edge::shared::Shared;

/// Sends and verifies codes.
pub(super) struct Codes {
    pub(super) shared: Rc<Shared>,
    pub(super) access: Access,
    pub(super) routing: Rc<Routing>,
    pub(super) limits: LimitMemory,
}

impl Deref for Codes {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}
