use std::error::Error;

/// A demonstration that could not go on. What is merely wrong is part of the evidence.
#[derive(Debug, thiserror::Error)]
pub enum SceneError {
    /// The stack is not up, or does not do as it is told.
    #[error("the local stack failed")]
    Stack(#[from] stack::StackError),
    /// A stand-in did not do as it was told.
    #[error("a stand-in failed")]
    Standin(#[from] standins::ControlError),
    /// The bucket did not answer.
    #[error("the bucket did not answer: {0}")]
    Bucket(String),
    /// An HTTP request failed.
    #[error("a request failed")]
    Http(#[from] reqwest::Error),
    /// Something should have happened by now.
    #[error("{0} did not happen within {1} s")]
    TooLate(String, u64),
    /// What was read makes no sense.
    #[error("{0}")]
    Strange(String),
}

impl SceneError {
    pub(crate) fn bucket(error: impl Error) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Self::Bucket(text)
    }
}
