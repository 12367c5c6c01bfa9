use super::World;
use super::call::{reads, writes};
use super::documents::Document;
use super::journal::Effect;
use super::world::State;
use crate::call_control::CallControl;
use crate::object_key::ObjectKey;
use crate::ports::{CallControlRead, CallControlWrite, ErrorKind, PortError, Version, VersionedControl};
use crate::recording::CallRef;

impl CallControlRead for World {
    async fn get(&self, call: &CallRef) -> Result<Option<VersionedControl>, PortError> {
        let key = ObjectKey::Control(call).to_string();
        self.call(reads("CallControlRead", "get"), call, move |state| state.control(&key)).await
    }
}

impl CallControlWrite for World {
    async fn write(&self, control: &CallControl, read: Option<&Version>) -> Result<Version, PortError> {
        let (control, read) = (control.clone(), read.cloned());
        self.call(writes("CallControlWrite", "write"), control.call.clone(), move |state| {
            state.decide(control, read.as_ref())
        })
        .await
    }
}

impl State {
    fn control(&self, key: &str) -> Result<Option<VersionedControl>, PortError> {
        let versioned =
            |document: &Document| Ok(VersionedControl { control: document.read()?, version: document.version() });
        self.documents.get(key).map(versioned).transpose()
    }

    fn decide(&mut self, control: CallControl, read: Option<&Version>) -> Result<Version, PortError> {
        let key = ObjectKey::Control(&control.call).to_string();
        if self.documents.get(&key).map(Document::version).as_ref() != read {
            return Err(PortError::new(ErrorKind::Conflict, "write a call's control", "another version is there"));
        }
        let version = self.write(key, &control)?;
        self.note(Effect::ControlWritten(control));
        Ok(version)
    }
}

impl World {
    /// What was decided about a call.
    ///
    /// # Panics
    /// When the document's text is none of ours.
    pub fn control(&self, call: &CallRef) -> CallControl {
        match self.state().control(&ObjectKey::Control(call).to_string()) {
            Ok(read) => read.map_or_else(|| CallControl::of(call.clone()), |read| read.control),
            Err(error) => panic!("the control of {call} cannot be read: {error}"),
        }
    }

    /// Decides something about a call from outside, whatever is there.
    ///
    /// # Panics
    /// When it cannot be written as JSON.
    pub fn put_control(&self, control: &CallControl) {
        let key = ObjectKey::Control(&control.call).to_string();
        let written =
            self.act(|state| state.write(key, control).map(|_| state.note(Effect::ControlWritten(control.clone()))));
        if let Err(error) = written {
            panic!("the control cannot be written: {error}");
        }
    }
}
