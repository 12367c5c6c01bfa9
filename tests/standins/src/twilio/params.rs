use super::resource::rfc2822;
use super::{Call, Outcome, Recording};
use crate::world::World;

impl World {
    /// The parameters of protocols.md 1.1. Which of them come with `absent` and `failed` is not known; here what only
    /// audio can have is left out, and `ErrorCode` comes only with those two.
    pub(super) fn recording_params(
        &self,
        recording: &Recording,
        status: Option<&str>,
        error_code: Option<u32>,
    ) -> Vec<(String, String)> {
        let (natural, natural_error) = match recording.outcome {
            Outcome::Completed => ("completed", None),
            Outcome::InProgress => ("in-progress", None),
            Outcome::Absent { error_code } => ("absent", Some(error_code)),
        };
        let status = status.unwrap_or(natural);
        let mut params = vec![
            ("AccountSid", recording.account_sid.clone()),
            ("CallSid", recording.call_sid.clone()),
            ("RecordingSid", recording.sid.clone()),
            ("RecordingStatus", status.to_owned()),
            ("RecordingStartTime", rfc2822(recording.started_at)),
            ("RecordingSource", recording.source.clone()),
            ("RecordingTrack", "both".to_owned()),
        ];
        if status == "completed" {
            params.push(("RecordingDuration", recording.reported_seconds.unwrap_or_default().to_string()));
        }
        if matches!(status, "completed" | "in-progress") {
            params.push(("RecordingUrl", self.recording_url(recording)));
            params.push(("RecordingChannels", recording.channels.count().to_string()));
        }
        params.extend(error_code.or(natural_error).map(|code| ("ErrorCode", code.to_string())));
        owned(params)
    }

    pub(super) fn call_params(&self, call: &Call, status: Option<&str>) -> Vec<(String, String)> {
        let status = status.unwrap_or(&call.status);
        let mut params = vec![
            ("AccountSid", call.account_sid.clone()),
            ("CallSid", call.sid.clone()),
            ("From", call.from.clone()),
            ("To", call.to.clone()),
            ("Caller", call.from.clone()),
            ("Called", call.to.clone()),
            ("CallStatus", status.to_owned()),
            ("ApiVersion", "2010-04-01".to_owned()),
            ("Direction", call.direction.clone()),
        ];
        if status != "ringing" {
            params.push(("Timestamp", rfc2822(self.now())));
            params.push(("CallbackSource", "call-progress-events".to_owned()));
            params.push(("SequenceNumber", "0".to_owned()));
        }
        if status == "completed" {
            params.push(("Duration", call.seconds.div_ceil(60).to_string()));
            params.push(("CallDuration", call.seconds.to_string()));
        }
        owned(params)
    }
}

fn owned(params: Vec<(&str, String)>) -> Vec<(String, String)> {
    params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
