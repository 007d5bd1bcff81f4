//! What travels: a plain HTTP request and reply, and the encodings that the five vendors use.

pub mod beijing;
pub mod digest;
pub mod gbk;
pub mod json;
pub mod percent;
pub mod reply;
pub mod request;

pub use reply::WireReply;
pub use request::{Carrier, Method, Parameter, WireRequest};
