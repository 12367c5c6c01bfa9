//! What `make chaos` does, at a size for every run of the tests.

use chaos::{Plan, Report, run};

#[tokio::test]
async fn nothing_is_lost_when_everybody_fails_and_processes_are_killed() {
    let plan = Plan { kills: 10, transfers: 60, seed: 1, announce: |word| println!("{word}") };
    let Report { figures, wrong } = run(plan).await;
    println!("{figures}");
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
    assert!(figures.kills() >= plan.kills && figures.faulty() >= plan.transfers, "{figures}");
}
