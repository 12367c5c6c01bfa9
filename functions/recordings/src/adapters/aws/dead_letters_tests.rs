use serde_json::Value;

use super::super::wire::{Wire, answer, json_error};
use super::*;

const DEAD: &str = "http://aws.test/123456789012/dead";
const QUEUE: &str = "http://aws.test/123456789012/transfer";
const FIFO: &str = "http://aws.test/123456789012/history.fifo";
const ID: &str = "5fea7756-0ea4-451a-a703-a558b933e274";

fn json(body: &str) -> http::Response<aws_smithy_types::body::SdkBody> {
    answer(200, &[("content-type", "application/x-amz-json-1.0")], body)
}

fn of_group(group: Option<&str>) -> DeadLetter {
    DeadLetter { body: "{}".into(), group: group.map(str::to_owned), id: ID.into(), receipt: "receipt".into() }
}

async fn sent_again(queue_url: &str, letter: &DeadLetter) -> Value {
    let (wire, clients) = Wire::with([json(r#"{"MessageId":"m","MD5OfMessageBody":""}"#)]);
    SqsDeadLetters::new(&clients, DEAD, queue_url).send_again(letter, "body").await.unwrap();
    wire.only().json()
}

#[tokio::test]
async fn letters_are_hidden_for_a_sweep_and_say_their_group() {
    let (wire, clients) = Wire::with([json(&format!(
        r#"{{"Messages":[{{"MessageId":"{ID}","ReceiptHandle":"receipt","Body":"{{}}","Attributes":{{"MessageGroupId":"g"}}}},
            {{"MessageId":"{ID}","ReceiptHandle":"receipt","Body":"{{}}"}}]}}"#
    ))]);
    let letters = SqsDeadLetters::new(&clients, DEAD, QUEUE).receive().await.unwrap();
    assert_eq!(letters, [of_group(Some("g")), of_group(None)]);
    let asked = wire.only().json();
    assert_eq!((&asked["QueueUrl"], &asked["VisibilityTimeout"]), (&DEAD.into(), &240.into()));
    assert_eq!(asked["MessageSystemAttributeNames"], serde_json::json!(["MessageGroupId"]));
}

#[tokio::test]
async fn a_letter_goes_back_in_its_group_and_only_a_fifo_queue_is_told_its_id() {
    let json = sent_again(FIFO, &of_group(Some("g"))).await;
    assert_eq!((&json["QueueUrl"], &json["MessageBody"]), (&FIFO.into(), &"body".into()));
    assert_eq!((&json["MessageGroupId"], &json["MessageDeduplicationId"]), (&"g".into(), &ID.into()));
    for group in [Some("g"), None] {
        let json = sent_again(QUEUE, &of_group(group)).await;
        assert_eq!((json["MessageGroupId"].as_str(), &json["MessageDeduplicationId"]), (group, &Value::Null));
    }
}

#[tokio::test]
async fn a_fifo_queue_is_sent_nothing_without_a_group() {
    let (wire, clients) = Wire::with([]);
    let refused = SqsDeadLetters::new(&clients, DEAD, FIFO).send_again(&of_group(None), "body").await.unwrap_err();
    assert_eq!((refused.kind, wire.sent().len()), (ErrorKind::Invalid, 0));
}

#[tokio::test]
async fn a_letter_is_shown_at_once_or_deleted_by_its_receipt() {
    let (wire, clients) = Wire::with([json("{}"), json("{}"), json_error(400, "MessageNotInflight")]);
    let letters = SqsDeadLetters::new(&clients, DEAD, QUEUE);
    letters.release(&of_group(None)).await.unwrap();
    letters.delete(&of_group(None)).await.unwrap();
    assert_eq!(letters.release(&of_group(None)).await.unwrap_err().kind, ErrorKind::Invalid);
    let [released, deleted] = [0, 1].map(|at| wire.sent()[at].json());
    assert_eq!((&released["ReceiptHandle"], &released["VisibilityTimeout"]), (&"receipt".into(), &0.into()));
    assert_eq!((&deleted["QueueUrl"], &deleted["ReceiptHandle"]), (&DEAD.into(), &"receipt".into()));
}
