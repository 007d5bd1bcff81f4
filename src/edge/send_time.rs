//! [`SendTime`]: how long a text takes, so that the answer for a review number takes as long as any other. A stranger who
//! recognised such a number by its quick answer would know whose code is worth guessing.

use core::cell::Cell;

/// The wait before this process sent its first text.
const FIRST_MS: i64 = 300;
/// A person must not wait for a vendor's outage that is over.
const MAX_MS: i64 = 2000;

/// The time that the last text of this process took, in milliseconds.
pub(super) struct SendTime(Cell<i64>);

impl Default for SendTime {
    fn default() -> Self {
        Self(Cell::new(FIRST_MS))
    }
}

impl SendTime {
    pub(super) fn note(&self, took_ms: i64) {
        self.0.set(took_ms.clamp(0, MAX_MS));
    }

    /// Milliseconds within a quarter of the last text's, by a random number.
    pub(super) fn like_a_text(&self, random: u32) -> i64 {
        self.0.get() * (192 + i64::from(random % 129)) / 256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wait_is_like_the_last_text() {
        let time = SendTime::default();
        assert_eq!((time.like_a_text(0), time.like_a_text(64), time.like_a_text(128)), (225, 300, 375));
        for (took, waits) in [(800, 800), (60_000, MAX_MS), (0, 0), (-5, 0)] {
            time.note(took);
            assert_eq!(time.like_a_text(64), waits);
        }
    }
}
