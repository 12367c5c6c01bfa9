mod flips;
mod kind;
mod menu;
mod place;
mod storm;

pub use kind::Kind;
pub use place::Place;
pub use storm::Storm;
