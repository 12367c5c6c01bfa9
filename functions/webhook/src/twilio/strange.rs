use recordings::recording::{InvalidId, Provider};

use super::authenticate::Authentic;
use crate::{App, Ports};

/// What was signed and makes no sense all the same. None of it quotes a value: what comes from outside may be long,
/// hostile or personal.
#[derive(Debug, thiserror::Error)]
pub(super) enum Strange {
    #[error("the form lacks {0}")]
    Missing(&'static str),
    #[error(transparent)]
    Id(#[from] InvalidId),
    #[error("the account is not the organisation's own")]
    OtherAccount,
    #[error("{0} has a value that is not known")]
    UnknownStatus(&'static str),
}

impl Authentic {
    /// A parameter without which the form makes no sense.
    pub(super) fn required(&self, name: &'static str) -> Result<&str, Strange> {
        self.form.get(name).ok_or(Strange::Missing(name))
    }

    /// Refuses what is about another account than the one that signed.
    pub(super) fn check_account(&self) -> Result<(), Strange> {
        if self.required("AccountSid")? == self.account.as_str() { Ok(()) } else { Err(Strange::OtherAccount) }
    }
}

/// Leaves a trace of what made no sense. It is answered like everything else that was signed: any other answer would
/// only make Twilio give up on us.
pub(super) fn note<P: Ports>(app: &App<P>, webhook: &Authentic, what: &Strange) {
    tracing::warn!(
        log_type = "webhook_not_understood",
        organisation = %webhook.organisation,
        error = %what,
        "a signed webhook makes no sense and is left alone",
    );
    app.count(Provider::Twilio, "webhook_not_understood");
}
