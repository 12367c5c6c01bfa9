use std::error::Error;
use std::fmt;

/// An error with everything behind it, in one line.
pub struct Causes<'a>(&'a (dyn Error + 'a));

/// Shows an error with its whole chain of causes, for the one place where it is logged.
pub fn causes<'a>(error: &'a (dyn Error + 'a)) -> Causes<'a> {
    Causes(error)
}

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{ErrorKind, FetchError, PortError};

    #[test]
    fn the_whole_chain_is_shown_once() {
        let io = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "reset by peer");
        let port = PortError::new(ErrorKind::Unavailable, "twilio GET recording", "").because(io);
        let error = FetchError::Unavailable(port);
        assert_eq!(causes(&error).to_string(), "the provider failed: twilio GET recording: unavailable: reset by peer");
    }
}
