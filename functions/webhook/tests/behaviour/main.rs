//! What the webhook function does, asked as API Gateway asks it: every request is an event of payload format 2.0 that
//! goes through `lambda_http`'s own conversion, and every answer is the JSON that API Gateway gets back. Behind the
//! routes is the world in memory, with its virtual time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod agents;
mod api_accesses;
mod api_audio;
mod api_authorisation;
mod api_availability;
mod api_call_recording;
mod api_conditional;
mod api_control;
mod api_cors;
mod api_doctor;
mod api_import;
mod api_issuer;
mod api_jobs;
mod api_list;
mod api_metrics;
mod api_routes;
mod api_signed_lines;
mod api_token;
mod api_waveform;
mod conversion;
mod dashboard;
mod durability;
mod elevenlabs;
mod fixtures;
mod gateway;
mod health;
mod link;
mod link_deadline;
mod link_fallback;
mod link_without_ledger;
mod live;
mod log;
mod process;
mod recording;
mod refusal;
mod scene;
mod signature;
mod status;
mod token;
mod twilio;
mod vapi;
mod voice;
