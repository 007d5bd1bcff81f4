//! [`ForwardedMark`]: that a record was seen, so that one that is pushed twice is news once.

use serde::{Deserialize, Serialize};

use crate::otp::text_status::RecordId;

/// How long it is remembered, in milliseconds: a week.
const MARK_RETENTION_MS: i64 = 7 * 86_400_000;

/// What is stored for a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForwardedMark {
    source: RecordId,
    at: i64,
}

impl ForwardedMark {
    /// Whether a record is news. What brought it first is told so again: it may have been stopped before it passed it on.
    pub fn is_news(known: &mut Option<Self>, source: RecordId, now: i64) -> bool {
        match known {
            Some(memo) if memo.expires_at() > now => memo.source == source,
            _ => {
                *known = Some(Self { source, at: now });
                true
            }
        }
    }

    /// When it is forgotten.
    #[must_use]
    pub const fn expires_at(&self) -> i64 {
        self.at.saturating_add(MARK_RETENTION_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_mail_brings_news_and_no_other() {
        let mut memo = None;
        let mut is_news = |mail, now| ForwardedMark::is_news(&mut memo, RecordId { mail, index: 0 }, now);
        assert!(is_news(1, 0) && !is_news(2, 1) && is_news(1, 2));
        assert!(!is_news(2, MARK_RETENTION_MS - 1) && is_news(2, MARK_RETENTION_MS));
        assert!(
            !ForwardedMark::is_news(&mut memo, RecordId { mail: 2, index: 1 }, MARK_RETENTION_MS),
            "nor within one mail"
        );
    }
}
