use futures_util::future::join;

use super::Names;
use super::outcome::{done, fails_with};
use crate::fakes::sample;
use crate::ledger_entry::{Change, LedgerEntry};
use crate::ports::{ErrorKind, LedgerRead, LedgerWrite, PortError, Version, Versioned};

/// Entries are created once and replaced only by who read the newest version.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn ledger(port: &(impl LedgerRead + LedgerWrite), names: &Names) {
    an_entry_is_created_once(port, names).await;
    only_the_newest_version_is_replaced(port, names).await;
    of_two_at_once_one_wins(port, names).await;
}

async fn an_entry_is_created_once(port: &(impl LedgerRead + LedgerWrite), names: &Names) {
    let entry = received(names);
    assert_eq!(read(port, &entry).await, None, "an entry that nobody created");
    fails_with(
        "replacing an entry that nobody created",
        ErrorKind::Conflict,
        port.replace(&entry, &Version("\"0123456789abcdef0123456789abcdef\"".to_owned())).await,
    );
    assert_eq!(read(port, &entry).await, None, "a refused replacement creates nothing");

    let version = done("create", port.create(&entry).await);
    let created = Versioned { entry: entry.clone(), version };
    assert_eq!(read(port, &entry).await.as_ref(), Some(&created), "what was created is read, with its version");

    let another = changed(&entry, Change::LinksRevoked);
    fails_with("creating it again", ErrorKind::Conflict, port.create(&another).await);
    assert_eq!(read(port, &entry).await, Some(created), "a refused creation changes nothing");
}

async fn only_the_newest_version_is_replaced(port: &(impl LedgerRead + LedgerWrite), names: &Names) {
    let first = received(names);
    let second = changed(&first, Change::LinksRevoked);
    let third = changed(&second, Change::LinksRevoked);
    let first_version = done("create", port.create(&first).await);
    let second_version = done("replace", port.replace(&second, &first_version).await);
    assert_ne!(first_version, second_version, "another text has another version");
    let newest = Versioned { entry: second, version: second_version };
    assert_eq!(read(port, &first).await.as_ref(), Some(&newest), "what was replaced is read, with its version");

    fails_with("replacing an old version", ErrorKind::Conflict, port.replace(&third, &first_version).await);
    assert_eq!(read(port, &first).await, Some(newest), "a refused replacement changes nothing");
}

async fn of_two_at_once_one_wins(port: &(impl LedgerRead + LedgerWrite), names: &Names) {
    let entry = received(names);
    let (one, other) = (changed(&entry, Change::LinksRevoked), changed(&entry, Change::HoldPlaced));

    let replies = join(port.create(&entry), port.create(&one)).await;
    let created = the_winner(port, replies, &entry, &one).await;

    let (one, other) = if created.entry == one { (changed(&one, Change::HoldPlaced), entry) } else { (one, other) };
    let replies = join(port.replace(&one, &created.version), port.replace(&other, &created.version)).await;
    the_winner(port, replies, &one, &other).await;
}

async fn the_winner(
    port: &impl LedgerRead,
    replies: (Result<Version, PortError>, Result<Version, PortError>),
    one: &LedgerEntry,
    other: &LedgerEntry,
) -> Versioned {
    let winner = match replies {
        (Ok(version), Err(error)) if error.kind == ErrorKind::Conflict => Versioned { entry: one.clone(), version },
        (Err(error), Ok(version)) if error.kind == ErrorKind::Conflict => Versioned { entry: other.clone(), version },
        replies => panic!("of two at once exactly one wins and the other meets a conflict: {replies:?}"),
    };
    assert_eq!(read(port, one).await.as_ref(), Some(&winner), "what the winner wrote is there");
    winner
}

async fn read(port: &impl LedgerRead, entry: &LedgerEntry) -> Option<Versioned> {
    done("get", port.get(&entry.recording).await)
}

fn received(names: &Names) -> LedgerEntry {
    LedgerEntry::received(names.recording(), None, &sample::report(12, Names::time()), Names::time())
}

fn changed(entry: &LedgerEntry, change: Change) -> LedgerEntry {
    match entry.apply(change, Names::time()) {
        Ok(changed) => changed,
        Err(error) => panic!("{error}"),
    }
}
