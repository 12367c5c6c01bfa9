//! Tokens of an OpenID Connect issuer, signed with keys that it publishes.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use recordings::fakes::sample;
use recordings::secrets::{OidcIssuer, TokenAlgorithm};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use webhook::config::{ApiSettings, Settings};

use crate::gateway::Answer;
use crate::link::stored;
use crate::scene::{Scene, settings};
use crate::token::{Token, bearing};

const ISSUER: &str = "https://login.example.com/";

/// A key of the issuer's.
struct Key {
    id: &'static str,
    pair: EcdsaKeyPair,
}

impl Key {
    fn new(id: &'static str) -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
        Self { id, pair }
    }

    /// Its public half, as the issuer publishes it.
    fn published(&self) -> Value {
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        let [x, y] = [x, y].map(|part| URL_SAFE_NO_PAD.encode(part));
        json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.id, "x": x, "y": y })
    }

    fn sign(&self, token: Token) -> String {
        let message = token.header("alg", json!("ES256")).header("kid", json!(self.id)).message();
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn publish(scene: &Scene, keys: &[Value]) {
    scene.world.publish_keys(ISSUER, &json!({ "keys": keys }).to_string());
}

fn scene(algorithm: TokenAlgorithm) -> Scene {
    let oidc = OidcIssuer { issuer: ISSUER.to_owned(), audience: "calls".to_owned(), algorithm };
    let api = ApiSettings { oidc: Some(oidc), ..ApiSettings::default() };
    let scene = Scene::with(Settings { api, ..settings() });
    scene.world.put_entry(&stored(&scene));
    scene
}

fn claims(scene: &Scene) -> Token {
    let token = Token::with(scene, &["view_call_history"]);
    token.claim("iss", json!(ISSUER)).claim("aud", json!("calls"))
}

fn ask(scene: &Scene, token: &str) -> Answer {
    scene.send(&bearing("GET", &format!("/api/calls/{}/recording", sample::recording(1).call_id), token))
}

fn reason(scene: &Scene) -> Value {
    scene.log.records("api_refused").last().unwrap()["error_code"].clone()
}

fn fetches(scene: &Scene) -> usize {
    scene.world.calls().iter().filter(|call| call.port == "IssuerKeys").count()
}

#[test]
fn a_token_of_the_issuer_lets_in_and_its_keys_are_fetched_once() {
    let (scene, key) = (scene(TokenAlgorithm::ES256), Key::new("e1"));
    publish(&scene, &[key.published()]);
    for _ in 0..3 {
        assert_eq!(ask(&scene, &key.sign(claims(&scene))).status, 200);
    }
    assert_eq!(fetches(&scene), 1);
    assert_eq!(ask(&scene, &Token::with(&scene, &["view_call_history"]).text()).status, 200, "the stack's own go on");
}

#[test]
fn the_other_kind_of_key_is_never_taken_for_the_right_one() {
    let (scene, key) = (scene(TokenAlgorithm::ES256), Key::new("e1"));
    let public = key.pair.public_key().as_ref().to_vec();
    let secret = URL_SAFE_NO_PAD.encode(b"a secret that somebody published, 32 long");
    publish(&scene, &[key.published(), json!({ "kty": "oct", "kid": "o1", "k": secret })]);
    let forged = claims(&scene).header("kid", json!("e1")).signed_with(&String::from_utf8_lossy(&public));
    assert_eq!((ask(&scene, &forged.text()).status, reason(&scene)), (401, json!("token_algorithm")));
    let with_secret = claims(&scene).header("kid", json!("o1")).header("alg", json!("ES256"));
    let with_secret = with_secret.signed_with("a secret that somebody published, 32 long").text();
    assert_eq!((ask(&scene, &with_secret).status, reason(&scene)), (401, json!("token_algorithm")));
    let rsa = claims(&scene).header("alg", json!("RS256")).header("kid", json!("e1")).text();
    assert_eq!((ask(&scene, &rsa).status, reason(&scene)), (401, json!("token_algorithm")));
    let own_without_issuer = key.sign(claims(&scene).without("iss"));
    assert_eq!((ask(&scene, &own_without_issuer).status, reason(&scene)), (401, json!("token_algorithm")));
}

#[test]
fn the_claims_of_an_issuers_token_are_judged_like_all_others() {
    let (scene, key, other) = (scene(TokenAlgorithm::ES256), Key::new("e1"), Key::new("e1"));
    publish(&scene, &[key.published()]);
    let now = scene.world.time().as_second();
    for (token, code) in [
        (other.sign(claims(&scene)), "token_signature"),
        (key.sign(claims(&scene).claim("aud", json!("tapeline"))), "token_audience"),
        (key.sign(claims(&scene).claim("exp", json!(now))), "token_expired"),
        (key.sign(claims(&scene).of("nobody")), "token_organisation"),
        (key.sign(claims(&scene).without("org")), "token_claims"),
    ] {
        assert_eq!((ask(&scene, &token).status, reason(&scene)), (401, json!(code)));
    }
}

#[test]
fn a_new_key_is_found_and_unknown_ones_make_nobody_ask_more_than_once_a_minute() {
    let (scene, old, new) = (scene(TokenAlgorithm::ES256), Key::new("e1"), Key::new("e2"));
    publish(&scene, &[old.published()]);
    assert_eq!(ask(&scene, &old.sign(claims(&scene))).status, 200);
    for _ in 0..5 {
        assert_eq!((ask(&scene, &new.sign(claims(&scene))).status, reason(&scene)), (401, json!("token_key_unknown")));
    }
    assert_eq!(fetches(&scene), 1);
    publish(&scene, &[old.published(), new.published()]);
    scene.world.advance(Duration::from_secs(60));
    assert_eq!((ask(&scene, &new.sign(claims(&scene))).status, fetches(&scene)), (200, 2));
}

#[test]
fn an_issuer_that_cannot_be_reached_is_an_outage_and_no_forgery() {
    let (scene, key) = (scene(TokenAlgorithm::ES256), Key::new("e1"));
    let answer = ask(&scene, &key.sign(claims(&scene)));
    assert_eq!((answer.status, answer.header("retry-after")), (503, "5"));
}
