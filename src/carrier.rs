//! [`Issued`]: the issuer of a mainland number, by its first digits.
//!
//! Source: 我国公众移动通信网网号及H₀分配情况 of the ministry (MIIT), as of [`AS_OF`], published 2023-06-05; no newer table was found.
//! Machine numbers of 13 digits: 物联网网号 140 to 144. Portability: MIIT's 携号转网 rules, nationwide since 2019-11-27, which leave
//! out resold, satellite and machine numbers. A person keeps their number when they change their carrier: of a portable number
//! the table tells who issued it, not who carries it.

use crate::phone::Phone;

/// The day whose allocation the table shows.
pub const AS_OF: &str = "2023-03-31";

/// A carrier of the mainland.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum IssuingCarrier {
    /// None of these, or unknown.
    Other,
    /// 中国移动.
    Mobile,
    /// 中国联通.
    Unicom,
    /// 中国电信.
    Telecom,
    /// 中国广电.
    Broadnet,
    /// 中国星网.
    Starnet,
}

impl IssuingCarrier {
    /// Every carrier, at the index of its number.
    pub const ALL: [Self; 6] = [Self::Other, Self::Mobile, Self::Unicom, Self::Telecom, Self::Broadnet, Self::Starnet];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Mobile => "mobile",
            Self::Unicom => "unicom",
            Self::Telecom => "telecom",
            Self::Broadnet => "broadnet",
            Self::Starnet => "starnet",
        }
    }
}

/// The use of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Service {
    /// The table assigns the prefix to nobody.
    Unassigned,
    /// A person's phone.
    Phone,
    /// A person's phone, sold by a virtual operator.
    Resale,
    /// A satellite phone.
    Satellite,
    /// A machine: the internet of things.
    Machine,
    /// A number of another country, which the table does not cover.
    Abroad,
}

impl Service {
    const ALL: [Self; 6] = [Self::Unassigned, Self::Phone, Self::Resale, Self::Satellite, Self::Machine, Self::Abroad];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unassigned => "unassigned",
            Self::Phone => "phone",
            Self::Resale => "resale",
            Self::Satellite => "satellite",
            Self::Machine => "machine",
            Self::Abroad => "abroad",
        }
    }
}

/// The table's entry for a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The issuer.
    pub carrier: IssuingCarrier,
    /// The use.
    pub service: Service,
}

impl Issued {
    /// The table's entry for a phone.
    #[must_use]
    pub fn of(phone: Phone) -> Self {
        if phone.is_mainland() {
            // The 2nd to the 5th digit, four bits each.
            let digits = |place: u32| usize::try_from(phone.key() >> (place * 4) & 15).unwrap_or_default();
            Self::at(digits(9) * 1000 + digits(8) * 100 + digits(7) * 10 + digits(6))
        } else {
            Self { carrier: IssuingCarrier::Other, service: Service::Abroad }
        }
    }

    /// The entry of the table for a number as a person writes it: 11 digits, a machine's 13, both with or without `+86` or
    /// `86`, or E.164. `None` for what is no number.
    #[must_use]
    pub fn read(number: &str) -> Option<Self> {
        let digits = number.strip_prefix("+86").or_else(|| number.strip_prefix("86")).unwrap_or(number);
        let is_machine = digits.len() == 13 && digits.starts_with("14") && matches!(digits.as_bytes()[2], b'0'..=b'4');
        if is_machine && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self { carrier: IssuingCarrier::Other, service: Service::Machine });
        }
        Phone::parse(number).ok().map(Self::of)
    }

    /// Whether it is certainly a person's phone: 11 digits with such a prefix in the table.
    #[must_use]
    pub fn is_ordinary(number: &str) -> bool {
        number.as_bytes().try_into().is_ok_and(is_ordinary)
    }

    /// The lines behind those at the beginning that are [`Issued::is_ordinary`], each with its line feed.
    #[must_use]
    pub fn behind_ordinary(lines: &str) -> &str {
        let mut rest = lines.as_bytes();
        while let Some((line, rest_of_rows)) = rest.split_first_chunk::<12>() {
            let [number @ .., b'\n'] = line else { break };
            if !is_ordinary(number) {
                break;
            }
            rest = rest_of_rows;
        }
        lines.get(lines.len() - rest.len()..).unwrap_or_default()
    }

    /// Whether its owner may have moved it to another carrier.
    #[must_use]
    pub fn is_portable(self) -> bool {
        self.service == Service::Phone
    }

    /// The table's entry for numbers with these 2nd to 5th digits.
    pub(crate) fn at(place: usize) -> Self {
        let row = TABLE.get(place).copied().unwrap_or_default();
        let (carrier, service) = (usize::from(row & 7), usize::from(row >> 3));
        Self {
            carrier: IssuingCarrier::ALL[carrier % IssuingCarrier::ALL.len()],
            service: Service::ALL[service % Service::ALL.len()],
        }
    }
}

fn is_ordinary(number: &[u8; 11]) -> bool {
    let mut others = 0;
    for byte in number {
        others |= u8::from(byte.wrapping_sub(b'0') > 9);
    }
    let digit = |place: usize| usize::from(number[place] & 15);
    let place = digit(1) * 1000 + digit(2) * 100 + digit(3) * 10 + digit(4);
    let service = TABLE.get(place).copied().unwrap_or_default() >> 3;
    others == 0 && number[0] == b'1' && (service == Service::Phone as u8 || service == Service::Resale as u8)
}

/// The prefixes of numbers: three digits or more, and in brackets the alternatives for the next digit. A later row is
/// an exception to the earlier ones.
const ROWS: [(IssuingCarrier, Service, &str); 14] = [
    (
        IssuingCarrier::Mobile,
        Service::Phone,
        "134(012345678) 135 136 137 138 139 147 150 151 152 157 158 159 172 178 182 183 184 187 188 195 197 198",
    ),
    (IssuingCarrier::Unicom, Service::Phone, "130 131 132 145 155 156 166 175 176 185 186 196"),
    (IssuingCarrier::Telecom, Service::Phone, "133 153 173 177 180 181 189 190 191 193 199"),
    (IssuingCarrier::Broadnet, Service::Phone, "192"),
    (IssuingCarrier::Mobile, Service::Resale, "165 170(356)"),
    (IssuingCarrier::Unicom, Service::Resale, "167 170(4789) 171"),
    (IssuingCarrier::Telecom, Service::Resale, "162 170(012)"),
    (IssuingCarrier::Mobile, Service::Machine, "148"),
    (IssuingCarrier::Unicom, Service::Machine, "146"),
    (IssuingCarrier::Telecom, Service::Machine, "149"),
    (IssuingCarrier::Other, Service::Machine, "140 141 142 143 144"),
    (IssuingCarrier::Telecom, Service::Satellite, "1349(239) 1740(012345)"),
    (IssuingCarrier::Other, Service::Satellite, "1740(6789) 1741(012) 1749"),
    (IssuingCarrier::Starnet, Service::Satellite, "1619"),
];

/// A row for each four digits behind the leading 1: the carrier in the lower three bits, the service above them.
static TABLE: [u8; 10_000] = {
    let mut table = [0; 10_000];
    let mut row = 0;
    while row < ROWS.len() {
        let (carrier, service, beginnings) = ROWS[row];
        enter_all(&mut table, beginnings.as_bytes(), carrier as u8 | (service as u8) << 3);
        row += 1;
    }
    table
};

const fn enter_all(table: &mut [u8; 10_000], beginnings: &[u8], value: u8) {
    let mut at = 0;
    while at < beginnings.len() {
        // The digits behind the leading 1, and how many numbers of four digits begin so.
        let (mut begins, mut span) = (0, 10_000);
        at += 1;
        while at < beginnings.len() && beginnings[at].is_ascii_digit() {
            begins = begins * 10 + (beginnings[at] - b'0') as usize;
            span /= 10;
            at += 1;
        }
        if at < beginnings.len() && beginnings[at] == b'(' {
            at += 1;
            while beginnings[at] != b')' {
                enter(table, begins * 10 + (beginnings[at] - b'0') as usize, span / 10, value);
                at += 1;
            }
            at += 1;
        } else {
            enter(table, begins, span, value);
        }
        at += 1;
    }
}

const fn enter(table: &mut [u8; 10_000], begins: usize, span: usize, value: u8) {
    let mut place = begins * span;
    while place < (begins + 1) * span {
        table[place] = value;
        place += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every prefix of the ministry's table, written again by hand: carrier, service, and numbers that begin so.
    const EXPECTED: [(&str, &str, &str); 14] = [
        (
            "mobile",
            "phone",
            "1340 1341 1342 1343 1344 1345 1346 1347 1348 135 136 137 138 139 147 150 151 152 157 158 159 172 178 182 183 184 187 188 195 197 198",
        ),
        ("unicom", "phone", "130 131 132 145 155 156 166 175 176 185 186 196"),
        ("telecom", "phone", "133 153 173 177 180 181 189 190 191 193 199"),
        ("broadnet", "phone", "192"),
        ("mobile", "resale", "165 1703 1705 1706"),
        ("unicom", "resale", "167 1704 1707 1708 1709 171"),
        ("telecom", "resale", "162 1700 1701 1702"),
        ("mobile", "machine", "148"),
        ("unicom", "machine", "146"),
        ("telecom", "machine", "149"),
        ("other", "machine", "140 141 142 143 144"),
        ("telecom", "satellite", "13492 13493 13499 17400 17401 17402 17403 17404 17405"),
        ("other", "satellite", "17406 17407 17408 17409 17410 17411 17412 1749"),
        ("starnet", "satellite", "1619"),
    ];

    #[test]
    fn prefixes_equal_the_ministrys_list() {
        for beginning in 13_000..20_000 {
            let beginning = beginning.to_string();
            let expected = EXPECTED
                .iter()
                .find(|(_, _, known)| known.split(' ').any(|known| beginning.starts_with(known)))
                .map_or(("other", "unassigned"), |(carrier, service, _)| (*carrier, *service));
            let issued = Issued::of(Phone::parse(&[&beginning, "123456"].concat()).unwrap());
            assert_eq!((issued.carrier.as_str(), issued.service.as_str()), expected, "{beginning}");
        }
    }

    #[test]
    fn unassigned_prefixes_have_no_carrier() {
        let service = |number: &str| Issued::read(number).unwrap().service;
        for prefix in ["154", "160", "161", "163", "164", "168", "169", "179", "194"] {
            assert_eq!(service(&[prefix, "01234567"].concat()), Service::Unassigned, "{prefix}");
        }
        for (number, expected) in [
            ("16191234567", Service::Satellite),
            ("16181234567", Service::Unassigned),
            ("13491234567", Service::Unassigned),
            ("13492234567", Service::Satellite),
            ("17423456789", Service::Unassigned),
            ("17413456789", Service::Unassigned),
            ("1440012345678", Service::Machine),
            ("861440012345678", Service::Machine),
            ("+861440012345678", Service::Machine),
            ("+861410012345678", Service::Machine),
            ("+1440012345678", Service::Abroad),
            ("+14155550123", Service::Abroad),
        ] {
            assert_eq!(service(number), expected, "{number}");
        }
        for number in ["", "1450012345678", "144001234567", "14400123456789", "138", "1440012345678a"] {
            assert_eq!(Issued::read(number), None, "{number}");
        }
    }

    #[test]
    fn prefix_ranges_end_at_other_carriers() {
        for (lines, rest) in [
            ("13812345678\n17012345678\n", ""),
            ("13812345678\n15412345678\n13812345678\n", "15412345678\n13812345678\n"),
            ("13812345678\n+8613812345678\n", "+8613812345678\n"),
            ("13812345678\n1381234567x\n", "1381234567x\n"),
            ("13812345678", "13812345678"),
            ("23812345678\n", "23812345678\n"),
            ("", ""),
        ] {
            assert_eq!(Issued::behind_ordinary(lines), rest, "{lines}");
        }
        assert!(Issued::is_ordinary("13812345678") && !Issued::is_ordinary("+8613812345678"));
    }

    #[test]
    fn numbers_that_cannot_be_ported_keep_their_carrier() {
        let portable = |number: &str| Issued::read(number).unwrap().is_portable();
        assert!(portable("13812345678") && portable("19212345678") && portable("14512345678"));
        for number in ["17012345678", "16212345678", "13492345678", "14612345678", "14812345678", "14912345678"] {
            assert!(!portable(number), "{number}");
        }
    }
}
