//! The OTP handler: sends and verifies one-time codes, under limits against bombing and guessing.
//!
//! ```text
//! Request ─ route ─▶ send ─▶ address, token, prefix, total, number (one step each) ─▶ text ─▶ 202 · outcome afterwards
//!                  ▶ verify ─▶ number (one step) ─▶ proof ─▶ 200
//! ```
//!
//! [`handler`] finds the [`route`] and the [`caller`]. [`send_code`] is the common part of `/otp/send` ([`otp_routes`])
//! CAMARA's `/send-code` ([`camara`]) and the routes of login servers ([`gateway`]). The [`host`] is the only access to the world.
//!
//! ```text
//! push ─ hook ─▶ kept as it came ─▶ 200 ·┐
//! scheduled ─ pull ─▶ kept as it came ───┴▶ process: intake (number, one step) ─▶ forward: queue, webhook
//! ```
//!
//! [`marketing`] sends bulks for the code that runs the handler: each number is asked in one step whether a text may go now.
//!
//! Receipts arrive by a [`hook`](hook_url) or a pull. The queue of their account stores them until every record was
//! ingested and the user's queue and webhook have accepted it.

mod access;
mod access_options;
pub mod adaptive_limits;
pub mod address;
mod admin;
pub mod bindings;
pub mod caller;
mod camara;
mod camara_error;
pub mod captcha;
mod codes;
pub mod compare_and_swap;
pub mod config;
mod direct_push;
pub mod edge_event;
pub mod entropy;
mod event_counts;
mod forward;
mod gateway;
pub mod handler;
pub mod handler_reply;
pub mod handler_request;
mod hook;
pub mod hook_url;
pub mod host;
mod idempotency_key;
mod ingest;
mod limit_memory;
pub mod limits;
mod lists;
pub mod local_call;
pub mod marketing;
mod metrics;
pub mod misuse;
pub mod objects;
mod option_fields;
mod otp_routes;
pub mod outgoing;
mod pattern;
mod problems;
mod process;
mod pull;
mod queue_store;
mod receipt_options;
mod receipt_processor;
mod receipt_routes;
mod replay;
mod reserve;
pub mod review_numbers;
pub mod route;
mod routing;
pub mod scope;
mod send_by_key;
mod send_code;
mod send_limits;
pub mod send_request;
mod send_time;
mod shared;
mod short_hash;
pub mod tenant;
#[cfg(test)]
#[cfg(feature = "sandbox")]
mod test_host;
pub mod text;
mod verified_shares;
mod verify;
pub mod webhook;
mod webhook_health;
