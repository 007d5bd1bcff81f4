//! The part of GBK that needs no table: GBK/3 and GBK/4 hold the ideographs of Unicode 1.1 that GB2312 lacks, in Unicode's
//! order. Read by `build.rs` too.

/// U+4E00, where they begin.
pub const FIRST_IDEOGRAPH: u16 = 0x4E00;

/// Whether a code belongs to GBK/3 (0x8140 to 0xA0FE) or to GBK/4 (0xAA40 to 0xFD9B, left of GB2312).
pub const fn is_ideograph_in_order(lead: u8, trail: u8) -> bool {
    match lead {
        0x81..=0xA0 => true,
        0xAA..=0xFC => trail <= 0xA0,
        0xFD => trail <= 0x9B,
        _ => false,
    }
}
