//! The OTP handler: one-time codes that cannot be bombed, guessed or lost.
//!
//! ```text
//! Request ─ route ─▶ send ─▶ address, token, prefix, total, number (one step each) ─▶ text ─▶ 202 · outcome afterwards
//!                  ▶ verify ─▶ number (one step) ─▶ proof ─▶ 200
//! ```
//!
//! [`handler`] finds the [`route`] and who asks ([`caller`]). [`send`] is what `/otp/send` ([`otp`]) and CAMARA's
//! `/send-code` ([`camara`]) have in common. Everything that reaches the world goes through the [`host`].

pub mod address;
mod admin;
pub mod caller;
mod camara;
pub mod config;
pub mod draws;
pub mod event;
pub mod handler;
pub mod host;
pub mod limits;
mod otp;
pub mod reply;
pub mod request;
pub mod route;
pub mod send;
pub mod text;
mod verify;
