//! The ordinary days: what controllers, robots and people do when nothing is wrong.

pub mod access_review;
pub mod backup;
pub mod capacity;
pub mod certificates;
pub mod cron;
pub mod dashboards;
pub mod debugging;
pub mod deploys;
pub mod developers;
pub mod ingress;
pub mod maintenance;
pub mod moderation;
pub mod onboarding;
pub mod oncall;
pub mod operator;
pub mod scrapes;
pub mod secret_store;
pub mod secrets_sync;
