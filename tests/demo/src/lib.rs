//! The main job on a stack that is up, as a user meets it: recordings made at Twilio, signed webhooks, and then a look at
//! the bucket, the job's history, the link and Twilio's own copy. The demonstration tells it; the end-to-end tests hold
//! it to its promises.

mod apart;
pub mod cases;
mod error;
mod scene;

pub use apart::on_a_stack_apart;
pub use error::SceneError;
pub use scene::{AgentCall, Broken, Evidence, Job, LinkAnswer, Place, Queue, Recorded, Scene, signed};
