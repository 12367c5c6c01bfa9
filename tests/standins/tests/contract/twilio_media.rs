use standins::speech::{Channels, Clip, Format, assemble, conversation, mono};
use standins::{Audio, JournalQuery, PlaceRecording, Ready, Service, TwilioBehaviour, ViolationKind};

use crate::http::get;
use crate::scene::Scene;

#[tokio::test]
async fn audio_comes_from_the_media_host_in_the_format_asked_for() {
    let scene = Scene::start().await;
    let url = scene.place(PlaceRecording::default()).recording_url;
    for (extension, content_type, format) in
        [(".mp3", "audio/mpeg", Format::Mp3), (".wav", "audio/x-wav", Format::Wav), ("", "audio/x-wav", Format::Wav)]
    {
        let reply = scene.fetch(&format!("{url}{extension}"), &[]).await;
        assert_eq!((reply.status, reply.header("content-type")), (200, content_type), "{extension}");
        assert_eq!(reply.body, mono(Clip::Caller, format));
        assert_eq!(reply.header("content-length"), reply.body.len().to_string());
        assert_eq!(reply.header("accept-ranges"), "bytes");
    }
    assert_eq!(scene.world().violations(), []);
}

#[tokio::test]
async fn redirect_leads_to_another_origin_and_its_link_expires() {
    let scene = Scene::start().await;
    let path = format!("{}.mp3", path_of(&scene, &scene.place(PlaceRecording::default()).recording_url));
    let redirect = scene.twilio("GET", &path).send().await;
    assert_eq!(redirect.status, 302);
    let link = redirect.header("location");
    assert!(link.starts_with(scene.standins.media_url()), "{link}");
    assert_eq!(get(link).send().await.status, 200);
    scene.world().advance_clock(60_000);
    assert_eq!(get(link).send().await.status, 403);
    assert_eq!(get(link.replace("token=", "token=0")).send().await.status, 403);
}

#[tokio::test]
async fn credentials_at_the_media_host_are_refused_and_remembered() {
    let scene = Scene::start().await;
    let path = format!("{}.mp3", path_of(&scene, &scene.place(PlaceRecording::default()).recording_url));
    let link = scene.twilio("GET", &path).send().await.header("location").to_owned();
    for call in [get(&link).basic("a", "b"), get(&link).bearer("x")] {
        assert_eq!(call.send().await.status, 400);
    }
    let kinds: Vec<_> = scene.world().violations().into_iter().map(|violation| violation.kind).collect();
    assert_eq!(kinds, [ViolationKind::AuthorizationAtMediaHost; 2]);
}

#[tokio::test]
async fn media_is_404_in_xml_until_it_is_ready() {
    let scene = Scene::start().await;
    let told = scene.place(PlaceRecording { ready: Ready::WhenTold, ..PlaceRecording::default() });
    let timed = scene.place(PlaceRecording { ready: Ready::AfterMs(1_000), ..PlaceRecording::default() });
    for placed in [&told, &timed] {
        let reply = scene.fetch(&format!("{}.mp3", placed.recording_url), &[]).await;
        assert_eq!((reply.status, reply.header("content-type")), (404, "application/xml"));
        assert!(reply.text().contains("<TwilioResponse><RestException><Code>20404</Code>"), "{}", reply.text());
        assert_eq!(status(&scene, &placed.recording_url).await, "processing");
    }
    scene.world().advance_clock(999);
    assert_eq!(scene.fetch(&timed.recording_url, &[]).await.status, 404);
    scene.world().advance_clock(1);
    scene.world().make_ready(told.recording_sid).unwrap();
    for url in [&told.recording_url, &timed.recording_url] {
        assert_eq!(scene.fetch(url, &[]).await.status, 200);
        assert_eq!(status(&scene, url).await, "completed");
    }
}

#[tokio::test]
async fn media_can_be_late_or_absent_behind_a_completed_resource() {
    let scene = Scene::start().await;
    let late = PlaceRecording { ready: Ready::WhenTold, completed_before_ready: true, ..PlaceRecording::default() };
    let elsewhere = PlaceRecording { stored_externally: true, ..PlaceRecording::default() };
    for wanted in [late, elsewhere] {
        let url = scene.place(wanted).recording_url;
        assert_eq!(status(&scene, &url).await, "completed");
        assert_eq!(scene.fetch(&url, &[]).await.status, 404);
    }
    let lost = scene.place(PlaceRecording::default());
    scene.world().lose_media(lost.recording_sid).unwrap();
    assert_eq!(scene.fetch(&lost.recording_url, &[]).await.status, 404);
}

#[tokio::test]
async fn channels_are_served_as_recorded_unless_fewer_are_asked_for() {
    let scene = Scene::start().await;
    let mono_url = scene.place(PlaceRecording::default()).recording_url;
    let dual = PlaceRecording { channels: Channels::Dual, ..PlaceRecording::default() };
    let dual_url = scene.place(dual).recording_url;
    let one = mono(Clip::Caller, Format::Mp3);
    for (url, query, expected) in [
        (&mono_url, "", Some(&one)),
        (&mono_url, "?RequestedChannels=1", Some(&one)),
        (&mono_url, "?RequestedChannels=2", None),
        (&mono_url, "?RequestedChannels=3", None),
        (&dual_url, "", Some(&conversation(Format::Mp3))),
        (&dual_url, "?RequestedChannels=2", Some(&conversation(Format::Mp3))),
        (&dual_url, "?RequestedChannels=1", Some(&one)),
    ] {
        let reply = scene.fetch(&format!("{url}.mp3{query}"), &[]).await;
        assert_eq!(reply.status, if expected.is_some() { 200 } else { 400 }, "{query}");
        assert!(expected.is_none_or(|expected| *expected == reply.body), "{query}");
    }
}

#[tokio::test]
async fn ranges_resume_a_transfer() {
    let scene = Scene::start().await;
    let audio = Audio::Seconds(20.0);
    let url = format!("{}.mp3", scene.place(PlaceRecording { audio, ..PlaceRecording::default() }).recording_url);
    let whole = assemble(Format::Mp3, Channels::Mono, 20.0);
    let first = scene.fetch(&url, &[("range", "bytes=0-999")]).await;
    assert_eq!((first.status, &first.body[..]), (206, &whole[..1000]));
    assert_eq!(first.header("content-range"), format!("bytes 0-999/{}", whole.len()));
    let etag = first.header("etag").to_owned();
    let rest = scene.fetch(&url, &[("range", "bytes=1000-"), ("if-range", &etag)]).await;
    assert_eq!((rest.status, &rest.body[..]), (206, &whole[1000..]));
    let changed = scene.fetch(&url, &[("range", "bytes=1000-"), ("if-range", "\"other\"")]).await;
    assert_eq!((changed.status, changed.body.len()), (200, whole.len()));
    let beyond = scene.fetch(&url, &[("range", &format!("bytes={}-", whole.len()))]).await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, &*format!("bytes */{}", whole.len())));
    let asked = scene.world().journal(JournalQuery::of(Service::Media)).into_iter().map(|request| request.range);
    let ranges = ["bytes=0-999", "bytes=1000-", "bytes=1000-", &format!("bytes={}-", whole.len())];
    assert_eq!(asked.collect::<Vec<_>>(), ranges.map(|range| Some(range.to_owned())));
}

#[tokio::test]
async fn api_can_serve_the_bytes_itself_without_length_and_without_ranges() {
    let scene = Scene::start().await;
    let url = format!("{}.mp3", scene.place(PlaceRecording::default()).recording_url);
    scene.world().set_twilio_behaviour(TwilioBehaviour {
        redirect: false,
        content_length: false,
        ranges: false,
        ..TwilioBehaviour::default()
    });
    let reply = scene.fetch(&url, &[("range", "bytes=0-9")]).await;
    assert_eq!((reply.status, reply.header("content-length")), (200, ""));
    assert_eq!(reply.body, mono(Clip::Caller, Format::Mp3));
    assert_eq!(scene.world().journal(JournalQuery::of(Service::Media)), []);
}

#[tokio::test]
async fn head_announces_what_get_would_send() {
    let scene = Scene::start().await;
    let path = path_of(&scene, &scene.place(PlaceRecording::default()).recording_url);
    scene.world().set_twilio_behaviour(TwilioBehaviour { redirect: false, ..TwilioBehaviour::default() });
    let reply = scene.twilio("HEAD", &format!("{path}.mp3")).send().await;
    let length = mono(Clip::Caller, Format::Mp3).len().to_string();
    assert_eq!((reply.status, reply.header("content-length"), reply.body.len()), (200, &*length, 0));
}

#[tokio::test]
async fn custom_bytes_and_huge_audio_are_served() {
    let scene = Scene::start().await;
    let custom = Audio::Custom(bytes::Bytes::from_static(b"not audio"));
    let url = scene.place(PlaceRecording { audio: custom, ..PlaceRecording::default() }).recording_url;
    assert_eq!(scene.fetch(&format!("{url}.mp3"), &[]).await.body, "not audio");
    let huge = scene.place(PlaceRecording { audio: Audio::Mp3Bytes(1 << 30), ..PlaceRecording::default() });
    let tail = scene.fetch(&format!("{}.mp3", huge.recording_url), &[("range", "bytes=-1000")]).await;
    let total: u64 = tail.header("content-range").rsplit('/').next().unwrap().parse().unwrap();
    assert!((1 << 30) - total < 105, "{total}");
    assert!(huge.reported_seconds.unwrap().abs_diff((total / 4_000) as u32) < 10);
}

#[tokio::test]
async fn nobody_fetches_without_the_accounts_credentials() {
    let scene = Scene::start().await;
    let url = scene.place(PlaceRecording::default()).recording_url;
    let account = &scene.account;
    for (call, status) in [
        (get(&url).basic(&account.sid, &account.auth_token), 302),
        (get(&url).basic(&account.api_key_sid, &account.api_key_secret), 302),
        (get(&url), 401),
        (get(&url).basic(&account.sid, "wrong"), 401),
        (get(&url).basic(&account.api_key_sid, &account.auth_token), 401),
        (get(&url).bearer(&account.auth_token), 401),
        (get(format!("{url}.json")), 401),
        (
            get(url.replace(&account.sid, "ACffffffffffffffffffffffffffffffff"))
                .basic(&account.sid, &account.auth_token),
            401,
        ),
    ] {
        let reply = call.send().await;
        assert_eq!(reply.status, status);
        assert!(status == 302 || reply.text().contains("20003"), "{}", reply.text());
    }
}

async fn status(scene: &Scene, url: &str) -> String {
    let reply = scene.twilio("GET", &format!("{}.json", path_of(scene, url))).send().await;
    reply.json()["status"].as_str().unwrap().to_owned()
}

fn path_of(scene: &Scene, url: &str) -> String {
    url.strip_prefix(scene.standins.twilio_url()).unwrap().to_owned()
}
