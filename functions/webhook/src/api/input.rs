//! What callers give: each part is checked before a handler sees it, and refused with a problem document.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use recordings::recording::{CallId, Provider};
use serde::de::DeserializeOwned;

use super::problem::{BODY_TOO_LARGE, INVALID, MEDIA_TYPE, NOT_FOUND, Problem};

/// The call that the path names, `{callId}`. Its provider is told by the form of the id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallInPath {
    pub(crate) provider: Provider,
    pub(crate) call_id: CallId,
}

impl CallInPath {
    /// No provider's ids look like another's.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let providers = [Provider::Twilio, Provider::Vapi, Provider::ElevenLabs];
        providers.into_iter().find_map(|provider| Some(Self { provider, call_id: CallId::parse(provider, text).ok()? }))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CallInPath {
    type Rejection = Problem;

    /// What is no id is answered like an id that nobody knows.
    async fn from_request_parts(request: &mut Parts, state: &S) -> Result<Self, Problem> {
        let parameters = RawPathParams::from_request_parts(request, state).await;
        let parameters = parameters.map_err(|_| Problem::new(&NOT_FOUND))?;
        let call_id = parameters.iter().find_map(|(name, value)| (name == "callId").then_some(value));
        call_id.and_then(Self::parse).ok_or_else(|| Problem::new(&NOT_FOUND))
    }
}

/// The query's parameters, each by its name and at most once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parameters(Vec<(String, String)>);

/// A longer query says nothing that is understood here.
const MAX_QUERY_BYTES: usize = 4_096;

impl Parameters {
    /// # Errors
    /// For a parameter that the route does not know, or that comes twice.
    pub(super) fn read(query: &str, known: &[&str]) -> Result<Self, Problem> {
        if query.len() > MAX_QUERY_BYTES {
            return Err(Problem::new(&INVALID).detail("The query is too long."));
        }
        let mut read: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if !known.contains(&&*name) {
                // Which one is not told: it may be anything at all.
                let detail = format!("A parameter is not known here. There are: {}.", known.join(", "));
                return Err(Problem::new(&INVALID).detail(detail));
            }
            if read.iter().any(|(other, _)| *other == name) {
                return Err(Problem::new(&INVALID).detail(format!("{name} is given twice.")));
            }
            read.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(read))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|(other, value)| (other == name).then_some(value.as_str()))
    }

    /// A parameter's value, where it is given.
    ///
    /// # Errors
    /// Says what was expected of which parameter, without repeating what came.
    pub(super) fn parse<T>(
        &self,
        name: &'static str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let parsed =
            |value| parse(value).ok_or_else(|| Problem::new(&INVALID).detail(format!("{name} has to be {expected}.")));
        self.get(name).map(parsed).transpose()
    }

    /// All but one of them, in one text that is the same for the same.
    pub(super) fn without(&self, name: &str) -> String {
        let mut others: Vec<_> = self.0.iter().filter(|(other, _)| other != name).collect();
        others.sort();
        form_urlencoded::Serializer::new(String::new()).extend_pairs(others).finish()
    }
}

/// A body of JSON, of at most 64 KB.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

/// The largest body that is read. Nobody has as much to say.
pub(super) const MAX_BODY_BYTES: usize = 64 * 1024;

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::Json::from_request(request, state).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(JsonRejection::MissingJsonContentType(_)) => {
                Err(Problem::new(&MEDIA_TYPE).detail("The body has to be application/json."))
            }
            Err(JsonRejection::BytesRejection(_)) => {
                Err(Problem::new(&BODY_TOO_LARGE).detail("The body may have 64 KB."))
            }
            // Why is not told: the reader's message may quote what came in.
            Err(_) => Err(Problem::new(&INVALID).detail("The body is not JSON of the documented shape.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_known_ones_and_come_once() {
        let known = ["from", "q"];
        let read = Parameters::read("q=boiler+leaks&from=2024-03-15", &known).unwrap();
        assert_eq!((read.get("q"), read.get("to")), (Some("boiler leaks"), None));
        assert_eq!(read.without("q"), "from=2024-03-15");
        assert_eq!(read, Parameters::read("q=boiler%20leaks&from=2024-03-15", &known).unwrap());
        for odd in ["page=1", "q=1&q=2", "Q=1", "=", &format!("q={}", "x".repeat(5_000))] {
            assert!(Parameters::read(odd, &known).is_err(), "{odd}");
        }
    }

    #[test]
    fn the_form_of_an_id_tells_its_provider() {
        for (id, provider) in [
            ("CA0123456789abcdef0123456789abcdef", Provider::Twilio),
            ("0191e5f0-7c1e-7000-8000-0123456789ab", Provider::Vapi),
            ("conv_01jzabc", Provider::ElevenLabs),
        ] {
            assert_eq!(CallInPath::parse(id).unwrap().provider, provider, "{id}");
        }
        for odd in ["", ".", "..", "../x", "CA0", "conv_", "conv_\0", "RE0123456789abcdef0123456789abcdef"] {
            assert_eq!(CallInPath::parse(odd), None, "{odd:?}");
        }
    }
}
