//! Somebody who looks at the figures, and at the alarms that they raise.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use demo::{Scene, SceneError};
use jiff::Timestamp;
use serde_json::json;
use stack::{Function, StackError};
use template::{Alarms, Figure, Figures, Template};

const FUNCTIONS: [Function; 3] = [Function::Webhook, Function::Transfer, Function::Sweeper];
/// The deployed stack's name, which is part of the namespace.
const STACK: &str = "tapeline-local";
/// What the documents reckon with (docs/install.md, decision 53): figures of an installation with one provider, and what a recording
/// writes into the logs.
const FIGURES: usize = 74;
const LOG_BYTES: usize = 6_000;
/// CloudWatch Logs counts so many more for each line.
/// Source: CloudWatch Logs API reference, *PutLogEvents*.
const BYTES_BESIDES: usize = 26;
/// Longer than any alarm looks back.
const EIGHT_DAYS_MS: i64 = 8 * 86_400_000;

pub(crate) struct Watch<'a> {
    scene: &'a Scene,
    alarms: Alarms,
    /// The lines of each function's log that were read, and how often each. A line of a process that wrote late may stand
    /// before others that were read already.
    read: [HashMap<String, usize>; 3],
    /// The bytes of what was logged since the watch began.
    logged: [usize; 3],
    /// What a healthy run gives.
    healthy: Vec<Figure>,
    /// What was given since the last look.
    fresh: Vec<Figure>,
    pub(crate) wrong: Vec<String>,
}

impl<'a> Watch<'a> {
    /// Begins behind what was logged before.
    pub(crate) async fn begin(scene: &'a Scene) -> Result<Self, SceneError> {
        let alarms = Template::read().alarms();
        let mut watch = Self {
            scene,
            alarms,
            read: Default::default(),
            logged: [0; 3],
            healthy: vec![],
            fresh: vec![],
            wrong: vec![],
        };
        watch.reads_on().await?;
        watch.fresh.clear();
        watch.logged = [0; 3];
        Ok(watch)
    }

    /// What was given until now is what a healthy run gives.
    pub(crate) async fn learns_what_is_healthy(&mut self) -> Result<(), SceneError> {
        self.reads_on().await?;
        // Told once: what it gives is added to whatever is looked at.
        self.healthy = std::mem::take(&mut self.fresh);
        Ok(self.tells_the_emulator(&self.healthy).await?)
    }

    /// What it costs to watch so many healthy recordings is no more than the documents say: figures that are published at all are
    /// paid for by the month, log lines by their bytes. What came of it lies beside what was compiled.
    pub(crate) fn reckons(&mut self, recordings: usize) {
        let template = Template::read();
        let figures: BTreeSet<_> = self.healthy.iter().map(|figure| (&figure.name, &figure.dimensions)).collect();
        let [webhook, transfer, _] = self.logged;
        let bytes = (webhook + transfer) / recordings;
        let costs = json!({
            "figures": figures.len(),
            "figures_dollars_a_month": figures.len() as f64 * template.price("MetricMonth"),
            "alarms_dollars_a_month": template::monthly::alarms(&template),
            "log_bytes_a_recording": bytes,
            "log_dollars_a_recording": bytes as f64 / 1e9 * template.price("LogGigabyte"),
        });
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("costs.json");
        fs::write(file, format!("{costs:#}\n")).expect("the folder is there");
        if figures.len() > FIGURES || bytes > LOG_BYTES {
            self.wrong.push(format!("watching costs more than the documents say: {costs}"));
        }
    }

    /// Sees these alarms go on, and off again once all is healthy.
    pub(crate) async fn sees(&mut self, what: &str, expected: &[&str]) {
        if let Err(error) = self.looks(what, expected).await {
            self.wrong.push(format!("{what}: {error}"));
        }
    }

    async fn looks(&mut self, what: &str, expected: &[&str]) -> Result<(), SceneError> {
        self.reads_on().await?;
        let fresh = std::mem::take(&mut self.fresh);
        self.tells_the_emulator(&fresh).await?;
        let now = Timestamp::now().as_millisecond();
        let figures = all(&fresh).and(self.healthy_at(now));
        let on = self.alarms.on(&figures, now, &[]);
        if on != expected {
            self.wrong.push(format!("{what}: {on:?} are on, and not {expected:?}"));
        }
        let later = now + EIGHT_DAYS_MS;
        let still_on = self.alarms.on(&figures.and(self.healthy_at(later)), later, &on);
        if !still_on.is_empty() {
            self.wrong.push(format!("{what}: {still_on:?} stay on"));
        }
        self.asks_the_emulator(what, expected).await?;
        Ok(())
    }

    /// Nothing is published any more, for days.
    pub(crate) fn hears_nothing(&mut self, expected: &[&str]) {
        let on = self.alarms.on(&Figures::default(), Timestamp::now().as_millisecond(), &[]);
        if on != expected {
            self.wrong.push(format!("silence: {on:?} are on, and not {expected:?}"));
        }
    }

    /// How many messages lie in each queue, in the place of AWS's own figures of it.
    pub(crate) async fn measures_the_queues(&mut self) -> Result<(), SceneError> {
        let outputs = self.scene.stack().outputs();
        let at = Timestamp::now().as_millisecond();
        for (id, url) in [
            ("TransferQueue", &outputs.transfer_queue_url),
            ("TransferDeadLetterQueue", &outputs.transfer_dead_letter_queue_url),
            ("HistoryQueue", &outputs.history_queue_url),
            ("HistoryDeadLetterQueue", &outputs.history_dead_letter_queue_url),
        ] {
            self.fresh.push(Figure {
                namespace: "AWS/SQS".to_owned(),
                name: "ApproximateNumberOfMessagesVisible".to_owned(),
                dimensions: BTreeMap::from([("QueueName".to_owned(), id.to_owned())]),
                at,
                value: self.scene.stack().queued(url).await? as f64,
            });
        }
        Ok(())
    }

    /// What the functions have published meanwhile.
    async fn reads_on(&mut self) -> Result<(), SceneError> {
        for ((function, read), logged) in FUNCTIONS.into_iter().zip(&mut self.read).zip(&mut self.logged) {
            let mut counted = HashMap::new();
            let is_new = |line: &String| {
                let times: &mut usize = counted.entry(line.clone()).or_default();
                *times += 1;
                *times > read.get(line).copied().unwrap_or_default()
            };
            let mut lines = self.scene.stack().function_logs(function).await?;
            lines.retain(is_new);
            *read = counted;
            *logged += lines.iter().map(|line| line.len() + BYTES_BESIDES).sum::<usize>();
            let figures = lines.iter().flat_map(|line| template::embedded(line));
            let here = format!("Tapeline/{STACK}");
            let named_as_written = |figure: Figure| {
                let namespace = figure.namespace.replace(&here, "Tapeline/${AWS::StackName}");
                Figure { namespace, ..figure }
            };
            self.fresh.extend(figures.map(named_as_written));
        }
        Ok(())
    }

    /// What a healthy run gives, as if it had just been.
    fn healthy_at(&self, now: i64) -> Figures {
        all(&self.healthy.iter().map(|figure| Figure { at: now - 1_000, ..figure.clone() }).collect::<Vec<_>>())
    }

    /// By function alone: the emulator would take a figure of a provider for one more.
    async fn tells_the_emulator(&self, figures: &[Figure]) -> Result<(), StackError> {
        for (namespace, deployed) in
            [("Tapeline/${AWS::StackName}", format!("Tapeline/{STACK}")), ("AWS/SQS", "AWS/SQS".to_owned())]
        {
            let chosen = figures.iter().filter(|figure| figure.namespace == namespace && figure.dimensions.len() == 1);
            let data: Vec<_> =
                chosen.map(|figure| (figure.name.clone(), figure.dimensions.clone(), figure.value)).collect();
            for some in data.chunks(500) {
                self.scene.stack().publish(&deployed, some).await?;
            }
        }
        Ok(())
    }

    /// The emulator's alarms end only when a later datum says so, and know no dimensions. What should be on, is on.
    async fn asks_the_emulator(&mut self, what: &str, expected: &[&str]) -> Result<(), StackError> {
        let states = self.scene.stack().alarm_states().await?;
        for name in expected {
            let state = states.get(&format!("{STACK}-{name}"));
            if state.is_some_and(|state| state != "ALARM") {
                self.wrong.push(format!("{what}: to the emulator {name} is {state:?}"));
            }
        }
        if states.len() < 30 {
            self.wrong.push(format!("the emulator has {} alarms", states.len()));
        }
        Ok(())
    }
}

fn all(figures: &[Figure]) -> Figures {
    let mut all = Figures::default();
    figures.iter().for_each(|figure| all.take(figure.clone()));
    all
}
