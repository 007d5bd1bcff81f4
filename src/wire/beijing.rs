//! Beijing's time, which the vendors write without saying so (an inference: FACTS.md, stated nowhere). No summer time.

use alloc::format;
use alloc::string::String;

use time::OffsetDateTime;

const OFFSET_SECONDS: i64 = 8 * 3600;
/// How the vendors write a time.
pub const TIME: &[u8] = b"0000-00-00 00:00:00";

/// `0000-00-00 00:00:00`, as smsadmin's `dtime` wants it.
#[must_use]
pub fn written(ms: i64) -> String {
    clock(ms.div_euclid(1000), ' ')
}

/// A vendor's time as ISO 8601 with its offset: `2019-04-12 17:57:08`, or seconds since 1970. Nothing for anything else.
#[must_use]
pub fn iso(text: &str) -> Option<String> {
    let time = text.trim();
    if (9..=10).contains(&time.len()) && time.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(clock(time.parse().ok()?, 'T') + "+08:00");
    }
    if !has_shape(time.as_bytes(), TIME) {
        return None;
    }
    let [year, month, day] = [&time[..4], &time[5..7], &time[8..10]].map(number);
    let month = time::Month::try_from(u8::try_from(month).ok()?).ok()?;
    time::Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()?;
    let [hour, minute, second] = [&time[11..13], &time[14..16], &time[17..]].map(number);
    let [hour, minute, second] = [hour, minute, second].map(|number| u8::try_from(number).unwrap_or(u8::MAX));
    time::Time::from_hms(hour, minute, second).ok()?;
    Some(format!("{}T{}+08:00", &time[..10], &time[11..]))
}

/// Whether it is written as a time or a date is, be there such a one or not: a digit for each 0 of the shape.
#[must_use]
pub fn has_shape(time: &[u8], shape: &[u8]) -> bool {
    let fits = |(byte, shape): (&u8, &u8)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    time.len() == shape.len() && time.iter().zip(shape).all(fits)
}

/// Digits, and nothing else.
fn number(digits: &str) -> u16 {
    digits.bytes().fold(0, |number, digit| number * 10 + u16::from(digit & 15))
}

fn clock(seconds: i64, between: char) -> String {
    let time = OffsetDateTime::from_unix_timestamp(seconds + OFFSET_SECONDS).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (hour, minute, second) = time.to_hms();
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    format!("{year:04}-{month:02}-{day:02}{between}{hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_in_beijing() {
        assert_eq!(written(0), "1970-01-01 08:00:00");
        assert_eq!(written(1_709_222_399_999), "2024-02-29 23:59:59");
        assert_eq!(written(1_709_222_400_000), "2024-03-01 00:00:00");
    }

    #[test]
    fn read_with_its_offset() {
        assert_eq!(iso("2019-04-12 17:57:08").as_deref(), Some("2019-04-12T17:57:08+08:00"));
        assert_eq!(iso("1511111111").as_deref(), Some("2017-11-20T01:05:11+08:00"));
        for other in [
            "",
            "0",
            "2019-04-12",
            "2019/04/12 17:57:08",
            "yesterday",
            "2019-04-12 17:57:08.1",
            "0000-00-00 00:00:00",
            "2019-02-31 10:00:00",
            "2019-02-28 99:00:00",
        ] {
            assert_eq!(iso(other), None, "{other}");
        }
    }
}
