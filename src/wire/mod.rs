//! A plain HTTP request and reply, and the encodings that the five vendors use.

pub mod beijing;
pub mod blank;
pub mod digest;
pub mod gbk;
pub mod json;
pub mod json_writer;
pub mod jsonp;
pub mod parameters;
pub mod percent;
pub mod reply;
pub mod request;

pub use parameters::Parameters;
pub use reply::WireReply;
pub use request::{Carrier, Charset, Method, WireRequest};
