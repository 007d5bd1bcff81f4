//! The vendors: the registry and its lists, and every fixture to the byte.

mod fixtures;
mod registry;
