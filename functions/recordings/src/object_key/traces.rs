//! Every place in the bucket that can hold something of one call, for who has to remove all of it.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Serialize;

use super::{AudioPrefix, ObjectKey, entries_of, markers_of};
use crate::recording::{CallRef, RecordingRef};

/// What of a call lies in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceKind {
    /// Its audio, and what of it is on its way in parts.
    Audio,
    /// Audio that was moved aside.
    Orphan,
    /// The provider's transcript.
    Transcript,
    /// What was found in its audio.
    Waveform,
    /// Its ledger entries.
    Entry,
    /// What was decided about it.
    Control,
    /// Its unfinished business.
    Marker,
    /// The note that it is over.
    Note,
}

/// One of the places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracePlace {
    /// What lies there.
    pub kind: TraceKind,
    prefix: String,
    is_one_object: bool,
    keeps_newest: bool,
    /// The one object that is none of its business.
    except: Option<String>,
}

/// Where something of a call can lie. Audio is filed by the day of its start, so its days have to be known.
pub fn traces_of(call: &CallRef, prefix: &AudioPrefix, days: &BTreeSet<Date>) -> Vec<TracePlace> {
    let folder = |kind, prefix| TracePlace { kind, prefix, is_one_object: false, keeps_newest: false, except: None };
    let object = |kind, key: ObjectKey<'_>| TracePlace { is_one_object: true, ..folder(kind, key.to_string()) };
    let decision = ObjectKey::Open(&RecordingRef::all_of(call)).to_string();
    let mut places = vec![
        object(TraceKind::Transcript, ObjectKey::Transcript(call)),
        folder(TraceKind::Waveform, format!("waveforms/{call}/")),
        TracePlace { keeps_newest: true, ..folder(TraceKind::Entry, entries_of(call)) },
        TracePlace { keeps_newest: true, ..object(TraceKind::Control, ObjectKey::Control(call)) },
        TracePlace { except: Some(decision), ..folder(TraceKind::Marker, markers_of(call)) },
        object(TraceKind::Note, ObjectKey::Call(call)),
    ];
    for day in days {
        let audio = format!("{}{}-", prefix.folder(&call.organisation, *day), call.call_id);
        places.push(folder(TraceKind::Orphan, format!("orphans/{audio}")));
        places.push(folder(TraceKind::Audio, audio));
    }
    places
}

impl TracePlace {
    /// What every key in the place begins with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Whether a key that begins so is in the place. The marker of a decision about the call, which names nobody, is in
    /// none: it goes once everything else is gone.
    pub fn has(&self, key: &str) -> bool {
        let is_here = if self.is_one_object { key == self.prefix } else { key.starts_with(&self.prefix) };
        is_here && self.except.as_deref() != Some(key)
    }

    /// Whether the newest version of an object stays: the entries and the control say that the call was erased. Of these,
    /// older versions go.
    pub fn keeps_newest(&self) -> bool {
        self.keeps_newest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Container;
    use crate::object_key::utc_day;
    use crate::recording::Provider;
    use jiff::Timestamp;

    const RECORDING: &str = "RE0123456789abcdef0123456789abcdef";

    fn call() -> CallRef {
        CallRef::parse("acme", Provider::Twilio, "CA0123456789abcdef0123456789abcdef").unwrap()
    }

    fn places() -> (AudioPrefix, Timestamp, Vec<TracePlace>) {
        let prefix = AudioPrefix::parse("recordings/").unwrap();
        let started_at: Timestamp = "2024-03-15T12:00:00Z".parse().unwrap();
        let places = traces_of(&call(), &prefix, &BTreeSet::from([utc_day(started_at)]));
        (prefix, started_at, places)
    }

    /// What `places` says of a key.
    fn kind(places: &[TracePlace], key: &str) -> Option<TraceKind> {
        places.iter().find(|place| key.starts_with(place.prefix()) && place.has(key)).map(|place| place.kind)
    }

    #[test]
    fn every_key_of_a_call_lies_in_one_of_its_places() {
        let (prefix, started_at, places) = places();
        let call = call();
        let recording = RecordingRef::parse("acme", Provider::Twilio, call.call_id.as_str(), RECORDING).unwrap();
        let plain = prefix.audio_key(&recording, started_at, None, Container::Wav);
        for (key, expected) in [
            (plain.to_string(), TraceKind::Audio),
            (plain.naming(&recording).to_string(), TraceKind::Audio),
            (ObjectKey::Orphan(&plain).to_string(), TraceKind::Orphan),
            (ObjectKey::Transcript(&call).to_string(), TraceKind::Transcript),
            (ObjectKey::Waveform(&recording).to_string(), TraceKind::Waveform),
            (ObjectKey::Ledger(&recording).to_string(), TraceKind::Entry),
            (ObjectKey::Control(&call).to_string(), TraceKind::Control),
            (ObjectKey::Open(&recording).to_string(), TraceKind::Marker),
            (ObjectKey::Call(&call).to_string(), TraceKind::Note),
        ] {
            assert_eq!(kind(&places, &key), Some(expected), "{key}");
        }
    }

    #[test]
    fn no_key_of_another_call_lies_there_though_its_id_begins_the_same() {
        let short = CallRef::parse("default", Provider::ElevenLabs, "conv_1").unwrap();
        let long = CallRef::parse("default", Provider::ElevenLabs, "conv_12").unwrap();
        let prefix = AudioPrefix::parse("recordings/").unwrap();
        let started_at: Timestamp = "2024-03-15T12:00:00Z".parse().unwrap();
        let places = traces_of(&short, &prefix, &BTreeSet::from([utc_day(started_at)]));
        let recording = RecordingRef::parse("default", Provider::ElevenLabs, "conv_12", "audio").unwrap();
        for key in [
            prefix.audio_key(&recording, started_at, None, Container::Mp3).to_string(),
            ObjectKey::Transcript(&long).to_string(),
            ObjectKey::Waveform(&recording).to_string(),
            ObjectKey::Ledger(&recording).to_string(),
            ObjectKey::Control(&long).to_string(),
            ObjectKey::Open(&recording).to_string(),
            ObjectKey::Call(&long).to_string(),
        ] {
            assert_eq!(kind(&places, &key), None, "{key}");
        }
    }

    #[test]
    fn what_says_that_the_call_was_erased_stays() {
        let (_, _, places) = places();
        let call = call();
        let recording = RecordingRef::parse("acme", Provider::Twilio, call.call_id.as_str(), RECORDING).unwrap();
        let keeps = |key: String| places.iter().any(|place| place.has(&key) && place.keeps_newest());
        assert!(keeps(ObjectKey::Ledger(&recording).to_string()) && keeps(ObjectKey::Control(&call).to_string()));
        assert!(!keeps(ObjectKey::Open(&recording).to_string()) && !keeps(ObjectKey::Call(&call).to_string()));
        assert_eq!(kind(&places, &ObjectKey::Open(&RecordingRef::all_of(&call)).to_string()), None);
    }
}
