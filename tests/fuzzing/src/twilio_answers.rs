//! Whatever Twilio, or somebody in between, answers: lists, audio, metadata, deletions.

use futures_util::TryStreamExt;
use jiff::Timestamp;
use recordings::adapters::twilio::{MediaFormat, Twilio, TwilioSettings};
use recordings::fakes::sample;
use recordings::ports::{
    AudioSlices, AudioSource, FetchError, ListCursor, ListPage, OpenedAudio, PortError, ProviderCopies, ProviderList,
    StoppedAt,
};
use recordings::recording::Channels;
use serde_json::{Value, json};

use crate::canary::{CANARIES, assert_silent_error};
use crate::input::{END, Input};
use crate::provider::{Answer, Fixed, Outside, Script, answer};
use crate::targets::{Target, Verdict};

/// The audio with two channels, three redirects, the same with one, and a look at why there is none.
const MOST_REQUESTS: usize = 9;
const ACCOUNT_PATH: &str = "/2010-04-01/Accounts/AC00000000000000000000000000000001/";
const MOST_SLICE_BYTES: u64 = 1_000;

pub(crate) const TARGET: Target = Target { name: "twilio_answers", body, seeds };

fn body(data: &[u8]) -> Verdict {
    let mut input = Input::new(data);
    let (what, first) = (input.byte(), input.byte());
    let script = Script::of(input);
    let answers: Vec<Answer> = script.answers().cloned().collect();
    match what % 5 {
        0 => listed(script, &answers),
        1 => opened(script, &answers, None),
        2 => opened(script, &answers, Some(100)),
        3 => sliced(script, u64::from(first)),
        _ => deleted(script, &answers[0]),
    }
}

fn listed(script: Script, answers: &[Answer]) -> Verdict {
    let window = at("2024-03-14T22:00:00Z")..at("2024-03-15T15:00:00Z");
    let start = ListCursor::start(sample::list_of("default", window.clone()));
    let ((page, next), script) = Outside::answering(script, async |outside| {
        let twilio = twilio(outside, Channels::Mono).await;
        let page = twilio.page(&start).await;
        let next = match page.as_ref().ok().and_then(|page| page.next.clone()) {
            Some(next) => Some(twilio.page(&kept(&next)).await),
            None => None,
        };
        (page, next)
    });
    // Whatever a link says, the next page is asked of this list and of nobody else.
    for head in &script.seen {
        let line = head.lines().next().unwrap();
        assert!(line.starts_with(&format!("GET {ACCOUNT_PATH}Recordings.json?DateCreated%3E=2024-03-14&")), "{line}");
        assert!(line.contains("&IncludeSoftDeleted=true&PageSize=250"), "{line}");
    }
    next.into_iter().flat_map(Result::err).for_each(|error| assert_silent_error(&error));
    match page {
        Err(error) => failed(&error),
        Ok(ListPage { recordings, oddities, .. }) => {
            let entries = json_of(&answers[0].body)["recordings"].as_array().map_or(0, Vec::len);
            assert!(recordings.len() + oddities.values().sum::<u32>() as usize <= entries);
            for listed in &recordings {
                assert!(
                    listed.recording.organisation.is_default() && window.contains(&listed.created_at),
                    "{listed:?}"
                );
            }
            Verdict::taken_if(!recordings.is_empty())
        }
    }
}

/// A cursor as the sweeper keeps it between two runs.
fn kept(cursor: &ListCursor) -> ListCursor {
    let written = serde_json::to_string(cursor).unwrap();
    assert!(written.len() < 1_024, "{} bytes for a cursor", written.len());
    let read: ListCursor = serde_json::from_str(&written).unwrap();
    assert_eq!(&read, cursor);
    read
}

fn opened(script: Script, answers: &[Answer], offset: Option<u64>) -> Verdict {
    let recording = sample::recording(1);
    let stopped = offset.map(|offset| StoppedAt { offset, announced_bytes: None, version: Some("\"v1\"".to_owned()) });
    let (audio, script) = Outside::answering(script, async |outside| {
        let twilio = twilio(outside, Channels::Dual).await;
        let opened = match &stopped {
            None => twilio.open(&recording).await.map(Some),
            Some(stopped) => twilio.open_from(&recording, stopped).await,
        };
        match opened {
            Ok(Some(OpenedAudio { announced_bytes, body, .. })) => {
                let bytes = body.try_fold(Vec::new(), async |all, chunk| Ok([all, chunk.to_vec()].concat())).await;
                bytes.map(|bytes| Some((announced_bytes, bytes)))
            }
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        }
    });
    asked_for_audio(&script);
    match audio {
        Err(error) => unfetched(&error),
        Ok(None) => Verdict::Refused,
        Ok(Some((announced, bytes))) => {
            // Nothing is made up: the bytes are those of an answer, or those behind the end, which are none.
            let whole = announced.map(|bytes| bytes - offset.unwrap_or_default().min(bytes));
            assert!(bytes.is_empty() || answers.iter().any(|answer| answer.body == bytes));
            assert!(offset.is_some() || whole == Some(bytes.len() as u64), "{announced:?} of {}", bytes.len());
            Verdict::Taken
        }
    }
}

fn sliced(script: Script, first: u64) -> Verdict {
    let (slice, script) = Outside::answering(script, async |outside| {
        twilio(outside, Channels::Mono).await.slice(&sample::recording(1), first, MOST_SLICE_BYTES).await
    });
    asked_for_audio(&script);
    match slice {
        Err(error) => unfetched(&error),
        Ok(slice) => {
            assert_eq!(slice.first, first);
            assert!(slice.bytes.len() as u64 <= MOST_SLICE_BYTES && slice.content_type.starts_with("audio/"));
            Verdict::taken_if(!slice.bytes.is_empty())
        }
    }
}

/// A deletion is believed from Twilio alone.
fn deleted(script: Script, answer: &Answer) -> Verdict {
    let (deleted, script) = Outside::answering(script, async |outside| {
        twilio(outside, Channels::Mono).await.delete(&sample::recording(1)).await
    });
    let id = sample::recording(1).recording_id;
    assert_eq!(script.seen.len(), 1);
    assert!(script.seen[0].starts_with(&format!("DELETE {ACCOUNT_PATH}Recordings/{id}.json ")), "{:?}", script.seen);
    match deleted {
        Err(error) => failed(&error),
        Ok(()) => {
            let text = String::from_utf8_lossy(&answer.body);
            let is_known = json_of(&answer.body)["code"].is_u64() || text.contains("<Code>");
            assert!(answer.status == 204 || (answer.status == 404 && is_known), "{} {text}", answer.status);
            Verdict::Taken
        }
    }
}

async fn twilio(outside: &Outside, channels: Channels) -> Twilio<Fixed> {
    let settings = TwilioSettings { base_url: outside.base.clone(), format: MediaFormat::Mp3, channels };
    Twilio::new(outside.client.clone(), outside.secrets.clone(), settings).await.unwrap()
}

/// Redirects lead to nobody who is not on this machine, and our credentials go to Twilio alone.
fn asked_for_audio(script: &Script) {
    assert!((1..=MOST_REQUESTS).contains(&script.seen.len()), "{} requests", script.seen.len());
    for head in &script.seen {
        let is_twilios = head.starts_with(&format!("GET {ACCOUNT_PATH}Recordings/"));
        assert!(is_twilios || head.starts_with("GET /elsewhere "), "{head}");
        assert!(is_twilios || !head.contains("\r\nauthorization: "), "{head}");
    }
}

fn unfetched(error: &FetchError) -> Verdict {
    assert_silent_error(error);
    Verdict::Refused
}

fn failed(error: &PortError) -> Verdict {
    assert_silent_error(error);
    Verdict::Refused
}

fn json_of(body: &[u8]) -> Value {
    // What nobody reads of a body need not be text.
    serde_json::from_str(&String::from_utf8_lossy(body)).unwrap_or_default()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn seeds() -> Vec<Vec<u8>> {
    const AUDIO: &[u8] = include_bytes!("../../../functions/recordings/src/audio/fixtures/cbr_8k_8000_mono.mp3");
    // The audio must not hold what ends a part.
    let audio: Vec<u8> = AUDIO.iter().map(|byte| if *byte == END { 1 } else { *byte }).collect();
    let [phone, name] = CANARIES;
    let entry = |n: u32, status: &str| {
        json!({
            "account_sid": "AC00000000000000000000000000000001", "call_sid": format!("CA{n:032x}"), "from": phone,
            "sid": format!("RE{n:032x}"), "status": status, "date_created": "Fri, 15 Mar 2024 12:00:00 +0000",
            "start_time": "Fri, 15 Mar 2024 11:59:00 +0000", "duration": "12", "channels": 1, "error_code": 16101,
            "media_url": format!("http://{name}.example"),
        })
    };
    let next = format!("{ACCOUNT_PATH}Recordings.json?DateCreated%3E=2024-03-14&PageSize=250&Page=1&PageToken=PARE1");
    let page = |next: Option<&str>| {
        let entries = [entry(1, "completed"), entry(2, "absent"), entry(3, "processing"), entry(4, "deleted")];
        answer(0, 0, 0, 0, json!({"recordings": entries, "next_page_uri": next, "page": 0}).to_string().as_bytes())
    };
    let missing = json!({"code": 20404, "message": phone, "status": 404}).to_string();
    let xml =
        format!("<?xml version='1.0'?><TwilioResponse><RestException><Code>20404</Code><Message>{name}</Message>");
    let script = |what: u8, answers: &[Vec<u8>]| [&[what, 0][..], &answers.join(&END)].concat();
    let looked_at = entry(1, "absent").to_string();
    vec![
        script(0, &[page(None)]),
        script(0, &[page(Some(&next)), page(None)]),
        script(1, &[answer(0, 1, 4, 0, &audio)]),
        script(1, &[answer(15, 2, 8, 0, b"moved"), answer(0, 1, 0, 0, &audio)]),
        script(2, &[answer(1, 1, 6, 1, &audio).into_iter().collect(), answer(0, 0, 0, 0, looked_at.as_bytes())]),
        script(3, &[answer(1, 1, 2, 0, &audio[..900])]),
        script(3, &[answer(0, 1, 0, 0, &audio)]),
        script(4, &[answer(14, 0, 0, 0, b"")]),
        script(4, &[answer(3, 0, 0, 0, missing.as_bytes())]),
        script(4, &[answer(3, 2, 0, 0, xml.as_bytes())]),
    ]
}
