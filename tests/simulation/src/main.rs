//! Plays cases.
fn main() {}
