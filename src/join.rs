//! [`join_all`]: runs several futures at the same time.

use alloc::vec::Vec;
use core::future::poll_fn;
use core::pin::Pin;
use core::task::Poll;

/// Completes when all futures have. Every wake-up polls each of them: they are few.
pub async fn join_all<F: Future<Output = ()> + Unpin>(mut works: Vec<F>) {
    poll_fn(|context| {
        works.retain_mut(|work| Pin::new(work).poll(context).is_pending());
        if works.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
