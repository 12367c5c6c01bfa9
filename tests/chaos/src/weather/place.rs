use standins::{Method, Service};

/// What a call is for: that decides what can go wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Twilio's API is asked for audio, and redirects.
    TwilioAudio,
    /// Twilio's API is asked about a recording.
    TwilioMetadata,
    /// Twilio's copy is deleted.
    TwilioDeletion,
    /// The audio itself.
    MediaHost,
    /// The jobs are looked up.
    AirtableFind,
    /// The histories are written.
    AirtableUpdate,
    /// Audio is put at once.
    AudioPut,
    /// An upload in parts is begun.
    UploadBegin,
    /// One part.
    UploadPart,
    /// The parts become an object.
    UploadComplete,
    /// An upload is given up.
    UploadAbort,
    /// What is stored is looked at.
    AudioLook,
    /// What is stored is read.
    AudioRead,
    /// A ledger entry is read.
    LedgerRead,
    /// A ledger entry is written, conditionally.
    LedgerWrite,
    /// `open/` and the index by day.
    MarkerOrDay,
    /// A message is sent.
    MessageSent,
    /// A message is received or deleted by the sweeper.
    MessageTaken,
    /// The secret is read.
    Secret,
}

impl Place {
    /// Where a call belongs, if anything is to go wrong with it at all.
    pub(crate) fn of(service: Service, method: &Method, path: &str) -> Option<Self> {
        match service {
            Service::Twilio if *method == Method::DELETE => Some(Self::TwilioDeletion),
            Service::Twilio if path.contains(".mp3") => Some(Self::TwilioAudio),
            Service::Twilio => Some(Self::TwilioMetadata),
            Service::Media => Some(Self::MediaHost),
            Service::Airtable if *method == Method::PATCH => Some(Self::AirtableUpdate),
            Service::Airtable => Some(Self::AirtableFind),
            // No call of theirs is placed.
            Service::Vapi | Service::ElevenLabs => None,
            Service::Aws => Self::of_json_protocol(path).or_else(|| Self::of_s3(method, path)),
        }
    }

    fn of_json_protocol(path: &str) -> Option<Self> {
        let operation = path.strip_prefix('/')?.split(['/', ' ']).next()?;
        match operation {
            "AmazonSQS.SendMessage" => Some(Self::MessageSent),
            "AmazonSQS.ReceiveMessage" | "AmazonSQS.DeleteMessage" => Some(Self::MessageTaken),
            "secretsmanager.GetSecretValue" => Some(Self::Secret),
            _ => None,
        }
    }

    fn of_s3(method: &Method, path: &str) -> Option<Self> {
        let (_bucket, key) = path.strip_prefix('/')?.split_once('/')?;
        let (key, query) = key.split_once('?').unwrap_or((key, ""));
        let asks = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
        match (key.split('/').next()?, method.as_str()) {
            ("recordings", "PUT") if asks("uploadId") => Some(Self::UploadPart),
            ("recordings", "PUT") => Some(Self::AudioPut),
            ("recordings", "POST") if asks("uploadId") => Some(Self::UploadComplete),
            ("recordings", "POST") => Some(Self::UploadBegin),
            ("recordings", "DELETE") if asks("uploadId") => Some(Self::UploadAbort),
            ("recordings", "HEAD") => Some(Self::AudioLook),
            ("recordings", "GET") => Some(Self::AudioRead),
            ("ledger", "PUT") => Some(Self::LedgerWrite),
            ("ledger", _) => Some(Self::LedgerRead),
            ("open" | "days", _) => Some(Self::MarkerOrDay),
            _ => None,
        }
    }

    /// As the figures call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TwilioAudio => "Twilio: audio",
            Self::TwilioMetadata => "Twilio: metadata",
            Self::TwilioDeletion => "Twilio: deletion",
            Self::MediaHost => "Twilio: media host",
            Self::AirtableFind => "Airtable: find",
            Self::AirtableUpdate => "Airtable: update",
            Self::AudioPut => "S3: audio at once",
            Self::UploadBegin => "S3: upload begun",
            Self::UploadPart => "S3: part",
            Self::UploadComplete => "S3: upload completed",
            Self::UploadAbort => "S3: upload given up",
            Self::AudioLook => "S3: audio looked at",
            Self::AudioRead => "S3: audio read",
            Self::LedgerRead => "S3: ledger read",
            Self::LedgerWrite => "S3: ledger written",
            Self::MarkerOrDay => "S3: marker or day",
            Self::MessageSent => "SQS: message sent",
            Self::MessageTaken => "SQS: message taken",
            Self::Secret => "Secrets Manager",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_known_by_what_it_is_for() {
        let audio = "/tapeline-recordings/recordings/2024/03/15/CA1-JOB1.mp3";
        for (service, method, path, place) in [
            (Service::Twilio, Method::GET, "/2010-04-01/Accounts/AC1/Recordings/RE1.mp3?R=1", Some(Place::TwilioAudio)),
            (Service::Twilio, Method::GET, "/2010-04-01/Accounts/AC1/Recordings/RE1.json", Some(Place::TwilioMetadata)),
            (
                Service::Twilio,
                Method::DELETE,
                "/2010-04-01/Accounts/AC1/Recordings/RE1.json",
                Some(Place::TwilioDeletion),
            ),
            (Service::Media, Method::GET, "/media/AC1/RE1.mp3?token=…", Some(Place::MediaHost)),
            (Service::Airtable, Method::POST, "/v0/app/tbl/listRecords", Some(Place::AirtableFind)),
            (Service::Airtable, Method::PATCH, "/v0/app/tbl", Some(Place::AirtableUpdate)),
            (Service::Aws, Method::PUT, &format!("{audio}?x-id=PutObject"), Some(Place::AudioPut)),
            (
                Service::Aws,
                Method::PUT,
                &format!("{audio}?x-id=UploadPart&partNumber=1&uploadId=u"),
                Some(Place::UploadPart),
            ),
            (Service::Aws, Method::POST, &format!("{audio}?uploads"), Some(Place::UploadBegin)),
            (Service::Aws, Method::POST, &format!("{audio}?uploadId=u"), Some(Place::UploadComplete)),
            (
                Service::Aws,
                Method::DELETE,
                &format!("{audio}?x-id=AbortMultipartUpload&uploadId=u"),
                Some(Place::UploadAbort),
            ),
            (Service::Aws, Method::HEAD, audio, Some(Place::AudioLook)),
            (Service::Aws, Method::GET, &format!("{audio}?x-id=GetObject"), Some(Place::AudioRead)),
            (
                Service::Aws,
                Method::PUT,
                "/tapeline-recordings/ledger/default/twilio/CA1/RE1.json",
                Some(Place::LedgerWrite),
            ),
            (
                Service::Aws,
                Method::DELETE,
                "/tapeline-recordings/open/default/twilio/CA1/RE1",
                Some(Place::MarkerOrDay),
            ),
            (
                Service::Aws,
                Method::POST,
                "/AmazonSQS.SendMessage/history.fifo {\"QueueUrl\":1}",
                Some(Place::MessageSent),
            ),
            (Service::Aws, Method::POST, "/secretsmanager.GetSecretValue {}", Some(Place::Secret)),
            (Service::Aws, Method::GET, "/tapeline-recordings?list-type=2", None),
            (Service::Aws, Method::GET, "/tapeline-recordings/cursors/open", None),
        ] {
            assert_eq!(Place::of(service, &method, path), place, "{method} {path}");
        }
    }
}
