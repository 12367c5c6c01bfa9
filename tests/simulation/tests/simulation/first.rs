use simulation::installation::wiring::Sound;
use simulation::{Case, Watch, play, scenarios};

#[test]
fn every_scenario_ends_as_it_should() {
    for scenario in scenarios::ALL {
        let case = Case::calm(scenario, 1);
        let started = std::time::Instant::now();
        let played = play(&case, Sound, Watch { logs: true, again: true });
        let calls = played.installation.world.read_calls(<[_]>::len);
        eprintln!(
            "{case}: {:?} {calls} calls, {:?} of virtual time",
            started.elapsed(),
            played.installation.world.time()
        );
        for broken in played.broken {
            eprintln!("   {broken}");
        }
    }
}

#[test]
fn storms() {
    let started = std::time::Instant::now();
    let mut bad = 0;
    for seed in 1..=400 {
        let played = play(&Case::storm(seed), Sound, Watch::default());
        if !played.broken.is_empty() {
            bad += 1;
            if bad < 30 {
                eprintln!(
                    "{}: {}",
                    Case::storm(seed),
                    played.broken.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
                );
            }
        }
    }
    eprintln!("{bad} bad; {:?}", started.elapsed());
}
