use recordings::recording::JobNumber;

use super::authenticate::Authentic;

/// The name of the parameter that carries a job number, in the callback URL's query and among custom parameters.
pub(super) const PARAMETER: &str = "job";

/// The job that the callback URL names, else the one that Twilio's custom parameters name. A number that cannot be one
/// is no reason to lose the recording: the job is looked up by the call instead.
pub(super) fn job_number(webhook: &Authentic) -> Option<JobNumber> {
    [&webhook.query, &webhook.form].into_iter().filter_map(|source| source.get(PARAMETER)).find_map(|text| {
        text.parse()
            .inspect_err(|error| {
                tracing::warn!(
                    log_type = "job_number_odd",
                    organisation = %webhook.organisation,
                    length = text.len(),
                    error = %error,
                    "a job number is left out of account",
                );
            })
            .ok()
    })
}
