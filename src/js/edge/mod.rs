//! The edge's door. A call spawns a task ([`task`]), which emits effects ([`effect`]). JavaScript runs them (`edge/executor.js`) and polls
//! the task with their results.
//!
//! A code's way through it: [`js_handler`] reads the options ([`configured`], [`user`]) and the request ([`incoming`]); the core decides, and
//! reaches the host by [`bridge`]; the response leaves as an effect, and the task goes on with what follows from it.

mod bridge;
pub mod cas;
mod configured;
mod effect;
mod incoming;
pub mod js_handler;
pub mod js_handler;
mod marketing;
pub mod reducer;
pub mod task;
mod user;
