//! What hands out the memory: smaller than the standard library's, and faster for the small pieces that a request takes.

use rlsf::SmallGlobalTlsf;

#[global_allocator]
static ALLOCATOR: SmallGlobalTlsf = SmallGlobalTlsf::new();
