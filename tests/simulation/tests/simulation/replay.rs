use simulation::installation::wiring::Sound;
use simulation::{Case, Watch, play};

/// The calls of a case, as text.
fn calls(case: &Case) -> Vec<String> {
    let played = play(case, Sound, Watch::default());
    played.installation.world.read_calls(|calls| calls.iter().map(ToString::to_string).collect())
}

#[test]
fn a_line_plays_the_same_run_again() {
    for line in ["scenario=normal seed=17 faults=5=crash,15=hang", "scenario=storm seed=17", "scenario=forged seed=3"] {
        let case: Case = line.parse().unwrap();
        assert_eq!(case.to_string(), line);
        let first = calls(&case);
        assert!(first.len() > 10);
        assert_eq!(calls(&case), first, "{line}");
    }
}

#[test]
fn another_seed_is_another_run() {
    let [one, other] = [17, 18].map(|seed| calls(&Case::storm(seed)));
    assert_ne!(one, other);
}

#[test]
fn a_line_that_names_no_case_is_refused() {
    for line in ["", "seed=1", "scenario=nothing seed=1", "scenario=normal seed=x", "scenario=normal faults=12=boom"] {
        line.parse::<Case>().unwrap_err();
    }
}
