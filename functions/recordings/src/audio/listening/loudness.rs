/// Below this share of full scale is what a silent line makes of itself: about -48 dBFS. Somebody who speaks into a
/// telephone is some 20 dB above it.
const AUDIBLE: f32 = 0.004;

/// Somebody said something who was heard for so many hundredths of a second.
const HEARD_FOR: u64 = 10;

/// A sample this close to full scale is at its end. Mu-law's loudest is 0.98.
const AT_THE_END: f32 = 0.975;

/// Speech may touch the end; cut off is what stays there for so many samples.
const CUT_OFF_FROM: u32 = 3;

/// So small a share of cut-off samples, one in so many, nobody hears.
const UNHEARD_SHARE: u64 = 1_000;

/// How loud one channel is.
#[derive(Debug, Clone)]
pub(crate) struct Loudness {
    /// Samples in a hundredth of a second.
    window: u32,
    in_window: u32,
    loudest_in_window: f32,
    audible_windows: u64,
    samples: u64,
    run: u32,
    cut_off: u64,
}

impl Loudness {
    pub(super) fn new(sample_rate: u32) -> Self {
        Self {
            window: (sample_rate / 100).max(1),
            in_window: 0,
            loudest_in_window: 0.0,
            audible_windows: 0,
            samples: 0,
            run: 0,
            cut_off: 0,
        }
    }

    /// Hears one sample's distance from zero.
    pub(super) fn hear(&mut self, level: f32) {
        self.samples += 1;
        self.loudest_in_window = self.loudest_in_window.max(level);
        self.in_window += 1;
        if self.in_window == self.window {
            self.audible_windows += u64::from(self.loudest_in_window >= AUDIBLE);
            (self.in_window, self.loudest_in_window) = (0, 0.0);
        }
        self.run = if level >= AT_THE_END { self.run.saturating_add(1) } else { 0 };
        self.cut_off += match self.run {
            CUT_OFF_FROM => u64::from(CUT_OFF_FROM),
            longer if longer > CUT_OFF_FROM => 1,
            _ => 0,
        };
    }

    /// Whether anybody can be heard: for a tenth of a second, or for half of what is shorter.
    pub(super) fn is_audible(&self) -> bool {
        match self.samples / u64::from(self.window) {
            0 => self.loudest_in_window >= AUDIBLE,
            windows => self.audible_windows >= HEARD_FOR.min(windows.div_ceil(2)),
        }
    }

    /// Whether its peaks are cut off.
    pub(super) fn is_clipped(&self) -> bool {
        self.cut_off * UNHEARD_SHARE > self.samples
    }
}
