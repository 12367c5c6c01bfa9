use crate::ports::{ErrorKind, PortError};

/// What a call gave that had to succeed.
pub(super) fn done<T>(what: &str, result: Result<T, PortError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{what}: {error} {error:?}"),
    }
}

/// A call that had to fail with one kind of error.
pub(super) fn fails_with<T: std::fmt::Debug>(what: &str, kind: ErrorKind, result: Result<T, PortError>) {
    match result {
        Ok(value) => panic!("{what}: expected {kind}, got {value:?}"),
        Err(error) => assert_eq!(error.kind, kind, "{what}: {error}"),
    }
}

/// A call that had to fail, however.
pub(super) fn fails<T: std::fmt::Debug>(what: &str, result: Result<T, PortError>) {
    if let Ok(value) = result {
        panic!("{what}: expected a failure, got {value:?}");
    }
}
