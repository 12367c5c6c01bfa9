//! The page that people keep open: what came in, how it sounds, and what may be decided about it.
//!
//! The page is the same for everybody and holds nobody's data: what it shows it asks of the API, with the token of the person
//! in front of it. Its sources are small files that become one script and one style when this is compiled, so that a browser
//! asks three times, and nothing but Rust builds it.

mod policy;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use crate::api::conditional;
use crate::api::no_route;
use crate::config::{DashboardSettings, Settings};
use crate::{ApiPorts, App};

/// One file of several, in their order.
macro_rules! assembled {
    ($($file:literal),* $(,)?) => { concat!($(include_str!(concat!("dashboard/page/", $file))),*) };
}

const PAGE: &str = include_str!("dashboard/page/page.html");
const ICON: &str = include_str!("dashboard/page/icon.svg");
const STYLE: &str = assembled!("colours.css", "layout.css", "list.css", "detail.css", "health.css", "phone.css");
const SCRIPT: &str = assembled!(
    "elements.js",
    "format.js",
    "session.js",
    "sign_in.js",
    "api.js",
    "filters.js",
    "list.js",
    "waveform.js",
    "player.js",
    "detail.js",
    "actions.js",
    "accesses.js",
    "charts.js",
    "health.js",
    "batch.js",
    "live.js",
    "main.js",
);

/// Where the page's own settings go.
const SETTINGS: &str = "{{settings}}";

/// What is served, as this installation's browsers get it.
struct Dashboard {
    page: String,
    headers: HeaderMap,
}

/// The routes of the page. Nobody needs a token for it.
pub(crate) fn router<P: ApiPorts>(settings: &Settings) -> Router<Arc<App<P>>> {
    let dashboard = Arc::new(Dashboard {
        page: PAGE.replace(SETTINGS, &data(&settings.dashboard)),
        headers: policy::headers(settings),
    });
    Router::new()
        .route("/", get(page))
        .route("/dashboard/{file}", get(file))
        .layer(from_fn(conditional::unless_it_is_known))
        .with_state(dashboard)
}

async fn page(State(dashboard): State<Arc<Dashboard>>) -> Response {
    dashboard.serve("text/html; charset=utf-8", dashboard.page.clone())
}

async fn file(State(dashboard): State<Arc<Dashboard>>, Path(name): Path<String>) -> Response {
    match name.as_str() {
        "app.js" => dashboard.serve("text/javascript; charset=utf-8", SCRIPT),
        "app.css" => dashboard.serve("text/css; charset=utf-8", STYLE),
        "icon.svg" => dashboard.serve("image/svg+xml", ICON),
        _ => no_route().await.into_response(),
    }
}

impl Dashboard {
    /// A browser asks each time whether what it has is still right, so that a page never runs with another one's script for long.
    fn serve(&self, content_type: &'static str, content: impl Into<String>) -> Response {
        let content = content.into();
        let tag = conditional::etag(content.as_bytes());
        let mut response = content.into_response();
        let headers = response.headers_mut();
        headers.extend(self.headers.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.extend(tag);
        response
    }
}

/// What the page has to know before anybody has signed in, as a block of data in it. No sign in there ends the block.
fn data(settings: &DashboardSettings) -> String {
    let sign_in = settings.sign_in.as_ref().map(
        |sign_in| json!({ "issuer": sign_in.issuer, "client_id": sign_in.client_id, "audience": sign_in.audience }),
    );
    json!({ "version": env!("CARGO_PKG_VERSION"), "sign_in": sign_in }).to_string().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SignIn;

    /// What the first view may weigh, in all.
    const MOST_BYTES: usize = 150 * 1024;

    #[test]
    fn all_of_it_is_small() {
        let bytes: usize = [PAGE, STYLE, SCRIPT, ICON].map(str::len).iter().sum();
        assert!(bytes < MOST_BYTES, "{bytes} bytes");
    }

    #[test]
    fn nothing_of_it_comes_from_elsewhere() {
        for source in [PAGE, STYLE, SCRIPT] {
            // The name of a namespace is no address that anybody asks.
            let source = source.replace("http://www.w3.org/2000/svg", "");
            for elsewhere in ["http://", "https://", "@import", "import(", "importScripts"] {
                assert!(!source.contains(elsewhere), "{elsewhere}");
            }
        }
        assert!(!STYLE.contains("url("));
    }

    #[test]
    fn nothing_of_it_runs_that_the_policy_forbids() {
        for inline in [" style=\"", " onclick=", " onload=", "javascript:", "<style", "<script>"] {
            assert!(!PAGE.contains(inline), "{inline}");
        }
        for dangerous in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
            assert!(!SCRIPT.contains(dangerous), "{dangerous}");
        }
    }

    #[test]
    fn settings_cannot_leave_their_place_in_the_page() {
        let sign_in = SignIn {
            issuer: "https://login.example.com/".to_owned(),
            client_id: "</script><script>alert(1)</script>".to_owned(),
            audience: "tapeline".to_owned(),
            origins: Vec::new(),
        };
        let data = data(&DashboardSettings { audio_origin: String::new(), sign_in: Some(sign_in) });
        assert!(!data.contains('<'), "{data}");
        let read: serde_json::Value = serde_json::from_str(&data).unwrap();
        assert_eq!(read["sign_in"]["client_id"], "</script><script>alert(1)</script>");
        assert_eq!(PAGE.matches(SETTINGS).count(), 1);
    }
}
