//! What the documents say it costs is what the template's table of prices comes to.

use template::{Template, monthly};

const INSTALL: &str = include_str!("../../../../docs/install.md");
/// What a healthy month publishes, as `make alarms` counts it on the deployed stack.
const FIGURES: usize = 74;

#[test]
fn the_estimate_is_what_the_prices_come_to() {
    let template = Template::read();
    let price = |name: &str| template.price(name);
    for (what, dollars) in [
        ("alarms", monthly::alarms(&template)),
        ("figures up to", FIGURES as f64 * price("MetricMonth")),
        ("the secret", price("SecretMonth")),
        ("the alarms' own key", price("KeyMonth")),
        ("a dashboard", price("DashboardMonth")),
    ] {
        let said = format!("{what} ${dollars:.2}");
        assert!(INSTALL.contains(&said), "docs/install.md does not say {said:?}");
    }
    assert!(INSTALL.contains(&template.prices_of()), "docs/install.md does not say of when the prices are");
}

/// The dashboard reckons with the same table, and with nothing that looks like a price of its own.
#[test]
fn no_price_stands_in_the_dashboard() {
    let template = Template::read();
    let (_, dashboard) = template.resources("AWS::CloudWatch::Dashboard").next().unwrap();
    let body = &dashboard["Properties"]["DashboardBody"]["Fn::Sub"];
    assert!(!body[0].as_str().unwrap().contains("0.000"), "a price");
    for (name, value) in body[1].as_object().unwrap() {
        assert_eq!(value["Fn::FindInMap"][0], "Prices", "{name}");
        assert!(body[0].as_str().unwrap().contains(&format!("${{{name}}}")), "{name} is not used");
    }
}

#[test]
fn at_most_five_of_checkovs_wishes_are_waived() {
    let waived = include_str!("../../../../.checkov.yaml").lines().filter(|line| line.trim().starts_with("- CKV"));
    assert!(waived.count() <= 5);
    assert!(!include_str!("../../../../template.yaml").contains("checkov:skip"), "a waiver apart from the others");
}
