use super::*;

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";

fn secret(organisations: &str) -> String {
    format!(
        r#"{{"link_keys":{{"current":"k1","keys":{{"k1":"{}"}}}},"organisations":{organisations}}}"#,
        "x".repeat(32)
    )
}

#[test]
fn the_documented_shape_is_read() {
    let json = secret(&format!(
        r#"{{"default":{{"twilio":{{"account_sid":"{ACCOUNT}","auth_token":"t"}},"airtable":{{"token":"pat"}}}}}}"#
    ));
    let secrets = Secrets::parse(&json).unwrap();
    let organisation = Organisation::default_organisation();
    assert_eq!(secrets.twilio(&organisation).unwrap().account_sid.as_str(), ACCOUNT);
    assert!(secrets.airtable(&organisation).is_some());
}

#[test]
fn an_organisation_has_the_providers_that_it_has_credentials_for() {
    let json = secret(&format!(
        r#"{{"all":{{"twilio":{{"account_sid":"{ACCOUNT}","auth_token":"t"}},"vapi":{{"api_key":"v"}},
             "elevenlabs":{{"api_key":"e"}}}},
            "agents":{{"vapi":{{"api_key":"v"}}}},"none":{{"twilio":null,"vapi":null}}}}"#
    ));
    let secrets = Secrets::parse(&json).unwrap();
    let of = |name: &str| secrets.organisations[&name.parse().unwrap()].providers().collect::<Vec<_>>();
    assert_eq!(of("all"), Provider::ALL);
    assert_eq!((of("agents"), of("none")), (vec![Provider::Vapi], vec![]));
    assert!(secrets.vapi(&"agents".parse().unwrap()).is_some());
    assert!(secrets.elevenlabs(&"agents".parse().unwrap()).is_none());
}

#[test]
fn a_legacy_url_is_permitted_to_the_organisation_that_lists_its_host() {
    let secrets = Secrets::parse(&secret(r#"{"default":{"legacy_hosts":["A.example"]},"acme":{}}"#)).unwrap();
    let permits = |organisation: &str, url: &str| {
        secrets.permits_legacy(&organisation.parse().unwrap(), &LegacyUrl::parse(url).unwrap())
    };
    assert!(permits("default", "https://a.example/1.mp3") && permits("default", "https://a.EXAMPLE:8443/1.mp3"));
    for url in ["https://b.a.example/", "https://a.example.org/", "https://aa.example/", "https://a.example./"] {
        assert!(!permits("default", url), "{url}");
    }
    assert!(!permits("acme", "https://a.example/1.mp3") && !permits("nobody", "https://a.example/1.mp3"));
}

#[test]
fn an_organisation_has_a_base_of_its_own_or_the_installations() {
    let own = r#"{"token":"pat","base_id":"appA1b2C3d4E5f6G7","history_field":"Calls so far","table_id":null}"#;
    let json =
        secret(&format!(r#"{{"acme":{{"airtable":{own}}},"bolt":{{"airtable":{{"token":"pat"}}}},"coil":{{}}}}"#));
    let secrets = Secrets::parse(&json).unwrap();
    let installations: AirtableBaseId = "appTheInstallatio".parse().unwrap();
    let base = |name: &str| {
        let organisation: Organisation = name.parse().unwrap();
        secrets.airtable_base(&organisation, &installations).map(AirtableBaseId::as_str)
    };
    assert_eq!(base("acme"), Some("appA1b2C3d4E5f6G7"));
    assert_eq!(base("bolt"), Some("appTheInstallatio"));
    assert_eq!((base("coil"), base("nobody")), (None, None));
    let acme = secrets.airtable(&"acme".parse().unwrap()).unwrap();
    assert_eq!((acme.history_field.as_deref(), acme.job_number_field.as_deref()), (Some("Calls so far"), None));
}

#[test]
fn what_is_no_base_table_or_field_of_airtables_is_refused_and_never_quoted() {
    for (name, value) in [
        ("base_id", "tblA1b2C3d4E5f6G7"),
        ("base_id", "appA1b2C3d4E5f6G7/../x"),
        ("base_id", ""),
        ("table_id", "Jobs of hunter2"),
        ("table_id", "tblA1b2"),
        ("job_number_field", ""),
        ("call_id_field", " "),
        ("history_field", r"hunter2\nhunter3"),
    ] {
        let json = secret(&format!(r#"{{"acme":{{"airtable":{{"token":"pat","{name}":"{value}"}}}}}}"#));
        let message = Secrets::parse(&json).unwrap_err().to_string();
        assert!(message.contains("column") && !message.contains("hunter"), "{name} {value}: {message}");
    }
}

#[test]
fn a_mistake_is_located_and_never_quoted() {
    let json = secret(r#"{"default":{"twilio":{"account_sid":"hunter2","auth_token":"t"}}}"#);
    let message = Secrets::parse(&json).unwrap_err().to_string();
    assert!(message.contains("column") && !message.contains("hunter2"), "{message}");
}

#[test]
fn a_secret_without_organisations_says_what_to_do() {
    let message = Secrets::parse(&secret("{}")).unwrap_err().to_string();
    assert!(message.contains("secret.example.json"), "{message}");
}

#[test]
fn debugging_shows_no_credential() {
    let json = secret(&format!(r#"{{"default":{{"twilio":{{"account_sid":"{ACCOUNT}","auth_token":"hunter2"}}}}}}"#));
    let shown = format!("{:?}", Secrets::parse(&json).unwrap());
    assert!(shown.contains("default") && !shown.contains("hunter2") && !shown.contains(ACCOUNT), "{shown}");
}
