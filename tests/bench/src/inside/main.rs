//! What is measured inside of one process, on the fakes: our own work without the wire, and what takes hours by the clock
//! in virtual time. It tells `bench` what it found, as JSON.

mod api;
mod histories;
mod measured;
mod scene;
mod sweeps;
mod webhooks;

use measured::Found;

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "the figures are what the program is for")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let argument = arguments.next();
    let mut found = Found::default();
    if argument.as_deref() == Some(sweeps::SWEEP) {
        sweeps::measure_one(&mut found, arguments);
    } else {
        webhooks::measure(&mut found);
        api::measure(&mut found);
        histories::measure(&mut found);
        sweeps::measure(&mut found, argument.as_deref() == Some("--large"));
    }
    println!("{}", found.json());
}
