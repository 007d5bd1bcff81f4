//! Writes the table of GBK from `encoding_rs`, so that the client carries 14 KB of it (in brotli) instead of 98.
//!
//! The code point of each of its 23,940 two-byte codes, in order, as the difference to the one before: all low bytes, then
//! all high bytes, which brotli packs into half of what the plain table takes.

#![allow(clippy::panic, clippy::expect_used, reason = "a build that cannot go on has nobody else to tell")]

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let codes: Vec<[u8; 2]> = (0x81..=0xFE_u8)
        .flat_map(|lead| (0x40..=0xFE_u8).filter(|trail| *trail != 0x7F).map(move |trail| [lead, trail]))
        .collect();
    let points: Vec<u16> = codes.iter().copied().map(code_point).collect();
    let differences: Vec<u16> = std::iter::once(0)
        .chain(points.iter().copied())
        .zip(&points)
        .map(|(before, point)| point.wrapping_sub(before))
        .collect();
    let mut table: Vec<u8> = differences.iter().map(|difference| difference.to_le_bytes()[0]).collect();
    table.extend(differences.iter().map(|difference| difference.to_le_bytes()[1]));
    let directory = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(Path::new(&directory).join("gbk.table"), table).expect("OUT_DIR is writable");
}

fn code_point(code: [u8; 2]) -> u16 {
    let text = encoding_rs::GBK
        .decode_without_bom_handling_and_without_replacement(&code)
        .unwrap_or_else(|| panic!("GBK has no character at {code:02X?}"));
    let mut units = text.encode_utf16();
    match (units.next(), units.next()) {
        (Some(unit), None) => unit,
        _ => panic!("{code:02X?} is not one character of the basic plane"),
    }
}
