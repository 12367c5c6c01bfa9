//! The text in a job's field, which people edit, and what goes into our lines from outside.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use recordings::fakes::sample;
use recordings::history_line::{FIELD_LIMIT_CHARS, History, HistoryFull, LineEvent, LineStyle, PinnedLine};

use crate::input::{Input, parts};
use crate::targets::{Target, Verdict};

/// A line's own words, and four texts of at most a thousand characters.
const LONGEST_LINE: usize = 4_200;
/// The same with a signed URL in place of one of them.
const LONGEST_SIGNED_LINE: usize = 9_200;

pub(crate) const TARGET: Target = Target { name: "history_text", body, seeds };

fn body(data: &[u8]) -> Verdict {
    let mut input = Input::new(data);
    let at = Timestamp::from_second(i32::from_le_bytes(input.array()).into()).unwrap();
    let (copies, zone) = (input.byte(), input.byte());
    let [source, url, play_url, reason] = std::array::from_fn(|_| input.text());
    // A field near its limit is longer than a fuzzer's inputs.
    let field = input.text().repeat(1 << (copies % 14));
    let time_zone = TimeZone::get(["UTC", "Europe/Berlin", "Asia/Kathmandu"][usize::from(zone % 3)]).unwrap();
    let style = LineStyle { source: source.into_owned(), time_zone };
    let events = [
        (LineEvent::Stored { url: &url }, 4, LONGEST_LINE),
        (LineEvent::Signed { url: &url, ends_at: at }, 5, LONGEST_SIGNED_LINE),
        (LineEvent::PendingUpload { provider_url: &url, play_url: &play_url }, 5, LONGEST_LINE),
        (LineEvent::Unavailable { reason: &reason }, 5, LONGEST_LINE),
        (LineEvent::Failed { reason: &reason }, 5, LONGEST_LINE),
    ];
    let mut history = History::new(field);
    let mut written = Vec::new();
    for (event, bars, longest) in events {
        let line = PinnedLine::new(&style, at, &sample::recording(1), &event);
        well_formed(&line, bars, longest);
        if ensured(&mut history, &line) {
            written.push(line);
        }
    }
    for text in [history.as_str().to_owned(), as_rich_text(history.as_str())] {
        let reread = History::new(text);
        assert!(written.iter().all(|line| reread.has(line)), "a line is not found again in {:?}", reread.as_str());
    }
    Verdict::taken_if(!written.is_empty())
}

/// Nothing from outside ends a line or a field of it, and what is pinned survives the ledger.
fn well_formed(line: &PinnedLine, bars: usize, longest: usize) {
    let text = &line.text;
    assert!(text.starts_with("---- | ") && !text.chars().any(char::is_control), "{text:?}");
    assert_eq!((text.lines().count(), text.matches('|').count()), (1, bars), "{text:?}");
    assert!(text.chars().count() <= longest, "{} characters", text.chars().count());
    let ledger = serde_json::to_string(line).unwrap();
    assert_eq!(serde_json::from_str::<PinnedLine>(&ledger).unwrap(), *line);
}

/// The line is appended once, below text that stays as it is, or nothing changes at all.
fn ensured(history: &mut History, line: &PinnedLine) -> bool {
    let (before, was_there) = (history.as_str().to_owned(), history.has(line));
    let outcome = history.ensure(line);
    let after = history.as_str().to_owned();
    match outcome {
        Ok(changed) => {
            assert_eq!(changed, !was_there);
            assert!(history.has(line), "{line:?} is not recognised in {after:?}");
            assert_eq!(history.ensure(line), Ok(false), "{line:?} is written twice");
            assert_eq!(history.as_str(), after);
            let added = after.strip_prefix(&before).unwrap();
            let expected = if changed { ["\n", &line.text].concat() } else { String::new() };
            assert!(added == expected || (added == line.text && (before.is_empty() || before.ends_with('\n'))));
            assert!(!changed || after.chars().count() <= FIELD_LIMIT_CHARS);
            true
        }
        Err(HistoryFull) => {
            assert_eq!((after, was_there), (before.clone(), false));
            assert!(before.chars().count() + 1 + line.text.chars().count() > FIELD_LIMIT_CHARS, "there was room");
            false
        }
    }
}

/// What Airtable makes of a field that is switched to rich text, and an editor of its line ends.
fn as_rich_text(text: &str) -> String {
    text.replace('_', r"\_").replace('\n', "\r\n")
}

fn seeds() -> Vec<Vec<u8>> {
    const AT: [u8; 4] = 1_710_513_022_i32.to_le_bytes();
    let head = |copies: u8, zone: u8| [&AT[..], &[copies, zone]].concat();
    let texts: [&[u8]; 4] = [
        b"IVR",
        b"https://calls.example.com/r/k1.YWNtZS90d2lsaW8_-A.eokBk8usWARzVbq3qQ1nBw",
        b"https://calls.example.com/r/k1.c3RhbmQtaW4.AAAA",
        b"too short (16101)",
    ];
    let with_field = |copies, zone, field: &[u8]| parts(&head(copies, zone), &[&texts[..], &[field]].concat());
    vec![
        with_field(0, 0, b""),
        with_field(0, 1, "called back, O'Hara & S\u{f6}hne\n".as_bytes()),
        with_field(
            0,
            0,
            b"---- | 2024-03-15 14:30:22 | Event: Recording | Source: IVR | URL: https://calls.example.com/r/k1.YWNtZS90d2lsaW8_-A.eokBk8usWARzVbq3qQ1nBw?x=1\r\nwritten by hand",
        ),
        with_field(
            0,
            2,
            b"  ---- |  2024-03-15 14:30:22 | Event: Recording unavailable | Source: IVR | Reason: too short (16101) | Recording: RE00000000000000000000000000000001",
        ),
        with_field(12, 0, "twenty-four characters.\n".as_bytes()),
        parts(
            &head(0, 0),
            &[b"I|V\nR", b"<https://x.example/a_b?c=d|e>", b"", b"a\n---- | Event: Recording | URL: evil\r\tb", b"x"],
        ),
    ]
}
