use std::time::Duration;

/// How far a measured duration may be from the reported one, whatever the length of the recording.
const LEEWAY: Duration = Duration::from_secs(2);

/// The leeway that grows with the recording: one part in fifty is two per cent.
const LEEWAY_DIVISOR: u32 = 50;

/// Says whether a measured duration agrees with the one the provider reported: within two seconds or two per cent of
/// the reported duration, whichever is more.
///
/// Providers report whole seconds, and an MP3 is longer than its source by the encoder's padding.
#[must_use]
pub fn durations_agree(reported: Duration, measured: Duration) -> bool {
    reported.abs_diff(measured) <= LEEWAY.max(reported / LEEWAY_DIVISOR)
}

/// Says whether audio of a measured duration fits into the call that lasted as long as the provider reported, with the same
/// leeway.
#[must_use]
pub fn is_no_longer(reported: Duration, measured: Duration) -> bool {
    measured <= reported || durations_agree(reported, measured)
}

/// How long `samples` (per channel) play at `rate` samples per second; nothing plays at a rate of zero.
pub(super) fn playing_time(samples: u64, rate: u32) -> Duration {
    if rate == 0 {
        return Duration::ZERO;
    }
    let rate = u64::from(rate);
    let nanos = samples % rate * 1_000_000_000 / rate;
    Duration::from_secs(samples / rate) + Duration::from_nanos(nanos)
}

#[cfg(test)]
#[path = "agreement_tests.rs"]
mod tests;
