use super::World;
use super::call::{reads, writes};
use super::documents::Document;
use super::world::State;
use crate::object_key::ObjectKey;
use crate::ports::{ErrorKind, PortError, RetrievalRead, RetrievalWrite, Version};
use crate::recording::{Organisation, RetrievalId};
use crate::retrieval::Retrieval;

impl RetrievalRead for World {
    async fn get(
        &self,
        organisation: &Organisation,
        id: &RetrievalId,
    ) -> Result<Option<(Retrieval, Version)>, PortError> {
        let key = ObjectKey::Retrieval(organisation, id).to_string();
        self.call(reads("RetrievalRead", "get"), id, move |state| state.versioned(&key)).await
    }
}

impl RetrievalWrite for World {
    async fn create(&self, retrieval: &Retrieval) -> Result<Version, PortError> {
        let retrieval = retrieval.clone();
        self.call(writes("RetrievalWrite", "create"), retrieval.id.clone(), move |state| {
            state.swap_retrieval(&retrieval, None)
        })
        .await
    }

    async fn replace(&self, retrieval: &Retrieval, read: &Version) -> Result<Version, PortError> {
        let (retrieval, read) = (retrieval.clone(), read.clone());
        let write = writes("RetrievalWrite", "replace");
        self.call(write, retrieval.id.clone(), move |state| state.swap_retrieval(&retrieval, Some(&read))).await
    }

    async fn last(&self, organisation: &Organisation) -> Result<Option<(RetrievalId, Version)>, PortError> {
        let key = ObjectKey::LastRetrieval(organisation).to_string();
        self.call(reads("RetrievalWrite", "last"), organisation, move |state| state.versioned(&key)).await
    }

    async fn set_last(
        &self,
        organisation: &Organisation,
        id: &RetrievalId,
        read: Option<&Version>,
    ) -> Result<(), PortError> {
        let key = ObjectKey::LastRetrieval(organisation).to_string();
        let (id, read) = (id.clone(), read.cloned());
        let write = writes("RetrievalWrite", "set_last");
        self.call(write, organisation, move |state| {
            state.unless_changed(&key, read.as_ref())?;
            state.write(key, &id).map(drop)
        })
        .await
    }
}

impl State {
    fn versioned<T: serde::de::DeserializeOwned>(&self, key: &str) -> Result<Option<(T, Version)>, PortError> {
        self.documents.get(key).map(|document| Ok((document.read()?, document.version()))).transpose()
    }

    fn unless_changed(&self, key: &str, read: Option<&Version>) -> Result<(), PortError> {
        match self.documents.get(key).map(Document::version).as_ref() == read {
            true => Ok(()),
            false => Err(PortError::new(ErrorKind::Conflict, "write a job", "another version is there")),
        }
    }

    fn swap_retrieval(&mut self, retrieval: &Retrieval, read: Option<&Version>) -> Result<Version, PortError> {
        let key = ObjectKey::Retrieval(&retrieval.organisation, &retrieval.id).to_string();
        self.unless_changed(&key, read)?;
        self.write(key, retrieval)
    }
}
