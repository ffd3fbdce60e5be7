//! The settings of a case (`postureControlInputs`) as our configuration.

use catseye_checks::Config;
use catseye_model::{Fields, Quantity};
use serde_json::Value;

/// Applies the settings that have a meaning for us. Others tune how a rule searches, such as lists of
/// key names that are secrets.
pub(super) fn apply(settings: &Value, config: &mut Config) {
    for (name, value) in settings.entries("postureControlInputs") {
        let texts = || value.texts("").map(str::to_owned);
        let quantity = || Quantity::of(&value.list("").first()?.into());
        let resources = &mut config.resources;
        match name {
            "imageRepositoryAllowList" => config.images.allowed = hosts(value),
            "untrustedRegistries" | "publicRegistries" => {
                config.images.blocked.extend(hosts(value));
            }
            "imageDigestExemptRepositories" => config.images.digest_exempt = texts().collect(),
            "cpu_request_min" => resources.cpu_requests.min = quantity(),
            "cpu_request_max" => resources.cpu_requests.max = quantity(),
            "cpu_limit_min" => resources.cpu_limits.min = quantity(),
            "cpu_limit_max" => resources.cpu_limits.max = quantity(),
            "memory_request_min" => resources.memory_requests.min = quantity(),
            "memory_request_max" => resources.memory_requests.max = quantity(),
            "memory_limit_min" => resources.memory_limits.min = quantity(),
            "memory_limit_max" => resources.memory_limits.max = quantity(),
            "sandbox_cpu_request_min" => resources.sandbox_cpu_requests.min = quantity(),
            "sandbox_cpu_request_max" => resources.sandbox_cpu_requests.max = quantity(),
            "sandbox_memory_request_min" => resources.sandbox_memory_requests.min = quantity(),
            "sandbox_memory_request_max" => resources.sandbox_memory_requests.max = quantity(),
            "sandbox_memory_limit_min" => resources.sandbox_memory_limits.min = quantity(),
            "sandbox_memory_limit_max" => resources.sandbox_memory_limits.max = quantity(),
            "sandbox_cpu_limit_min" => resources.sandbox_cpu_limits.min = quantity(),
            "sandbox_cpu_limit_max" => resources.sandbox_cpu_limits.max = quantity(),
            _ => {}
        }
    }
}

/// A registry of theirs stands for its subdomains too, where ours is exact.
fn hosts(list: &Value) -> Vec<String> {
    list.texts("")
        .flat_map(|host| {
            let subdomains = (!host.contains('/')).then(|| format!("*.{host}"));
            [host.to_owned()].into_iter().chain(subdomains)
        })
        .collect()
}
