use super::Names;
use super::outcome::{done, fails_with};
use crate::ports::{AuditLog, AuditRecord, Cursors, ErrorKind};

/// Accesses of the same instant are recorded side by side, and no record takes the place of another. `number` tells this run from others.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn audit_log(port: &impl AuditLog, names: &Names, number: u64) {
    let recording = names.recording();
    let record = AuditRecord {
        organisation: recording.organisation.clone(),
        recording,
        at: Names::time(),
        user: "link".to_owned(),
        ip: None,
        user_agent: None,
        tier: "s3",
        outcome: "redirected",
        number,
    };
    done("append", port.append(&record).await);
    let other = AuditRecord { number: number.wrapping_add(1), ..record.clone() };
    done("append", port.append(&other).await);
    let changed = AuditRecord { outcome: "refused", ..record };
    fails_with("changing a record", ErrorKind::Conflict, port.append(&changed).await);
}

/// A cursor is where it was last put. `job` is a job that nobody else runs meanwhile.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn cursors(port: &impl Cursors, job: &'static str) {
    for at in [Some("open/default/twilio/CA1/RE1"), Some("another"), None, Some("again"), None] {
        done("write", port.write(job, at).await);
        assert_eq!(done("read", port.read(job).await).as_deref(), at);
    }
}
