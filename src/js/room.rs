//! [`Room`] and [`Told`]: memory that JavaScript and the WebAssembly both see, in which what crosses is written and read.
//! An object, a list or a text of wasm-bindgen's is made, registered and freed each time, which takes longer than a decision.

use alloc::vec;
use alloc::vec::Vec;
use core::cell::{Ref, RefCell};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Memory that is kept for the next time.
const KEPT: usize = 1 << 14;
/// Numbers that stand before the bytes: the first is the bytes' address, the rest are the lengths of the parts.
const NUMBERS: usize = 16;
/// The most parts that JavaScript may write at once: a length each.
pub const MAX_PARTS: usize = NUMBERS - 1;
/// The length of what is not there.
const NONE: usize = u32::MAX as usize;

/// Where JavaScript writes.
#[derive(Default)]
pub struct Room {
    numbers: RefCell<Vec<usize>>,
    bytes: RefCell<Vec<u8>>,
}

impl Room {
    /// Makes room for so many bytes; gives the address of the numbers.
    pub fn address(&self, length: usize) -> usize {
        let mut bytes = self.bytes.borrow_mut();
        if bytes.len() < length || bytes.len() > KEPT {
            *bytes = vec![0; length.max(1 << 12)];
        }
        let mut numbers = self.numbers.borrow_mut();
        numbers.resize(NUMBERS, 0);
        numbers[0] = bytes.as_mut_ptr().expose_provenance();
        numbers.as_mut_ptr().expose_provenance()
    }

    /// What was written.
    pub fn written(&self) -> Written<'_> {
        Written { numbers: self.numbers.borrow(), bytes: self.bytes.borrow() }
    }
}

/// What JavaScript wrote. Let go of before JavaScript is called, which might write again.
pub struct Written<'a> {
    numbers: Ref<'a, Vec<usize>>,
    bytes: Ref<'a, Vec<u8>>,
}

impl Written<'_> {
    /// Its parts, from the first.
    pub fn parts(&self) -> Parts<'_> {
        Parts { lengths: self.numbers.get(1..).unwrap_or_default(), bytes: &self.bytes }
    }

    /// So many bytes from its start.
    pub fn start(&self, length: usize) -> Option<Vec<u8>> {
        self.bytes.get(..length).map(<[u8]>::to_vec)
    }
}

/// The bytes that were told as an opaque text, where it is one.
pub fn opaque(text: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// What is left to be read of what was written.
pub struct Parts<'a> {
    lengths: &'a [usize],
    bytes: &'a [u8],
}

impl<'a> Parts<'a> {
    /// The next part, or nothing where it is not there.
    pub fn next(&mut self) -> Option<&'a [u8]> {
        let (length, lengths) = self.lengths.split_first()?;
        self.lengths = lengths;
        if *length == NONE {
            return None;
        }
        let (part, bytes) = self.bytes.split_at_checked(*length)?;
        self.bytes = bytes;
        Some(part)
    }
}

/// Where JavaScript reads: texts, which it decodes together where they are ASCII, bytes, and numbers, of which the first three
/// are the texts' address and length, and the bytes' address.
#[derive(Default)]
pub struct Told {
    numbers: Vec<usize>,
    texts: Vec<u8>,
    bytes: Vec<u8>,
}

impl Told {
    /// Begins with what kind of thing it is.
    pub fn begin(&mut self, kind: usize) -> &mut Self {
        if self.bytes.capacity() + self.texts.capacity() > KEPT {
            *self = Self::default();
        }
        self.texts.clear();
        self.bytes.clear();
        self.numbers.clear();
        self.numbers.extend_from_slice(&[0, 0, 0, kind]);
        self
    }

    /// Adds a number.
    pub fn number(&mut self, number: usize) -> &mut Self {
        self.numbers.push(number);
        self
    }

    /// Adds a text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.texts.extend_from_slice(text.as_bytes());
        self.number(text.len())
    }

    /// Adds a text, or that there is none.
    pub fn text_if(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(text),
            None => self.number(NONE),
        }
    }

    /// Adds bytes as a text, to be handed back as it is.
    pub fn opaque(&mut self, bytes: &[u8]) -> &mut Self {
        let from = self.texts.len();
        // Four signs for three bytes, and no more.
        self.texts.resize(from + bytes.len().div_ceil(3) * 4, 0);
        let length = URL_SAFE_NO_PAD.encode_slice(bytes, &mut self.texts[from..]).unwrap_or_default();
        self.texts.truncate(from + length);
        self.number(length)
    }

    /// Adds bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self.number(bytes.len())
    }

    /// Adds bytes, or that there are none.
    pub fn bytes_if(&mut self, bytes: Option<&[u8]>) -> &mut Self {
        match bytes {
            Some(bytes) => self.bytes(bytes),
            None => self.number(NONE),
        }
    }

    /// The address of the numbers. What is told next is written to the same place.
    pub fn address(&mut self) -> usize {
        let addresses =
            [self.texts.as_ptr().expose_provenance(), self.texts.len(), self.bytes.as_ptr().expose_provenance()];
        self.numbers[..3].copy_from_slice(&addresses);
        self.numbers.as_ptr().expose_provenance()
    }
}
