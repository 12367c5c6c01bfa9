use recordings::recording::{JobNumber, Organisation};

/// The name of the parameter that carries a job number, in the callback URL's query and among custom parameters.
pub(crate) const PARAMETER: &str = "job";

/// The first of what may be a job number that is one. Another text there is no reason to lose the recording: the job is
/// looked up by the call instead.
pub(crate) fn first_of<'a>(
    organisation: &Organisation,
    candidates: impl IntoIterator<Item = Option<&'a str>>,
) -> Option<JobNumber> {
    candidates.into_iter().flatten().filter(|text| !text.is_empty()).find_map(|text| {
        text.parse()
            .inspect_err(|error| {
                tracing::warn!(
                    log_type = "job_number_odd",
                    %organisation,
                    length = text.len(),
                    error = %error,
                    "a job number is left out of account",
                );
            })
            .ok()
    })
}
