//! What every request passes, whichever service it is for: the journal, the concurrency limit, the faults.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::{Extension, Router};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::RANGE;
use tower::ServiceExt;

use crate::faults::{Dropped, spoil};
use crate::journal::{Caller, JournalEntry, Service, ViolationKind};
use crate::world::World;
use crate::{airtable, control, twilio};

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
        let routes = match service {
            Service::Twilio => twilio::api_routes(),
            Service::Media => twilio::media_routes(),
            Service::Airtable => airtable::routes(),
        };
        let routes =
            routes.fallback(unknown_route).method_not_allowed_fallback(unknown_route).with_state(world.clone());
        let control = control::routes(world.clone());
        Self { service, world, routes, control }
    }

    /// Answers one request, or has its connection closed.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Result<Response, Dropped> {
        let request = request.map(Body::new);
        if request.uri().path().starts_with("/_control/") {
            return Ok(route(&self.control, request).await);
        }
        self.journaled(request).await
    }

    async fn journaled(&self, mut request: Request) -> Result<Response, Dropped> {
        let caller = self.caller(&request);
        let path = journal_path(&request);
        let line = RequestLine(format!("{} {path}", request.method()));
        let fault = self.world.fault_rules().strike(self.service, request.method(), &path);
        let seq = self.world.pages().open(JournalEntry {
            seq: 0,
            at: self.world.now(),
            service: self.service,
            method: request.method().to_string(),
            path,
            range: request.headers().get(RANGE).and_then(|range| Some(range.to_str().ok()?.to_owned())),
            caller: caller.clone(),
            status: None,
            fault: fault.clone(),
        });
        if self.service == Service::Media && caller != Caller::Nobody {
            self.world.report(self.service, ViolationKind::AuthorizationAtMediaHost, &line.0);
        }
        let extensions = request.extensions_mut();
        extensions.insert(caller);
        extensions.insert(line);
        extensions.insert(self.service);
        let answer = self.handled(request, fault).await;
        self.world.pages().close(seq, answer.as_ref().ok().map(|response| response.status().as_u16()));
        answer
    }

    async fn handled(&self, request: Request, fault: Option<crate::Fault>) -> Result<Response, Dropped> {
        let place = match self.service {
            Service::Twilio => match self.world.twilio().enter() {
                Ok(place) => Some(place),
                Err(full) => return Ok(full.answer(request.uri().path())),
            },
            Service::Media | Service::Airtable => None,
        };
        let handle = route(&self.routes, request);
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
        let Some(value) = request.headers().get(hyper::header::AUTHORIZATION) else {
            return Caller::Nobody;
        };
        match self.service {
            Service::Twilio => self.world.twilio().caller(value),
            Service::Airtable => self.world.airtable().caller(value),
            Service::Media => Caller::Stranger,
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
        Service::Airtable => airtable::not_found(),
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
