//! [`PlanMemory`]: memory that JavaScript and the WebAssembly both see. What a call is about is written there, and a plan read,
//! with nothing copied between.

use alloc::vec;
use alloc::vec::Vec;
use core::cell::{Ref, RefCell};

use xinshi::client::plan::{OutputBuffer, Plan};
use xinshi::segments::split_at_units;

/// What is said of a call, as it was written, and a plan as it is told.
#[derive(Default)]
pub struct PlanMemory {
    input: RefCell<Vec<u8>>,
    output: RefCell<OutputBuffer>,
}

/// What JavaScript wrote for a call.
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
    /// Reads it. It begins with so many random bytes; then come the account's name, of so many UTF-16 units, and the message,
    /// which have so many bytes together; then so many of recipients. What there is none of is below 0 long.
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

/// Memory that is kept for the next call: a program may have thousands of clients.
const MAX_KEPT_BYTES: usize = 1 << 14;

impl PlanMemory {
    /// Makes room for so many bytes; gives their address. What was told before is over, and more than is kept is given back.
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

    /// What was written. Let go of before JavaScript is called, which might write again.
    pub fn written(&self) -> Ref<'_, Vec<u8>> {
        self.input.borrow()
    }

    /// Tells a plan; gives the address of its numbers, which begin with the address of its bytes.
    pub fn encode(&self, plan: &Plan, header_cached: bool) -> usize {
        let mut output = self.output.borrow_mut();
        plan.encode(&mut output, header_cached);
        let bytes = output.bytes.as_ptr().expose_provenance();
        output.numbers.insert(0, bytes);
        output.numbers.as_ptr().expose_provenance()
    }
}

/// What a `TextEncoder` wrote. It is faster than what wasm-bindgen does with a long text.
pub fn text(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_default()
}
