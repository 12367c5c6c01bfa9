//! A recording with the share of a processor that Lambda gives, which is less than one: what it takes is what it waits for.

use crate::Fallible;
use crate::copy::Course;
use crate::function::Place;
use crate::group::Group;
use crate::report::{Report, say};
use crate::source::{Manner, Recording};

/// The megabytes of memory that a whole processor comes with.
/// Source: docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
const WHOLE_PROCESSOR: f64 = 1_769.0;
/// What a share is given for at a time, in microseconds.
const PERIOD: f64 = 20_000.0;
const MEMORIES: [u32; 3] = [128, 256, 512];
const RECORDING_BYTES: u64 = 9_600_000;

pub(crate) async fn measure(place: &Place, rounds: usize, report: &mut Report) -> Fallible<()> {
    let recording = Recording::of(RECORDING_BYTES);
    place.source.serve(&recording, Manner::Announced);
    let ours = std::iter::once(("tapeline", "transfer".to_owned()));
    let before =
        place.before.iter().map(|before| ("tapeline before", before.join("transfer").to_string_lossy().into_owned()));
    let contenders: Vec<(&str, String)> = ours.chain(before).collect();
    for memory in MEMORIES {
        let (period, quota) = (PERIOD.to_string(), (PERIOD * f64::from(memory) / WHOLE_PROCESSOR).round().to_string());
        let (first, second) =
            ([("cpu.cfs_period_us", &*period), ("cpu.cfs_quota_us", &*quota)], format!("{quota} {period}"));
        let Some(group) = Group::with("cpu", &first, ("cpu.max", &second)) else {
            report.skip("a share of a processor: this user may make no control group");
            return Ok(());
        };
        let what = format!("9.6 MB, with the share of a processor of {memory} MB");
        say(&what);
        let course = Course::new(&what, &recording, Manner::Announced, rounds, false);
        let (mut number, mut taken) = (0, vec![Vec::new(); contenders.len()]);
        for _ in 0..rounds {
            for ((_, program), taken) in contenders.iter().zip(&mut taken) {
                let (one, _) = course.once_as(place, program, |program| group.command(program), &mut number).await?;
                taken.push(one.wall.as_secs_f64() * 1e3);
            }
        }
        for ((who, _), taken) in contenders.iter().zip(&taken) {
            report.add(&what, who, "ms", taken);
        }
        report.relate(&what, "ms", "tapeline");
    }
    place.sink.clear();
    Ok(())
}
