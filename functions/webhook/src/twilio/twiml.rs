//! What Twilio is told to do with an incoming call: announce the recording, start it, and hand the call to the agent.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

/// The answer to a number's voice webhook.
pub(crate) struct VoiceAnswer<'a> {
    /// Said to the caller before the recording starts; nothing is said if it is absent or blank.
    pub(crate) consent_message: Option<&'a str>,
    /// Full URL of our recording webhook, with the fragment that makes Twilio retry it (`#rc=5&rp=all`).
    pub(crate) recording_callback: &'a str,
    /// `mono` or `dual`.
    pub(crate) channels: &'a str,
    /// Full URL of the voice agent's own voice webhook.
    pub(crate) agent_url: &'a str,
}

/// Renders the answer as a TwiML document.
///
/// The consent message comes before `<Start>`, because Twilio executes instructions in order and records from the moment
/// at which it meets `<Start><Recording>`. So the caller has heard the message before the first second is recorded, and
/// could hang up; the price is that the message itself is not in the recording. `<Redirect>` comes last, since what
/// follows it is unreachable.
///
/// `channels` and `trim` are always written, because their defaults here (`dual`, `trim-silence`) differ from ours.
/// `absent` is asked for, so that a call without audio can be told from a lost callback.
///
/// Sources: <https://www.twilio.com/docs/voice/twiml/recording> and <https://www.twilio.com/docs/voice/twiml/redirect>.
pub(crate) fn render(answer: &VoiceAnswer<'_>) -> String {
    let mut xml = Writer::new(Vec::new());
    #[expect(clippy::expect_used, reason = "writing to memory does not fail")]
    write_document(&mut xml, answer).expect("memory takes every write");
    // The writer is given nothing but strings, so nothing is lost.
    String::from_utf8_lossy(&xml.into_inner()).into_owned()
}

fn write_document<W: io::Write>(xml: &mut Writer<W>, answer: &VoiceAnswer<'_>) -> io::Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("Response").write_inner_content(|response| {
        write_consent(response, answer)?;
        write_recording(response, answer)?;
        write_redirect(response, answer)
    })?;
    Ok(())
}

fn write_consent<W: io::Write>(response: &mut Writer<W>, answer: &VoiceAnswer<'_>) -> io::Result<()> {
    let message: String =
        answer.consent_message.unwrap_or_default().chars().filter(|char| is_allowed_in_xml(*char)).collect();
    if !message.trim().is_empty() {
        response.create_element("Say").write_text_content(BytesText::new(&message))?;
    }
    Ok(())
}

fn write_recording<W: io::Write>(response: &mut Writer<W>, answer: &VoiceAnswer<'_>) -> io::Result<()> {
    response.create_element("Start").write_inner_content(|start| {
        start
            .create_element("Recording")
            .with_attributes([
                ("recordingStatusCallback", answer.recording_callback),
                ("recordingStatusCallbackMethod", "POST"),
                ("recordingStatusCallbackEvent", "completed absent"),
                ("channels", answer.channels),
                ("trim", "do-not-trim"),
                ("track", "both"),
            ])
            .write_empty()?;
        Ok(())
    })?;
    Ok(())
}

fn write_redirect<W: io::Write>(response: &mut Writer<W>, answer: &VoiceAnswer<'_>) -> io::Result<()> {
    response
        .create_element("Redirect")
        .with_attribute(("method", "POST"))
        .write_text_content(BytesText::new(answer.agent_url))?;
    Ok(())
}

/// XML 1.0 has no way to write the other characters, escaped or not (<https://www.w3.org/TR/xml/#charsets>), and a
/// document with one of them would cost the whole call.
fn is_allowed_in_xml(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
#[path = "twiml_tests.rs"]
mod tests;
