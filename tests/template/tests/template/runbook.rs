//! Whoever is told of an alarm finds its section in the runbook.

use std::collections::{BTreeMap, BTreeSet};

use template::Template;

const RUNBOOK: &str = include_str!("../../../../docs/runbook.md");

#[test]
fn each_alarm_has_its_section_and_each_section_its_alarms() {
    let mut asked: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, alarm) in Template::read().alarms().iter() {
        let (_, anchor) = alarm.description.split_once("Runbook: ${RunbookUrl}#").expect(name);
        asked.entry(anchor.to_owned()).or_default().insert(name.to_owned());
    }
    assert_eq!(asked, sections());
}

#[test]
fn each_section_of_an_alarm_says_what_it_means_what_to_do_and_when_it_is_over() {
    for (anchor, text) in anchored() {
        for part in ["**Means.**", "**Do.**", "**Over when**"] {
            assert!(text.contains(part), "{anchor} lacks {part}");
        }
    }
}

/// The alarms that each section of the runbook names, by its anchor.
fn sections() -> BTreeMap<String, BTreeSet<String>> {
    let alarms = |text: &str| {
        let (_, rest) = text.split_once("**Alarms.** ")?;
        let (names, _) = rest.split_once(".\n")?;
        Some(names.split(',').map(|name| name.trim().trim_matches('`').to_owned()).collect())
    };
    anchored().map(|(anchor, text)| (anchor.to_owned(), alarms(text).expect(anchor))).collect()
}

fn anchored() -> impl Iterator<Item = (&'static str, &'static str)> {
    RUNBOOK.split("<a id=\"").skip(1).map(|part| {
        let (anchor, rest) = part.split_once("\"></a>\n## ").expect("a heading follows its anchor");
        (anchor, rest.split("\n## ").next().unwrap_or(rest))
    })
}
