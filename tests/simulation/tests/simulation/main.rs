//! What the installation does whatever goes wrong, in whatever order. Each failure is a line that plays it again.

mod calm;
mod pairs;
mod replay;
mod singles;
mod storms;
