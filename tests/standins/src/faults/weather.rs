use std::fmt;
use std::sync::Arc;

use hyper::Method;
use parking_lot::RwLock;

use super::Fault;
use crate::journal::Service;

/// Decides call by call what goes wrong: for who wants faults by chance, or by what happened before. Rules that were
/// injected go first.
pub trait Weather: fmt::Debug + Send + Sync {
    /// What happens to a call. `path` is what a rule's path is compared with.
    fn strike(&self, service: Service, method: &Method, path: &str) -> Option<Fault>;
}

/// The weather there is.
#[derive(Debug, Default)]
pub(crate) struct Sky(RwLock<Option<Arc<dyn Weather>>>);

impl Sky {
    pub(crate) fn set(&self, weather: Option<Arc<dyn Weather>>) {
        *self.0.write() = weather;
    }

    pub(crate) fn strike(&self, service: Service, method: &Method, path: &str) -> Option<Fault> {
        self.0.read().as_ref()?.strike(service, method, path)
    }
}
