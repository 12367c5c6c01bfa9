//! What is set outside so that recordings would be lost is found, told and, where we were told to, mended.

mod canary;

use jiff::SignedDuration;
use recordings::fakes::{BucketSettings, Fault, Plan, Where, World, sample};
use recordings::ports::{
    AgentState, BucketEncryption, ErrorKind, Expires, JobField, LifecycleRule, NumberSetting, PublicAccess, TableState,
    VoiceAgents,
};
use recordings::recording::{Organisation, Provider};
use recordings::secrets::Secrets;
use serde_json::json;
use sweeper::config::Settings;
use sweeper::{Checkup, Job};

use crate::stage::{counts, job_for, settings, settings_with};

const MINUTES: std::time::Duration = std::time::Duration::from_secs(240);

fn organisation() -> Organisation {
    Organisation::default_organisation()
}

/// `default` has every provider; at Vapi two assistants, at ElevenLabs an agent and a webhook in each state.
fn world() -> World {
    let world = World::new(1);
    let json = json!({
        "link_keys": {"current": "k1", "keys": {"k1": "x".repeat(32)}},
        "organisations": {"default": {
            "twilio": {"account_sid": format!("AC{:032x}", 1), "auth_token": sample::TWILIO_AUTH_TOKEN},
            "vapi": {"api_key": "v"},
            "elevenlabs": {"api_key": "e"},
        }},
    });
    world.set_secrets(Secrets::parse(&json.to_string()).unwrap());
    for (provider, id, state) in [
        (Provider::Vapi, "on", AgentState::Records),
        (Provider::Vapi, "off", AgentState::RecordingOff),
        (Provider::ElevenLabs, "fine", AgentState::Delivers { retries: Some(true) }),
        (Provider::ElevenLabs, "unknown", AgentState::Delivers { retries: None }),
        (Provider::ElevenLabs, "once", AgentState::Delivers { retries: Some(false) }),
        (Provider::ElevenLabs, "off", AgentState::Disabled),
        (Provider::ElevenLabs, "auto", AgentState::AutoDisabled),
        (Provider::ElevenLabs, "agent", AgentState::Records),
        (Provider::ElevenLabs, "mute", AgentState::RecordingOff),
        (Provider::ElevenLabs, "forgetful", AgentState::KeepsNothing),
        (Provider::ElevenLabs, "silent", AgentState::Untold),
    ] {
        world.put_agent(&organisation(), provider, id, state);
    }
    world
}

fn examine(world: &World, settings: &Settings) -> Checkup {
    let job = serde_json::from_str(include_str!("../../../../events/sweeper-doctor.json")).unwrap();
    job_for(world, settings, job, MINUTES).unwrap().doctor.unwrap()
}

/// What was found, by provider and subject, and whether it was mended.
fn findings(checkup: &Checkup) -> Vec<(&str, &str, &str, bool)> {
    let of = checkup.checks.iter().flat_map(|check| {
        let provider = check.provider.map_or("", Provider::as_str);
        check.findings.iter().map(move |it| (provider, it.subject.as_str(), it.what, it.mended))
    });
    of.collect()
}

#[test]
fn what_would_lose_recordings_is_found() {
    let world = world();
    let checkup = examine(&world, &settings());
    let expected = [
        ("vapi", "off", "recording_off", false),
        ("elevenlabs", "once", "webhook_without_retry", false),
        ("elevenlabs", "off", "webhook_disabled", false),
        ("elevenlabs", "auto", "webhook_auto_disabled", false),
        ("elevenlabs", "mute", "recording_off", false),
        ("elevenlabs", "forgetful", "recording_not_kept", false),
        ("elevenlabs", "silent", "webhook_missing", false),
    ];
    assert_eq!(findings(&checkup), expected);
    assert_eq!(checkup.checks.iter().map(|check| check.looked_at).collect::<Vec<_>>(), [2, 9, 0, 3, 1]);
    assert!(checkup.checks.iter().all(|check| check.failed.is_none()));
    let kept = world.document("cursors/doctor.json").unwrap();
    assert!(kept.contains("webhook_auto_disabled") && kept.contains("2"), "{kept}");
}

#[test]
fn an_assistant_is_switched_on_only_where_we_were_told_to() {
    let world = world();
    let enforcing = Settings { enforce_recording: true, ..settings() };
    assert_eq!(findings(&examine(&world, &enforcing))[0], ("vapi", "off", "recording_off", true));
    let told = world.run(world.settings(&organisation(), Provider::Vapi)).unwrap();
    assert!(told.settings.iter().all(|setting| setting.state == AgentState::Records), "{told:?}");
    let still = examine(&world, &enforcing);
    assert!(findings(&still).iter().all(|(provider, ..)| *provider == "elevenlabs"), "it stays on");
    assert!(findings(&still).contains(&("elevenlabs", "mute", "recording_off", false)), "this is not Vapi's");
    let asked = world.calls().into_iter().filter(|call| call.operation == "record").count();
    assert_eq!(asked, 1, "what people have to set is not asked for");
}

#[test]
fn an_assistant_that_cannot_be_switched_on_is_a_finding_still() {
    let world = world();
    let refused = Where::ports(&["VoiceAgents"]).operation("record");
    world.set_plan(Plan::none().always(refused, Fault::ErrorBefore(ErrorKind::Refused)));
    let enforcing = Settings { enforce_recording: true, ..settings() };
    assert_eq!(findings(&examine(&world, &enforcing))[0], ("vapi", "off", "recording_off", false));
}

#[test]
fn a_provider_that_cannot_be_asked_hides_nothing_of_the_others() {
    let world = world();
    let down = Where::ports(&["VoiceAgents"]).key("default/vapi");
    world.set_plan(Plan::none().always(down, Fault::ErrorBefore(ErrorKind::Unavailable)));
    let checkup = examine(&world, &settings());
    assert_eq!(checkup.checks[0].failed, Some("unavailable"));
    assert_eq!(findings(&checkup).len(), 6);
}

#[test]
fn what_is_found_is_counted_by_its_provider() {
    let counted = counts(&world(), Job::Doctor);
    let expected = [(("doctor_finding", Some(Provider::Vapi)), 1), (("doctor_finding", Some(Provider::ElevenLabs)), 1)];
    assert_eq!(counted, expected, "once for each check, with the number of findings");
}

/// What one check found.
fn found_by<'a>(checkup: &'a Checkup, name: &str) -> Vec<(&'a str, &'a str)> {
    let checks = checkup.checks.iter().filter(|check| check.name == name);
    checks.flat_map(|check| &check.findings).map(|finding| (finding.what, finding.subject.as_str())).collect()
}

#[test]
fn a_healthy_installation_has_no_findings() {
    let checkup = examine(&World::new(1), &settings());
    assert!(checkup.checks.iter().all(|check| check.failed.is_none() && check.findings.is_empty()), "{checkup:#?}");
    let names: Vec<_> = checkup.checks.iter().map(|check| check.name).collect();
    for name in ["phone_numbers", "job_table", "bucket", "secret_age"] {
        assert!(names.contains(&name), "{names:?}");
    }
}

#[test]
fn a_table_of_jobs_that_is_not_as_it_is_set_is_found() {
    let refused = ("airtable_token_refused", "airtable.token");
    let lacks = TableState::Lacks(vec![JobField::Number, JobField::CallIds, JobField::History]);
    for (state, expected) in [
        (TableState::AsSet, vec![]),
        (TableState::TokenRefused, vec![refused]),
        (TableState::OutOfReach, vec![("job_table_out_of_reach", "AIRTABLE_BASE_ID, AIRTABLE_TABLE_ID")]),
        (
            lacks,
            vec![
                ("job_field_missing", "AIRTABLE_JOB_NUMBER_FIELD"),
                ("job_field_missing", "AIRTABLE_CALL_ID_FIELD"),
                ("job_field_missing", "AIRTABLE_HISTORY_FIELD"),
            ],
        ),
    ] {
        let world = World::new(1);
        world.set_table(&organisation(), state);
        assert_eq!(found_by(&examine(&world, &settings()), "job_table"), expected);
    }
}

#[test]
fn a_secret_is_old_after_ninety_days() {
    let world = World::new(1);
    for (hours, is_old) in [(0, false), (90 * 24, false), (90 * 24 + 1, true), (4_000, true)] {
        let changed_at = world.time() - SignedDuration::from_hours(hours);
        world.adjust(|settings| settings.secret_changed_at = Some(changed_at));
        let checkup = examine(&world, &settings());
        assert_eq!(found_by(&checkup, "secret_age").len(), usize::from(is_old), "{hours}");
    }
    let check = examine(&world, &settings()).checks.pop().unwrap();
    assert_eq!((check.name, check.organisation), ("secret_age", None), "the secret is everybody's");
}

#[test]
fn what_cannot_be_looked_at_is_told_and_hides_nothing() {
    for (port, name) in [
        ("JobTable", "job_table"),
        ("SecretAge", "secret_age"),
        ("BucketLook", "bucket"),
        ("PhoneNumbers", "phone_numbers"),
    ] {
        let world = World::new(1);
        let refused = Fault::ErrorBefore(ErrorKind::Refused);
        world.set_plan(Plan::none().always(Where::ports(&[port]), refused));
        let checkup = examine(&world, &settings());
        for check in &checkup.checks {
            assert_eq!(check.failed, (check.name == name).then_some("refused"), "{port}: {}", check.name);
        }
    }
}

#[test]
fn part_of_a_bucket_that_cannot_be_looked_at_hides_nothing_of_the_rest() {
    let world = World::new(1);
    world.set_bucket(BucketSettings { public_access: PublicAccess::default(), ..BucketSettings::default() });
    let rules = Where::ports(&["BucketLook"]).operation("lifecycle");
    world.set_plan(Plan::none().always(rules, Fault::ErrorBefore(ErrorKind::Refused)));
    let checkup = examine(&world, &settings());
    assert_eq!(found_by(&checkup, "bucket"), [("public_access_not_blocked", "BlockPublicAccess")]);
    let check = checkup.checks.iter().find(|check| check.name == "bucket").unwrap();
    assert_eq!((check.failed, check.looked_at), (Some("refused"), 2));
}

/// What is found of a bucket with these rules.
fn found_of_rules(rules: Vec<LifecycleRule>) -> Vec<(&'static str, String)> {
    let world = World::new(1);
    world.set_bucket(BucketSettings { lifecycle: rules, ..BucketSettings::default() });
    let checkup = examine(&world, &settings());
    let check = checkup.checks.into_iter().find(|check| check.name == "bucket").unwrap();
    check.findings.into_iter().map(|finding| (finding.what, finding.subject)).collect()
}

#[test]
fn rules_that_are_missing_off_or_otherwise_are_found() {
    let rules = BucketSettings::default().lifecycle;
    let missing = ["retention_differs", "storage_class_differs"].map(|what| (what, "RecordingRetention".to_owned()));
    assert_eq!(found_of_rules(Vec::new()), missing);
    let with = |change: &dyn Fn(&mut LifecycleRule)| {
        let mut rules = rules.clone();
        change(&mut rules[0]);
        found_of_rules(rules)
    };
    assert_eq!(with(&|rule| rule.enabled = false), missing);
    assert_eq!(with(&|rule| rule.expires = None), missing[..1]);
    assert_eq!(with(&|rule| rule.expires = Some(Expires::AfterDays(366))), missing[..1]);
    assert_eq!(with(&|rule| rule.infrequent_after_days = Some(30)), missing[1..]);
    let early = with(&|rule| rule.expires = Some(Expires::AfterDays(30)));
    assert_eq!(early, [missing[0].clone(), ("rule_deletes_audio", "RecordingRetention".to_owned())]);
}

#[test]
fn a_rule_that_deletes_what_is_to_be_kept_is_found() {
    let tag = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    for (prefix, tags, enabled, expected) in [
        ("", vec![], true, Some("rule_deletes_ledger")),
        ("ledger/default/", vec![], true, Some("rule_deletes_ledger")),
        ("l", vec![], true, Some("rule_deletes_ledger")),
        ("open/", vec![], true, Some("rule_deletes_ledger")),
        ("days/", vec![], true, Some("rule_deletes_ledger")),
        ("recordings/", vec![], true, Some("rule_deletes_audio")),
        ("recordings/acme/", vec![], true, Some("rule_deletes_audio")),
        ("rec", tag("team", "a"), true, Some("rule_deletes_audio")),
        ("", tag("retention", "hold"), true, Some("rule_deletes_audio")),
        ("", vec![], false, None),
        ("orphans/", vec![], true, None),
        ("calls/", vec![], true, None),
        ("recordings/", tag("retention", "important"), true, None),
        ("recordings/", tag("retention", "standard"), true, None),
    ] {
        let mut rules = BucketSettings::default().lifecycle;
        let expires = Some(Expires::AfterDays(400));
        let another = LifecycleRule {
            id: "another".to_owned(),
            enabled,
            prefix: prefix.to_owned(),
            tags,
            expires,
            ..LifecycleRule::default()
        };
        rules.push(another);
        let expected: Vec<_> = expected.map(|what| (what, "another".to_owned())).into_iter().collect();
        assert_eq!(found_of_rules(rules), expected, "{prefix}");
    }
}

#[test]
fn a_bucket_encrypts_with_the_key_that_was_deployed() {
    let key = "arn:aws:kms:eu-central-1:123456789012:key/1";
    let kms = |key: &str| BucketEncryption::Kms(Some(key.to_owned()));
    let differs = vec![("encryption_differs", "KmsKeyArn")];
    for (encryption, with_key, expected) in [
        (BucketEncryption::S3Managed, false, vec![]),
        (BucketEncryption::S3Managed, true, differs.clone()),
        (kms(key), true, vec![]),
        (kms(key), false, differs.clone()),
        (kms("arn:aws:kms:eu-central-1:123456789012:key/2"), true, differs.clone()),
        (BucketEncryption::Kms(None), true, differs.clone()),
        (BucketEncryption::Other, false, differs),
    ] {
        let world = World::new(1);
        world.set_bucket(BucketSettings { encryption: encryption.clone(), ..BucketSettings::default() });
        let settings = settings_with(&[("KMS_KEY_ARN", if with_key { key } else { "" })]);
        assert_eq!(found_by(&examine(&world, &settings), "bucket"), expected, "{encryption:?}");
    }
}

#[test]
fn the_world_is_kept_out_unless_it_was_let_in() {
    let shut = BucketSettings::default().public_access;
    let open = PublicAccess { block_policy: false, restrict_buckets: false, ..shut };
    let let_in = settings_with(&[("RECORDING_URL_KIND", "public")]);
    let (not_blocked, blocked) = ("public_access_not_blocked", "public_urls_blocked");
    for (public_access, settings, expected) in [
        (shut, settings(), None),
        (open, settings(), Some(not_blocked)),
        (PublicAccess { restrict_buckets: false, ..shut }, settings(), Some(not_blocked)),
        (PublicAccess { block_acls: false, ..shut }, settings(), Some(not_blocked)),
        (open, let_in.clone(), None),
        (shut, let_in.clone(), Some(blocked)),
        (PublicAccess { ignore_acls: false, ..open }, let_in, Some(not_blocked)),
    ] {
        let world = World::new(1);
        world.set_bucket(BucketSettings { public_access, ..BucketSettings::default() });
        let expected: Vec<_> = expected.map(|what| (what, "BlockPublicAccess")).into_iter().collect();
        assert_eq!(found_by(&examine(&world, &settings), "bucket"), expected, "{public_access:?}");
    }
}

#[test]
fn a_number_that_is_half_ours_is_found_by_its_id() {
    const VOICE: &str = "https://calls.example.com/api/twilio/voice";
    const STATUS: &str = "https://calls.example.com/api/twilio/status";
    const OTHERS: &str = "https://other.example/answer";
    let (astray, no_effect, elsewhere) = ("voice_url_astray", "voice_url_without_effect", "status_callback_elsewhere");
    for (voice, status, handled_elsewhere, expected) in [
        (VOICE, STATUS, false, &[][..]),
        ("https://CALLS.example.com:443/api/twilio/voice?x=1#rc=5&rp=all", STATUS, false, &[]),
        ("", "", false, &[]),
        (OTHERS, OTHERS, false, &[]),
        (OTHERS, STATUS, false, &[]),
        ("", "", true, &[]),
        ("not a URL", "", false, &[]),
        (VOICE, "", false, &[elsewhere]),
        (VOICE, OTHERS, false, &[elsewhere]),
        (VOICE, VOICE, false, &[elsewhere]),
        ("http://calls.example.com/api/twilio/voice", STATUS, false, &[astray]),
        ("https://calls.example.com:8443/api/twilio/voice", STATUS, false, &[astray]),
        (STATUS, OTHERS, false, &[astray]),
        (OTHERS, "https://calls.example.com/api/twilio/status/", false, &[elsewhere]),
        (VOICE, STATUS, true, &[no_effect]),
    ] {
        let world = World::new(1);
        let url = |url: &str| Some(url.to_owned()).filter(|url| !url.is_empty());
        let id = format!("PN{:032x}", 7);
        let (voice_url, status_callback) = (url(voice), url(status));
        let number = NumberSetting { id: id.parse().unwrap(), voice_url, status_callback, handled_elsewhere };
        world.put_number(&organisation(), number);
        let expected: Vec<_> = expected.iter().map(|what| (*what, id.as_str())).collect();
        let checkup = examine(&world, &settings());
        assert_eq!(found_by(&checkup, "phone_numbers"), expected, "{voice} {status}");
    }
}
