//! Alert of another product.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Alert of another product
    ///
    /// Falco or another product has judged already. Its alert is evidence like any other: it joins the
    /// incident of its workload, with the severity that its priority says.
    ///
    /// **Benign:** Whatever its rules call benign; accept them by exceptions.
    ///
    /// **Respond:** See the rule of that product.
    "RUN-012" {
        severity: Medium,
        attack: Execution "T1609",
        on: ["alert"],
        fires: [
            r"{alert: {rule: Terminal shell in container, priority: Warning, output: A shell}, process: bash}",
        ],
        quiet: [
            r#"{exec: "ls"}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    let Activity::Alert(alert) = &scene.event.what else {
        return;
    };
    let severity = match alert.priority.to_ascii_lowercase().as_str() {
        "emergency" | "alert" | "critical" => Severity::Critical,
        "error" => Severity::High,
        "warning" => Severity::Medium,
        "notice" => Severity::Low,
        _ => Severity::Info,
    };
    let message = if alert.output.is_empty() {
        &alert.rule
    } else {
        &alert.output
    };
    found
        .say(message.as_str())
        .with("alert.rule", alert.rule.as_str())
        .lower_to(severity);
}
