//! The voice answer, read back with an XML parser as Twilio would read it.

use proptest::prelude::*;
use quick_xml::escape::unescape;
use quick_xml::events::BytesStart;
use quick_xml::{Reader, XmlVersion};

use super::*;

const CALLBACK: &str = "https://calls.example.com/api/twilio/recording?job=JOB456&org=a#rc=5&rp=all";
const AGENT: &str = "https://agent.example.com/inbound?a=1&b=2";

#[test]
fn says_records_and_hands_over_in_this_order() {
    let document = render(&answer(Some("This call is recorded.")));
    assert_eq!(
        document,
        concat!(
            r#"<?xml version="1.0" encoding="UTF-8"?>"#,
            "<Response>",
            "<Say>This call is recorded.</Say>",
            r#"<Start><Recording recordingStatusCallback="https://calls.example.com/api/twilio/recording?job=JOB456"#,
            r#"&amp;org=a#rc=5&amp;rp=all" recordingStatusCallbackMethod="POST" "#,
            r#"recordingStatusCallbackEvent="completed absent" channels="mono" trim="do-not-trim" track="both"/></Start>"#,
            r#"<Redirect method="POST">https://agent.example.com/inbound?a=1&amp;b=2</Redirect>"#,
            "</Response>",
        )
    );
}

#[test]
fn reads_back_as_it_was_meant() {
    let elements = read(&render(&answer(Some("Recorded."))));
    let names: Vec<_> = elements.iter().map(|element| element.path.as_str()).collect();
    assert_eq!(names, ["Response", "Response/Say", "Response/Start", "Response/Start/Recording", "Response/Redirect"]);
    assert_eq!(elements[1].text, "Recorded.");
    assert_eq!(elements[3].attribute("recordingStatusCallback"), CALLBACK);
    assert_eq!(elements[3].attribute("channels"), "mono");
    assert_eq!(elements[4].attribute("method"), "POST");
    assert_eq!(elements[4].text, AGENT);
}

#[test]
fn says_nothing_without_a_message() {
    for silent in [None, Some(""), Some(" \n"), Some("\u{0}")] {
        let elements = read(&render(&answer(silent)));
        assert!(elements.iter().all(|element| element.path != "Response/Say"), "{silent:?}");
    }
}

#[test]
fn records_two_channels_when_asked() {
    let elements = read(&render(&VoiceAnswer { channels: "dual", ..answer(None) }));
    assert_eq!(elements[2].attribute("channels"), "dual");
}

#[test]
fn escapes_what_xml_would_misread() {
    let nasty = r#"</Say><Hangup/> "Q&A" isn't <b>&amp;</b> ]]>"#;
    let document = render(&VoiceAnswer {
        consent_message: Some(nasty),
        recording_callback: r#"https://calls.example.com/?a="><Hangup/>&b='"#,
        channels: "mono",
        agent_url: "https://agent.example.com/?a=</Redirect><Hangup/>&b=\"",
    });
    assert!(!document.contains("<Hangup"), "{document}");
    let elements = read(&document);
    assert_eq!(elements[1].text, nasty);
    assert_eq!(elements[3].attribute("recordingStatusCallback"), r#"https://calls.example.com/?a="><Hangup/>&b='"#);
    assert_eq!(elements[4].text, "https://agent.example.com/?a=</Redirect><Hangup/>&b=\"");
}

#[test]
fn leaves_out_characters_that_xml_cannot_hold() {
    let elements = read(&render(&answer(Some("a\u{0}b\u{1b}c\u{fffe}d\te\u{1f4de}"))));
    assert_eq!(elements[1].text, "abcd\te\u{1f4de}");
}

proptest! {
    #[test]
    fn any_message_and_urls_survive(message in "[^\\p{C}]{1,60}", url in "[!-~]{1,60}") {
        prop_assume!(!message.trim().is_empty());
        let document = render(&VoiceAnswer {
            consent_message: Some(&message),
            recording_callback: &url,
            channels: "mono",
            agent_url: &url,
        });
        let elements = read(&document);
        prop_assert_eq!(elements.len(), 5);
        prop_assert_eq!(&elements[1].text, &message);
        prop_assert_eq!(elements[3].attribute("recordingStatusCallback"), &url);
        prop_assert_eq!(&elements[4].text, &url);
    }
}

fn answer(consent_message: Option<&str>) -> VoiceAnswer<'_> {
    VoiceAnswer { consent_message, recording_callback: CALLBACK, channels: "mono", agent_url: AGENT }
}

/// An element as a parser sees it, in document order.
struct Element {
    path: String,
    attributes: Vec<(String, String)>,
    text: String,
}

impl Element {
    fn attribute(&self, name: &str) -> &str {
        let (_, value) = self.attributes.iter().find(|(key, _)| key == name).unwrap();
        value
    }
}

fn read(document: &str) -> Vec<Element> {
    let mut reader = Reader::from_str(document);
    reader.config_mut().expand_empty_elements = true;
    let mut elements = Vec::new();
    let mut open = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                open.push(elements.len());
                elements.push(element(&start, open.len().checked_sub(2).map(|parent| &elements[open[parent]])));
            }
            Event::End(_) => drop(open.pop()),
            Event::Text(text) => elements[*open.last().unwrap()].text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = unescape(&format!("&{};", reference.xml10_content())).unwrap().into_owned();
                elements[*open.last().unwrap()].text.push_str(&character);
            }
            Event::Decl(declaration) => assert_eq!(declaration.version().unwrap(), "1.0"),
            Event::Eof => break,
            other => panic!("{other:?} has no place in this document"),
        }
    }
    assert!(open.is_empty(), "every element is closed");
    elements
}

fn element(start: &BytesStart<'_>, parent: Option<&Element>) -> Element {
    let name = start.name().as_ref().to_owned();
    let attributes = start.attributes().map(|attribute| {
        let attribute = attribute.unwrap();
        let value = attribute.normalized_value(XmlVersion::Explicit1_0).unwrap();
        (attribute.key.as_ref().to_owned(), value.into_owned())
    });
    Element {
        path: parent.map_or(name.clone(), |parent| format!("{}/{name}", parent.path)),
        attributes: attributes.collect(),
        text: String::new(),
    }
}
