//! [`RequestSignature`]: the part of a request that is made as it leaves, since it holds the time.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::wire::WireRequest;

/// Signs requests with an account's key.
pub trait Sign {
    /// All headers of a request, its content type and its signature among them. `now` is in milliseconds since the Unix
    /// epoch. The nonce makes the request valid once.
    fn headers(&self, request: &WireRequest, now: i64, nonce: &[u8; 16]) -> Vec<(&'static str, String)>;
}

/// The signer of a request, with random bytes for it.
#[derive(Clone)]
pub struct RequestSignature {
    /// The account's key.
    pub signer: Rc<dyn Sign>,
    /// Random bytes of this request's own; zeros where the host has none.
    pub entropy: [u8; 16],
}

impl RequestSignature {
    /// A signature without random bytes.
    #[must_use]
    pub fn by(signer: Rc<dyn Sign>) -> Option<Self> {
        Some(Self { signer, entropy: [0; 16] })
    }
}
