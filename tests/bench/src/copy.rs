//! A recording from its provider to S3: our function, its peers, and what the sink itself takes, in turns.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, StreamBody};
use hyper::Request;
use hyper::body::Frame;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use runtime::event;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::Fallible;
use crate::function::{Function, Place};
use crate::http::Body;
use crate::program::{self, Taken};
use crate::report::{Report, say};
use crate::sink::BUCKET;
use crate::source::{Manner, Recording};

/// One way to be measured.
pub(crate) struct Course {
    name: String,
    recording: Recording,
    manner: Manner,
    rounds: usize,
    with_peers: bool,
    above_idle: Mutex<Vec<f64>>,
}

/// Who else copies.
struct Peers {
    rclone: Option<PathBuf>,
    python: Option<PathBuf>,
    node: Option<PathBuf>,
    tools: PathBuf,
}

/// How many copies a warm process makes at a time.
const WARM: usize = 3;
const OURS: &str = "tapeline";
const OURS_WARM: &str = "tapeline, warm";
const SINK: &str = "sink alone";
const MEGABYTE: f64 = 1_000_000.0;

/// What was found of one contender, a sample each round.
#[derive(Default)]
struct Samples {
    wall: Vec<f64>,
    cpu: Vec<f64>,
    peak: Vec<f64>,
}

pub(crate) struct Copying {
    pub(crate) rounds: usize,
    pub(crate) gigabyte: bool,
}

pub(crate) async fn measure(place: &Place, root: &Path, copying: &Copying, report: &mut Report) -> Fallible<()> {
    let peers = Peers::find(root, report).await;
    let megabytes = |megabytes: f64| Recording::of((megabytes * MEGABYTE) as u64);
    let (small, middle, large) = (megabytes(1.0), megabytes(9.6), megabytes(57.6));
    let rounds = copying.rounds;
    let mut courses = vec![
        Course::new("copy 1 MB", &small, Manner::Announced, rounds, true),
        Course::new("copy 9.6 MB", &middle, Manner::Announced, rounds, true),
        Course::new("copy 9.6 MB, length not said", &middle, Manner::Unannounced, rounds, true),
        Course::new("copy 57.6 MB", &large, Manner::Announced, rounds.div_ceil(2), true),
        Course::new("copy 57.6 MB, length not said", &large, Manner::Unannounced, rounds.div_ceil(2), true),
        Course::new("copy 0.26 MB at 64 KB/s", &megabytes(0.262_144), Manner::Trickling(65_536), 1, false),
    ];
    if copying.gigabyte {
        let gigabyte = megabytes(1_000.0);
        courses.push(Course::new("copy 1 GB", &gigabyte, Manner::Announced, 1, true));
        courses.push(Course::new("copy 1 GB, length not said", &gigabyte, Manner::Unannounced, 1, false));
    }
    for course in courses {
        course.run(place, &peers, report).await?;
    }
    Ok(())
}

impl Course {
    pub(crate) fn new(name: &str, recording: &Recording, manner: Manner, rounds: usize, with_peers: bool) -> Self {
        let (name, recording, above_idle) = (name.to_owned(), recording.clone(), Mutex::default());
        Self { name, recording, manner, rounds, with_peers, above_idle }
    }

    async fn run(&self, place: &Place, peers: &Peers, report: &mut Report) -> Fallible<()> {
        say(&format!("{}: {} rounds", self.name, self.rounds));
        place.source.serve(&self.recording, self.manner);
        let mut warm = place.start("transfer").await?;
        let mut number = 0;
        // What a process does once only.
        self.once_warm(place, &mut warm, &mut number).await?;
        let before = place.before.as_ref().map(|before| before.join("transfer").to_string_lossy().into_owned());
        let mut warm_before = match &before {
            Some(program) => Some(place.start(program).await?),
            None => None,
        };
        if let Some(function) = &mut warm_before {
            self.once_warm(place, function, &mut number).await?;
        }
        let mut connection = connect(place).await?;
        let mut found: Vec<(&str, Samples)> = Vec::new();
        for _ in 0..self.rounds {
            let (ours, above_idle) = self.once(place, "transfer", &mut number).await?;
            note(&mut found, OURS, &ours);
            self.above_idle.lock().push(above_idle);
            if let Some(program) = &before {
                let (taken, _) = self.once(place, program, &mut number).await?;
                note(&mut found, "tapeline before", &taken);
            }
            for _ in 0..WARM {
                let taken = self.once_warm(place, &mut warm, &mut number).await?;
                note_wall(&mut found, OURS_WARM, taken);
                if let Some(function) = &mut warm_before {
                    let taken = self.once_warm(place, function, &mut number).await?;
                    note_wall(&mut found, "tapeline before, warm", taken);
                }
                let taken = self.ceiling(place, &mut connection).await?;
                note_wall(&mut found, SINK, taken);
            }
            if self.with_peers {
                self.peers(place, peers, &mut found).await?;
            }
        }
        warm.end()?;
        warm_before.map(Function::end).transpose()?;
        place.sink.clear();
        self.tell(report, &found);
        Ok(())
    }

    /// A process from its start to its answer, with its secret, its ledger and its message; and its megabytes above idle.
    async fn once(&self, place: &Place, program: &str, number: &mut u64) -> Fallible<(Taken, f64)> {
        self.once_as(place, program, program::command, number).await
    }

    /// The same, by a command that is made of the program's path.
    pub(crate) async fn once_as(
        &self,
        place: &Place,
        program: &str,
        command: impl Fn(&str) -> Command,
        number: &mut u64,
    ) -> Fallible<(Taken, f64)> {
        place.sink.clear();
        let mut function = place.start_as(program, command).await?;
        let idle = function.memory()?.peak;
        let (event, recording_id) = self.event(number);
        let (_, answer) = function.handle(&event).await?;
        let wall = function.age();
        let peak = function.memory()?.peak;
        let cpu = function.end()?;
        self.check(place, &answer, &recording_id)?;
        let above_idle = peak.saturating_sub(idle) as f64 / MEGABYTE;
        Ok((Taken { wall, cpu, peak, stdout: String::new() }, above_idle))
    }

    pub(crate) async fn once_warm(
        &self,
        place: &Place,
        function: &mut Function,
        number: &mut u64,
    ) -> Fallible<Duration> {
        place.sink.clear();
        let (event, recording_id) = self.event(number);
        let (taken, answer) = function.handle(&event).await?;
        self.check(place, &answer, &recording_id)?;
        Ok(taken)
    }

    /// The message about a recording that is nowhere yet.
    pub(crate) fn event(&self, number: &mut u64) -> (Value, String) {
        *number += 1;
        let recording_id = format!("RE{number:032x}");
        let mut event = event("transfer-queue-one");
        let mut message: Value =
            event["Records"][0]["body"].as_str().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
        message["recording_id"] = json!(recording_id);
        message["call_id"] = json!(format!("CA{number:032x}"));
        message["report"]["duration_seconds"] = json!(self.recording.seconds);
        event["Records"][0]["body"] = json!(message.to_string());
        (event, format!("CA{number:032x}"))
    }

    fn check(&self, place: &Place, answer: &Value, call_id: &str) -> Fallible<()> {
        if answer != &json!({ "batchItemFailures": [] }) {
            return Err(format!("transfer answered {answer}").into());
        }
        self.check_stored(place, &format!("{call_id}-JOB456.mp3"))
    }

    fn check_stored(&self, place: &Place, end: &str) -> Fallible<()> {
        match place.sink.sha256(end)? == self.recording.sha256 {
            true => Ok(()),
            false => Err(format!("{}: {end} holds other bytes than the recording", self.name).into()),
        }
    }

    /// The same bytes in one PUT out of memory, over a connection that is open: faster nobody can be.
    async fn ceiling(&self, place: &Place, connection: &mut SendRequest<Body>) -> Fallible<Duration> {
        place.sink.clear();
        let frames = self.recording.pieces().map(|piece: Bytes| Ok(Frame::data(piece)));
        let request = Request::put(format!("/{BUCKET}/ceiling"))
            .header("host", "127.0.0.1")
            .header("content-length", self.recording.bytes)
            .body(StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync())?;
        let started = Instant::now();
        connection.ready().await?;
        let response = connection.send_request(request).await?;
        let status = response.status();
        response.into_body().collect().await?;
        let taken = started.elapsed();
        if !status.is_success() {
            return Err(format!("the sink answered {status}").into());
        }
        self.check_stored(place, "ceiling")?;
        Ok(taken)
    }

    async fn peers(&self, place: &Place, peers: &Peers, found: &mut Vec<(&'static str, Samples)>) -> Fallible<()> {
        let (url, endpoint) = (format!("{}/recording.mp3", place.source.url), &place.sink.endpoint);
        if let Some(rclone) = &peers.rclone {
            place.sink.clear();
            let mut command = program::command(&rclone.to_string_lossy());
            command.args(["copyurl", &url, &format!(":s3:{BUCKET}/rclone.mp3"), "--config", "/dev/null"]);
            command.args(["--s3-provider", "Other", "--s3-endpoint", endpoint, "--s3-region", "us-east-1"]);
            command.args(["--s3-access-key-id", "test", "--s3-secret-access-key", "test", "--s3-no-check-bucket"]);
            let taken = program::run(command).await?;
            self.check_stored(place, "rclone.mp3")?;
            note(found, "rclone copyurl", &taken);
        }
        let scripts = [
            (&peers.python, "copy_to_s3.py", "boto3 upload_fileobj", "boto3, warm"),
            (&peers.node, "copy_to_s3.mjs", "Node lib-storage", "Node, warm"),
        ];
        for (program, script, cold, warm) in scripts {
            let Some(program) = program else { continue };
            let script = peers.tools.join(script);
            let start = |keys: &[String]| {
                let mut command = program::command(&program.to_string_lossy());
                command.arg(&script).args([endpoint, BUCKET, &url]).args(keys);
                command
            };
            place.sink.clear();
            let taken = program::run(start(&["cold.mp3".to_owned()])).await?;
            self.check_stored(place, "cold.mp3")?;
            note(found, cold, &taken);

            place.sink.clear();
            let keys: Vec<String> = (0..=WARM).map(|number| format!("warm-{number}.mp3")).collect();
            let taken = program::run(start(&keys)).await?;
            for key in &keys {
                self.check_stored(place, key)?;
            }
            for seconds in taken.stdout.lines().skip(1) {
                note_wall(found, warm, Duration::from_secs_f64(seconds.trim().parse()?));
            }
        }
        Ok(())
    }

    fn tell(&self, report: &mut Report, found: &[(&str, Samples)]) {
        let is_warm = |who: &str| who.contains("warm") || who == SINK;
        for (who, samples) in found.iter().filter(|(who, _)| !is_warm(who)) {
            report.add(&self.name, who, "ms", &samples.wall);
            report.add(&self.name, who, "ms of processor", &samples.cpu);
            report.add(&self.name, who, "MB at the most", &samples.peak);
        }
        for unit in ["ms", "ms of processor", "MB at the most"] {
            report.relate(&self.name, unit, OURS);
        }
        report.add(&self.name, OURS, "MB above idle", &self.above_idle.lock());
        let warm = format!("{}, warm", self.name);
        for (who, samples) in found.iter().filter(|(who, _)| is_warm(who)) {
            report.add(&warm, who, "ms", &samples.wall);
        }
        report.relate(&warm, "ms", SINK);
    }
}

impl Peers {
    async fn find(root: &Path, report: &mut Report) -> Self {
        let tools = root.join("tools/bench");
        let python = Some(root.join(".venv/bin/python")).filter(|python| python.exists());
        let node = Some(PathBuf::from("node"));
        let node = node.filter(|_| tools.join("node_modules/@aws-sdk/lib-storage").exists());
        let mut peers = Self { rclone: Some(PathBuf::from("rclone")), python, node, tools };
        match version(&peers.rclone, &["version"]).await {
            Some(version) => drop(report.about.insert("rclone".to_owned(), version)),
            None => {
                peers.rclone = None;
                report.skip("rclone is not there; on Debian, `apt-get install rclone`");
            }
        }
        match version(
            &peers.python,
            &["-c", "import sys, boto3; print(sys.version.split()[0], 'boto3', boto3.__version__)"],
        )
        .await
        {
            Some(version) => drop(report.about.insert("Python".to_owned(), version)),
            None => {
                peers.python = None;
                report.skip("boto3 is not there; `make tools` installs it");
            }
        }
        match version(&peers.node, &["--version"]).await {
            Some(version) => drop(report.about.insert("Node".to_owned(), version)),
            None => {
                peers.node = None;
                report.skip(
                    "Node or its @aws-sdk/lib-storage is not there; `make bench` installs the latter where Node is",
                );
            }
        }
        peers
    }
}

/// The first line of what a program says of itself.
async fn version(program: &Option<PathBuf>, arguments: &[&str]) -> Option<String> {
    let mut command = program::command(&program.as_ref()?.to_string_lossy());
    command.args(arguments);
    let said = program::run(command).await.ok()?.stdout;
    Some(said.lines().next()?.to_owned())
}

async fn connect(place: &Place) -> Fallible<SendRequest<Body>> {
    let address = place.sink.endpoint.trim_start_matches("http://");
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

fn note<'a>(found: &mut Vec<(&'a str, Samples)>, who: &'a str, taken: &Taken) {
    note_wall(found, who, taken.wall);
    let samples = of(found, who);
    samples.cpu.push(taken.cpu.as_secs_f64() * 1e3);
    samples.peak.push(taken.peak as f64 / MEGABYTE);
}

fn note_wall<'a>(found: &mut Vec<(&'a str, Samples)>, who: &'a str, wall: Duration) {
    of(found, who).wall.push(wall.as_secs_f64() * 1e3);
}

fn of<'a, 'b>(found: &'b mut Vec<(&'a str, Samples)>, who: &'a str) -> &'b mut Samples {
    let place = found.iter().position(|(name, _)| *name == who).unwrap_or_else(|| {
        found.push((who, Samples::default()));
        found.len() - 1
    });
    &mut found[place].1
}
