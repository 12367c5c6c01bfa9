//! What the functions say while they run.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// A log record's fields by name.
pub(crate) type Record = BTreeMap<String, String>;

/// What was logged while `work` ran, in order.
pub(crate) fn during(work: impl FnOnce()) -> Vec<Record> {
    let records = Arc::new(Mutex::new(Vec::new()));
    let subscriber = tracing_subscriber::registry().with(Kept(records.clone()));
    tracing::subscriber::with_default(subscriber, work);
    let records = records.lock().unwrap();
    records.clone()
}

/// The log types of some records, in order.
pub(crate) fn types(records: &[Record]) -> Vec<&str> {
    records.iter().filter_map(|record| record.get("log_type").map(String::as_str)).collect()
}

struct Kept(Arc<Mutex<Vec<Record>>>);

impl<S: Subscriber> Layer<S> for Kept {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields(Record::new());
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields.0);
    }
}

struct Fields(Record);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}
