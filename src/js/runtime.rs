//! What a program without the standard library brings itself: memory, and an end where it finds a fault of its own.

use rlsf::SmallGlobalTlsf;

#[global_allocator]
static ALLOCATOR: SmallGlobalTlsf = SmallGlobalTlsf::new();

/// A fault of xinshi's: JavaScript sees a `WebAssembly.RuntimeError`. Without a message, the code that would write it does
/// not travel.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn stop(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
