//! Writes the table of GBK from `encoding_rs`, so that the client carries 11 KB of it (in brotli) instead of 98.
//!
//! The code points that do not follow by themselves, in the order of their two-byte codes, each as the difference to the one
//! before: all low bytes, then all high bytes, which brotli packs into half of what the plain table takes.

#![allow(clippy::panic, clippy::expect_used, reason = "a build that cannot go on has nobody else to tell")]

#[path = "src/wire/gbk_order.rs"]
mod gbk_order;

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/wire/gbk_order.rs");
    let codes = (0x81..=0xFE_u8)
        .flat_map(|lead| (0x40..=0xFE_u8).filter(|trail| *trail != 0x7F).map(move |trail| [lead, trail]));
    let (followed, listed): (Vec<[u8; 2]>, Vec<[u8; 2]>) =
        codes.partition(|[lead, trail]| gbk_order::is_ideograph_in_order(*lead, *trail));
    let listed: Vec<u16> = listed.into_iter().map(code_point).collect();
    let expected = (gbk_order::FIRST_IDEOGRAPH..).filter(|point| !listed.contains(point));
    assert!(followed.into_iter().map(code_point).eq(expected.take(FOLLOWING)), "GBK is not in the order of Unicode");
    let before = std::iter::once(0).chain(listed.iter().copied());
    let differences: Vec<u16> = before.zip(&listed).map(|(before, point)| point.wrapping_sub(before)).collect();
    let mut table: Vec<u8> = differences.iter().map(|difference| difference.to_le_bytes()[0]).collect();
    table.extend(differences.iter().map(|difference| difference.to_le_bytes()[1]));
    let directory = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(Path::new(&directory).join("gbk.table"), table).expect("OUT_DIR is writable");
}

/// The ideographs of GBK/3 and GBK/4.
const FOLLOWING: usize = 14_139;

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
