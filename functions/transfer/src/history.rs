//! Writing job histories, level-triggered: a message only says that lines may be lacking; which ones stands in the
//! ledger, and whether they lack stands in Airtable.

mod bases;
mod item;
mod jobs;
mod not_asked;
mod pacer;
mod repair;
mod repeats;
mod settle;
mod unassigned;

pub use pacer::Pacer;

use std::collections::BTreeMap;

use futures_util::future::join_all;
use recordings::history_line::{DeadLinks, History, HistoryFull};
use recordings::messages::HistoryRequest;
use recordings::ports::{ErrorKind, HistoryUpdate, JobRecord, PortError};
use recordings::recording::{AirtableBaseId, JobRecordId, Organisation};

use crate::config::Settings;
use crate::{Deadline, Ports};
use bases::{Part, Patience};
use item::{Item, Work};
use jobs::Found;
use repeats::Repeats;

/// Writes what the requests' recordings ask for and their jobs' histories lack: one find and one PATCH for all of an
/// organisation's. The result has one place for each request, in order.
///
/// Each base is asked at its own pace, beside the others, and what follows its lines is done before the others' are
/// written: a base that is throttled, or does not answer, delays nobody else's lines.
///
/// It is there before the deadline, whatever Airtable asks for: what can no longer be asked in time is left alone, as
/// when Airtable is down.
pub(crate) async fn write(
    ports: &impl Ports,
    settings: &Settings,
    requests: Vec<(&HistoryRequest, u32)>,
    deadline: Deadline,
) -> Vec<Result<(), PortError>> {
    let (requests, repeats) = Repeats::apart_from(requests);
    let loading = requests.into_iter().map(|(request, receives)| Item::load(ports, request, receives));
    let mut items: Vec<Item<'_>> = join_all(loading).await;
    let parts = bases::parts(ports, settings, &mut items).await;
    let asked = parts.iter().filter(|part| part.base.is_some()).count();
    let patience = Patience { deadline, beside_others: asked > 1 };
    join_all(parts.into_iter().map(|part| of_base(ports, settings, part, patience))).await;
    ports.pacer().rest(ports.clock(), patience.latest_answer(ports.clock())).await;
    repeats.among(items.into_iter().map(Item::into_result).collect())
}

/// What the batch asks of one base, organisation by organisation, and what follows from it.
async fn of_base(ports: &impl Ports, settings: &Settings, mut part: Part<'_, '_>, patience: Patience) {
    if let Some(base) = part.base.clone() {
        for organisation in part.organisations() {
            let whose = Whose { base: &base, organisation: &organisation };
            serve(ports, whose, &mut part.items, Round::First, patience).await;
            serve(ports, whose, &mut part.items, Round::Last, patience).await;
        }
    }
    join_all(part.items.into_iter().map(|item| settle::settle(ports, settings, item))).await;
}

/// Whose jobs are asked for, and in which base they are.
#[derive(Clone, Copy)]
struct Whose<'a> {
    base: &'a AirtableBaseId,
    organisation: &'a Organisation,
}

/// What a throttled base did not do is begun anew, once, behind its quiet time. It is read again, too: somebody may have
/// written meanwhile, and what we read before would undo that.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Round {
    First,
    Last,
}

impl Round {
    fn may_be_repeated(self, error: &PortError) -> bool {
        self == Self::First && matches!(error.kind, ErrorKind::Throttled { .. })
    }
}

/// One organisation's part of the batch, as far as it is not done yet.
async fn serve(ports: &impl Ports, whose: Whose<'_>, items: &mut [&mut Item<'_>], round: Round, patience: Patience) {
    let is_mine = |item: &&mut Item<'_>| item.needs_its_job() && item.organisation() == whose.organisation;
    let mut mine: Vec<&mut Item<'_>> = items.iter_mut().map(|item| &mut **item).filter(is_mine).collect();
    if mine.is_empty() {
        return;
    }
    let keys = jobs::keys(&mine);
    let records = match jobs::find(ports, whose, &keys, patience).await {
        Ok(records) => records,
        Err(error) if round.may_be_repeated(&error) => return,
        Err(error) => return jobs::refused(ports, &mut mine, &error),
    };
    let mut histories = Histories::default();
    for item in mine.iter_mut().map(|item| &mut **item) {
        if let Some(links) = item.dead_links(ports) {
            histories.erase(item, &links, jobs::all_of(item, &records));
            continue;
        }
        match jobs::job_of(item, &records) {
            Found::One(record) => histories.add(item, record),
            Found::Elsewhere(number) => unassigned::pass_on(ports, item, number).await,
            Found::None(_) if !item.stops_verifying() => item.work = Work::NothingToWrite,
            Found::None(why) => unassigned::wait(ports, item, why).await,
        }
    }
    let written = jobs::update(ports, whose, histories.changed(), patience).await;
    for item in mine {
        match &item.work {
            Work::Missed(texts) => item.work = repair::ask_again(ports, item, texts.clone(), round).await,
            Work::Erased(ids) => item.work = histories.confirm_erased(ports, item, ids.clone(), &written, round),
            _ => histories.confirm(ports, item, &written, round),
        }
    }
}

/// The histories of one batch, by record.
#[derive(Default)]
struct Histories(BTreeMap<JobRecordId, (String, History)>);

impl Histories {
    /// Adds the lines that an item asks for and the history lacks.
    fn add(&mut self, item: &mut Item<'_>, record: &JobRecord) {
        let gone = item.gone_from(record);
        if !gone.is_empty() {
            return item.work = Work::Missed(gone);
        }
        if !item.stops_verifying() {
            return item.work = Work::NothingToWrite;
        }
        let history = self.of(record);
        let full = item.lines().iter().try_for_each(|line| history.ensure(line).map(drop));
        item.work = match full {
            Ok(()) => Work::Written(record.id.clone()),
            Err(HistoryFull) => Work::Full(record.id.clone()),
        };
    }

    /// Takes the links of an erased recording out of the records that may hold them. Nothing else of a history changes.
    fn erase(&mut self, item: &mut Item<'_>, links: &DeadLinks, records: Vec<&JobRecord>) {
        for record in &records {
            let history = self.of(record);
            if history.leads_to(links) {
                history.erase(links);
            }
        }
        item.work = Work::Erased(records.into_iter().map(|record| record.id.clone()).collect());
    }

    fn of(&mut self, record: &JobRecord) -> &mut History {
        let unchanged = || (record.history.clone(), History::new(record.history.clone()));
        &mut self.0.entry(record.id.clone()).or_insert_with(unchanged).1
    }

    /// The same of links that have to be gone.
    fn confirm_erased(
        &self,
        ports: &impl Ports,
        item: &mut Item<'_>,
        ids: Vec<JobRecordId>,
        written: &BTreeMap<JobRecordId, Result<String, PortError>>,
        round: Round,
    ) -> Work {
        let Some(links) = item.dead_links(ports) else { return Work::Done };
        let mut was = true;
        for id in &ids {
            let Some((before, _)) = self.0.get(id) else { continue };
            was &= !History::new(before.clone()).leads_to(&links);
            let read_back = match written.get(id) {
                Some(Ok(text)) => text,
                Some(Err(error)) if round.may_be_repeated(error) => return Work::NeedsJob,
                Some(Err(error)) => {
                    item.update_failed(ports, error);
                    return std::mem::replace(&mut item.work, Work::Done);
                }
                None => before,
            };
            if History::new(read_back.clone()).leads_to(&links) {
                let why = "Airtable does not hold what it took";
                item.airtable_failed(ports, &PortError::new(ErrorKind::Unavailable, "read a history back", why));
                return std::mem::replace(&mut item.work, Work::Done);
            }
        }
        Work::Clean { was }
    }

    /// The records whose history is longer than it was, or leads to less.
    fn changed(&self) -> Vec<HistoryUpdate> {
        self.0
            .iter()
            .filter(|(_, (before, after))| before != after.as_str())
            .map(|(id, (_, after))| HistoryUpdate { id: id.clone(), history: after.as_str().to_owned() })
            .collect()
    }

    /// Believes only what Airtable gave back, or had before.
    fn confirm(
        &self,
        ports: &impl Ports,
        item: &mut Item<'_>,
        written: &BTreeMap<JobRecordId, Result<String, PortError>>,
        round: Round,
    ) {
        let (Work::Written(id) | Work::Full(id)) = &item.work else { return };
        let read_back = match written.get(id) {
            Some(Ok(text)) => History::new(text.clone()),
            Some(Err(error)) if round.may_be_repeated(error) => return item.work = Work::NeedsJob,
            Some(Err(error)) => return item.update_failed(ports, error),
            None => match self.0.get(id) {
                Some((before, _)) => History::new(before.clone()),
                None => return,
            },
        };
        item.confirmed = item.lines().iter().filter(|line| read_back.has(line)).map(|line| line.text.clone()).collect();
        if matches!(item.work, Work::Written(_)) && item.confirmed.len() < item.lines().len() {
            let why = "Airtable does not hold what it took";
            item.airtable_failed(ports, &PortError::new(ErrorKind::Unavailable, "read a history back", why));
        }
    }
}
