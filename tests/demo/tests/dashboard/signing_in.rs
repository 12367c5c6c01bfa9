//! Signing in at an issuer, as far as the page has a part in it: what it sends there, and what it makes of the answer.
//!
//! An issuer has to have TLS, which nothing on this machine has. So its two answers, and the page's settings, are put into the
//! browser; what the page asks, where it goes and what is left in the address are real.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::page::Page;
use crate::{ALL, scene};

/// Before the page's own script runs: its settings name an issuer, and that issuer answers.
const ISSUER: &str = r#"
    new MutationObserver(() => {
        const block = document.getElementById('settings')?.firstChild;
        if (block) block.data = JSON.stringify({ sign_in: { issuer: 'https://issuer.example.com/', client_id: 'page', audience: 'tapeline' } });
    }).observe(document, { childList: true, subtree: true });
    const fetched = window.fetch;
    window.fetch = async (to, told) => {
        const answer = (content) => new Response(JSON.stringify(content), { status: 200 });
        if (to === 'https://issuer.example.com/.well-known/openid-configuration') return answer({
            issuer: 'https://issuer.example.com/', authorization_endpoint: location.origin + '/health',
            token_endpoint: 'https://issuer.example.com/token',
        });
        if (to !== 'https://issuer.example.com/token') return fetched(to, told);
        sessionStorage.setItem('exchanged', String(told.body));
        return answer({ access_token: '{token}', token_type: 'Bearer' });
    };
"#;

fn query(text: &str) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

#[tokio::test]
async fn people_sign_in_at_their_issuer_with_a_code_and_its_proof() {
    let scene = scene().await;
    let Some(page) = Page::open(&scene).await else { return };
    let source = ISSUER.replace("{token}", &scene.token(&ALL));
    page.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await;
    page.visit(&scene).await;
    page.shot("sign-in-issuer").await;
    page.press("Sign in with your organisation").await;
    page.until("the issuer's page", "location.pathname === '/health'").await;
    let asked = query(page.js("location.search.slice(1)").await.as_str().unwrap());
    let base = format!("{}/", scene.stack().public_base_url());
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "page"),
        ("redirect_uri", &base),
        ("audience", "tapeline"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(asked[name], value, "{name}");
    }

    page.go(&format!("{base}?code=a+code&state=somebody-elses")).await;
    page.until_text("#sign-in-problem", "not begun in this tab").await;
    assert_eq!(
        page.js("sessionStorage.getItem('exchanged')").await,
        Value::Null,
        "a code of somebody else's is no code"
    );

    page.press("Sign in with your organisation").await;
    page.until("the issuer's page", "location.pathname === '/health'").await;
    let asked = query(page.js("location.search.slice(1)").await.as_str().unwrap());
    page.go(&format!("{base}?code=a+code&state={}", asked["state"])).await;
    page.until("being signed in", "!document.getElementById('app').hidden").await;
    assert_eq!(page.js("location.href").await, json!(base), "neither a code nor a token is left in the address");
    let exchanged = query(page.js("sessionStorage.getItem('exchanged')").await.as_str().unwrap());
    assert_eq!((exchanged["grant_type"].as_str(), exchanged["code"].as_str()), ("authorization_code", "a code"));
    let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(&exchanged["code_verifier"]));
    assert_eq!(proof, asked["code_challenge"]);
    assert!(page.text("#who").await.contains("ada@example.com"));
}
