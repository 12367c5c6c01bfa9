use std::fmt;

use jiff::civil::Date;

use super::{AudioKey, AudioPrefix, UNASSIGNED};
use crate::audio::Container;
use crate::recording::{CallId, InvalidId, JobNumber, Organisation, Provider, RecordingId, RecordingRef};

/// The folder of one organisation's audio that began on one day, UTC: `{prefix}yyyy/mm/dd/`, and
/// `{prefix}{organisation}/yyyy/mm/dd/` for other organisations than `default`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioFolder {
    /// Whose audio it is.
    pub organisation: Organisation,
    /// The day of the recordings' start, UTC.
    pub day: Date,
    path: String,
}

impl AudioPrefix {
    /// Where an organisation's audio of one day lies.
    pub fn folder(&self, organisation: &Organisation, day: Date) -> AudioFolder {
        let tenant = if organisation.is_default() { String::new() } else { format!("{organisation}/") };
        let path = format!("{}{tenant}{}/", self.as_str(), day.strftime("%Y/%m/%d"));
        AudioFolder { organisation: organisation.clone(), day, path }
    }

    /// Reads an audio key of any organisation and day, and the folder that it lies in.
    ///
    /// # Errors
    /// [`InvalidId`] when the key is not one that we would write.
    pub fn parse_key(&self, key: &str) -> Result<(AudioFolder, AudioKey), InvalidId> {
        let folder = self.folder_of(key).ok_or(INVALID_KEY)?;
        folder.parse_key(key).map(|key| (folder, key))
    }

    fn folder_of(&self, key: &str) -> Option<AudioFolder> {
        let (path, _file) = key.strip_prefix(self.as_str())?.rsplit_once('/')?;
        // An organisation's id begins with a letter, so it is never a year.
        let (organisation, day) = match path.split_once('/') {
            Some((tenant, day)) if tenant.starts_with(|c: char| c.is_ascii_lowercase()) => (tenant.parse().ok()?, day),
            _ => (Organisation::default_organisation(), path),
        };
        Some(self.folder(&organisation, Date::strptime("%Y/%m/%d", day).ok()?))
    }
}

impl AudioFolder {
    /// The folder, with its slash at the end.
    pub fn as_str(&self) -> &str {
        &self.path
    }

    /// Reads an audio key that lies in this folder.
    ///
    /// # Errors
    /// [`InvalidId`] when the key is not one that we would write here.
    pub fn parse_key(&self, key: &str) -> Result<AudioKey, InvalidId> {
        let file = key.strip_prefix(&self.path).ok_or(INVALID_KEY)?;
        call_of(file).map(|_| AudioKey(key.to_owned())).ok_or(INVALID_KEY)
    }
}

impl fmt::Display for AudioFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

impl AudioKey {
    /// The call that the key names, by the pattern of its id.
    pub fn call(&self) -> Option<(Provider, CallId)> {
        call_of(self.file_name())
    }

    /// The job that the key names, of the recording whose audio it is.
    pub fn job(&self, recording: &RecordingRef) -> Option<JobNumber> {
        let (stem, _extension) = self.file_name().rsplit_once('.')?;
        let rest = stem.strip_prefix(recording.call_id.as_str())?.strip_prefix('-')?;
        let own = rest.strip_suffix(recording.recording_id.as_str()).and_then(|job| job.strip_suffix('-'));
        own.unwrap_or(rest).parse().ok().filter(|job: &JobNumber| job.as_str() != UNASSIGNED)
    }
}

const INVALID_KEY: InvalidId = InvalidId {
    what: "audio key",
    expected: "{prefix}[{organisation}/]yyyy/mm/dd/{call_id}-{job_number}[-{recording_id}].{ext}",
};

/// The call in a file's name, when everything around it is in its place too.
fn call_of(file: &str) -> Option<(Provider, CallId)> {
    let (stem, extension) = file.rsplit_once('.')?;
    Container::of_extension(extension)?;
    [Provider::Twilio, Provider::Vapi, Provider::ElevenLabs].into_iter().find_map(|provider| {
        stem.match_indices('-').find_map(|(at, _)| {
            let call = CallId::parse(provider, &stem[..at]).ok()?;
            follows_a_call(provider, &stem[at + 1..]).then_some((provider, call))
        })
    })
}

/// Whether this is a job's number, or `unassigned`, and perhaps the id of a further recording behind it.
fn follows_a_call(provider: Provider, text: &str) -> bool {
    let is_job = |text: &str| text.parse::<JobNumber>().is_ok();
    is_job(text)
        || text.rsplit_once('-').is_some_and(|(job, id)| is_job(job) && RecordingId::parse(provider, id).is_ok())
}

#[cfg(test)]
#[path = "audio_folder_tests.rs"]
mod tests;
