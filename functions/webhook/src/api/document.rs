//! The OpenAPI document: what all routes have in common, and the proof that the committed one is current.

use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder};
use utoipa::{Modify, OpenApi as _, PartialSchema};

/// Adds how callers prove who they are, and what every route may answer besides its own.
pub(super) struct Finish;

impl Modify for Finish {
    fn modify(&self, document: &mut OpenApi) {
        if let Some(components) = &mut document.components {
            let bearer = Http::builder().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
            components.add_security_scheme("token", SecurityScheme::Http(bearer.build()));
        }
        for (path, item) in &mut document.paths.paths {
            for operation in [&mut item.get, &mut item.post, &mut item.delete].into_iter().flatten() {
                finish(path, operation);
            }
        }
    }
}

fn finish(path: &str, operation: &mut Operation) {
    if path.contains("{callId}") {
        operation.parameters.get_or_insert_default().insert(0, call_id().into());
    }
    for (status, response) in &mut operation.responses.responses {
        if let (true, RefOr::T(response)) = (status.starts_with(['4', '5']), response) {
            let content = || (PROBLEM_JSON.to_owned(), problem_content().into());
            response.content.extend(response.content.is_empty().then(content));
        }
    }
    let reads_a_body = operation.request_body.is_some();
    let has_parameters =
        operation.parameters.as_ref().is_some_and(|parameters| parameters.len() > path.matches('{').count());
    let answers = [
        ("401", "no token, or one that is not valid", true),
        ("403", "the token does not give the permission", true),
        ("404", "there is no such thing, or it is another organisation's", path.contains('{')),
        ("413", "the body is too large", reads_a_body),
        ("415", "the body is not JSON", reads_a_body),
        ("422", "a parameter or the body makes no sense", reads_a_body || has_parameters),
        ("503", "it cannot be reached just now; ask again", true),
    ];
    for (status, description, applies) in answers {
        if applies && operation.security.is_some() {
            operation.responses.responses.entry(status.to_owned()).or_insert_with(|| problem(description));
        }
    }
}

/// Every error is a problem document, so that no route has to say so of its own.
const PROBLEM_JSON: &str = "application/problem+json";

fn problem(description: &str) -> RefOr<Response> {
    ResponseBuilder::new().description(description).content(PROBLEM_JSON, problem_content()).build().into()
}

fn problem_content() -> Content {
    Content::new(Some(Ref::from_schema_name("Problem")))
}

/// Each route of a call names it in the same way.
fn call_id() -> Parameter {
    let parameter = ParameterBuilder::new().name("callId").parameter_in(ParameterIn::Path).required(Required::True);
    parameter.description(Some("the call at its provider")).schema(Some(String::schema())).build()
}

#[test]
fn the_committed_document_is_current() {
    let current = super::Document::openapi().to_pretty_json().unwrap() + "\n";
    if include_str!("../../../../docs/openapi.json") != current {
        let place = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/openapi.json");
        std::fs::write(place, current).unwrap();
        panic!("docs/openapi.json is not current; target/openapi.json is: copy it over");
    }
}
