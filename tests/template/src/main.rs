//! `make cost`: what so many calls a month cost, by the counted requests and the template's table of prices.

use std::process::ExitCode;

use template::Template;
use template::cost::{Cost, Load, Times};

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|argument| argument.parse::<f64>());
    let (Some(Ok(calls)), Some(Ok(minutes))) = (numbers.next(), numbers.next()) else {
        say("how many calls a month, and how many minutes does one last? make cost CALLS=10000 MINUTES=5");
        return ExitCode::FAILURE;
    };
    let template = Template::read();
    say(&format!(
        "{calls} calls a month of {minutes} minutes, prices of {}, us-east-1, dollars:\n",
        template.prices_of()
    ));
    let load = Load::of(&template, calls, minutes);
    let least = Load { memory: [load.memory[0], 128.0], ..load };
    for (how, times, load) in [
        ("each by itself", Times::ALONE, load),
        ("in full batches", Times::BUSY, load),
        ("each by itself, TransferMemory=128", Times::ALONE, least),
    ] {
        let cost = Cost::of(&template, load, times);
        let Cost { requests, compute, storage_year, plays_year, fixed_month, month, at_twilio_month } = cost;
        say(how);
        say(&format!(
            "  a recording: requests {requests:.7}, compute {compute:.7}, together {:.7}",
            requests + compute
        ));
        say(&format!(
            "  its first year: storage {storage_year:.6}, two plays {plays_year:.6}, all together {:.6}",
            requests + compute + storage_year + plays_year
        ));
        say(&format!(
            "  a month after a year: fixed {fixed_month:.2}, in all {month:.2}; left at Twilio {at_twilio_month:.2}\n"
        ));
    }
    ExitCode::SUCCESS
}

#[expect(clippy::print_stdout, reason = "the sums are what the command is for")]
fn say(line: &str) {
    println!("{line}");
}
