use crate::recording::{CallRef, InvalidId, RecordingRef};

/// The folder of completed calls whose recording is awaited.
pub const CALLS_PREFIX: &str = "calls/";

/// Reads the call back from the key of its note.
///
/// # Errors
/// [`InvalidId`] when the key is not one of ours.
pub fn call_of_note_key(key: &str) -> Result<CallRef, InvalidId> {
    let mut parts = key.strip_prefix(CALLS_PREFIX).unwrap_or_default().split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(organisation), Some(provider), Some(call), None) => CallRef::parse(organisation, provider.parse()?, call),
        _ => Err(InvalidId { what: "call note key", expected: "calls/{organisation}/{provider}/{call}" }),
    }
}

/// The folder of the ledger entries of a call's recordings.
pub fn entries_of(call: &CallRef) -> String {
    format!("ledger/{call}/")
}

/// Reads the recording back from the key of its ledger entry.
///
/// # Errors
/// [`InvalidId`] when the key is not one of ours.
pub fn recording_of_ledger_key(key: &str) -> Result<RecordingRef, InvalidId> {
    let path = key.strip_prefix("ledger/").and_then(|path| path.strip_suffix(".json")).unwrap_or_default();
    let mut parts = path.split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(organisation), Some(provider), Some(call), Some(recording), None) => {
            RecordingRef::read_back(organisation, provider.parse()?, call, recording)
        }
        _ => {
            Err(InvalidId { what: "ledger key", expected: "ledger/{organisation}/{provider}/{call}/{recording}.json" })
        }
    }
}

/// The folder of the `open/` markers of a call's recordings.
pub fn markers_of(call: &CallRef) -> String {
    format!("open/{call}/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object_key::ObjectKey;
    use crate::recording::{Provider, RecordingRef};

    const CALL: &str = "CA0123456789abcdef0123456789abcdef";

    #[test]
    fn a_notes_key_gives_its_call_back_and_no_other_key_does() {
        let call = CallRef::parse("acme", Provider::Twilio, CALL).unwrap();
        assert_eq!(call_of_note_key(&ObjectKey::Call(&call).to_string()), Ok(call));
        for key in ["", "calls/", "calls/notes.txt", "calls/acme/twilio", "calls/acme/fax/CA1"] {
            assert!(call_of_note_key(key).is_err(), "{key}");
        }
        for foreign in [format!("open/acme/twilio/{CALL}"), format!("calls/acme/twilio/{CALL}/RE1")] {
            assert!(call_of_note_key(&foreign).is_err(), "{foreign}");
        }
    }

    #[test]
    fn an_entrys_key_gives_its_recording_back_and_no_other_key_does() {
        let call = CallRef::parse("acme", Provider::Twilio, CALL).unwrap();
        let heard_of =
            RecordingRef::parse("acme", Provider::Twilio, CALL, "RE0123456789abcdef0123456789abcdef").unwrap();
        for recording in [heard_of, RecordingRef::missing_of(&call)] {
            assert_eq!(recording_of_ledger_key(&ObjectKey::Ledger(&recording).to_string()), Ok(recording));
        }
        for key in ["", "ledger/", "ledger/.json", "ledger/acme/twilio/CA1/RE1.json"] {
            assert!(recording_of_ledger_key(key).is_err(), "{key}");
        }
        for foreign in [format!("open/acme/twilio/{CALL}/none"), format!("ledger/acme/twilio/{CALL}/none.json/x.json")]
        {
            assert!(recording_of_ledger_key(&foreign).is_err(), "{foreign}");
        }
    }

    #[test]
    fn what_is_known_of_a_call_lies_in_its_folders() {
        let call = CallRef::parse("acme", Provider::Twilio, CALL).unwrap();
        let recording = RecordingRef::missing_of(&call);
        assert!(ObjectKey::Ledger(&recording).to_string().starts_with(&entries_of(&call)));
        assert!(ObjectKey::Open(&recording).to_string().starts_with(&markers_of(&call)));
    }
}
