use simulation::explore::{Report, singles};
use simulation::installation::wiring::Sound;
use simulation::scenarios;

#[test]
fn every_scenario_survives_each_fault_of_each_call() {
    let mut all = Report::default();
    for scenario in scenarios::ALL {
        all.merge(singles(scenario, &Sound));
    }
    println!("{all}");
    all.assert_sound();
}
