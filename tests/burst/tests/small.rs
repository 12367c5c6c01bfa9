//! The load at a size that takes seconds, so that whoever changes a part of it learns of it.

const WEBHOOKS: usize = 100;

#[tokio::test]
async fn a_hundred_webhooks_bring_ninety_recordings_home_once() {
    let (figures, wrong) = burst::run(WEBHOOKS, |_| {}).await;
    assert!(wrong.is_empty(), "{}\n{figures}", wrong.join("\n"));
}
