//! Doors to the parsers within, for the fuzz targets. The feature of this name is never on in a function's binary.

use crate::twilio::fuzzed;

/// Which of `auth_tokens` signed a form for a URL, if any did.
///
/// # Errors
/// The stable word for why the request is not to be believed.
pub fn form_signed_by(
    url: &str,
    form: &[u8],
    signature_header: &str,
    auth_tokens: &[&[u8]],
) -> Result<usize, &'static str> {
    fuzzed::signed_by(url, fuzzed::SignedBody::Form(form), signature_header, auth_tokens)
}

/// The same for a body that is no form, which is covered by a hash in the URL.
///
/// # Errors
/// The stable word for why the request is not to be believed.
pub fn body_signed_by(
    url: &str,
    body: &[u8],
    signature_header: &str,
    auth_tokens: &[&[u8]],
) -> Result<usize, &'static str> {
    fuzzed::signed_by(url, fuzzed::SignedBody::Other(body), signature_header, auth_tokens)
}

/// The value of a form's parameter.
#[must_use]
pub fn parameter(form: &[u8], name: &str) -> Option<String> {
    fuzzed::Form::read(form).get(name).map(str::to_owned)
}
