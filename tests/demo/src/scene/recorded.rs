use standins::PlacedRecording;

/// What was recorded, whoever recorded it: enough to find it in the bucket and in the logs.
pub trait Recorded {
    /// `{provider}/{call}/{recording}`, as keys in the bucket name it behind the organisation.
    fn place(&self) -> String;

    /// An id that nothing else has, and that every log line of it holds.
    fn id(&self) -> &str;
}

impl Recorded for PlacedRecording {
    fn place(&self) -> String {
        format!("twilio/{}/{}", self.call_sid, self.recording_sid)
    }

    fn id(&self) -> &str {
        &self.recording_sid
    }
}
