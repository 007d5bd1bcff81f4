//! The edge's door. A call begins a work ([`work`]); a work wants effects ([`effect`]), which JavaScript carries out
//! (`edge/executor.js`), and is told what came of them.
//!
//! A code's way through it: [`handler`] reads the options ([`configured`], [`user`]) and the request ([`incoming`]); the core
//! decides, and asks the world by [`desk`]; the answer leaves as an effect, and the work goes on with what follows from it.

pub mod cas;
mod configured;
mod desk;
mod effect;
pub mod handler;
mod incoming;
pub mod proof;
pub mod reducer;
mod user;
pub mod work;
