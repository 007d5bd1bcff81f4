//! The edge's exports. A call spawns a task ([`task`]), which emits effects ([`effect`]). JavaScript runs them
//! (`edge/executor.js`) and polls the task with their results.
//!
//! A request for a code: [`js_handler`] reads the options ([`configured`], [`user`]) and the request ([`incoming`]);
//! the core makes the decisions and reaches the host by [`bridge`]; the response leaves as an effect, and the task
//! continues with the work after it.

mod bridge;
pub mod cas;
mod configured;
mod effect;
mod incoming;
pub mod js_handler;
mod js_marketing;
pub mod reducer;
pub mod task;
mod tenants;
mod user;
pub mod verify_proof;
