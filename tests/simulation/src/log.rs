//! What the functions say while they run.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// What was logged while `work` ran, as one text.
pub(crate) fn during<T>(work: impl FnOnce() -> T) -> (T, String) {
    let text = Arc::new(Mutex::new(String::new()));
    let subscriber = tracing_subscriber::registry().with(Kept(text.clone()));
    let result = tracing::subscriber::with_default(subscriber, work);
    let text = std::mem::take(&mut *text.lock().unwrap());
    (result, text)
}

struct Kept(Arc<Mutex<String>>);

impl<S: Subscriber> Layer<S> for Kept {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = self.0.lock().unwrap();
        event.record(&mut Fields(&mut text));
        text.push('\n');
    }
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, "{}={value} ", field.name());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }
}
