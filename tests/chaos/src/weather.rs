mod flips;
mod menu;
mod place;
mod storm;

pub use menu::Kind;
pub use place::Place;
pub use storm::Storm;
