//! Availability: resources, probes, replicas, disruption budgets, autoscaling (`REL`).

use crate::check::Check;

mod autoscaler_down_to_one;
mod autoscaler_without_requests;
mod autoscaler_without_room;
mod autoscaler_without_target;
mod budget_blocks_evictions;
mod budget_keeps_broken_pods;
mod container_restarts;
mod cron_job_history;
mod cron_job_runs_overlap;
mod cron_job_without_deadline;
mod disruption;
mod hung_run_blocks_cron_job;
mod identical_probes;
mod job_never_cleaned_up;
mod limit_below_request;
mod no_cpu_limit;
mod no_cpu_request;
mod no_disruption_budget;
mod no_ephemeral_storage_limit;
mod no_liveness_probe;
mod no_memory_limit;
mod no_memory_request;
mod no_priority_class;
mod no_readiness_probe;
mod no_spread;
mod overlapping_budgets;
mod probe_on_unexposed_port;
mod probes;
mod replicas_against_autoscaler;
mod resources;
mod rollout_unhealthy;
mod scaling;
mod single_replica;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[
    &no_cpu_request::CHECK,
    &no_liveness_probe::CHECK,
    &single_replica::CHECK,
    &autoscaler_without_target::CHECK,
    &cron_job_without_deadline::CHECK,
    &rollout_unhealthy::CHECK,
    &no_cpu_limit::CHECK,
    &no_memory_request::CHECK,
    &no_memory_limit::CHECK,
    &limit_below_request::CHECK,
    &no_ephemeral_storage_limit::CHECK,
    &no_readiness_probe::CHECK,
    &identical_probes::CHECK,
    &probe_on_unexposed_port::CHECK,
    &no_disruption_budget::CHECK,
    &budget_blocks_evictions::CHECK,
    &overlapping_budgets::CHECK,
    &no_spread::CHECK,
    &no_priority_class::CHECK,
    &budget_keeps_broken_pods::CHECK,
    &autoscaler_down_to_one::CHECK,
    &autoscaler_without_room::CHECK,
    &replicas_against_autoscaler::CHECK,
    &autoscaler_without_requests::CHECK,
    &cron_job_runs_overlap::CHECK,
    &cron_job_history::CHECK,
    &job_never_cleaned_up::CHECK,
    &hung_run_blocks_cron_job::CHECK,
    &container_restarts::CHECK,
];
