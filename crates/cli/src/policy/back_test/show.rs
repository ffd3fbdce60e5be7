//! What a back-test found, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use catseye_admission::Request;
use serde_json::json;

use super::{Denied, Tested};

/// Whose call it was, where that is known.
fn who(request: &Request) -> &str {
    match request.user.name.as_str() {
        "" => "(unknown)",
        name => name,
    }
}

fn name(request: &Request) -> String {
    let mut text = request.resource.clone();
    if !request.subresource.is_empty() {
        let _ = write!(text, "/{}", request.subresource);
    }
    text.push(' ');
    if !request.namespace.is_empty() && request.namespace != request.name {
        let _ = write!(text, "{}/", request.namespace);
    }
    text.push_str(&request.name);
    text
}

/// How often each value occurs, the most frequent first.
fn sums<'d>(denied: &'d [Denied], of: impl Fn(&'d Denied) -> &'d str) -> Vec<(&'d str, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for call in denied {
        *counts.entry(of(call)).or_default() += 1;
    }
    let mut sums: Vec<_> = counts.into_iter().collect();
    sums.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    sums
}

pub(super) fn text(tested: &Tested) -> String {
    let mut text = String::new();
    for call in &tested.denied {
        let word = if call.is_error {
            "could not be judged"
        } else {
            "denied"
        };
        let _ = writeln!(
            text,
            "{} {word}: {} {} {} by {}: {}",
            call.time,
            who(&call.request),
            call.request.operation.name().to_lowercase(),
            name(&call.request),
            call.policy,
            call.message
        );
    }
    if !tested.denied.is_empty() {
        text.push('\n');
    }
    for (title, sums) in [
        ("identity", sums(&tested.denied, |call| who(&call.request))),
        (
            "namespace",
            sums(&tested.denied, |call| {
                if call.request.namespace.is_empty() {
                    "(cluster)"
                } else {
                    &call.request.namespace
                }
            }),
        ),
        ("policy", sums(&tested.denied, |call| &call.policy)),
    ] {
        for (name, count) in sums {
            let _ = writeln!(text, "{count:>6} by {title} {name}");
        }
    }
    let _ = writeln!(
        text,
        "{} of {} calls denied, {} warned; policies are about {} of them",
        tested.denied.len(),
        tested.judged,
        tested.warned,
        tested.met
    );
    if tested.failed > 0 {
        let _ = writeln!(text, "{} calls had failed anyway", tested.failed);
    }
    for (why, count) in &tested.unseen {
        let _ = writeln!(text, "{count} calls could not be judged: {why}");
    }
    text
}

pub(super) fn for_programs(tested: &Tested) -> String {
    let denied: Vec<_> = tested
        .denied
        .iter()
        .map(|call| {
            json!({
                "time": call.time,
                "auditID": call.request.uid,
                "user": call.request.user.name,
                "operation": call.request.operation.name(),
                "group": call.request.group,
                "resource": call.request.resource,
                "subresource": call.request.subresource,
                "namespace": call.request.namespace,
                "name": call.request.name,
                "policy": call.policy,
                "message": call.message,
                "error": call.is_error,
            })
        })
        .collect();
    let counted = |sums: Vec<(&str, usize)>| -> serde_json::Value {
        sums.into_iter()
            .map(|(name, count)| json!({"name": name, "count": count}))
            .collect()
    };
    format!(
        "{:#}\n",
        json!({
            "version": 1,
            "denied": denied,
            "byIdentity": counted(sums(&tested.denied, |call| &call.request.user.name)),
            "byNamespace": counted(sums(&tested.denied, |call| &call.request.namespace)),
            "byPolicy": counted(sums(&tested.denied, |call| &call.policy)),
            "judged": tested.judged,
            "met": tested.met,
            "warned": tested.warned,
            "failed": tested.failed,
            "notJudged": tested.unseen,
        })
    )
}
