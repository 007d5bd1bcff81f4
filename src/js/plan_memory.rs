//! [`PlanMemory`]: memory that JavaScript and the WebAssembly share. JavaScript writes the input of a call to it and
//! reads a plan from it, without another copy.

use alloc::vec;
use alloc::vec::Vec;
use core::cell::{Ref, RefCell};

use xinshi::client::plan::{OutputBuffer, Plan};
use xinshi::segments::split_at_units;

/// The input of the next call, and the last plan.
#[derive(Default)]
pub struct PlanMemory {
    input: RefCell<Vec<u8>>,
    output: RefCell<OutputBuffer>,
}

/// The input of a call.
pub struct PlanInput<'a> {
    /// A message, a bulk without its recipients, or arguments.
    pub message: &'a str,
    /// The recipients of a bulk.
    pub recipients: Option<&'a str>,
    /// The account's name.
    pub account: Option<&'a str>,
    /// Random bytes.
    pub entropy: &'a [u8],
}

impl<'a> PlanInput<'a> {
    /// Reads the input: `entropy` random bytes; then the account's name, of `account` UTF-16 units, and the message,
    /// together `head` bytes; then `recipients` bytes of recipients. A negative length means absent.
    pub fn read(written: &'a [u8], entropy: usize, account: i32, head: usize, recipients: i32) -> Self {
        let between = |from: usize, to: usize| written.get(from..to).unwrap_or_default();
        let end = entropy + head;
        let units = usize::try_from(account).ok();
        let (name, message) = split_at_units(text(between(entropy, end)), units.unwrap_or_default());
        let recipients = usize::try_from(recipients).ok();
        Self {
            message,
            recipients: recipients.map(|length| text(between(end, end + length))),
            account: units.map(|_| name),
            entropy: between(0, entropy),
        }
    }
}

/// The maximum size of memory that is kept for the next call, in bytes: a program may have thousands of clients.
const MAX_KEPT_BYTES: usize = 1 << 14;

impl PlanMemory {
    /// Reserves memory for `length` bytes; returns its address. The last plan is no longer valid, and memory over
    /// [`MAX_KEPT_BYTES`] is freed.
    pub fn reserve(&self, length: usize) -> usize {
        let mut output = self.output.borrow_mut();
        if output.bytes.capacity() > MAX_KEPT_BYTES {
            output.bytes = Vec::new();
        }
        let mut input = self.input.borrow_mut();
        if input.len() < length || input.len() > MAX_KEPT_BYTES {
            *input = vec![0; length.max(1 << 10)];
        }
        input.as_mut_ptr().expose_provenance()
    }

    /// The input. Release it before calling JavaScript, which might write again.
    pub fn written(&self) -> Ref<'_, Vec<u8>> {
        self.input.borrow()
    }

    /// Writes a plan; returns the address of its numbers, the first of which is the address of its bytes.
    pub fn encode(&self, plan: &Plan, header_cached: bool) -> usize {
        let mut output = self.output.borrow_mut();
        plan.encode(&mut output, header_cached);
        let bytes = output.bytes.as_ptr().expose_provenance();
        output.numbers.insert(0, bytes);
        output.numbers.as_ptr().expose_provenance()
    }
}

/// A text that a `TextEncoder` wrote. This is faster than wasm-bindgen's conversion of a long text.
pub fn text(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_default()
}
