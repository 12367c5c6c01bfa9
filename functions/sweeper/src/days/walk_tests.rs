use jiff::civil::date;

use super::*;

fn organisations() -> [Organisation; 2] {
    ["acme", "default"].map(|name| name.parse().unwrap())
}

/// The days and organisations that a walk meets, and where it leaves off.
fn met(mut walk: Walk<'_>) -> (Vec<String>, Place) {
    let mut met = Vec::new();
    while let Some(here) = walk.here() {
        met.push(format!("{} {}", here.day.strftime("%d"), here.organisation));
        walk.is_through(&here);
    }
    (met, walk.place())
}

#[test]
fn each_day_is_met_once_and_what_was_missed_is_made_up_for() {
    let ours = organisations();
    let (first, place) = met(Walk::up_to(&ours, None, date(2024, 3, 15)));
    assert_eq!(first, ["15 acme", "15 default"]);
    assert_eq!(met(Walk::up_to(&ours, Some(&place), date(2024, 3, 15))).0, [""; 0], "once");
    let (missed, _) = met(Walk::up_to(&ours, Some(&place), date(2024, 3, 17)));
    assert_eq!(missed, ["16 acme", "16 default", "17 acme", "17 default"]);
}

#[test]
fn a_round_goes_on_and_begins_anew_behind_its_end() {
    let ours = organisations();
    let round = |place: Option<&Place>| met(Walk::round(&ours, place, date(2024, 3, 1), date(2024, 3, 3), 2));
    let (days, place) = round(None);
    assert_eq!(days, ["01 acme", "01 default", "02 acme", "02 default"]);
    let (days, place) = round(Some(&place));
    assert_eq!(days, ["03 acme", "03 default"]);
    assert_eq!(round(Some(&place)).0, ["01 acme", "01 default", "02 acme", "02 default"]);
}

#[test]
fn a_walk_goes_on_within_a_day() {
    let ours = organisations();
    let mut walk = Walk::up_to(&ours, None, date(2024, 3, 15));
    let here = walk.here().unwrap();
    walk.is_through(&here);
    let here = walk.here().unwrap();
    walk.is_behind(&here, "a key".to_owned());
    let place = walk.place();
    let text = serde_json::to_string(&place).unwrap();
    let read: Place = serde_json::from_str(&text).unwrap();
    assert_eq!(read, place);

    let on = Walk::up_to(&ours, Some(&read), date(2024, 3, 15)).here().unwrap();
    assert_eq!((on.organisation.as_str(), on.after.as_deref()), ("default", Some("a key")));
    // Its organisation is gone meanwhile, and so is what was done of it.
    let others = [ours[0].clone(), "zebra".parse().unwrap()];
    let mut walk = Walk::up_to(&others, Some(&read), date(2024, 3, 15));
    assert_eq!(walk.here().unwrap().organisation.as_str(), "zebra");
    assert!(met(Walk::up_to(&others[..1], Some(&read), date(2024, 3, 15))).0.is_empty());
}

#[test]
fn nobody_to_walk_for_ends_the_walk() {
    assert!(met(Walk::round(&[], None, date(2024, 3, 1), date(2024, 3, 9), 20)).0.is_empty());
    assert!(met(Walk::up_to(&[], None, date(2024, 3, 1))).0.is_empty());
}
