use super::Names;
use super::outcome::{done, fails_with};
use crate::fakes::sample;
use crate::object_key::{AccessPlace, utc_day};
use crate::ports::{AuditLog, AuditRead, AuditRecord, CursorRead, Cursors, ErrorKind};
use crate::recording::Organisation;

/// Accesses of the same instant are recorded side by side, and no record takes the place of another; their day shows them,
/// and nobody else's does. `number` tells this run from others.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn audit_log(port: &(impl AuditLog + AuditRead), names: &Names, number: u64) {
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
    let changed = AuditRecord { outcome: "refused", ..record.clone() };
    fails_with("changing a record", ErrorKind::Conflict, port.append(&changed).await);

    let place = |record: &AuditRecord| AccessPlace {
        recording: record.recording.clone(),
        at: record.at,
        number: record.number,
    };
    let (first, second) = (place(&record), place(&other));
    let day = utc_day(record.at);
    let ours = async |organisation: &Organisation, day| {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = done("page", port.page(organisation, day, after.as_deref()).await);
            found.extend(page.accesses.into_iter().filter(|access| access.recording == record.recording));
            after = page.next;
            if after.is_none() {
                return found;
            }
        }
    };
    let mut found = ours(&record.organisation, day).await;
    found.retain(|access| *access == first || *access == second);
    assert_eq!(found.len(), 2, "each access is listed once on its day");
    let tomorrow = day.tomorrow().unwrap_or(day);
    assert_eq!(ours(&record.organisation, tomorrow).await, [], "nothing on another day");
    let nobody = sample::recording_of("nobody-at-all", 1, 1).organisation;
    assert_eq!(ours(&nobody, day).await, [], "nothing of another organisation");
    let Some(read) = done("read", port.read(&first).await) else { panic!("the record is not there") };
    let told = (&read.recording, read.at, read.user.as_str(), read.tier.as_str(), read.outcome.as_str());
    assert_eq!(told, (&record.recording, record.at, "link", "s3", "redirected"), "what was recorded");
    let unknown = AccessPlace { number: record.number ^ (1 << 63), ..first };
    assert_eq!(done("read", port.read(&unknown).await), None, "what is not there");
}

/// A cursor is where it was last put. `job` is a job that nobody else runs meanwhile.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn cursors(port: &(impl Cursors + CursorRead), job: &'static str) {
    for at in [Some("open/default/twilio/CA1/RE1"), Some("another"), None, Some("again"), None] {
        done("write", port.write(job, at).await);
        assert_eq!(done("read", port.read(job).await).as_deref(), at);
        assert_eq!(done("last", port.last(job).await).as_deref(), at);
    }
}
