use std::io::{self, Write};
use std::path::Path;

use recordings::ledger_entry::{LedgerEntry, State};
use runtime::{Environment, Function, MemoryLimit, Rie, Store, Stored, Surroundings};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use standins::speech::{Channels, Format, Track};
use standins::{Audio, PlaceRecording, World};

pub(crate) const MEGABYTE: u64 = 1 << 20;
/// Below what Lambda gives a function at the least, which is 128.
pub(crate) const LIMIT: MemoryLimit = MemoryLimit { megabytes: 96 };

pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_transfer"))
}

/// What the function meets, with a store that recordings of any size go through.
pub(crate) struct Stage {
    pub(crate) surroundings: Surroundings,
    pub(crate) store: Store,
}

/// A recording at Twilio, and the message about it.
pub(crate) struct Call {
    pub(crate) message: Value,
    pub(crate) track: Track,
    recording_sid: String,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let surroundings = Surroundings::start().await;
        let store = Store::start(&surroundings.aws, Surroundings::BUCKET).await;
        Self { surroundings, store }
    }

    pub(crate) fn world(&self) -> &World {
        self.surroundings.world()
    }

    pub(crate) fn environment(&self, format: Format) -> Environment {
        let format = match format {
            Format::Mp3 => "mp3",
            Format::Wav => "wav",
        };
        let environment = self.surroundings.environment(Function::Transfer);
        environment.with("AWS_ENDPOINT_URL", self.store.endpoint()).with("RECORDING_FORMAT", format)
    }

    /// Has Twilio hold a recording whose file has so many bytes, less than a frame off.
    pub(crate) fn place(&self, format: Format, bytes: u64) -> Call {
        let track = Track::of_length(format, Channels::Mono, bytes);
        let wanted = PlaceRecording { audio: Audio::Seconds(track.seconds()), ..PlaceRecording::default() };
        let placed = self.world().place_recording(wanted).unwrap();
        let mut message = body(&runtime::event("transfer-queue-one"));
        message["call_id"] = json!(placed.call_sid);
        message["recording_id"] = json!(placed.recording_sid);
        message["report"]["duration_seconds"] = json!(placed.reported_seconds);
        message["report"]["started_at"] = json!(placed.started_at);
        Call { message, track, recording_sid: placed.recording_sid }
    }

    /// The object is the recording's audio, byte for byte, and its entry says so.
    pub(crate) fn assert_stored(&self, call: &Call) -> Stored {
        let entry = self.entry(call);
        assert_eq!(entry.state(), State::Stored, "{entry:?}");
        let stored = self.store.object(entry.recording_storage_path.unwrap().as_str()).unwrap();
        let audio = entry.audio.unwrap();
        assert_eq!((stored.bytes, &stored.sha256), (call.track.length(), &sha256(&call.track)));
        assert_eq!(
            (audio.bytes, audio.sha256, audio.crc64nvme),
            (stored.bytes, stored.sha256.clone(), stored.crc64nvme.clone())
        );
        assert_eq!(self.store.uploads_under_way(), 0);
        assert!(!self.is_deleted_at_twilio(call), "before its line is written");
        stored
    }

    pub(crate) fn is_deleted_at_twilio(&self, call: &Call) -> bool {
        self.world().recording(call.recording_sid.clone()).unwrap().deleted_at.is_some()
    }

    pub(crate) fn entry(&self, call: &Call) -> LedgerEntry {
        let keys = self.store.keys("ledger/");
        let key = keys.iter().find(|key| key.contains(&call.recording_sid)).unwrap();
        serde_json::from_slice(&self.store.object(key).unwrap().content.unwrap()).unwrap()
    }
}

/// Hands the function one message, which it is to be done with.
pub(crate) async fn deliver(function: &Rie, message: &Value) {
    let mut event = runtime::event("transfer-queue-one");
    event["Records"][0]["body"] = json!(message.to_string());
    assert_eq!(function.invoke(&event).await, json!({ "batchItemFailures": [] }));
}

/// Says a figure past the test harness, which shows nothing of a test that passes.
pub(crate) fn say(figure: &str) {
    io::stderr().write_all(format!("{figure}\n").as_bytes()).unwrap();
}

fn body(event: &Value) -> Value {
    serde_json::from_str(event["Records"][0]["body"].as_str().unwrap()).unwrap()
}

fn sha256(track: &Track) -> String {
    const PIECE: u64 = MEGABYTE;
    let mut sum = Sha256::new();
    for start in (0..track.length()).step_by(PIECE as usize) {
        sum.update(track.read(start, PIECE));
    }
    hex::encode(sum.finalize())
}
