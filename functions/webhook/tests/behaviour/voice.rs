use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use recordings::recording::Channels;
use webhook::config::{Settings, VoiceSettings};

use crate::scene::{Scene, settings};
use crate::twilio::Webhook;

/// What Twilio would do, in order: `verb attribute=value… text`.
fn steps(document: &str) -> Vec<String> {
    let mut reader = Reader::from_str(document);
    let mut steps: Vec<String> = Vec::new();
    let start = |element: &BytesStart<'_>| {
        let attributes = element.attributes().map(|attribute| {
            let attribute = attribute.unwrap();
            format!(" {}={}", attribute.key.as_ref(), attribute.normalized_value(XmlVersion::Explicit1_0).unwrap())
        });
        format!("{}{} ", element.name().as_ref(), attributes.collect::<String>())
    };
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) | Event::Empty(element) => steps.push(start(&element)),
            Event::Text(text) => *steps.last_mut().unwrap() += &text.xml10_content(),
            Event::GeneralRef(reference) if reference.xml10_content() == "amp" => *steps.last_mut().unwrap() += "&",
            Event::GeneralRef(reference) => panic!("{reference:?}"),
            Event::Eof => return steps.iter().map(|step| step.trim_end().to_owned()).collect(),
            _ => {}
        }
    }
}

fn recording_step(callback: &str, channels: &str) -> String {
    format!(
        "Recording recordingStatusCallback={callback} recordingStatusCallbackMethod=POST \
         recordingStatusCallbackEvent=completed absent channels={channels} trim=do-not-trim track=both"
    )
}

#[test]
fn a_call_is_announced_recorded_and_handed_over_with_its_job() {
    let scene = Scene::new();
    let answer = scene.send(&Webhook::voice().request());
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/xml; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(
        steps(answer.text()),
        [
            "Response",
            "Say This call is recorded.",
            "Start",
            &recording_step("https://calls.example.com/api/twilio/recording?job=JOB456#rc=5&rp=all", "mono"),
            "Redirect method=POST https://agent.example.com/voice?flow=a&job=JOB456#rc=2",
        ]
    );
    scene.assert_untouched();
}

#[test]
fn a_call_without_a_job_is_recorded_all_the_same() {
    for query in ["", "?job=", "?job=%22%3E%3CHangup%2F%3E"] {
        let answer = Scene::new().send(&Webhook::voice().at(&format!("/api/twilio/voice{query}")).request());
        let steps = steps(answer.text());
        assert_eq!(steps[3], recording_step("https://calls.example.com/api/twilio/recording#rc=5&rp=all", "mono"));
        assert_eq!(steps[4], "Redirect method=POST https://agent.example.com/voice?flow=a#rc=2");
    }
}

#[test]
fn the_job_may_be_a_custom_parameter() {
    let answer = Scene::new().send(&Webhook::voice().at("/api/twilio/voice").set("job", "JOB9").request());
    assert!(answer.text().contains("/api/twilio/recording?job=JOB9#rc=5&amp;rp=all"), "{}", answer.text());
}

#[test]
fn the_settings_decide_on_message_and_channels() {
    let voice = VoiceSettings {
        agent_url: "https://agent.example.com".to_owned(),
        consent_message: None,
        channels: Channels::Dual,
    };
    let scene = Scene::with(Settings { voice: Some(voice), ..settings() });
    let steps = steps(scene.send(&Webhook::voice().request()).text());
    assert_eq!(steps.len(), 4, "nothing is said: {steps:?}");
    assert!(steps[2].contains("channels=dual"));
    assert_eq!(steps[3], "Redirect method=POST https://agent.example.com?job=JOB456");
}

#[test]
fn without_an_agent_the_route_is_off_and_says_so() {
    let scene = Scene::with(Settings { voice: None, ..settings() });
    assert_eq!(scene.send(&Webhook::voice().request()).status, 404);
    assert_eq!((scene.log.records("voice_not_configured").len(), scene.count_of("voice_not_configured")), (1, 1));
    assert_eq!(scene.send(&Webhook::voice().signed_with("nobody").request()).status, 403, "strangers learn nothing");
}

/// The callback that a call is given is one that the recording route takes.
#[test]
fn the_callback_of_a_call_leads_back_to_us() {
    let scene = Scene::new();
    let steps = steps(scene.send(&Webhook::voice().request()).text());
    let callback = steps[3].split(' ').find_map(|part| part.strip_prefix("recordingStatusCallback=")).unwrap();
    let target = callback.strip_prefix("https://calls.example.com").unwrap().split('#').next().unwrap();
    assert_eq!(scene.send(&Webhook::recording().at(target).request()).status, 204);
    assert_eq!(scene.only_queued().job_number.unwrap().as_str(), "JOB456");
}
