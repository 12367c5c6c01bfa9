use std::future::{poll_fn, ready};
use std::task::Poll;

use futures_util::{FutureExt, stream};
use recordings::ports::{ErrorKind, PortError};

use super::*;

/// What is read of pieces of so many bytes, of which so many were announced.
fn read(pieces: &[usize], announced: Option<u64>) -> Result<usize, CopyError> {
    let pieces: Vec<_> = pieces.iter().map(|bytes| Ok(Bytes::from(vec![7; *bytes]))).collect();
    let mut intake =
        Intake::new(OpenedAudio { announced_bytes: announced, version: None, said: None, body: stream::iter(pieces) });
    let filled = intake.fill(1_000);
    filled.now_or_never().unwrap().map(<[u8]>::len)
}

#[test]
fn what_was_announced_must_come_no_more_and_no_less() {
    assert_eq!(read(&[4, 6], Some(10)).unwrap(), 10);
    assert_eq!(read(&[4, 6], None).unwrap(), 10);
    for (pieces, received) in [(&[4, 5][..], 9), (&[4, 8], 12), (&[], 0)] {
        let error = read(pieces, Some(10)).unwrap_err();
        let wrong = matches!(error, CopyError::CutShort { announced: 10, received: r } if r == received);
        assert!(wrong, "{pieces:?}: {error}");
    }
}

#[test]
fn only_what_is_asked_for_is_held() {
    let pieces = stream::repeat_with(|| Ok(Bytes::from(vec![7; 100])));
    let mut intake = Intake::new(OpenedAudio { announced_bytes: None, version: None, said: None, body: pieces });
    for _ in 0..50 {
        let held = intake.fill(1_000).now_or_never().unwrap().unwrap().len();
        assert!((1_000..1_100).contains(&held), "{held}");
        assert_eq!(intake.hand_over(950).len(), 950);
    }
}

/// Pieces, and then nothing more for now.
fn arriving(pieces: &[usize], announced: Option<u64>) -> Intake<impl Stream<Item = Result<Bytes, FetchError>> + Unpin> {
    let pieces: Vec<_> = pieces.iter().map(|bytes| Ok(Bytes::from(vec![7; *bytes]))).collect();
    let body = stream::iter(pieces).chain(stream::pending());
    Intake::new(OpenedAudio { announced_bytes: announced, version: None, said: None, body })
}

/// Something else that takes long enough for all audio to come that will.
fn during_a_while(intake: &mut Intake<impl Stream<Item = Result<Bytes, FetchError>> + Unpin>) -> u32 {
    let mut asked = false;
    let other = poll_fn(|_| if std::mem::replace(&mut asked, true) { Poll::Ready(2) } else { Poll::Pending });
    let mut during = pin!(intake.fill_during(other));
    let at_once = during.as_mut().now_or_never();
    at_once.unwrap_or_else(|| during.as_mut().now_or_never().unwrap())
}

#[test]
fn audio_comes_in_while_something_else_is_waited_for() {
    let mut intake = arriving(&[100, 200], Some(600));
    assert_eq!(intake.fill_during(ready(1)).now_or_never(), Some(1), "nobody waits for the audio");
    assert_eq!(intake.held.len(), 0);
    assert_eq!(during_a_while(&mut intake), 2);
    assert_eq!(intake.held.len(), 300, "what was waited for no longer is there all the same");
    assert!(intake.fill(301).now_or_never().is_none());
}

#[test]
fn how_audio_broke_off_is_told_when_what_came_before_is_given_away() {
    let broke_off = || FetchError::Unavailable(PortError::new(ErrorKind::Unavailable, "fetch audio", "broke off"));
    let body = stream::iter([Ok(Bytes::from(vec![7; PART_BYTES + 10])), Err(broke_off())]);
    let opened = OpenedAudio { announced_bytes: Some(9_000_000), version: None, said: None, body };
    let mut intake = Intake::new(opened);
    during_a_while(&mut intake);
    let error = intake.fill(PART_BYTES + 11).now_or_never().unwrap().unwrap_err();
    intake.leaves_parts(error).unwrap();
    assert!(intake.fill(PART_BYTES).now_or_never().unwrap().is_ok());
    assert_eq!(intake.hand_over(PART_BYTES).len(), PART_BYTES);
    assert!(!intake.is_drained());
    let error = intake.fill(PART_BYTES).now_or_never().unwrap().unwrap_err();
    assert!(matches!(error, CopyError::Fetch(FetchError::Unavailable(_))), "{error}");
}

#[test]
fn no_parts_are_made_of_audio_that_could_not_be_known_again() {
    let mut intake = arriving(&[PART_BYTES + 10], None);
    assert!(intake.fill(PART_BYTES).now_or_never().unwrap().is_ok());
    let cut_off = || CopyError::CutShort { announced: 9, received: 8 };
    assert!(intake.leaves_parts(cut_off()).is_err());
    intake.announced = Some(9_000_000);
    assert!(intake.leaves_parts(cut_off()).is_ok());
}

/// Wherever the pieces end, and whether or not all of it was lent before.
#[test]
fn what_was_measured_behind_each_part_is_of_the_parts_alone() {
    let all: Vec<u8> = (0..3 * PART_BYTES + 77).map(|at| (at % 251) as u8).collect();
    for (piece, lent) in [(7 << 20, false), (999_983, false), (999_983, true), (PART_BYTES, true)] {
        let pieces: Vec<_> = all.chunks(piece).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let body = stream::iter(pieces);
        let opened = OpenedAudio { announced_bytes: Some(all.len() as u64), version: None, said: None, body };
        let mut intake = Intake::new(opened);
        if lent {
            assert!(intake.fill(all.len() + 1).now_or_never().unwrap().is_ok());
            let lent = intake.lend();
            assert_eq!(lent, all);
            intake.take_back(lent);
        }
        let mut behind = 0;
        while behind < all.len() {
            assert!(intake.fill(PART_BYTES).now_or_never().unwrap().is_ok());
            let part = intake.hand_over(PART_BYTES);
            assert_eq!(part, all[behind..][..part.len()]);
            behind += part.len();
            let mut expected = Measurement::new();
            expected.feed(&all[..behind]);
            let (measured, stopped) = intake.mark();
            assert_eq!((measured, stopped.offset), (expected, behind as u64), "pieces of {piece}, {behind} bytes");
        }
        assert!(intake.is_drained());
    }
}
