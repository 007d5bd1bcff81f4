//! Frames: what passes between a client and a definition, whose code may be in another WebAssembly. A frame is a list of
//! parts, each behind its length in four bytes, big-endian. A part may be a frame.

use alloc::vec::Vec;

/// Appends a part.
pub fn add(frame: &mut Vec<u8>, part: &[u8]) {
    frame.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    frame.extend_from_slice(part);
}

/// Appends a marked part: its mark, whether it is secret, and a text.
#[cfg(feature = "define")]
pub fn add_marked(frame: &mut Vec<u8>, mark: u8, text: &[u8], is_secret: bool) {
    add(frame, &[&[mark, if is_secret { b'1' } else { b'0' }], text].concat());
}

/// A frame of these parts.
#[cfg(feature = "define")]
pub fn joined<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut frame = Vec::new();
    for part in parts {
        add(&mut frame, part);
    }
    frame
}

/// The parts of a frame; what is no part is left out.
#[must_use]
pub fn parts(mut frame: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    while let Some((length, rest)) = frame.split_first_chunk() {
        let length = u32::from_be_bytes(*length).try_into().unwrap_or(usize::MAX);
        let Some((part, rest)) = rest.split_at_checked(length) else { break };
        parts.push(part);
        frame = rest;
    }
    parts
}
