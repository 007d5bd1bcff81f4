//! Writes times given in milliseconds since the Unix epoch.

use time::OffsetDateTime;

/// ISO 8601, UTC.
pub(super) fn iso(ms: i64) -> String {
    let (date, clock) = parts(ms);
    format!("{date}T{clock}.{:03}Z", ms.rem_euclid(1000))
}

/// Beijing's time, `0000-00-00 00:00:00`.
pub(super) fn beijing_time(ms: i64) -> String {
    let (date, clock) = parts(ms + 8 * 3_600_000);
    format!("{date} {clock}")
}

fn parts(ms: i64) -> (String, String) {
    let time = OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (hour, minute, second) = time.to_hms();
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    (format!("{year:04}-{month:02}-{day:02}"), format!("{hour:02}:{minute:02}:{second:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc_and_beijing_time() {
        assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso(1_709_222_399_007), "2024-02-29T15:59:59.007Z");
        assert_eq!(beijing_time(1_709_222_400_000), "2024-03-01 00:00:00");
    }
}
