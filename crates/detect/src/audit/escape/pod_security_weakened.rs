//! The Pod Security level of a namespace, lowered or taken away.

use crate::audit::prelude::*;

detection! {
    /// Pod Security enforcement weakened
    ///
    /// The label on the namespace is what keeps privileged pods out of it. Setting it to `privileged`,
    /// or removing it, is the step before such a pod.
    ///
    /// **Benign:** Namespaces of node agents need `privileged`, once, when they are made.
    ///
    /// **Respond:** Put the label back, and look for pods that came between.
    "AUD-099" {
        severity: High,
        attack: DefenseEvasion "T1562.001",
        rows: ["99"],
        needs: [RequestBody],
        on: [(CHANGE, &["namespaces"])],
        when: Succeeded,
        fires: [
            r"{verb: patch, objectRef: {resource: namespaces, name: shop}, requestObject: {metadata: {labels: {pod-security.kubernetes.io/enforce: privileged}}}}",
            r"{verb: patch, objectRef: {resource: namespaces, name: shop}, requestObject: {metadata: {labels: {pod-security.kubernetes.io/enforce: null}}}}",
            r"{verb: patch, objectRef: {resource: namespaces, name: shop}, requestObject: [{op: remove, path: /metadata/labels/pod-security.kubernetes.io~1enforce}]}",
        ],
        quiet: [
            r"{verb: patch, objectRef: {resource: namespaces, name: shop}, requestObject: {metadata: {labels: {pod-security.kubernetes.io/enforce: restricted}}}}",
            r"{verb: patch, objectRef: {resource: namespaces, name: shop}, requestObject: {metadata: {labels: {team: shop}}}}",
        ],
        run: Call(run),
    }
}

const LABEL: &str = "pod-security.kubernetes.io/enforce";

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let labels = call.sent().at("metadata.labels");
    let before = call
        .inventory
        .and_then(|inventory| inventory.find(Kind::Namespace, "", call.name()))
        .and_then(|namespace| namespace.value().entry("metadata.labels", LABEL))
        .map(str::to_owned);
    let rank = |level: &str| {
        ["privileged", "baseline", "restricted"]
            .iter()
            .position(|it| *it == level)
    };
    let after = match labels.get(LABEL) {
        Some(Value::Null) => Some("nothing"),
        Some(level) => level.as_str(),
        // A whole object without the label has lost it, if it was there.
        None if call.event.verb() == "update" && before.is_some() => Some("nothing"),
        None => removed_by_step(call).then_some("nothing"),
    };
    let Some(after) = after else { return };
    let lowered = match &before {
        Some(before) => rank(after) < rank(before),
        None => matches!(after, "privileged" | "nothing"),
    };
    if lowered {
        let from = before
            .map(|level| format!(" from {level}"))
            .unwrap_or_default();
        found
            .say(format!(
                "lowered Pod Security of namespace {}{from} to {after}",
                call.name()
            ))
            .body(format!("metadata.labels.{LABEL}"), after);
    }
}

fn removed_by_step(call: &Call<'_, '_>) -> bool {
    let steps = call.event.request_body().and_then(Value::as_array);
    steps.into_iter().flatten().any(|step| {
        step.text("op") == Some("remove")
            && step
                .text("path")
                .is_some_and(|path| path.ends_with("pod-security.kubernetes.io~1enforce"))
    })
}
