use jiff::SignedDuration;

use super::Names;
use super::outcome::{done, fails_with};
use crate::fakes::sample;
use crate::live::{ConnectionId, Listeners, News, Ticket};
use crate::ports::{ErrorKind, ListenersRead, ListenersWrite, LiveChannel, Sent};
use crate::recording::RetrievalId;

/// Who listens is replaced only by who read the newest word.
///
/// # Panics
/// When the ports do not keep the contract.
pub async fn listeners(port: &(impl ListenersRead + ListenersWrite), names: &Names) {
    let (organisation, now) = (names.recording().organisation, Names::time());
    let ticket = |number| Ticket::new(organisation.clone(), number, now + SignedDuration::from_hours(1), now);
    let (mut listeners, read) = match done("get", port.get(&organisation).await) {
        Some((listeners, version)) => (listeners, Some(version)),
        None => (Listeners::default(), None),
    };
    let_in(&mut listeners, &ticket(1), "a=");
    done("swap", port.swap(&organisation, &listeners, read.as_ref()).await);
    fails_with("of two one is faster", ErrorKind::Conflict, port.swap(&organisation, &listeners, None).await);
    let (found, version) = done("get", port.get(&organisation).await).unwrap_or_else(|| panic!("somebody listens"));
    assert_eq!(found, listeners);
    assert_eq!(done("get", port.get(&sample::organisation()).await), None, "another organisation's");

    let_in(&mut listeners, &ticket(2), "b=");
    done("swap", port.swap(&organisation, &listeners, Some(&version)).await);
    fails_with("swapping an old word", ErrorKind::Conflict, port.swap(&organisation, &found, Some(&version)).await);
    let newest = done("get", port.get(&organisation).await).map(|(newest, _)| newest);
    assert_eq!(newest, Some(listeners));
}

fn let_in(listeners: &mut Listeners, ticket: &Ticket, name: &str) {
    let id = name.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
    listeners.admit(ticket, id, Names::time()).unwrap_or_else(|refused| panic!("{name}: {refused}"));
}

/// News goes to a connection that is open, and is told from one that is not.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn live_channel(port: &impl LiveChannel, open: &ConnectionId, closed: &ConnectionId) {
    let news = News::JobProgress { id: RetrievalId::of(1) };
    assert_eq!(done("send", port.send(open, &news).await), Sent::Delivered);
    assert_eq!(done("send", port.send(closed, &news).await), Sent::Gone);
}
