//! Which cases are played.
