use simulation::explore::{Report, pairs};
use simulation::installation::wiring::Sound;
use simulation::scenarios::{self, Weight};

#[test]
fn the_main_scenarios_survive_each_pair_of_faults_and_the_others_some() {
    let mut all = Report::default();
    for scenario in scenarios::ALL {
        let percent = match scenario.weight {
            Weight::Main => 100,
            Weight::Light => 2,
            Weight::Long | Weight::Heavy => 0,
        };
        if percent > 0 {
            all.merge(pairs(scenario, &Sound, percent));
        }
    }
    println!("{all}");
    all.assert_sound();
}
