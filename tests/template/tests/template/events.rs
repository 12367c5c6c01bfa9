//! Whoever tries a function with `sam local invoke` finds an event for each thing that the template has it called by.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use template::Template;

#[test]
fn each_route_has_an_event() {
    let template = Template::read();
    let routes = template.resources("AWS::ApiGatewayV2::Route").filter(|(_, route)| is_of_http(route));
    let routes: BTreeSet<_> = routes.map(|(_, route)| text(&route["Properties"]["RouteKey"])).collect();
    // HEAD is GET without a body.
    let wanted = routes.iter().filter(|route| !route.starts_with("HEAD "));
    let events = events("webhook-");
    let of_http = events.iter().filter(|event| event["rawPath"].is_string());
    let there: BTreeSet<_> = of_http.map(|event| text(&event["routeKey"])).collect();
    let of_sockets: Vec<_> =
        events.iter().map(|event| &event["requestContext"]["eventType"]).filter(|kind| !kind.is_null()).collect();
    assert_eq!(of_sockets, ["CONNECT"]);
    assert_eq!(wanted.filter(|route| !there.contains(*route)).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(there.difference(&routes).collect::<Vec<_>>(), Vec::<&String>::new(), "no such route");
}

#[test]
fn each_schedule_and_each_queue_has_an_event() {
    let template = Template::read();
    let there = events("sweeper-");
    for (id, schedule) in template.resources("AWS::Scheduler::Schedule") {
        let input = schedule["Properties"]["Target"]["Input"].as_str().unwrap();
        assert!(there.contains(&serde_json::from_str(input).unwrap()), "{id}");
    }
    let fifo = |event: &Value| event["Records"][0]["eventSourceARN"].as_str().unwrap().ends_with(".fifo");
    let transfers = events("transfer-");
    assert!(transfers.iter().any(fifo) && !transfers.iter().all(fifo), "one of TransferQueue and one of HistoryQueue");
}

/// The WebSocket API has a route of its own, inside of it.
fn is_of_http(route: &Value) -> bool {
    route["Properties"]["ApiId"]["Ref"] == "HttpApi"
}

fn events(of: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|file| file.file_name().unwrap().to_string_lossy().starts_with(of));
    files.map(|file| serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
