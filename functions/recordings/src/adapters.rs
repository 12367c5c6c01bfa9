//! The ports, made of real services. Adapters translate and decide nothing.

pub mod airtable;
pub mod aws;
pub mod configured;
pub mod elevenlabs;
pub mod http;
pub mod legacy;
mod media;
pub mod oidc;
pub mod providers;
pub mod system;
pub mod tls;
pub mod twilio;
pub mod vapi;
