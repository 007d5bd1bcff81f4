//! [`Trace`]: what one request did.

use std::cell::{Cell, RefCell};

use xinshi::guard::sliding_log::Reservation;
use xinshi::otp::challenge::ChallengeId;

/// What became of a text, as the vendor knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The vendor certainly did not send it.
    NotSent,
    /// It may be sent: the vendor's reply was lost, or nobody could read it.
    Unknown,
    /// It arrived, and the vendor said so.
    Accepted,
}

/// A request, and the log of its steps.
#[derive(Default)]
pub struct Trace {
    /// The number that it is for, 11 digits; empty for a request that names none.
    pub phone: String,
    /// Whether it shows a captcha that is solved, or the device that verified the number.
    pub is_trusted: bool,
    pub idempotency_key: Option<String>,
    /// Whether it is for a number that gets no text.
    pub is_test: bool,
    /// What it reserved, by key.
    pub granted: RefCell<Vec<(String, Reservation)>>,
    /// The challenge of its text, once its number granted it.
    pub challenge: Cell<Option<ChallengeId>>,
    pub is_released: Cell<bool>,
    pub fate: Cell<Option<Fate>>,
    /// Whether a step of it failed, or lost its answer.
    pub is_faulted: Cell<bool>,
    /// The steps that have no answer yet.
    pub in_flight: Cell<usize>,
    /// Whether its number told it that its code was right.
    pub is_verified: Cell<bool>,
    pub is_answered: Cell<bool>,
}
