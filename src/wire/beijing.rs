//! Beijing's time. The vendors write times without an offset; that they mean Beijing's is an inference
//! (docs/vendors.md, stated nowhere). It has no summer time.
//!
//! The calendar is our own: the `time` crate, which the tests compare it with, is five times the code.

use alloc::string::String;

use crate::decimal;
use crate::wire::blank;

const OFFSET_SECONDS: i64 = 8 * 3600;
/// Beijing's time less UTC, in milliseconds.
pub const OFFSET_MS: i64 = OFFSET_SECONDS * 1000;
const DAY: i64 = 24 * 3600;
/// The shape of a time in the vendors' records.
pub const TIME: &[u8] = b"0000-00-00 00:00:00";

/// A time as `0000-00-00 00:00:00`, for smsadmin's `dtime`. `ms` is in milliseconds since the Unix epoch.
#[must_use]
pub fn written(ms: i64) -> String {
    clock(ms.div_euclid(1000), " ")
}

/// The same time in UTC, as ISO 8601: `0000-00-00T00:00:00Z`.
#[must_use]
pub fn utc(ms: i64) -> String {
    clock(ms.div_euclid(1000) - OFFSET_SECONDS, "T") + "Z"
}

/// A vendor's time as ISO 8601 with its offset. Reads `2019-04-12 17:57:08` and seconds since the Unix epoch; `None`
/// for anything else.
#[must_use]
pub fn iso(text: &str) -> Option<String> {
    let time = blank::trim(text);
    let seconds = if (9..=10).contains(&time.len()) && time.bytes().all(|byte| byte.is_ascii_digit()) {
        decimal::parse(time)?
    } else {
        read(time)?
    };
    Some(clock(seconds, "T") + "+08:00")
}

/// The end of a day of Beijing's, `2026-12-20`, in milliseconds since the Unix epoch; `None` for any other text.
#[must_use]
pub fn end_of_day(date: &str) -> Option<i64> {
    read(&[date, " 00:00:00"].concat()).map(|seconds| (seconds + DAY) * 1000)
}

/// Whether a text has the shape of a time or a date: a digit for each 0 of the shape. The time itself need not exist.
#[must_use]
pub fn has_shape(time: &[u8], shape: &[u8]) -> bool {
    let fits = |(byte, shape): (&u8, &u8)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    time.len() == shape.len() && time.iter().zip(shape).all(fits)
}

/// Seconds since the Unix epoch; `None` for a time that does not exist.
fn read(time: &str) -> Option<i64> {
    if !has_shape(time.as_bytes(), TIME) {
        return None;
    }
    let [year, month, day, hour, minute, second] =
        [(0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19)].map(|(from, to)| {
            let digits = &time.as_bytes()[from..to];
            digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit & 15))
        });
    let days = days(year, month, day);
    // [`date`] maps a day that does not exist to another day.
    let is_a_time = date(days) == (year, month, day) && hour < 24 && minute < 60 && second < 60;
    is_a_time.then_some(days * DAY + (hour * 60 + minute) * 60 + second - OFFSET_SECONDS)
}

/// Days since 1970-01-01. Years begin in March here, so that a leap day is the last day of its year.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let month = (month + 9).rem_euclid(12);
    let year = if month < 10 { year } else { year - 1 };
    let in_year = (month * 153 + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + in_year - 719_468
}

/// Year, month and day: the inverse of [`days`].
const fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let in_era = days.rem_euclid(146_097);
    let year = (in_era - in_era / 1460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (year * 365 + year / 4 - year / 100);
    let month = (in_year * 5 + 2) / 153;
    let day = in_year - (month * 153 + 2) / 5 + 1;
    let year = year + era * 400;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

fn clock(seconds: i64, between: &str) -> String {
    let seconds = seconds + OFFSET_SECONDS;
    let (year, month, day) = date(seconds.div_euclid(DAY));
    let time = seconds.rem_euclid(DAY);
    let mut clock = decimal::padded(year, 4);
    for (mark, number) in [("-", month), ("-", day), (between, time / 3600), (":", time / 60 % 60), (":", time % 60)] {
        clock.push_str(mark);
        clock.push_str(&decimal::padded(number, 2));
    }
    clock
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_written_in_beijing_time() {
        assert_eq!(written(0), "1970-01-01 08:00:00");
        assert_eq!(written(1_709_222_399_999), "2024-02-29 23:59:59");
        assert_eq!(written(1_709_222_400_000), "2024-03-01 00:00:00");
        assert_eq!(utc(1_709_251_199_999), "2024-02-29T23:59:59Z");
    }

    #[test]
    fn day_ends_where_the_next_begins() {
        assert_eq!(end_of_day("2024-02-29"), Some(1_709_222_400_000));
        for other in ["", "2023-02-29", "2024-2-29", "2024-02-29 ", "20240229"] {
            assert_eq!(end_of_day(other), None, "{other}");
        }
    }

    #[test]
    fn every_day_of_ten_thousand_years_agrees_with_the_time_crate() {
        let mut day = time::Date::from_calendar_date(0, time::Month::January, 1).unwrap();
        while day.year() < 9999 {
            let (year, month, of_month) =
                (i64::from(day.year()), i64::from(u8::from(day.month())), i64::from(day.day()));
            let since = i64::from(day.to_julian_day()) - 2_440_588;
            assert_eq!((days(year, month, of_month), date(since)), (since, (year, month, of_month)));
            day = day.next_day().unwrap();
        }
    }

    #[test]
    fn time_is_parsed_with_its_offset() {
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
            "2019-02-28 24:00:00",
            "2019-02-28 10:60:00",
            "2019-02-28 10:00:60",
            "2019-02-29 10:00:00",
            "2019-13-01 10:00:00",
            "2019-00-01 10:00:00",
            "2019-01-00 10:00:00",
            "2019-04-31 10:00:00",
        ] {
            assert_eq!(iso(other), None, "{other}");
        }
    }
}
