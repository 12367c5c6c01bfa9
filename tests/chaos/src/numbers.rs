//! Every recording has a number, which its ids carry: so whoever sees a request knows which recording it is about.

use rand::SeedableRng;
use rand::rngs::StdRng;

/// The number of a recording in its ids.
pub(crate) fn sid(prefix: &str, seed: u64, number: usize) -> String {
    format!("{prefix}{seed:016x}{number:016x}")
}

/// The number of the recording that a text is about, if it is about one.
pub(crate) fn number_in(text: &str, seed: u64) -> Option<usize> {
    ["CA", "RE"].iter().find_map(|prefix| {
        let begin = format!("{prefix}{seed:016x}");
        let (_, rest) = text.split_once(&begin)?;
        usize::from_str_radix(rest.get(..16)?, 16).ok()
    })
}

/// Dice of one recording, for one purpose: the same in every run with this seed.
pub(crate) fn dice(seed: u64, purpose: u64, number: usize) -> StdRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&purpose.to_le_bytes());
    bytes[16..24].copy_from_slice(&(number as u64).to_le_bytes());
    StdRng::from_seed(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_tells_which_recording_it_is_about() {
        let (call, recording) = (sid("CA", 7, 300), sid("RE", 7, 300));
        assert_eq!((call.len(), recording.len()), (34, 34));
        for text in [
            format!("/bucket/recordings/2024/03/15/{call}-JOB1.mp3"),
            format!("/bucket/open/default/twilio/{call}/{recording}"),
            format!("/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Recordings/{recording}.mp3"),
        ] {
            assert_eq!(number_in(&text, 7), Some(300), "{text}");
            assert_eq!(number_in(&text, 8), None, "{text}");
        }
        assert_eq!(number_in("/v0/app/tbl/listRecords", 7), None);
    }
}
