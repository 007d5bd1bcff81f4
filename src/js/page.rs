//! [`Page`]: memory that JavaScript and the WebAssembly both see. What makes a plan is written there, and the plan read, with
//! nothing copied between.

use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;

use xinshi::client::plan::{Plan, Told};
use xinshi::segments::split_at_units;

/// What makes a plan, as it was written, and the plan as it is told.
#[derive(Default)]
pub struct Page {
    said: RefCell<Vec<u8>>,
    told: RefCell<Told>,
}

/// How long what JavaScript wrote is: random bytes first, then the account's name and the message, then the recipients.
#[derive(Clone, Copy)]
pub struct Said {
    /// The bytes that were drawn.
    pub entropy: usize,
    /// The UTF-16 units of the account's name, and below 0 where none is named.
    pub account: i32,
    /// The bytes of the account's name and of the message.
    pub head: usize,
    /// The bytes of a bulk's recipients, and below 0 where the message is no bulk.
    pub recipients: i32,
}

/// What a call makes a plan of.
pub struct Made<'a> {
    /// The message, or a bulk without its recipients.
    pub message: &'a str,
    /// Those of a bulk.
    pub recipients: Option<&'a str>,
    /// The account's name.
    pub account: Option<&'a str>,
    /// Random bytes.
    pub entropy: &'a [u8],
}

/// Memory that is kept for the next plan: that of a bulk of a thousand is.
const KEPT: usize = 1 << 19;

impl Page {
    /// Makes room for so many bytes; gives their address. What was told before is over.
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

    /// Reads what was written.
    pub fn read<T>(&self, Said { entropy, account, head, recipients }: Said, work: impl FnOnce(Made<'_>) -> T) -> T {
        let said = self.said.borrow();
        let between = |from: usize, to: usize| said.get(from..to).unwrap_or_default();
        let end = entropy + head;
        let units = usize::try_from(account).ok();
        let (name, message) = split_at_units(text(between(entropy, end)), units.unwrap_or_default());
        let recipients = usize::try_from(recipients).ok();
        work(Made {
            message,
            recipients: recipients.map(|length| text(between(end, end + length))),
            account: units.map(|_| name),
            entropy: between(0, entropy),
        })
    }

    /// Tells a plan; gives the address of its numbers, which begin with the address of its bytes.
    pub fn tell(&self, plan: &Plan) -> usize {
        let mut told = self.told.borrow_mut();
        plan.tell(&mut told);
        let bytes = told.bytes.as_ptr().expose_provenance();
        told.numbers.insert(0, bytes);
        told.numbers.as_ptr().expose_provenance()
    }
}

/// What a `TextEncoder` wrote. It is faster than what wasm-bindgen does with a long text.
pub fn text(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_default()
}
