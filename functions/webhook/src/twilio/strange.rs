use recordings::recording::{InvalidId, Provider};

use super::authenticate::Authentic;
use crate::authenticity::note_strange;
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

/// Leaves a trace of what made no sense.
pub(super) fn note<P: Ports>(app: &App<P>, webhook: &Authentic, what: &Strange) {
    note_strange(app, Provider::Twilio, &webhook.organisation, what);
}
