use std::sync::atomic::AtomicU64;

use simulation::explore::storms;
use simulation::installation::wiring::Sound;

const SEEDS: u64 = 20_000;

#[test]
fn after_any_storm_all_is_home() {
    let report = storms(1..1 + SEEDS, &Sound, &AtomicU64::new(0), 20);
    println!("{report}");
    report.assert_sound();
}
