//! Somebody outside who answers our requests with whatever a script says, over a real connection on this machine.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use recordings::adapters::http::{BaseUrl, HttpClient, HttpSettings, Reach};
use recordings::adapters::tls::Tls;
use recordings::fakes::sample;
use recordings::ports::{PortError, SecretSource};
use recordings::secrets::Secrets;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::LocalSet;

use crate::input::Input;

const STATUSES: [u16; 18] = [200, 206, 200, 404, 429, 401, 403, 422, 400, 408, 413, 416, 500, 503, 204, 302, 307, 201];
const TYPES: [&str; 6] =
    ["application/json", "audio/mpeg", "text/html", "application/octet-stream", "audio/x-wav; charset=x", ""];
/// None of them leads off this machine: an address inside of a network is refused before anybody connects.
const LOCATIONS: [&str; 7] = [
    "/elsewhere",
    "http://10.0.0.1/recording.mp3",
    "http://user:word@127.0.0.1/",
    "http://169.254.169.254/latest",
    "//[::1",
    "",
    "ftp://127.0.0.1/",
];
const MOST_ANSWERS: usize = 6;

/// What is answered, and what came.
#[derive(Default)]
pub(crate) struct Script {
    answers: VecDeque<Answer>,
    /// Request line and headers of each request, in order.
    pub(crate) seen: Vec<String>,
}

/// One answer.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
    /// The connection ends before the body does.
    pub(crate) breaks_off: bool,
}

impl Script {
    /// The answers that an input stands for, the last of which is given for ever.
    pub(crate) fn of(mut input: Input<'_>) -> Self {
        let mut answers = VecDeque::new();
        while answers.is_empty() || (answers.len() < MOST_ANSWERS && !input.is_empty()) {
            answers.push_back(Answer::of(&mut input));
        }
        Self { answers, seen: Vec::new() }
    }

    /// The answers that are still to come, or come again.
    pub(crate) fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.answers.iter()
    }

    fn next(&mut self) -> Answer {
        let next = if self.answers.len() > 1 { self.answers.pop_front() } else { self.answers.front().cloned() };
        next.unwrap()
    }
}

impl Answer {
    fn of(input: &mut Input<'_>) -> Self {
        // An END among these bytes would end nothing: they are taken one by one.
        let [status, kind, headers, number] = input.array();
        let status = STATUSES[usize::from(status) % STATUSES.len()];
        let mut head = String::new();
        let mut header = |name: &str, value: &str| head.push_str(&format!("{name}: {value}\r\n"));
        match TYPES[usize::from(kind) % TYPES.len()] {
            "" => {}
            kind => header("content-type", kind),
        }
        if headers & 1 != 0 {
            header("retry-after", ["5", "60", "4294967296", "Fri, 15 Mar 2024 14:30:22 GMT"][usize::from(number % 4)]);
        }
        let body = input.part().to_vec();
        if headers & 2 != 0 {
            let length = body.len().saturating_sub(1);
            let ranges = [
                format!("bytes 0-{length}/{}", body.len()),
                format!("bytes 100-{}/{}", 100 + length, 100 + body.len()),
                "bytes */100".to_owned(),
                "bytes 5-2/1".to_owned(),
                format!("bytes 0-{length}/*"),
                "bytes 0-18446744073709551615/18446744073709551615".to_owned(),
            ];
            header("content-range", &ranges[usize::from(number) % ranges.len()]);
        }
        if headers & 4 != 0 {
            header("etag", ["\"v1\"", "W/\"v1\"", "v1", "\"\""][usize::from(number / 8 % 4)]);
        }
        if matches!(status, 302 | 307) || headers & 8 != 0 {
            header("location", LOCATIONS[usize::from(number) % LOCATIONS.len()]);
        }
        Self { status, head, body, breaks_off: headers & 0xf0 == 0xf0 }
    }

    fn bytes(&self) -> Vec<u8> {
        // These two have no body, and a client would take it for the next answer.
        let body: &[u8] = if self.status == 204 { &[] } else { &self.body };
        let announced = body.len() + usize::from(self.breaks_off);
        let length = if self.status == 204 { String::new() } else { format!("content-length: {announced}\r\n") };
        [format!("HTTP/1.1 {} Status\r\n{}{length}\r\n", self.status, self.head).as_bytes(), body].concat()
    }
}

/// A secret that never changes.
pub(crate) struct Fixed(Arc<Secrets>);

impl SecretSource for Fixed {
    async fn current(&self) -> Result<Arc<Secrets>, PortError> {
        Ok(Arc::clone(&self.0))
    }
}

/// The somebody of one thread, whose connections are used again.
pub(crate) struct Outside {
    runtime: Runtime,
    tasks: LocalSet,
    script: Rc<RefCell<Script>>,
    pub(crate) client: HttpClient,
    pub(crate) base: BaseUrl,
    pub(crate) secrets: Arc<Fixed>,
}

thread_local! {
    static OUTSIDE: Outside = Outside::start();
}

impl Outside {
    /// Does something that asks the somebody of this thread, who answers by the script, and gives what came of it and of
    /// the script.
    pub(crate) fn answering<T>(script: Script, work: impl AsyncFnOnce(&Self) -> T) -> (T, Script) {
        OUTSIDE.with(|outside| {
            *outside.script.borrow_mut() = script;
            let done = outside.tasks.block_on(&outside.runtime, work(outside));
            (done, outside.script.take())
        })
    }

    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (tasks, script) = (LocalSet::new(), Rc::new(RefCell::new(Script::default())));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        tasks.spawn_local(listen(listener, script.clone()));
        let settings = HttpSettings { idle_timeout: Duration::from_secs(20), reach: Reach::PublicAndLoopback };
        let client = HttpClient::new(settings, &Tls::bundled().unwrap()).unwrap();
        Self { runtime, tasks, script, client, base, secrets: Arc::new(Fixed(Arc::new(sample::secrets()))) }
    }
}

async fn listen(listener: TcpListener, script: Rc<RefCell<Script>>) {
    while let Ok((stream, _)) = listener.accept().await {
        // Answers are small, and nobody should wait for more of them.
        stream.set_nodelay(true).unwrap();
        tokio::task::spawn_local(serve(stream, script.clone()));
    }
}

async fn serve(mut stream: TcpStream, script: Rc<RefCell<Script>>) {
    while let Some(head) = request(&mut stream).await {
        let answer = {
            let mut script = script.borrow_mut();
            script.seen.push(head);
            script.next()
        };
        if stream.write_all(&answer.bytes()).await.is_err() || answer.breaks_off {
            return;
        }
    }
}

/// The head of the next request; its body is read and dropped.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if bytes.len() >= end + 4 + length.map_or(0, |length| length.parse().unwrap()) {
                return Some(head);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// What an input looks like that stands for one answer.
pub(crate) fn answer(status: u8, kind: u8, headers: u8, number: u8, body: &[u8]) -> Vec<u8> {
    [&[status, kind, headers, number], body].concat()
}
