//! [`Page`]: memory that JavaScript and the WebAssembly share. JavaScript writes the input of a call to it and reads a
//! plan from it, without another copy.

use alloc::vec;
use alloc::vec::Vec;
use core::cell::{Ref, RefCell};

use xinshi::client::plan::{Plan, Told};
use xinshi::segments::split_at_units;

/// The input of the next call, and the last plan.
#[derive(Default)]
pub struct Page {
    said: RefCell<Vec<u8>>,
    told: RefCell<Told>,
}

/// The input of a call.
pub struct Said<'a> {
    /// A message, a bulk without its recipients, or arguments.
    pub message: &'a str,
    /// The recipients of a bulk.
    pub recipients: Option<&'a str>,
    /// The account's name.
    pub account: Option<&'a str>,
    /// Random bytes.
    pub entropy: &'a [u8],
}

impl<'a> Said<'a> {
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
const KEPT: usize = 1 << 14;

impl Page {
    /// Reserves memory for `length` bytes; returns its address. The last plan is no longer valid, and memory over
    /// [`KEPT`] is freed.
    pub fn room(&self, length: usize) -> usize {
        let mut told = self.told.borrow_mut();
        if told.bytes.capacity() > KEPT {
            told.bytes = Vec::new();
        }
        let mut said = self.said.borrow_mut();
        if said.len() < length || said.len() > KEPT {
            *said = vec![0; length.max(1 << 10)];
        }
        said.as_mut_ptr().expose_provenance()
    }

    /// The input. Release it before calling JavaScript, which might write again.
    pub fn written(&self) -> Ref<'_, Vec<u8>> {
        self.said.borrow()
    }

    /// Writes a plan; returns the address of its numbers, the first of which is the address of its bytes.
    pub fn tell(&self, plan: &Plan, knows: bool) -> usize {
        let mut told = self.told.borrow_mut();
        plan.tell(&mut told, knows);
        let bytes = told.bytes.as_ptr().expose_provenance();
        told.numbers.insert(0, bytes);
        told.numbers.as_ptr().expose_provenance()
    }
}

/// A text that a `TextEncoder` wrote. This is faster than wasm-bindgen's conversion of a long text.
pub fn text(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_default()
}
