//! Beijing's time, which the vendors write without saying so (an inference: FACTS.md, stated nowhere). No summer time.

use time::OffsetDateTime;

const OFFSET_SECONDS: i64 = 8 * 3600;
const SHAPE: &[u8] = b"0000-00-00 00:00:00";

/// `0000-00-00 00:00:00`, as smsadmin's `dtime` wants it.
#[must_use]
pub fn written(ms: i64) -> String {
    clock(ms.div_euclid(1000), ' ')
}

/// A vendor's time as ISO 8601 with its offset: `2019-04-12 17:57:08`, or seconds since 1970. Nothing for anything else.
#[must_use]
pub fn iso(time: &str) -> Option<String> {
    let time = time.trim();
    if (9..=10).contains(&time.len()) && time.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(clock(time.parse().ok()?, 'T') + "+08:00");
    }
    let fits = |(byte, shape): (u8, &u8)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == *shape };
    let fits = time.len() == SHAPE.len() && time.bytes().zip(SHAPE).all(fits);
    let fits = fits && (1..=12).contains(&number(&time[5..7])) && (1..=31).contains(&number(&time[8..10]));
    fits.then(|| format!("{}T{}+08:00", &time[..10], &time[11..]))
}

fn number(digits: &str) -> u8 {
    digits.parse().unwrap_or(0)
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
        for other in
            ["", "0", "2019-04-12", "2019/04/12 17:57:08", "yesterday", "2019-04-12 17:57:08.1", "0000-00-00 00:00:00"]
        {
            assert_eq!(iso(other), None, "{other}");
        }
    }
}
