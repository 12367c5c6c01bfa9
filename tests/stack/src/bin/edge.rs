//! `edge <port> <emulator port> <api id>`: gives the API a stable address on 127.0.0.1, and prints
//! it as a line of its own when it listens. `up` starts it.

#![expect(clippy::print_stderr, reason = "a command says on standard error why it failed")]

use std::error::Error;
use std::process::ExitCode;

use stack::Edge;
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("edge: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the line on standard output is what the caller waits for")]
async fn serve() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, emulator_port, api_id] = arguments.as_slice() else {
        return Err("usage: edge <port> <emulator port> <api id>".into());
    };
    let listener = TcpListener::bind(("127.0.0.1", port.parse()?)).await?;
    println!("http://{}", listener.local_addr()?);
    Ok(Edge::to(emulator_port.parse()?, api_id).serve(listener).await?)
}
