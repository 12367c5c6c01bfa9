use std::collections::BTreeMap;
use std::ffi::OsStr;

/// The whole environment of a function: what its template sets, and what Lambda adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment(BTreeMap<&'static str, String>);

impl Environment {
    /// The same, with a variable set or changed.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.0.insert(name, value.to_owned());
        self
    }

    /// The same, with a variable left out.
    ///
    /// # Panics
    /// When the variable is not there, so that leaving it out would prove nothing.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        assert!(self.0.remove(name).is_some(), "the environment has no {name} that could be left out");
        self
    }

    /// The variables, for a process that gets no others.
    pub fn variables(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (OsStr::new(*name), OsStr::new(value)))
    }
}

impl<const N: usize> From<[(&'static str, String); N]> for Environment {
    fn from(variables: [(&'static str, String); N]) -> Self {
        Self(variables.into())
    }
}

impl Extend<(&'static str, String)> for Environment {
    fn extend<T: IntoIterator<Item = (&'static str, String)>>(&mut self, variables: T) {
        self.0.extend(variables);
    }
}
