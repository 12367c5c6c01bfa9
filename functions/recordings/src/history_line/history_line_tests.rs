use proptest::prelude::*;

use super::*;
use crate::recording::{CallRef, Provider};

const CALL: &str = "CA0123456789abcdef0123456789abcdef";

fn recording(last: char) -> RecordingRef {
    RecordingRef::parse("default", Provider::Twilio, CALL, &format!("RE0123456789abcdef0123456789abcde{last}")).unwrap()
}

fn line(zone: &str, event: &LineEvent<'_>) -> PinnedLine {
    let style = LineStyle { source: "IVR".into(), time_zone: TimeZone::get(zone).unwrap() };
    PinnedLine::new(&style, "2024-03-15T14:30:22.9Z".parse().unwrap(), &recording('f'), event)
}

fn stored(url: &str) -> PinnedLine {
    line("UTC", &LineEvent::Stored { url })
}

#[test]
fn each_event_has_its_exact_text() {
    let cases = [
        (
            LineEvent::Stored { url: "https://x.example/r/abc" },
            "---- | 2024-03-15 14:30:22 | Event: Recording | Source: IVR | URL: https://x.example/r/abc",
        ),
        (
            LineEvent::Signed {
                url: "https://b.s3.eu-central-1.amazonaws.com/recordings/a.mp3?X-Amz-Date=20240315T143022Z",
                ends_at: "2024-03-15T15:29:22Z".parse().unwrap(),
            },
            "---- | 2024-03-15 14:30:22 | Event: Recording | Source: IVR | URL: https://b.s3.eu-central-1.amazonaws.com/recordings/a.mp3?X-Amz-Date=20240315T143022Z | Expires: 2024-03-15 15:29:22",
        ),
        (
            LineEvent::PendingUpload {
                provider_url: "https://api.twilio.com/RE1",
                play_url: "https://x.example/r/abc",
            },
            "---- | 2024-03-15 14:30:22 | Event: Recording pending upload | Source: IVR | URL: https://api.twilio.com/RE1 | Play: https://x.example/r/abc",
        ),
        (
            LineEvent::Unavailable { reason: "too short (16101)" },
            "---- | 2024-03-15 14:30:22 | Event: Recording unavailable | Source: IVR | Reason: too short (16101) | Recording: RE0123456789abcdef0123456789abcdef",
        ),
        (
            LineEvent::Failed { reason: "Twilio refused our credentials" },
            "---- | 2024-03-15 14:30:22 | Event: Recording failed | Source: IVR | Reason: Twilio refused our credentials | Recording: RE0123456789abcdef0123456789abcdef",
        ),
    ];
    for (event, expected) in cases {
        assert_eq!(line("UTC", &event).text, expected);
    }
}

#[test]
fn a_line_of_no_recording_names_its_call_by_which_it_is_known() {
    let style = LineStyle { source: "IVR".into(), time_zone: TimeZone::UTC };
    let line = |last: char| {
        let call = CallRef::parse("default", Provider::Twilio, &format!("{}{last}", &CALL[..33])).unwrap();
        let event = LineEvent::Unavailable { reason: "there is none" };
        PinnedLine::new(&style, "2024-03-15T14:30:22Z".parse().unwrap(), &RecordingRef::missing_of(&call), &event)
    };
    let (one, other) = (line('a'), line('b'));
    assert!(one.text.ends_with(&format!(" | Reason: there is none | Call: {}a", &CALL[..33])), "{}", one.text);
    let history = History::new(one.text.clone());
    assert!(history.has(&one) && !history.has(&other));
}

#[test]
fn the_time_is_in_the_zone_that_was_asked_for() {
    let text = line("Europe/Berlin", &LineEvent::Stored { url: "u" }).text;
    assert!(text.starts_with("---- | 2024-03-15 15:30:22 | "), "{text}");
}

#[test]
fn foreign_text_cannot_add_a_line_or_a_field() {
    let text = line("UTC", &LineEvent::Failed { reason: "a\n---- | Event: Recording | URL: evil\r\tb" }).text;
    assert_eq!(text.lines().count(), 1);
    assert!(text.contains("Reason: a ---- Event: Recording URL: evil b | Recording: "), "{text}");
}

#[test]
fn appending_leaves_older_text_untouched() {
    for (older, expected) in [("", ""), ("a person wrote this", "a person wrote this\n"), ("kept\n", "kept\n")] {
        let mut history = History::new(older.to_owned());
        assert_eq!(history.ensure(&stored("https://x.example/r/1")), Ok(true));
        assert_eq!(history.as_str(), format!("{expected}{}", stored("https://x.example/r/1").text));
    }
}

#[test]
fn a_line_that_is_there_is_not_written_again() {
    let mut history = History::new(String::new());
    history.ensure(&stored("https://x.example/r/1")).unwrap();
    assert_eq!(history.ensure(&stored("https://x.example/r/1")), Ok(false));
    assert_eq!(history.ensure(&stored("https://x.example/r/2")), Ok(true));
}

#[test]
fn a_line_is_recognised_after_a_person_moved_or_spaced_it() {
    let line = stored("https://bucket.example/a.mp3?X-Amz-Signature=1");
    let edited = "  ----  |  2024-03-15 14:30:22 | Event: Recording |  Source: IVR | URL: https://bucket.example/a.mp3?X-Amz-Signature=2  ";
    assert!(History::new(format!("x\r\n{edited}\r\ny")).has(&line));
    assert!(!History::new(edited.replace("Event: Recording ", "Event: Recording pending upload ")).has(&line));
}

#[test]
fn a_line_is_recognised_in_a_rich_text_field() {
    let line = stored("https://x.example/r/k1.a_b-c_d.e_f");
    let markdown = line.text.replace("https://x.example/r/k1.a_b-c_d.e_f", r"<https://x.example/r/k1.a\_b-c\_d.e\_f>");
    assert!(History::new(markdown).has(&line));
}

/// The link of a line that was written without a ledger is another than that of the same line pinned later.
#[test]
fn a_pending_line_is_recognised_whatever_link_plays_it() {
    let pending = |play_url| LineEvent::PendingUpload { provider_url: "https://api.twilio.com/RE1.mp3", play_url };
    let mut history = History::new(String::new());
    assert_eq!(history.ensure(&line("UTC", &pending("https://x.example/r/made-without"))), Ok(true));
    assert_eq!(history.ensure(&line("UTC", &pending("https://x.example/r/made-with"))), Ok(false));
}

#[test]
fn two_recordings_with_one_reason_have_a_line_each() {
    let style = LineStyle { source: "IVR".into(), time_zone: TimeZone::UTC };
    let at = "2024-03-15T14:30:22Z".parse().unwrap();
    let mut history = History::new(String::new());
    for id in ['a', 'b', 'a'] {
        let event = LineEvent::Unavailable { reason: "too short (16101)" };
        history.ensure(&PinnedLine::new(&style, at, &recording(id), &event)).unwrap();
    }
    assert_eq!(history.as_str().lines().count(), 2);
}

#[test]
fn a_full_field_is_never_cut() {
    let line = stored("https://x.example/r/1");
    let room = FIELD_LIMIT_CHARS - line.text.chars().count() - 1;
    let mut fits = History::new("é".repeat(room));
    assert_eq!(fits.ensure(&line), Ok(true));
    let mut full = History::new("é".repeat(room + 1));
    assert_eq!(full.ensure(&line), Err(HistoryFull));
    assert_eq!(full.as_str().chars().count(), room + 1);
}

proptest! {
    #[test]
    fn whatever_the_field_holds_each_line_ends_up_there_once(older in "[^\0]{0,200}", reason in "\\PC{0,60}", url in "[a-z:/?=&.]{1,40}") {
        let lines = [stored(&url), line("UTC", &LineEvent::Failed { reason: &reason })];
        let mut history = History::new(older.clone());
        for line in lines.iter().chain(lines.iter()) {
            history.ensure(line).unwrap();
        }
        prop_assert!(history.as_str().starts_with(&older));
        let reread = History::new(history.as_str().to_owned());
        for line in &lines {
            prop_assert!(reread.has(line));
            prop_assert!(history.as_str().matches(line.text.as_str()).count() <= 1 || older.contains(&line.text));
        }
    }
}

#[test]
fn a_link_that_was_erased_leaves_and_everything_else_stays() {
    let (one, other) = (stored("https://x.example/r/abc"), stored("https://x.example/r/def"));
    let pending = line(
        "UTC",
        &LineEvent::PendingUpload { provider_url: "https://api.twilio.com/RE1", play_url: "https://x.example/r/ghi" },
    );
    let note = "a person wrote https://x.example/r/abc | URL: https://x.example/r/abc";
    let text = format!("{}\r\n{note}\n\n{}\n{}\n", one.text, other.text, pending.text);
    let links = DeadLinks::of([&one], "https://api.twilio.com/RE1", None);
    let mut history = History::new(text.clone());
    assert!(history.leads_to(&links));
    history.erase(&links);
    let expected = text
        .replacen("URL: https://x.example/r/abc\r", "URL: erased\r", 1)
        .replace("URL: https://api.twilio.com/RE1 | Play: https://x.example/r/ghi", "URL: erased | Play: erased");
    assert_eq!(history.as_str(), expected);
    assert!(!history.leads_to(&links) && !history.has(&one) && history.has(&other));
    history.erase(&links);
    assert_eq!(history.as_str(), expected, "twice is once");
}

#[test]
fn a_link_is_erased_however_a_rich_text_field_writes_it() {
    let line = stored("https://x.example/r/a_c");
    let markdown = line.text.replace("https://x.example/r/a_c", "<https://x.example/r/a\\_c?x=1>  ");
    let mut history = History::new(markdown.clone());
    history.erase(&DeadLinks::of([&line], "", None));
    assert_eq!(history.as_str(), markdown.replace("<https://x.example/r/a\\_c?x=1>", "erased"));
}

const OBJECT: &str = "https://calls.s3.eu-central-1.amazonaws.com/recordings/2024/03/15/CA1-JOB1.mp3";

fn signed(query: &str, ends_at: &str) -> PinnedLine {
    line("UTC", &LineEvent::Signed { url: &format!("{OBJECT}?{query}"), ends_at: ends_at.parse().unwrap() })
}

#[test]
fn a_signed_url_is_written_whole_and_a_line_is_told_from_the_next_by_its_end() {
    let token = format!("X-Amz-Security-Token={}&X-Amz-Signature=last", "t".repeat(2_000));
    let (first, next) = (signed(&token, "2024-03-15T15:29:22Z"), signed(&token, "2024-03-15T16:10:00Z"));
    assert!(first.text.contains("&X-Amz-Signature=last | Expires: "), "{}", first.text);
    assert_eq!(first.url_ends_at, "2024-03-15T15:29:22Z".parse().ok());
    let mut history = History::new(first.text.clone());
    assert!(history.has(&first) && !history.has(&next));
    assert_eq!(
        (history.ensure(&next), history.ensure(&next), history.ensure(&first)),
        (Ok(true), Ok(false), Ok(false))
    );
    let escaped = History::new(first.text.replace('_', "\\_").replace("https://", "<https://"));
    assert!(escaped.has(&first));
}

#[test]
fn what_was_erased_leaves_a_history_whatever_kind_of_url_leads_to_it() {
    let key: AudioKey = serde_json::from_value("recordings/2024/03/15/CA1-JOB1.mp3".into()).unwrap();
    let (link, public) = (stored("https://x.example/r/abc"), stored(OBJECT));
    let (first, copied) =
        (signed("X-Amz-Date=1", "2024-03-15T15:29:22Z"), signed("X-Amz-Date=2", "2024-03-15T17:00:00Z"));
    let other = stored(&OBJECT.replace("CA1", "CA2"));
    let text = [&link, &public, &first, &copied, &other].map(|line| line.text.clone()).join("\n");
    let mut history = History::new(text);
    // The entry knows of neither the public nor the copied line.
    let links = DeadLinks::of([&link, &first], "https://api.twilio.com/RE1", Some(&key));
    history.erase(&links);
    assert!(!history.leads_to(&links));
    let lines: Vec<&str> = history.as_str().lines().collect();
    assert!(lines[..4].iter().all(|line| line.contains("URL: erased") && !line.contains("https://")), "{lines:#?}");
    assert_eq!(lines[4], other.text);
    assert!(lines[2].ends_with("| URL: erased | Expires: 2024-03-15 15:29:22"));
}
