use std::io;
use std::path::PathBuf;

/// Why the stack is not up.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// Somebody else listens where a part of the stack should.
    #[error("port {port} for {purpose} is taken; end what listens there, or choose another with {variable}=…")]
    PortTaken {
        /// The port.
        port: u16,
        /// What should listen there.
        purpose: &'static str,
        /// The environment variable that chooses the port.
        variable: &'static str,
    },
    /// An environment variable does not hold a port.
    #[error("{variable}={value} is not a port; it should be a number such as {example}")]
    NotAPort {
        /// The variable.
        variable: &'static str,
        /// What it holds.
        value: String,
        /// What it could hold.
        example: u16,
    },
    /// The pinned tools are not installed.
    #[error("{} is missing; run `make tools`", .0.display())]
    ToolMissing(PathBuf),
    /// A tool ended with an error.
    #[error("{task} failed; the whole output is in {}\n{tail}", log.display())]
    ToolFailed {
        /// What was being done.
        task: &'static str,
        /// Where its output is.
        log: PathBuf,
        /// The end of its output.
        tail: String,
    },
    /// A part of the stack ended, or did not answer in time.
    #[error("the {part} did not start; its output is in {}\n{tail}", log.display())]
    NotStarted {
        /// The part.
        part: &'static str,
        /// Where its output is.
        log: PathBuf,
        /// The end of its output.
        tail: String,
    },
    /// The emulator refused a request, or did not answer it.
    #[error("the emulator did not do {operation}: {message}")]
    Refused {
        /// The operation.
        operation: String,
        /// Its answer.
        message: String,
    },
    /// The deployed stack lacks an output, or the tool's answer is not understood.
    #[error("the outputs of the deployed stack are not understood")]
    Outputs(#[source] serde_json::Error),
    /// There is no stack to attach to.
    #[error("no stack is up; run `make up`")]
    NotUp,
    /// A file or a process of the stack could not be used.
    #[error("{doing}")]
    System {
        /// What was being done.
        doing: String,
        /// Why it failed.
        source: io::Error,
    },
}

impl StackError {
    /// For `map_err` on what the system refuses.
    pub(crate) fn system(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::System { doing, source }
    }
}
