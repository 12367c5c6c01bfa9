use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use crate::canary::assert_silent;

/// The most that one invocation may say: a log is paid for by its size, and a flood of it hides what matters.
const MOST_BYTES: usize = 256 * 1024;

/// Does something, and asserts that the log of it, at every level and from every library, is silent about people.
pub(crate) fn silently<T>(work: impl FnOnce() -> T) -> T {
    let (done, text) = logged(work);
    assert_silent(&text);
    done
}

/// Does something, and gives the log of it, at every level and from every library.
pub(crate) fn logged<T>(work: impl FnOnce() -> T) -> (T, String) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let done = tracing::subscriber::with_default(subscriber, work);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.len() < MOST_BYTES, "a log of {} bytes", text.len());
    (done, text)
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
