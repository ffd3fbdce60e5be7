//! How the hub is set up.

use crate::api::ask::Ask;
use crate::api::contract::problem::Problem;
use crate::api::contract::setting::Settings;
use crate::api::routes::Nothing;

pub(in crate::api) fn settings(ask: &Ask, _: Nothing) -> Result<Settings, Problem> {
    let (config, file) = ask.edge.config.clone();
    Ok(Settings {
        config,
        file,
        exceptions: Vec::new(),
        alerts: Vec::new(),
        baselines: Vec::new(),
    })
}
