//! The page, as somebody uses it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use demo::Scene;
use fantoccini::Locator;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::browser::Browser;
use crate::cdp::Cdp;

/// Longer than two looks at the list are apart.
const PATIENCE: Duration = Duration::from_secs(40);

pub(crate) struct Page {
    browser: Browser,
}

impl Page {
    /// The page in front of somebody who has not signed in; none where there is no browser.
    pub(crate) async fn open(scene: &Scene) -> Option<Self> {
        let page = Self { browser: Browser::start().await? };
        page.visit(scene).await;
        Some(page)
    }

    pub(crate) async fn visit(&self, scene: &Scene) {
        self.go(&format!("{}/", scene.stack().public_base_url())).await;
    }

    pub(crate) async fn go(&self, address: &str) {
        self.browser.client.goto(address).await.unwrap();
    }

    /// The same, signed in with a token that gives these permissions.
    pub(crate) async fn signed_in(scene: &Scene, permissions: &[&str]) -> Option<Self> {
        let page = Self::open(scene).await?;
        page.sign_in(&scene.token(permissions)).await;
        page.until("the list", "!document.getElementById('rows').classList.contains('loading')").await;
        Some(page)
    }

    pub(crate) async fn sign_in(&self, token: &str) {
        self.fill("#token", &format!("{token}{}", char::from(Key::Enter))).await;
    }

    /// What an expression comes to.
    pub(crate) async fn js(&self, expression: &str) -> Value {
        self.browser.client.execute(&format!("return ({expression})"), vec![]).await.unwrap()
    }

    /// What a body comes to that hands its answer to `done`.
    pub(crate) async fn js_later(&self, body: &str) -> Value {
        let body = format!("const done = arguments[arguments.length - 1];\n{body}");
        self.browser.client.execute_async(&body, vec![]).await.unwrap()
    }

    pub(crate) async fn run(&self, body: &str) {
        self.browser.client.execute(body, vec![]).await.unwrap();
    }

    /// Waits until an expression is true.
    pub(crate) async fn until(&self, what: &str, expression: &str) {
        let end = Instant::now() + PATIENCE;
        while self.js(expression).await != json!(true) {
            if Instant::now() > end {
                self.shot("given-up").await;
                panic!("{what}: {expression} is not true in time; the page says:\n{}", self.text("body").await);
            }
            pause().await;
        }
    }

    /// What stands in an element, or nothing where there is none.
    pub(crate) async fn text(&self, selector: &str) -> String {
        let text = self.js(&format!("document.querySelector({})?.innerText ?? ''", json!(selector))).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    pub(crate) async fn until_text(&self, selector: &str, text: &str) {
        let expression =
            format!("(document.querySelector({})?.innerText ?? '').includes({})", json!(selector), json!(text));
        self.until(text, &expression).await;
    }

    pub(crate) async fn is_shown(&self, selector: &str) -> bool {
        let shown = format!("Boolean(document.querySelector({})?.checkVisibility())", json!(selector));
        self.js(&shown).await == json!(true)
    }

    pub(crate) async fn click(&self, selector: &str) {
        self.on(Locator::Css(selector), async |element| element.click().await).await;
    }

    /// Clicks the button that says this.
    pub(crate) async fn press(&self, text: &str) {
        let path = format!("//button[normalize-space()='{text}']");
        self.on(Locator::XPath(&path), async |element| element.click().await).await;
    }

    pub(crate) async fn fill(&self, selector: &str, text: &str) {
        let fill = async |element: Element| {
            element.clear().await?;
            element.send_keys(text).await
        };
        self.on(Locator::Css(selector), fill).await;
    }

    /// Does something with an element; once more where the page had just put another in its place.
    async fn on(&self, what: Locator<'_>, act: impl AsyncFn(Element) -> Result<(), CmdError>) {
        for _ in 0..5 {
            let element = self.browser.client.find(what).await.unwrap();
            match act(element).await {
                Err(error) if error.is_stale_element_reference() => {}
                done => return done.unwrap(),
            }
        }
        panic!("{what:?} is put in its own place again and again");
    }

    /// Types into whatever has the focus.
    pub(crate) async fn keys(&self, keys: &[Key]) {
        let text: String = keys.iter().copied().map(char::from).collect();
        self.browser.client.active_element().await.unwrap().send_keys(&text).await.unwrap();
    }

    pub(crate) async fn select(&self, selector: &str, value: &str) {
        let field = self.browser.client.find(Locator::Css(selector)).await.unwrap();
        field.select_by_value(value).await.unwrap();
    }

    /// The recordings that are listed, in their order.
    pub(crate) async fn rows(&self) -> Vec<String> {
        let rows =
            self.js("[...document.querySelectorAll('#rows button')].map((row) => row.dataset.name.split('/')[1])");
        serde_json::from_value(rows.await).unwrap()
    }

    /// Waits for a recording's row.
    pub(crate) async fn until_row(&self, recording: &str) {
        let expression = format!("Boolean(document.querySelector('{}'))", row(recording));
        self.until("a row", &expression).await;
    }

    /// Chooses a recording.
    pub(crate) async fn choose(&self, recording: &str) {
        self.until_row(recording).await;
        self.click(&row(recording)).await;
        self.until("what is known of it", "!document.getElementById('detail-body').innerText.startsWith('Loading')")
            .await;
    }

    pub(crate) async fn cdp(&self, command: &'static str, parameters: Value) {
        self.browser.client.issue_cmd(Cdp(command, parameters)).await.unwrap();
    }

    /// Keeps what is seen, for whoever wants to look at it: below `.local/`, which is nobody's business but this machine's.
    pub(crate) async fn shot(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local/screenshots");
        let png = self.browser.client.screenshot().await.unwrap();
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name).with_extension("png"), png).unwrap();
    }
}

/// The row of a recording.
pub(crate) fn row(recording: &str) -> String {
    format!("#rows button[data-name$=\"/{recording}\"]")
}

#[expect(clippy::disallowed_methods, reason = "a browser in another process has a time of its own")]
async fn pause() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}
