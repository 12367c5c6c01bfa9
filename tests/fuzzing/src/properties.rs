//! The bodies as property tests, so that they run everywhere and always. `PROPTEST_CASES` asks for more of them.

use std::cell::Cell;
use std::fs;
use std::path::Path;

use proptest::test_runner::{Config, TestError, TestRunner};

use crate::targets::{Target, Verdict};
use crate::{
    agent_answers, agent_webhooks, airtable_answers, audio, gateway_events, history_text, link_tokens, messages,
    mutations, queue_events, signatures, twilio_answers, webhook_forms,
};

/// A body holds for `times` as many inputs as proptest would try, and some of them get as far as they can.
fn holds(target: &Target, times: u32) {
    let config = Config { failure_persistence: None, ..Config::default() };
    let cases = config.cases.saturating_mul(times);
    let taken = Cell::new(0);
    let mut runner = TestRunner::new(Config { cases, ..config });
    let outcome = runner.run(&mutations::of((target.seeds)()), |input| {
        taken.set(taken.get() + u32::from((target.body)(&input) == Verdict::Taken));
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, input)) => panic!("{}: {reason}\nb\"{}\"", target.name, input.escape_ascii()),
        Err(abort) => panic!("{}: {abort}", target.name),
    }
    assert!(taken.get() > cases / 100 && taken.get() < cases, "{}: {} of {cases} are taken", target.name, taken.get());
}

#[test]
fn every_seed_is_taken() {
    for target in crate::TARGETS {
        for seed in (target.seeds)() {
            let shown = seed.escape_ascii().to_string();
            assert_eq!((target.body)(&seed), Verdict::Taken, "{}: {shown}", target.name);
        }
    }
}

#[test]
fn no_input_at_all_is_an_input() {
    for target in crate::TARGETS {
        (target.body)(b"");
    }
}

/// Inputs that a body once stumbled over.
#[test]
fn what_was_found_once_is_tried_always() {
    // A redirect from Vapi that leads back to Vapi.
    let found: [(&Target, &[u8]); 1] = [(&agent_answers::TARGET, b"\xec\x00\x0f\x00\x00\x1a")];
    for (target, input) in found {
        (target.body)(input);
    }
}

/// Nothing else compiles `fuzz/` on a machine without a nightly compiler.
#[test]
fn every_target_is_fuzzed_too() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    for Target { name, .. } in crate::TARGETS {
        let file = fs::read_to_string(folder.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(file.contains(&format!("fuzzing::run(\"{name}\", data)")), "{file}");
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"")), "{name}");
    }
    assert_eq!(fs::read_dir(folder.join("fuzz_targets")).unwrap().count(), crate::TARGETS.len());
}

#[test]
fn agent_answers() {
    holds(&agent_answers::TARGET, 2);
}

#[test]
fn airtable_answers() {
    holds(&airtable_answers::TARGET, 2);
}

#[test]
fn audio() {
    holds(&audio::TARGET, 1);
}

#[test]
fn gateway_events() {
    holds(&gateway_events::TARGET, 1);
}

#[test]
fn history_text() {
    holds(&history_text::TARGET, 2);
}

#[test]
fn link_tokens() {
    holds(&link_tokens::TARGET, 4);
}

#[test]
fn messages() {
    holds(&messages::TARGET, 8);
}

#[test]
fn queue_events() {
    holds(&queue_events::TARGET, 1);
}

#[test]
fn signatures() {
    holds(&signatures::TARGET, 4);
}

#[test]
fn twilio_answers() {
    holds(&twilio_answers::TARGET, 2);
}

#[test]
fn agent_webhooks() {
    holds(&agent_webhooks::TARGET, 1);
}

#[test]
fn webhook_forms() {
    holds(&webhook_forms::TARGET, 1);
}
