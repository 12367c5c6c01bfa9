//! Chromium, as its driver starts it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

const DRIVER: &str = "chromedriver";
const A_START: Duration = Duration::from_secs(60);

/// One browser at a time: several would only take each other's time.
static ONE: Mutex<()> = Mutex::const_new(());

/// A browser with nothing in it yet. Dropping it ends it.
pub(crate) struct Browser {
    pub(crate) client: Client,
    port: u16,
    _driver: Child,
    _turn: MutexGuard<'static, ()>,
}

impl Browser {
    /// A browser; none where there is no Chromium, and then that is said.
    pub(crate) async fn start() -> Option<Self> {
        let turn = ONE.lock().await;
        let command = Command::new(DRIVER)
            .args(["--port=0", "--allowed-ips=127.0.0.1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let Ok(mut driver) = command else {
            skipped();
            return None;
        };
        let port = timeout(A_START, port(&mut driver)).await.expect("the driver starts").expect("it says its port");
        let options = json!({ "args": [
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--mute-audio", "--window-size=1360,900",
        ] });
        let capabilities = [("goog:chromeOptions".to_owned(), options)].into_iter().collect();
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("the driver starts a browser");
        Some(Self { client, port, _driver: driver, _turn: turn })
    }
}

impl Drop for Browser {
    /// A driver that is killed leaves its browser behind; one that is asked to end takes it along. The test may have failed, so
    /// that nothing here waits for the runtime, or fails once more.
    fn drop(&mut self) {
        let Ok(mut driver) = TcpStream::connect(("127.0.0.1", self.port)) else { return };
        let asked = driver.write_all(b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        let patient = driver.set_read_timeout(Some(Duration::from_secs(10)));
        if asked.is_ok() && patient.is_ok() {
            let _answered_or_not = driver.read_to_end(&mut Vec::new());
        }
    }
}

/// It says where it listens, among other things.
async fn port(driver: &mut Child) -> Option<u16> {
    let mut lines = BufReader::new(driver.stdout.take()?).lines();
    while let Some(line) = lines.next_line().await.ok()? {
        let port = line.rsplit_once("started successfully on port ").map(|(_, port)| port.trim_end_matches('.'));
        if let Some(port) = port.and_then(|port| port.parse().ok()) {
            // Who reads no more would let it wait for that.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Some(port);
        }
    }
    None
}

#[expect(clippy::print_stderr, reason = "what is not tested has to be seen")]
fn skipped() {
    eprintln!("SKIPPED: there is no {DRIVER}; Debian's packages chromium and chromium-driver bring it");
}
