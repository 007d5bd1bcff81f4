//! A plain HTTP request and reply, and the encodings that the vendors use.

pub mod acs3;
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
pub mod tc3;

pub use parameters::Parameters;
pub use reply::WireReply;
pub use request::{Carrier, Charset, Extras, Method, WireRequest};
