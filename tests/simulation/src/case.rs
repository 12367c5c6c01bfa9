//! One run, and the line that plays it again.

use std::fmt;
use std::str::FromStr;

use recordings::fakes::Replay;

use crate::scenarios::{self, Scenario};

/// The name of a storm where a scenario's would stand.
const STORM: &str = "storm";

/// One run: what happens, in which order those go on who can, and what goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The scenario; none where the seed chooses several at once, and the faults too.
    pub scenario: Option<&'static str>,
    /// Whatever is left to chance follows from it.
    pub seed: u64,
    /// The faults by the numbers of their calls.
    pub faults: Replay,
}

/// A line that names no case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a line such as scenario=normal seed=17 faults=12=crash,15=hang, or scenario=storm seed=17")]
pub struct InvalidCase;

impl Case {
    /// A scenario without any fault.
    pub fn calm(scenario: &Scenario, seed: u64) -> Self {
        Self { scenario: Some(scenario.name), seed, faults: Replay::default() }
    }

    /// Several scenarios at once, and whatever goes wrong by chance.
    pub fn storm(seed: u64) -> Self {
        Self { scenario: None, seed, faults: Replay::default() }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "scenario={} seed={}", self.scenario.unwrap_or(STORM), self.seed)?;
        if self.faults.0.is_empty() { Ok(()) } else { write!(f, " faults={}", self.faults) }
    }
}

impl FromStr for Case {
    type Err = InvalidCase;

    fn from_str(line: &str) -> Result<Self, InvalidCase> {
        let part = |name: &str| line.split_whitespace().find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        let scenario = match part("scenario").ok_or(InvalidCase)? {
            STORM => None,
            name => Some(scenarios::named(name).ok_or(InvalidCase)?.name),
        };
        let seed = part("seed").map_or(Ok(1), str::parse).map_err(|_| InvalidCase)?;
        let faults = part("faults").unwrap_or_default().parse().map_err(|_| InvalidCase)?;
        Ok(Self { scenario, seed, faults })
    }
}
