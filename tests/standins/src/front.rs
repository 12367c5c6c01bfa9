//! What every request passes, whichever service it is for: the journal, the concurrency limit, the faults.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::{Extension, Router};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::RANGE;
use tower::ServiceExt;

use crate::faults::{Dropped, Fault, spoil, spoil_sent};
use crate::journal::{Caller, JournalEntry, Service, ViolationKind};
use crate::world::World;
use crate::{airtable, aws, control, elevenlabs, twilio, vapi};

/// One listener's behaviour.
#[derive(Clone, Debug)]
pub(crate) struct Front {
    service: Service,
    world: World,
    routes: Router,
    control: Router,
}

/// The request as the journal names it: method and path, without the secret of a media link.
#[derive(Clone, Debug)]
pub(crate) struct RequestLine(pub(crate) String);

impl Front {
    pub(crate) fn new(service: Service, world: World) -> Self {
        let imitated = |routes: Router<World>| {
            routes.fallback(unknown_route).method_not_allowed_fallback(unknown_route).with_state(world.clone())
        };
        let routes = match service {
            Service::Twilio => imitated(twilio::api_routes()),
            Service::Media => imitated(twilio::media_routes()),
            Service::Airtable => imitated(airtable::routes()),
            Service::Vapi => imitated(vapi::routes()),
            Service::ElevenLabs => imitated(elevenlabs::routes()),
            Service::Aws => aws::routes(world.clone()),
        };
        let control = control::routes(world.clone());
        Self { service, world, routes, control }
    }

    /// Answers one request, or has its connection closed.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Result<Response, Dropped> {
        let request = request.map(Body::new);
        if request.uri().path().starts_with("/_control/") {
            return Ok(route(&self.control, request).await);
        }
        match self.service {
            Service::Aws => self.led_through(request).await,
            _ => self.journaled(request).await,
        }
    }

    /// Unlike what is imitated, AWS is asked so often that only what is struck is worth remembering.
    async fn led_through(&self, request: Request) -> Result<Response, Dropped> {
        let (name, request) = aws::name(request).await;
        let Some(fault) = self.world.strike(self.service, request.method(), &name.full) else {
            return Ok(route(&self.routes, request).await);
        };
        let seq = self.open_page(&request, name.short, &Caller::ForAws, Some(&fault));
        let request = match fault {
            Fault::Answer { .. } | Fault::Redirect { .. } => aws::heard_out(request).await,
            _ => spoil_sent(Some(&fault), request),
        };
        self.close_page(seq, spoil(fault, route(&self.routes, request)).await)
    }

    async fn journaled(&self, mut request: Request) -> Result<Response, Dropped> {
        let caller = self.caller(&request);
        let path = journal_path(&request);
        let line = RequestLine(format!("{} {path}", request.method()));
        let fault = self.world.strike(self.service, request.method(), &path);
        let seq = self.open_page(&request, path, &caller, fault.as_ref());
        if self.service == Service::Media && caller != Caller::Nobody {
            self.world.report(self.service, ViolationKind::AuthorizationAtMediaHost, &line.0);
        }
        let extensions = request.extensions_mut();
        extensions.insert(caller);
        extensions.insert(line);
        extensions.insert(self.service);
        self.close_page(seq, self.handled(request, fault).await)
    }

    fn open_page(&self, request: &Request, path: String, caller: &Caller, fault: Option<&Fault>) -> u64 {
        self.world.pages().open(JournalEntry {
            seq: 0,
            at: self.world.now(),
            service: self.service,
            method: request.method().to_string(),
            path,
            range: request.headers().get(RANGE).and_then(|range| Some(range.to_str().ok()?.to_owned())),
            caller: caller.clone(),
            status: None,
            fault: fault.cloned(),
        })
    }

    fn close_page(&self, seq: u64, answer: Result<Response, Dropped>) -> Result<Response, Dropped> {
        self.world.pages().close(seq, answer.as_ref().ok().map(|response| response.status().as_u16()));
        answer
    }

    async fn handled(&self, request: Request, fault: Option<Fault>) -> Result<Response, Dropped> {
        let place = match self.service {
            Service::Twilio => match self.world.twilio().enter() {
                Ok(place) => Some(place),
                Err(full) => return Ok(full.answer(request.uri().path())),
            },
            _ => None,
        };
        let handle = route(&self.routes, spoil_sent(fault.as_ref(), request));
        let response = match fault {
            None => handle.await,
            Some(fault) => spoil(fault, handle).await?,
        };
        // The place is given back when the last byte has been sent or the client is gone.
        Ok(response.map(|body| {
            Body::new(body.map_frame(move |frame| {
                let _ = &place;
                frame
            }))
        }))
    }

    fn caller(&self, request: &Request) -> Caller {
        let key = request.headers().get(elevenlabs::API_KEY);
        let authorization = request.headers().get(hyper::header::AUTHORIZATION);
        let credentials = match self.service {
            Service::ElevenLabs => key,
            Service::Media => authorization.or(key),
            _ => authorization,
        };
        let Some(value) = credentials else { return Caller::Nobody };
        match self.service {
            Service::Twilio => self.world.twilio().caller(value),
            Service::Airtable => self.world.airtable().caller(value),
            Service::Vapi => self.world.vapi().caller(value),
            Service::ElevenLabs => self.world.elevenlabs().caller(value),
            Service::Media => Caller::Stranger,
            Service::Aws => Caller::ForAws,
        }
    }
}

async fn route(routes: &Router, request: Request) -> Response {
    match routes.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

async fn unknown_route(
    State(world): State<World>,
    Extension(service): Extension<Service>,
    Extension(line): Extension<RequestLine>,
    request: Request,
) -> Response {
    world.report(service, ViolationKind::UnknownRequest, &line.0);
    match service {
        Service::Twilio | Service::Media => twilio::not_found(request.uri().path()),
        Service::Airtable | Service::Aws => airtable::not_found(),
        Service::Vapi => vapi::not_found(),
        Service::ElevenLabs => elevenlabs::not_found(),
    }
}

fn journal_path(request: &Request) -> String {
    let uri = request.uri();
    let whole = uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string);
    match whole.split_once("token=") {
        Some((before, after)) if uri.path().starts_with("/media/") => {
            let rest = after.find('&').map_or("", |end| &after[end..]);
            format!("{before}token=…{rest}")
        }
        _ => whole,
    }
}
