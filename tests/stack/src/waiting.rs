use std::time::{Duration, Instant};

/// Asks until there is an answer, or until the time is up.
pub(crate) async fn until<T>(limit: Duration, mut ask: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    const PAUSE: Duration = Duration::from_millis(50);
    let end = Instant::now() + limit;
    loop {
        if let Some(answer) = ask().await {
            return Some(answer);
        }
        if Instant::now() >= end {
            return None;
        }
        #[expect(clippy::disallowed_methods, reason = "waits for other processes, which keep real time")]
        tokio::time::sleep(PAUSE).await;
    }
}
