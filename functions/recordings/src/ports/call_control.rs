use std::future::Future;

use super::{PortError, Version};
use crate::call_control::CallControl;
use crate::recording::CallRef;

/// What was decided about a call, together with the version that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionedControl {
    /// The decisions.
    pub control: CallControl,
    /// The version.
    pub version: Version,
}

/// Reads what was decided about calls. IAM: `s3:GetObject` on `ledger/*`.
pub trait CallControlRead: Sync {
    /// What was decided about a call, or `None` when nobody ever decided anything.
    fn get(&self, call: &CallRef) -> impl Future<Output = Result<Option<VersionedControl>, PortError>> + Send;
}

/// Keeps what is decided about calls, only ever conditionally. IAM: `s3:PutObject` on `ledger/*`.
pub trait CallControlWrite: Sync {
    /// Writes the decisions where what was read is still the newest, or where there still are none.
    ///
    /// # Errors
    /// [`Conflict`](super::ErrorKind::Conflict) when somebody decided something meanwhile; nothing was changed then.
    fn write(
        &self,
        control: &CallControl,
        read: Option<&Version>,
    ) -> impl Future<Output = Result<Version, PortError>> + Send;
}
