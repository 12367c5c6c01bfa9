//! Whatever Twilio signs: the real handler, with a real signature over any query and any body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use recordings::messages::TransferRequest;
use recordings::recording::{JobNumber, Outcome, Provider, RecordingRef};
use serde_json::json;

use crate::canary::CANARIES;
use crate::input::{Input, parts};
use crate::signatures::sign;
use crate::targets::{Target, Verdict};
use crate::webhook_scene::{ACCOUNT, ACME_ACCOUNT, ACME_TOKEN, BASE, PREVIOUS_TOKEN, Scene, TOKEN, fixture_recording};

const ROUTES: [&str; 4] =
    ["/api/twilio/recording", "/api/twilio/recording-status", "/api/twilio/status", "/api/twilio/voice"];
const MOST_BODY_BYTES: usize = 64 * 1024;

pub(crate) const TARGET: Target = Target { name: "webhook_forms", body, seeds };

fn body(data: &[u8]) -> Verdict {
    let mut input = Input::new(data);
    let (route, signer, kind) = (input.byte(), input.byte(), input.byte());
    let path = ROUTES[usize::from(route % 4)];
    let (organisation, account, token) =
        [("default", ACCOUNT, TOKEN), ("default", ACCOUNT, PREVIOUS_TOKEN), ("acme", ACME_ACCOUNT, ACME_TOKEN)]
            [usize::from(signer % 3)];
    // What could not be in a request line never comes; Twilio itself sends no fragment.
    let query: String = input.text().chars().filter(|c| c.is_ascii_graphic() && !"#\"<>^`\\".contains(*c)).collect();
    let form = input.rest();
    let is_form = kind % 8 != 7;
    let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    let signature = sign(token, &format!("{BASE}{target}"), if is_form { form } else { b"" });

    let scene = Scene::new();
    let event = event(path, &query, kind, &signature, form);
    let answered = scene.answer(serde_json::from_value(event).unwrap());
    let (taken, notes) = (scene.taken(), scene.notes());

    if form.len() > MOST_BODY_BYTES || !is_form {
        assert!(matches!((answered.status, form.len() > MOST_BODY_BYTES), (413, true) | (403, false)));
        scene.assert_untouched();
        return Verdict::Refused;
    }
    let expected = Said::of(form, &query);
    if path.ends_with("voice") {
        assert_eq!((answered.status, taken, notes.len()), (200, None, 0));
        let written = CANARIES.iter().any(|canary| answered.body.contains(canary));
        assert!(!written || expected.job.is_some(), "{}", answered.body);
        return Verdict::Taken;
    }
    assert_eq!((answered.status, answered.body.as_str()), (204, ""));
    if path.ends_with("status") && !path.ends_with("recording-status") {
        assert_eq!(taken, None);
        let is_noted = expected.is_about(account) && expected.is_a_completed_call();
        assert_eq!(notes.len(), usize::from(is_noted), "{notes:?}");
        return Verdict::taken_if(is_noted);
    }
    assert_eq!(notes.len(), 0);
    let is_expected =
        expected.is_about(account) && expected.outcome().is_some() && expected.recording(organisation).is_some();
    assert_eq!(taken.is_some(), is_expected, "{:?}", String::from_utf8_lossy(form));
    match taken {
        Some(taken) => expected.assert_told_by(&taken, organisation),
        None => assert_eq!(scene.world.journal(), []),
    }
    Verdict::taken_if(is_expected)
}

/// What a form says, read as Twilio documents it and without our parsers.
struct Said {
    form: Vec<(String, String)>,
    job: Option<JobNumber>,
}

impl Said {
    fn of(form: &[u8], query: &str) -> Self {
        let read = |bytes: &[u8]| -> Vec<(String, String)> { form_urlencoded::parse(bytes).into_owned().collect() };
        let said = Self { form: read(form), job: None };
        let in_query = Self { form: read(query.as_bytes()), job: None };
        let job = [in_query.value("job"), said.value("job")].into_iter().flatten().find_map(|job| job.parse().ok());
        Self { job, ..said }
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.form.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    fn is_about(&self, account: &str) -> bool {
        self.value("AccountSid") == Some(account)
    }

    fn is_a_completed_call(&self) -> bool {
        self.value("CallStatus") == Some("completed")
            && self.value("ParentCallSid").is_none()
            && self.value("CallSid").is_some_and(|call| is_sid(call, "CA"))
    }

    /// Whether there is audio, if the status is one that says so.
    fn outcome(&self) -> Option<bool> {
        match self.value("RecordingStatus")? {
            "completed" => Some(true),
            "absent" | "failed" => Some(false),
            _ => None,
        }
    }

    fn recording(&self, organisation: &str) -> Option<RecordingRef> {
        let (call, recording) = (self.value("CallSid")?, self.value("RecordingSid")?);
        let is_one = is_sid(call, "CA") && is_sid(recording, "RE");
        is_one.then(|| RecordingRef::parse(organisation, Provider::Twilio, call, recording).unwrap())
    }

    fn assert_told_by(&self, taken: &TransferRequest, organisation: &str) {
        assert_eq!((Some(&taken.recording), &taken.job_number), (self.recording(organisation).as_ref(), &self.job));
        assert_eq!((taken.attempt, &taken.continuation), (0, &None));
        match &taken.report.outcome {
            Outcome::Completed => assert_eq!(self.outcome(), Some(true)),
            Outcome::Absent { reason } => {
                assert_eq!(self.outcome(), Some(false));
                assert!(reason.len() <= 64 && reason.is_ascii(), "{reason}");
            }
            Outcome::InBucket { .. }
            | Outcome::NotInBucket
            | Outcome::Decided
            | Outcome::Parties
            | Outcome::CanaryOver
            | Outcome::ToBeHeard => {
                panic!("no webhook speaks of our bucket, of what somebody decided, or of nothing but the parties")
            }
        }
    }
}

/// Source: <https://www.twilio.com/docs/glossary/what-is-a-sid>
fn is_sid(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The event as an HTTP API sends it: a form's body is encoded, some other bodies are not.
fn event(path: &str, query: &str, kind: u8, signature: &str, form: &[u8]) -> serde_json::Value {
    let content_type = match kind % 8 {
        7 => Some("application/json"),
        1 => Some("Application/X-WWW-Form-Urlencoded"),
        2 => None,
        _ => Some("application/x-www-form-urlencoded; charset=UTF-8"),
    };
    let mut headers = json!({
        "host": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com", "x-forwarded-proto": "https",
        "x-twilio-signature": signature, "user-agent": CANARIES[1],
    });
    content_type.into_iter().for_each(|content_type| headers["content-type"] = content_type.into());
    let plain = std::str::from_utf8(form).ok().filter(|_| kind & 8 != 0);
    json!({
        "version": "2.0", "routeKey": format!("POST {path}"), "rawPath": path, "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012", "apiId": "a1b2c3d4e5", "stage": "$default", "requestId": "UnqGshq4FiAEPUw=",
            "domainName": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com", "routeKey": format!("POST {path}"),
            "time": "15/Mar/2024:14:30:22 +0000", "timeEpoch": 1_710_513_022_000_u64,
            "http": {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9"},
        },
        "isBase64Encoded": plain.is_none(),
        "body": plain.map_or_else(|| STANDARD.encode(form), str::to_owned),
    })
}

fn seeds() -> Vec<Vec<u8>> {
    let recording = fixture_recording();
    let (call, id) = (&recording.call_id, &recording.recording_id);
    let [phone, name] = CANARIES;
    let form = |account: &str, rest: &str| format!("AccountSid={account}&CallSid={call}&RecordingSid={id}&{rest}");
    let completed = format!(
        "RecordingUrl=https%3A%2F%2Felsewhere.example%2F{name}&RecordingStatus=completed&RecordingDuration=62\
         &RecordingChannels=1&RecordingStartTime=Fri%2C+15+Mar+2024+14%3A29%3A20+%2B0000&RecordingTrack=both&From=%2B{phone}"
    );
    let absent = format!("RecordingStatus=absent&ErrorCode=16101&Caller=%2B{phone}");
    let failed = format!("RecordingStatus=failed&ErrorCode=16105&job=JOB7&CallerName={name}");
    let called = |status: &str| {
        format!(
            "AccountSid={ACCOUNT}&CallSid={call}&CallStatus={status}&From=%2B{phone}&CallerName=O%27Hara+%26+{name}"
        )
    };
    let seed = |head: [u8; 3], query: &str, form: &str| parts(&head, &[query.as_bytes(), form.as_bytes()]);
    vec![
        seed([0, 0, 0], "job=JOB456", &form(ACCOUNT, &completed)),
        seed([1, 1, 9], "job=JOB%2D456&x=%20%2B%26", &form(ACCOUNT, &absent)),
        seed([0, 2, 2], "", &form(ACME_ACCOUNT, &failed)),
        seed([2, 0, 1], "job=JOB456", &called("completed")),
        seed([3, 0, 0], "job=JOB456", &called("ringing")),
    ]
}
