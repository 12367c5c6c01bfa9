use super::outcome::{done, fails, fails_with};
use crate::fakes::sample;
use crate::ports::{ErrorKind, HistoryUpdate, JobFind, JobKey, JobRecord, JobTable, Jobs, TableState};
use crate::recording::{CallId, Organisation};

/// Jobs are found by their number and by the calls that they name, and their histories are replaced all or none.
///
/// `job` has a number and is alone with it; `call` is a call that it names; `stranger` is a job number that no record
/// has. The job's history is another one afterwards.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn jobs(port: &impl Jobs, organisation: &Organisation, job: &JobRecord, call: &CallId, stranger: &JobKey) {
    let by_number = JobKey::Number(job.number.clone().unwrap_or_else(|| panic!("the job has a number")));
    let by_call = JobKey::Call(call.clone());
    let find = async |keys: Vec<JobKey>| done("find", port.find(organisation, &keys).await);

    assert_eq!(find(vec![by_number.clone()]).await, vec![job.clone()], "found by its number");
    assert_eq!(find(vec![by_call.clone()]).await, vec![job.clone()], "found by its call");
    assert_eq!(find(vec![by_number.clone(), by_call, stranger.clone()]).await, vec![job.clone()], "found once");
    assert_eq!(find(vec![stranger.clone()]).await, vec![], "what is not there is left out");

    let update = HistoryUpdate { id: job.id.clone(), history: format!("{}\nüber | 'quoted' \"twice\"", job.history) };
    let written = done("update", port.update(organisation, std::slice::from_ref(&update)).await);
    assert_eq!(written, vec![update.clone()], "what was written is given back");
    let changed = JobRecord { history: update.history.clone(), ..job.clone() };
    assert_eq!(find(vec![by_number.clone()]).await, vec![changed.clone()], "what was written is read");

    let unknown = HistoryUpdate { id: sample::job_record_id(99_999_999_999_999), history: String::new() };
    let other = HistoryUpdate { history: "another".to_owned(), ..update };
    fails("an unknown record among the updates", port.update(organisation, &[other, unknown.clone()]).await);
    fails("more than ten updates", port.update(organisation, &vec![unknown; 11]).await);
    assert_eq!(find(vec![by_number]).await, vec![changed], "a refused update changes nothing");
}

/// How a table is, is told as it is, however often; and in one that is not as it is set, nothing is found.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn job_table(
    port: &(impl JobTable + JobFind),
    organisation: &Organisation,
    expected: &TableState,
    key: &JobKey,
) {
    for _ in 0..2 {
        assert_eq!(done("table", port.table(organisation).await), *expected);
    }
    let found = port.find(organisation, std::slice::from_ref(key)).await;
    match expected {
        TableState::AsSet => drop(done("find", found)),
        _ => fails_with("a table that is not as it is set", ErrorKind::Refused, found),
    }
}
