use simulation::explore::calm;
use simulation::installation::wiring::Sound;

#[test]
fn every_scenario_ends_as_it_should() {
    calm(&Sound).assert_sound();
}
