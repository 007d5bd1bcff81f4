//! [`Codes`]: the part of a handler that sends and verifies codes. Its methods stand beside what they do: the routes
//! ([`otp_routes`](crate::edge::otp_routes), [`camara`](crate::edge::camara)), sending ([`send_code`](crate::edge::send_code)), limits
//! ([`reserve`](crate::edge::reserve)), captchas ([`captcha`](crate::edge::captcha)) and verifying ([`verify`](crate::edge::verify)).

use alloc::rc::Rc;

use crate::edge::access::Access;
use crate::edge::config::Config;
use crate::edge::event_counts::EventCounts;
use crate::edge::limit_memory::LimitMemory;
use crate::edge::routing::Routing;

/// Sends and verifies codes.
pub(super) struct Codes {
    pub(super) config: Rc<Config>,
    pub(super) counts: Rc<EventCounts>,
    pub(super) access: Rc<Access>,
    pub(super) routing: Rc<Routing>,
    pub(super) limits: LimitMemory,
}
