//! What each role of the deployed stack may not do, asked with the role's own credentials. `tests/template` compares what the
//! template grants with what the functions' ports need; the end-to-end tests show that it is enough.

mod role;

use stack::{Options, Stack};

use role::{Answer, Role};

struct Case {
    role: &'static str,
    what: &'static str,
    is_allowed: bool,
}

const fn may(role: &'static str, what: &'static str) -> Case {
    Case { role, what, is_allowed: true }
}

const fn may_not(role: &'static str, what: &'static str) -> Case {
    Case { role, what, is_allowed: false }
}

/// `METHOD /key` in the bucket, or a queue's operation and its name. What is allowed here leaves nothing behind that anybody
/// reads; a message would.
const CASES: [Case; 27] = [
    may("WebhookRole", "PUT /audit/a-try"),
    // To say who heard a recording.
    may("WebhookRole", "GET /audit/a-try"),
    may_not("WebhookRole", "PUT /recordings/a-try"),
    may_not("WebhookRole", "DELETE /recordings/a-try"),
    may_not("WebhookRole", "DELETE /audit/a-try"),
    may_not("WebhookRole", "GET /receipts/a-try"),
    may_not("WebhookRole", "ReceiveMessage TransferQueue"),
    may_not("WebhookRole", "ReceiveMessage RetryQueue"),
    may_not("WebhookRole", "DELETE /"),
    may("TransferRole", "PUT /days/a-try"),
    may_not("TransferRole", "PUT /audit/a-try"),
    may_not("TransferRole", "GET /audit/a-try"),
    may_not("TransferRole", "DELETE /receipts/a-try"),
    may_not("TransferRole", "ReceiveMessage RetryQueue"),
    may_not("TransferRole", "SendMessage TransferDeadLetterQueue"),
    may_not("TransferRole", "DELETE /"),
    may("SweeperRole", "PUT /cursors/a-try"),
    may_not("SweeperRole", "PUT /ledger/a-try"),
    may_not("SweeperRole", "DELETE /ledger/a-try"),
    may_not("SweeperRole", "PUT /recordings/a-try"),
    may_not("SweeperRole", "GET /audit/a-try"),
    may_not("SweeperRole", "ReceiveMessage HistoryQueue"),
    may_not("SweeperRole", "DELETE /"),
    may_not("LinkSignerRole", "PUT /recordings/a-try"),
    may_not("LinkSignerRole", "GET /ledger/a-try"),
    may_not("LinkSignerRole", "GET /audit/a-try"),
    may_not("LinkSignerRole", "SendMessage TransferQueue"),
];

#[tokio::test]
async fn each_role_is_denied_what_it_has_no_business_with() {
    let options = Options::from_environment().expect("the ports make sense");
    let stack = Stack::up(options).await.expect("the stack comes up");
    let mut wrong = Vec::new();
    for Case { role, what, is_allowed } in CASES {
        match Role::of(&stack, role).await.expect("it can be assumed").does(what).await {
            Ok(Answer::Done) if is_allowed => {}
            Ok(Answer::Denied) if !is_allowed => {}
            other => wrong.push(format!("{role}: {what} is {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
