//! The handler, run natively: its answers, its limits, and its behaviour under attack.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test that cannot go on fails")]
#![allow(clippy::needless_pass_by_value, reason = "heads are written where they are used")]

mod adaptive;
mod aliases;
mod approved_vendors;
mod attacks;
mod attacks_on_the_defaults;
mod backlog;
mod camara;
mod captcha_order;
mod closed_endpoint;
mod crashes;
mod direct;
mod forwarding;
mod gateways;
mod guessing;
mod marketing;
mod metrics;
mod otp;
mod over_limit;
mod processes;
mod pulls;
mod receipts;
mod replay;
mod review;
mod routing;
mod tenants;
mod undeliverable;
mod validity;
mod work;
mod world;
