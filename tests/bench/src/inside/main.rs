//! What is measured inside of one process, on the fakes: our own work without the wire, and what takes hours by the clock
//! in virtual time. It tells `bench` what it found, as JSON.

mod api;
mod histories;
mod measured;
mod sweeps;
mod webhooks;

use measured::Found;

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "the figures are what the program is for")]
async fn main() {
    let is_large = std::env::args().any(|argument| argument == "--large");
    let mut found = Found::default();
    webhooks::measure(&mut found);
    api::measure(&mut found);
    histories::measure(&mut found);
    sweeps::measure(&mut found, is_large);
    println!("{}", found.json());
}
