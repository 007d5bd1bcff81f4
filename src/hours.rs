//! [`Hours`]: the hours in which marketing may be sent, in Beijing's time.

use serde::{Deserialize, Serialize};

/// The hours in which marketing may go: from the first to before the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// From this hour on, 0 to 23.
    pub from: u8,
    /// To before this one, 1 to 24.
    pub to: u8,
}

/// Qiniu advises these (2021-10-28); Tencent and Huawei send until 22:00, Huawei's `IoTCom` until 21:00.
pub const MARKETING: Hours = Hours { from: 8, to: 20 };

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const BEIJING_MS: i64 = 8 * HOUR_MS;

impl Hours {
    /// The whole day.
    pub const ALL: Self = Self { from: 0, to: 24 };

    /// The time at which a text may be sent that is ready at `at_ms`, both in milliseconds since the Unix epoch; `None`
    /// if it may be sent then.
    #[must_use]
    pub fn next(self, at_ms: i64) -> Option<i64> {
        let local = at_ms.saturating_add(BEIJING_MS);
        let of_day = local.rem_euclid(DAY_MS);
        let (from, to) = (i64::from(self.from) * HOUR_MS, i64::from(self.to) * HOUR_MS);
        if (from..to).contains(&of_day) {
            return None;
        }
        let today = local.saturating_sub(of_day).saturating_sub(BEIJING_MS);
        Some(if of_day < from { today.saturating_add(from) } else { today.saturating_add(DAY_MS + from) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::beijing;

    /// 2026-11-30 00:00 in Beijing.
    const MIDNIGHT: i64 = 1_795_968_000_000;

    #[test]
    fn marketing_is_allowed_from_eight_until_twenty() {
        assert_eq!(beijing::written(MIDNIGHT), "2026-11-30 00:00:00");
        let next = |hours: f64| {
            #[allow(clippy::cast_possible_truncation, reason = "hours of one day")]
            let at = MIDNIGHT + (hours * 3_600_000.0) as i64;
            MARKETING.next(at).map(beijing::written)
        };
        for hours in [8.0, 12.0, 19.5, 19.999] {
            assert_eq!(next(hours), None, "{hours}");
        }
        for hours in [0.0, 3.0, 7.999] {
            assert_eq!(next(hours).as_deref(), Some("2026-11-30 08:00:00"), "{hours}");
        }
        for hours in [20.0, 21.0, 23.999] {
            assert_eq!(next(hours).as_deref(), Some("2026-12-01 08:00:00"), "{hours}");
        }
    }

    #[test]
    fn extreme_times_do_not_overflow() {
        for at in [i64::MIN, i64::MAX, 0, -1] {
            let _ = MARKETING.next(at);
        }
    }
}
