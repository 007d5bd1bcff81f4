//! The vendors: the registry and what lists it, and every fixture to the byte.

mod fixtures;
mod registry;
