//! Uploads whose worker died.

use std::time::Duration;

use jiff::Timestamp;
use recordings::ports::{Clock, PortError, UploadList, UploadUnderWay};
use recordings::telemetry::{Metric, Metrics};

use super::Orphaned;
use crate::config::Settings;
use crate::{Deadline, Ports};

/// No transfer takes so long: what is uploaded in parts goes on in one invocation after the other, and gives up once its
/// retries are used up. One that should find its upload gone begins anew.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Aborts what was begun too long ago, from the first page on: what is aborted is not met again.
pub(super) async fn abort(
    ports: &impl Ports,
    settings: &Settings,
    deadline: Deadline,
    found: &mut Orphaned,
) -> Result<(), PortError> {
    let now = ports.clock().now();
    let begun_before = now.saturating_sub(settings.orphan_after.min(LONGEST)).unwrap_or(now);
    let mut after = None;
    while !deadline.is_near(ports.clock()) {
        let page = ports.uploads().page(&settings.prefix, after.as_ref()).await?;
        for upload in page.uploads.iter().filter(|upload| upload.begun_at <= begun_before) {
            ports.uploads().abort(upload).await?;
            found.uploads_aborted += 1;
            tell(ports, upload, begun_before);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(())
}

fn tell(ports: &impl Ports, upload: &UploadUnderWay, begun_before: Timestamp) {
    let Some((provider, call_id)) = upload.key.call() else { return };
    tracing::warn!(
        log_type = "upload_aborted",
        %call_id,
        begun_at = %upload.begun_at,
        %begun_before,
        "an upload that was left behind is aborted",
    );
    ports.metrics().record(ports.clock().now(), provider, &[Metric::one("uploads_aborted")]);
}
