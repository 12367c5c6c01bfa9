use super::Names;
use super::outcome::{done, fails_with};
use crate::fakes::sample;
use crate::ledger_entry::LedgerEntry;
use crate::ports::{ErrorKind, RetrievalRead, RetrievalWrite};
use crate::recording::RetrievalId;
use crate::retrieval::{Retrieval, RetrievalOutcome};

/// Jobs are written once and replaced only by who read the newest version; so is the word of which one is the last.
/// `number` tells this run's jobs from others'.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn retrievals(port: &(impl RetrievalRead + RetrievalWrite), names: &Names, number: u64) {
    let recording = names.recording();
    let organisation = &recording.organisation.clone();
    let entry = LedgerEntry::received(recording, None, &sample::report(12, Names::time()), Names::time());
    let (id, other) = (RetrievalId::of(number), RetrievalId::of(number.wrapping_add(1)));
    let first = Retrieval::new(id.clone(), organisation.clone(), &[entry], Names::time());

    assert_eq!(done("get", port.get(organisation, &id).await), None, "a job that nobody began");
    let version = done("create", port.create(&first).await);
    assert_eq!(done("get", port.get(organisation, &id).await), Some((first.clone(), version.clone())));
    assert_eq!(done("get", port.get(&sample::organisation(), &id).await), None, "another organisation's");
    fails_with("creating it again", ErrorKind::Conflict, port.create(&first).await);

    let mut second = first.clone();
    second.learn([(0, RetrievalOutcome::Success)]);
    let newest = done("replace", port.replace(&second, &version).await);
    fails_with("replacing an old version", ErrorKind::Conflict, port.replace(&first, &version).await);
    assert_eq!(done("get", port.get(organisation, &id).await), Some((second, newest)));

    let read = done("last", port.last(organisation).await).map(|(_, version)| version);
    done("set_last", port.set_last(organisation, &id, read.as_ref()).await);
    fails_with("of two one is the last", ErrorKind::Conflict, port.set_last(organisation, &other, read.as_ref()).await);
    let (last, version) = done("last", port.last(organisation).await).unwrap_or_else(|| panic!("there is a last one"));
    assert_eq!(last, id);
    done("set_last", port.set_last(organisation, &other, Some(&version)).await);
    assert_eq!(done("last", port.last(organisation).await).map(|(last, _)| last), Some(other));
}
