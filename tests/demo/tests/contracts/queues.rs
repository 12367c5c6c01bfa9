//! On an emulator of their own, for the deployed queues are consumed by the functions.

use std::sync::Arc;

use recordings::adapters::aws::{Clients, SqsDeadLetters, SqsHistoryQueue, SqsRetryQueue, SqsTransferQueue};
use recordings::contract;
use recordings::fakes::sample;
use runtime::Aws;

use crate::fresh_names;
use crate::providers::Known;

fn clients(aws: &Aws) -> Clients {
    Clients::for_endpoint(aws.endpoint(), "us-east-1", "test", "test").expect("roots")
}

async fn bodies(aws: &Aws, queue: &str) -> Vec<String> {
    aws.take_texts(queue).await.into_iter().map(|(_, body)| body).collect()
}

#[tokio::test]
async fn the_queues_keep_their_contract() {
    let aws = Aws::start().await;
    let clients = clients(&aws);
    let transfer = aws.create_queue("transfer").await;
    let port = SqsTransferQueue::new(&clients, &transfer);
    contract::transfer_queue(&port, async || bodies(&aws, &transfer).await, &fresh_names()).await;
    let history = aws.create_queue("history.fifo").await;
    let port =
        SqsHistoryQueue::new(&clients, &history, Arc::new(Known(Arc::new(sample::secrets()))), sample::airtable_base());
    contract::history_queue(&port, async || bodies(&aws, &history).await, &fresh_names()).await;
    let retry = aws.create_queue("retry").await;
    contract::retry_queue(&SqsRetryQueue::new(&clients, &retry), &fresh_names()).await;
}

#[tokio::test]
async fn the_dead_letter_queues_keep_their_contract() {
    let aws = Aws::start().await;
    let clients = clients(&aws);
    for (dead, queue, is_fifo) in [("transfer-dead", "transfer", false), ("history-dead.fifo", "history.fifo", true)] {
        let (dead, queue) = (aws.create_queue(dead).await, aws.create_queue(queue).await);
        let port = SqsDeadLetters::new(&clients, &dead, &queue);
        let bury = async |group: Option<String>, body: String| aws.send_text(&dead, group.as_deref(), &body).await;
        contract::dead_letters(&port, is_fifo, bury, async || aws.take_texts(&queue).await, &fresh_names()).await;
    }
}
