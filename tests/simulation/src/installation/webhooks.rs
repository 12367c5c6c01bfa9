use jiff::Timestamp;
use lambda_http::lambda_runtime::{Context, LambdaEvent};
use lambda_http::{Adapter, Service};
use recordings::recording::RecordingRef;

use super::process::{Done, Process, Role};
use super::sent::Sent;
use super::wiring::Wiring;
use super::{Happening, Installation, WEBHOOK_TIMEOUT};

/// A webhook that its provider sends until somebody takes it, or its patience ends.
pub(crate) struct Webhook {
    pub(crate) sent: Sent,
    began: Timestamp,
    tried: Timestamp,
    tries: u32,
    pub(crate) accepted: bool,
}

/// An answer of ours to one try.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The process that answered.
    pub process: String,
    /// What it said.
    pub status: u16,
    /// The recording that it was asked to believe in; none for a forgery.
    pub about: Option<RecordingRef>,
    /// How many effects there were by then.
    pub effects: usize,
}

impl<W: Wiring> Installation<W> {
    /// A provider begins to send a webhook.
    pub(super) fn send(&mut self, sent: Sent) {
        let began = self.world.time();
        self.webhooks.push(Webhook { sent, began, tried: began, tries: 0, accepted: false });
        self.try_webhook(self.webhooks.len() - 1);
    }

    pub(super) fn try_webhook(&mut self, at: usize) {
        let webhook = &mut self.webhooks[at];
        webhook.tries += 1;
        webhook.tried = self.world.time();
        let world = self.world.worker_with_skew(&name(at, webhook.tries), self.other_clocks);
        let event = webhook.sent.event(webhook.began);
        let ports = self.wiring.webhook(self.process(world.clone(), None));
        let settings = self.configuration.webhook.clone();
        let work = async move {
            let answer =
                Adapter::from(webhook::router(ports, settings)).call(LambdaEvent::new(event, Context::default()));
            let answer = serde_json::to_value(answer.await.expect("a router always answers")).unwrap();
            Done::Answer(answer["statusCode"].as_u64().and_then(|status| status.try_into().ok()).unwrap())
        };
        let ends = self.world.time() + WEBHOOK_TIMEOUT;
        self.processes.push(Process::new(world, Role::Webhook(at), ends, work));
    }

    /// What a provider makes of an answer, if it still waits for one.
    pub(super) fn answered(&mut self, at: usize, status: u16) {
        let webhook = &mut self.webhooks[at];
        self.answers.push(Answered {
            process: name(at, webhook.tries),
            status,
            about: webhook.sent.about().cloned(),
            effects: self.world.read_journal(<[_]>::len),
        });
        if self.world.time() > webhook.sent.patience_ends(webhook.began, webhook.tried) {
            return;
        }
        if (200..300).contains(&status) {
            webhook.accepted = true;
            return;
        }
        match webhook.sent.again_after(webhook.tries, status) {
            Some(wait) if wait.is_zero() => self.try_webhook(at),
            Some(wait) => self.after(wait, Happening::Again(at)),
            None => {}
        }
    }
}

fn name(at: usize, tries: u32) -> String {
    format!("webhook {}.{tries}", at + 1)
}
