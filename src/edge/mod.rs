//! The OTP handler's routes. So far the handler knows its health; the routes for codes, limits and state follow.

pub mod route;
