//! The ports, made of real services. Adapters translate and decide nothing.

pub mod airtable;
pub mod aws;
pub mod configured;
pub mod http;
pub mod system;
pub mod twilio;
