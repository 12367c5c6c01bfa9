//! Airtable fails: the audio is safe, the line waits in the ledger, and Twilio's copy waits for the line.

use demo::{Place, SceneError};
use jiff::Timestamp;
use serde_json::Value;
use stack::Function;
use standins::{Fault, JournalQuery, RenameField, Service};

use crate::case::Case;
use crate::run::sweeping;

/// After a 429 Airtable refuses everything for 30 seconds. Source: <https://airtable.com/developers/web/api/rate-limits>
const QUIET_SECONDS: i64 = 30;

pub(crate) async fn airtable_unavailable(case: &Case<'_>) -> Result<(), SceneError> {
    line_waits(case, Fault::status(503), "unavailable").await
}

/// It is told from being throttled: nothing is gained by asking again.
pub(crate) async fn airtable_out_of_quota(case: &Case<'_>) -> Result<(), SceneError> {
    line_waits(case, Fault::airtable_quota_exhausted(), "quota_exhausted").await
}

async fn line_waits(case: &Case<'_>, fault: Fault, code: &str) -> Result<(), SceneError> {
    let broken = case.scene.breaks(Place::AirtableFind, fault).await?;
    case.report().await?;
    case.logged(&["recording_s3_upload_success", "airtable_update_error"]).await?;
    let records = case.scene.logged(Function::Transfer, &case.recording).await?;
    let told = |record: &Value| record["log_type"] == "airtable_update_error" && record["error_code"] == code;
    case.expect(records.iter().any(&told), || format!("no {code} in {records:?}"));
    let entry = case.scene.entry(&case.recording).await?.unwrap_or_default();
    case.expect(entry["state"] == "stored", || format!("the state is {}", entry["state"]));
    case.expect(entry["lines"][0]["confirmed_at"].is_null(), || "the line counts as written".to_owned());
    case.expect_kept_at_twilio().await?;
    let (report, mended) = (broken.mend().await?, Timestamp::now());
    sweeping(case.scene, case.is_home(&["Recording"])).await?;
    // The schedule may have come by, every five minutes; nobody else has a reason to ask again.
    let swept = case.swept_before(mended).await?;
    // Airtable is asked about what other tests left behind, too.
    let records = case.scene.logged(Function::Transfer, &case.recording).await?;
    let refused = records.iter().filter(|record| told(record)).count();
    case.expect(report.struck >= 1 && (1..=1 + swept as usize).contains(&refused), || {
        format!("Airtable was asked {refused} times, and swept {swept} times")
    });
    Ok(())
}

/// Nobody has to sweep: the same invocation waits, and goes on.
pub(crate) async fn airtable_throttling(case: &Case<'_>) -> Result<(), SceneError> {
    let broken = case.scene.breaks_once(Place::AirtableFind, Fault::status(429)).await?;
    case.report().await?;
    case.is_home(&["Recording"]).await?;
    let report = broken.mend().await?;
    case.expect(report.struck == 1, || format!("it was throttled {} times", report.struck));
    let asked = case.scene.standins().journal(JournalQuery::of(Service::Airtable)).await?;
    let refused = asked.iter().rposition(|entry| entry.fault.is_some());
    let after = refused.and_then(|at| Some(asked.get(at + 1)?.at.duration_since(asked[at].at).as_secs()));
    case.expect(after >= Some(QUIET_SECONDS), || format!("Airtable was asked again after {after:?} s"));
    Ok(())
}

/// Somebody renames the field that holds the history. Nothing is lost until it is called as before, or we are told its new name.
pub(crate) async fn a_history_field_that_is_renamed(case: &Case<'_>) -> Result<(), SceneError> {
    let field = case.scene.stack().parameters().get("AirtableHistoryField").cloned().unwrap_or_default();
    let rename = |from: &str, to: &str| RenameField { base_id: None, from: from.to_owned(), to: to.to_owned() };
    let airtable = case.scene.standins();
    airtable.rename_field(rename(&field, "Call log")).await?;
    let waits = async {
        case.report().await?;
        case.logged(&["recording_s3_upload_success", "airtable_update_error"]).await?;
        let records = case.scene.logged(Function::Transfer, &case.recording).await?;
        let told = |record: &Value| record["log_type"] == "airtable_update_error" && record["error_code"] == "refused";
        case.expect(records.iter().any(told), || format!("nobody is told to mend the configuration: {records:?}"));
        case.expect_kept_at_twilio().await
    };
    let waited = waits.await;
    airtable.rename_field(rename("Call log", &field)).await?;
    waited?;
    sweeping(case.scene, case.is_home(&["Recording"])).await
}

/// Somebody deletes the job's record, and then makes it anew. Meanwhile the audio is safe, and Twilio's copy is kept.
pub(crate) async fn a_job_whose_record_is_deleted(case: &Case<'_>) -> Result<(), SceneError> {
    case.scene.standins().delete_job(case.job.record_id.clone()).await?;
    case.report().await?;
    case.logged(&["recording_s3_upload_success", "recording_unassigned"]).await?;
    let entry = case.scene.entry(&case.recording).await?.unwrap_or_default();
    case.expect(entry["state"] == "stored", || format!("the state is {}", entry["state"]));
    case.expect(entry["lines"][0]["confirmed_at"].is_null(), || "the line counts as written".to_owned());
    case.expect_kept_at_twilio().await?;
    let job = case.scene.job_numbered(&case.job.number).await?;
    sweeping(case.scene, case.scene.until_settled(&case.recording)).await?;
    let history = case.scene.history(&job).await?;
    let lines = history.matches("| Event: Recording |").count();
    case.expect(lines == 1, || format!("the line is there {lines} times: {history}"));
    Ok(())
}
