//! The memory allocator: smaller than the standard library's, and faster for the small pieces that a request needs.

use rlsf::SmallGlobalTlsf;

#[global_allocator]
static ALLOCATOR: SmallGlobalTlsf = SmallGlobalTlsf::new();
