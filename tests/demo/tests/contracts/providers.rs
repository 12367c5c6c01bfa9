use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use recordings::adapters::airtable::{Airtable, AirtableSettings, JobFields};
use recordings::adapters::http::{HttpClient, HttpSettings, Reach};
use recordings::adapters::tls::Tls;
use recordings::adapters::twilio::{MediaFormat, Twilio, TwilioSettings};
use recordings::contract;
use recordings::ports::{
    JobField, JobKey, JobRecord, NumberSetting, PortError, RecordingList, SecretSource, TableState,
};
use recordings::recording::{CallId, Channels, Organisation, Provider, RecordingRef};
use recordings::secrets::Secrets;
use standins::{
    CreateJob, Fault, FaultRule, PlaceNumber, PlaceRecording, RenameField, Service, Settings, Standins, speech,
};

/// The secret of whoever uses the stand-ins.
pub(crate) struct Known(pub(crate) Arc<Secrets>);

impl SecretSource for Known {
    async fn current(&self) -> Result<Arc<Secrets>, PortError> {
        Ok(Arc::clone(&self.0))
    }
}

pub(crate) struct Ground {
    pub(crate) standins: Standins,
    pub(crate) http: HttpClient,
    pub(crate) secrets: Arc<Known>,
}

pub(crate) async fn ground() -> Ground {
    ground_of(&[("default", standins::Account::default())]).await
}

/// Stand-ins for organisations with an account each.
pub(crate) async fn ground_of(organisations: &[(&str, standins::Account)]) -> Ground {
    let accounts = organisations.iter().map(|(_, account)| account.clone()).collect();
    let standins = Standins::start(Settings { accounts, ..Settings::default() }).await.expect("the stand-ins start");
    let token = standins::Base::default().token;
    let secret = |account: &standins::Account| {
        serde_json::json!({
            "twilio": { "account_sid": account.sid, "auth_token": account.auth_token,
                        "api_key_sid": account.api_key_sid, "api_key_secret": account.api_key_secret },
            "vapi": { "api_key": standins::VapiOrganisation::default().private_key },
            "elevenlabs": { "api_key": standins::Workspace::default().api_key },
            "airtable": { "token": token },
        })
    };
    let json = serde_json::json!({
        "link_keys": { "current": "k1", "keys": { "k1": "x".repeat(32) } },
        "organisations": organisations
            .iter()
            .map(|(name, account)| (*name, secret(account)))
            .collect::<BTreeMap<_, _>>(),
    });
    let secrets = Secrets::parse(&json.to_string()).expect("a secret of the documented shape");
    let settings = HttpSettings { idle_timeout: Duration::from_secs(5), reach: Reach::PublicAndLoopback };
    let http = HttpClient::new(settings, &Tls::bundled().expect("roots")).expect("a client");
    Ground { standins, http, secrets: Arc::new(Known(Arc::new(secrets))) }
}

impl Ground {
    pub(crate) async fn twilio(&self) -> Twilio<Known> {
        let settings = TwilioSettings {
            base_url: self.standins.twilio_url().parse().expect("a base URL"),
            format: MediaFormat::Mp3,
            channels: Channels::Mono,
        };
        Twilio::new(self.http.clone(), Arc::clone(&self.secrets), settings).await.expect("the secret is there")
    }

    /// The table of a base, as the settings say where it is.
    fn airtable(&self, base: standins::Base) -> Airtable<Known> {
        let fields = JobFields {
            number: base.job_number_field,
            call_ids: Some(base.call_id_field),
            history: base.history_field,
        };
        let base_url = self.standins.airtable_url().parse().expect("a base URL");
        let base_id = base.base_id.parse().expect("a base id");
        let settings = AirtableSettings { base_url, base_id, table: base.table_id, fields };
        Airtable::new(self.http.clone(), Arc::clone(&self.secrets), settings)
    }

    fn place(&self) -> RecordingRef {
        let placed = self.standins.world().place_recording(PlaceRecording::default()).expect("a recording");
        RecordingRef::parse("default", Provider::Twilio, &placed.call_sid, &placed.recording_sid).expect("Twilio's ids")
    }
}

pub(crate) fn stranger() -> RecordingRef {
    let (call, recording) = ("CAffffffffffffffffffffffffffffffff", "REffffffffffffffffffffffffffffffff");
    RecordingRef::parse("default", Provider::Twilio, call, recording).expect("ids of the right shape")
}

#[tokio::test]
async fn twilios_audio_keeps_its_contract() {
    let ground = ground().await;
    let expected =
        speech::Track::of_clip(speech::Clip::default(), speech::Format::Mp3, speech::Channels::Mono).read_all();
    assert!(contract::audio_source(&ground.twilio().await, &ground.place(), &expected, &stranger()).await);
    assert_eq!(ground.standins.world().violations(), []);
}

/// Whether Twilio's media host serves ranges and says how long audio is, is not documented.
#[tokio::test]
async fn twilios_slices_keep_their_contract_whatever_the_media_host_can() {
    let ground = ground().await;
    let expected =
        speech::Track::of_clip(speech::Clip::default(), speech::Format::Mp3, speech::Channels::Mono).read_all();
    let (twilio, recording) = (ground.twilio().await, ground.place());
    for (ranges, content_length, redirect) in
        [(true, true, true), (true, false, true), (false, true, true), (false, false, true), (true, true, false)]
    {
        let world = ground.standins.world();
        world.set_twilio_behaviour(standins::TwilioBehaviour {
            ranges,
            content_length,
            redirect,
            ..standins::TwilioBehaviour::default()
        });
        contract::audio_slices(&twilio, &recording, &expected, &stranger()).await;
    }
    assert_eq!(ground.standins.world().violations(), []);
}

#[tokio::test]
async fn twilios_copies_keep_their_contract() {
    let ground = ground().await;
    let twilio = ground.twilio().await;
    contract::provider_copies(&twilio, &twilio, &ground.place()).await;
}

#[tokio::test]
async fn twilio_that_throttles_keeps_the_contract() {
    let ground = ground().await;
    let (twilio, recording) = (ground.twilio().await, ground.place());
    let rule = FaultRule::new(Service::Twilio, Fault::twilio_too_many_requests());
    ground.standins.world().inject(rule).expect("a rule");
    let list = RecordingList::OfCall(recording.call());
    contract::provider_that_throttles(&twilio, &recording, &list, None).await;
}

#[tokio::test]
async fn airtables_jobs_keep_their_contract() {
    let ground = ground().await;
    let airtable = ground.airtable(standins::Base::default());
    let call = stranger().call_id;
    let wanted = CreateJob {
        job_number: "JOB456".to_owned(),
        call_id: Some(call.to_string()),
        history: Some("2024-03-01 a person wrote this".to_owned()),
        ..CreateJob::default()
    };
    let id = ground.standins.world().create_job(wanted).expect("a job");
    let job = JobRecord {
        id: id.parse().expect("a record id"),
        number: Some("JOB456".parse().expect("a job number")),
        call_ids: call.to_string(),
        history: "2024-03-01 a person wrote this".to_owned(),
    };
    // The contract asks faster than a base may be asked.
    ground.standins.world().set_clock_speed(1_000.0);
    let nobody = JobKey::Call(CallId::parse(Provider::Twilio, "CAeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee").expect("an id"));
    contract::jobs(&airtable, &Organisation::default_organisation(), &job, &call, &nobody).await;
}

#[tokio::test]
async fn airtables_table_keeps_its_contract_whatever_became_of_it() {
    let (ground, organisation) = (ground().await, Organisation::default_organisation());
    ground.standins.world().set_clock_speed(1_000.0);
    let key = JobKey::Number("JOB456".parse().expect("a job number"));
    let real = standins::Base::default();
    let as_set = ground.airtable(real.clone());
    contract::job_table(&as_set, &organisation, &TableState::AsSet, &key).await;
    let elsewhere = standins::Base { table_id: "tblAAAAAAAAAAAAAA".to_owned(), ..real.clone() };
    contract::job_table(&ground.airtable(elsewhere), &organisation, &TableState::OutOfReach, &key).await;
    let rename = RenameField { base_id: None, from: real.history_field, to: "Notes".to_owned() };
    ground.standins.world().rename_field(rename).expect("a field");
    let lacks = TableState::Lacks(vec![JobField::History]);
    contract::job_table(&as_set, &organisation, &lacks, &key).await;
}

#[tokio::test]
async fn twilios_numbers_keep_their_contract_whatever_a_page_holds() {
    let ground = ground().await;
    let wanted = (1..=5).map(|n| PlaceNumber {
        phone_number: format!("+1555123456{n}"),
        voice_url: Some(format!("https://calls.example.com/api/twilio/voice?job=JOB{n}")),
        status_callback: (n % 2 == 0).then(|| "https://calls.example.com/api/twilio/status".to_owned()),
        trunk_sid: (n == 3).then(|| "TK00000000000000000000000000000003".to_owned()),
        voice_application_sid: (n == 4).then(|| "AP00000000000000000000000000000004".to_owned()),
        ..PlaceNumber::default()
    });
    let expected: Vec<NumberSetting> = wanted
        .map(|wanted| {
            let handled_elsewhere = wanted.trunk_sid.is_some() || wanted.voice_application_sid.is_some();
            let (voice_url, status_callback) = (wanted.voice_url.clone(), wanted.status_callback.clone());
            let id = ground.standins.world().place_number(wanted).expect("an account");
            NumberSetting { id: id.parse().expect("an id"), voice_url, status_callback, handled_elsewhere }
        })
        .collect();
    let nobody = "nobody".parse().expect("an organisation");
    for page_size in [1, 2, 250] {
        let twilio = ground.twilio().await.with_page_size(page_size);
        contract::phone_numbers(&twilio, &Organisation::default_organisation(), &expected, &nobody).await;
    }
    assert_eq!(ground.standins.world().violations(), []);
}
