//! Each alarm goes on for the figure that it is about, for no other, and off again.

use template::{Alarm, Alarms, Figures, Template};

const NOW: i64 = 1_710_513_022_000;
const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

#[test]
fn while_all_is_well_no_alarm_is_on() {
    let alarms = Template::read().alarms();
    assert_eq!(alarms.on(&healthy(&alarms, None), NOW, &[]), Vec::<String>::new());
}

#[test]
fn each_alarm_goes_on_alone_and_off_again() {
    let alarms = Template::read().alarms();
    for (name, alarm) in alarms.iter().filter(|(_, alarm)| !alarm.is_about_alarms()) {
        let wrong = healthy(&alarms, Some(name)).and(breaking(alarm));
        let on = alarms.on(&wrong, NOW, &[]);
        let alone: Vec<_> = on.iter().filter(|on| !is_about_alarms(&alarms, on)).collect();
        assert_eq!(alone, [name]);

        let later = alarm.window() * 1_000 + MINUTE;
        let mended = wrong.and(healthy(&alarms, None).later(later));
        assert_eq!(alarms.on(&mended, NOW + later, &on), Vec::<String>::new(), "{name} stays on");
    }
}

#[test]
fn what_is_just_within_its_bounds_is_no_alarm() {
    let alarms = Template::read().alarms();
    for (name, alarm) in alarms.iter().filter(|(_, alarm)| alarm.properties["Threshold"].is_number()) {
        let [metric] = &alarm.metrics[..] else { continue };
        let threshold = alarm.properties["Threshold"].as_f64().unwrap();
        let step = if metric.statistic == "Sum" { 1.0 } else { threshold.abs().max(1.0) / 1_000.0 };
        let within = match alarm.properties["ComparisonOperator"].as_str().unwrap() {
            "GreaterThanOrEqualToThreshold" => threshold - step,
            _ if alarm.properties["MetricName"].is_null() => continue,
            _ => threshold,
        };
        let figures = healthy(&alarms, Some(name)).and(one(metric.figure(NOW - MINUTE, within)));
        assert_eq!(alarms.on(&figures, NOW, &[]), Vec::<String>::new(), "{name} at {within}");
    }
}

#[test]
fn a_history_that_is_behind_says_nothing_while_airtable_says_why() {
    let alarms = Template::read().alarms();
    let of = |name: &str| breaking(alarms.iter().find(|(each, _)| *each == name).unwrap().1);
    let late = healthy(&alarms, Some("latency")).and(of("latency"));
    assert_eq!(alarms.on(&late, NOW, &[]), ["history-behind", "latency"]);
    let explained = late.and(of("airtable-update-error"));
    assert_eq!(alarms.on(&explained, NOW, &[]), ["airtable-update-error", "latency"]);
}

#[test]
fn what_a_pass_found_holds_until_another_pass_has_looked() {
    let alarms = Template::read().alarms();
    let (name, alarm) = alarms.iter().find(|(name, _)| *name == "at-risk").unwrap();
    let later = alarm.window() * 1_000 + MINUTE;
    let silent = healthy(&alarms, Some(name)).later(later).and(breaking(alarm));
    assert_eq!(alarms.on(&silent, NOW + later, &[name.to_owned()]), [name]);
    let looked = silent.and(one(alarm.metrics[0].figure(NOW + later, 0.0)));
    assert_eq!(alarms.on(&looked, NOW + later, &[name.to_owned()]), Vec::<String>::new());
}

#[test]
fn a_copy_that_goes_on_the_first_word_is_no_alarm() {
    let alarms = Template::read().alarms();
    let (name, alarm) = alarms.iter().find(|(name, _)| *name == "erased-still-at-provider").unwrap();
    let once = healthy(&alarms, Some(name)).and(one(alarm.metrics[0].figure(NOW - MINUTE, 3.0)));
    assert_eq!(alarms.on(&once, NOW, &[]), Vec::<String>::new());
}

#[test]
fn a_doctor_that_does_not_come_is_missed_after_two_days() {
    let alarms = Template::read().alarms();
    let (name, alarm) = alarms.iter().find(|(name, _)| *name == "doctor-not-run").unwrap();
    let came =
        |hours: i64| healthy(&alarms, Some(name)).and(one(alarm.metrics[0].figure(NOW - hours * 60 * MINUTE, 1.0)));
    assert_eq!(alarms.on(&came(47), NOW, &[]), Vec::<String>::new());
    assert_eq!(alarms.on(&came(49), NOW, &[]), [name]);
}

fn is_about_alarms(alarms: &Alarms, name: &str) -> bool {
    alarms.iter().any(|(each, alarm)| each == name && alarm.is_about_alarms())
}

/// A minute ago all was heard of that has to be, and nothing of what must not be; one alarm's own figures are left out.
fn healthy(alarms: &Alarms, but: Option<&str>) -> Figures {
    let mut figures = Figures::default();
    for (_, alarm) in alarms.iter().filter(|(name, alarm)| Some(*name) != but && !alarm.is_about_alarms()) {
        let value = match alarm.properties["ComparisonOperator"].as_str() {
            Some("LessThanThreshold") => 1.0,
            _ => 0.0,
        };
        alarm.metrics.iter().for_each(|metric| figures.take(metric.figure(NOW - MINUTE, value)));
    }
    figures
}

/// What each alarm is about.
fn breaking(alarm: &Alarm) -> Figures {
    let mut figures = Figures::default();
    let threshold = alarm.properties["Threshold"].as_f64().unwrap_or_default();
    let metric = &alarm.metrics[0];
    match (alarm.id.as_str(), alarm.properties["TreatMissingData"].as_str()) {
        (_, Some("breaching")) => {}
        ("HistoryQueueDepthAlarm", _) => {
            (0..8).for_each(|nth| figures.take(metric.figure(NOW - (8 - nth) * 5 * MINUTE + MINUTE, nth as f64)));
        }
        ("StorageGrowthAlarm", _) => {
            (0..9).for_each(|nth| {
                figures.take(metric.figure(NOW - (9 - nth) * DAY + MINUTE, 2e10 * 1.02_f64.powi(nth as i32)));
            });
        }
        // The second pass after the first.
        ("ErasedStillAtProviderAlarm", _) => {
            (0..2).for_each(|nth| figures.take(metric.figure(NOW - MINUTE - nth * 60 * MINUTE, 1.0)));
        }
        ("SuccessRateAlarm", _) => figures.take(metric.figure(NOW - MINUTE, 0.0)),
        ("UnusualAccessAlarm", _) => figures.take(metric.figure(NOW - MINUTE, 100.0)),
        _ => figures.take(metric.figure(NOW - MINUTE, threshold + 1.0)),
    }
    figures
}

fn one(figure: template::Figure) -> Figures {
    let mut figures = Figures::default();
    figures.take(figure);
    figures
}
