//! Pages that are open all the time, one for each organisation.

use recordings::fakes::World;
use recordings::live::ConnectionId;
use recordings::object_key::ObjectKey;
use serde_json::json;

/// Those who have a page open.
pub(crate) const ORGANISATIONS: [&str; 2] = ["default", "acme"];

/// The connection of an organisation's page.
pub(crate) fn page_of(organisation: &str) -> ConnectionId {
    format!("{organisation}=").parse().unwrap()
}

/// Opens them.
pub(super) fn open(world: &World) {
    for organisation in ORGANISATIONS {
        let page = page_of(organisation);
        let listeners = json!({ "open": [{ "id": page, "since": "2000-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z" }], "used": [] });
        world.put_document(&ObjectKey::Listeners(&organisation.parse().unwrap()).to_string(), &listeners.to_string());
        world.open_socket(&page);
    }
}
