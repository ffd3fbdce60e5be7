//! Stars in rules.

use catseye_model::{FieldPath, Kind, Object, Severity};
use catseye_rbac::Rule;

use super::grants::Grants;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A rule says `*` where words would do
    ///
    /// A star grants what exists today and whatever is added tomorrow: kinds of operators that are
    /// installed later, sub-resources such as `pods/exec`, verbs such as `escalate` and
    /// `impersonate`. Nobody reviews those.
    ///
    /// **Fix:** Write the verbs, resources and API groups that are needed. `catseye can` shows what a
    /// role amounts to.
    "RBA-002" {
        severity: High,
        rows: ["C02"],
        fails: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: a}
rules:
- {apiGroups: ['*'], resources: ['*'], verbs: [get]}
- {apiGroups: [''], resources: ['*'], verbs: ['*']}
- {apiGroups: [''], resources: [pods], verbs: ['*']}
- {apiGroups: [widgets.example.com], resources: ['*'], verbs: ['*']}
- {nonResourceURLs: ['*'], verbs: ['*']}
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: a, namespace: shop}
rules:
- {apiGroups: ['*'], resources: [deployments], verbs: [get]}
",
        ],
        passes: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: a}
rules:
- {apiGroups: [''], resources: [pods, pods/log], verbs: [get]}
- {apiGroups: ['*'], resources: ['*/scale'], verbs: [get, update]}
- {nonResourceURLs: [/healthz/*], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: cluster-admin, labels: {kubernetes.io/bootstrapping: rbac-defaults}}
rules:
- {apiGroups: ['*'], resources: ['*'], verbs: ['*']}
",
        ],
        run: Objects(&[Kind::Role, Kind::ClusterRole], run),
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    let grants = context.index::<Grants>();
    let Some(role) = grants.role(context.inventory, object) else {
        return;
    };
    for rule in &role.rules {
        let (home, index) = rule.from;
        // An aggregated rule is reported where it is written.
        if grants.rbac.role(home).object != role.object {
            continue;
        }
        if let Some((severity, message)) = judge(&rule.rule) {
            let path = FieldPath::root().key("rules").index(index);
            found.at_severity(severity, path, message);
        }
    }
}

/// How bad the stars of a rule are, and what they say.
fn judge(rule: &Rule) -> Option<(Severity, String)> {
    let star = |list: &[String]| list.iter().any(|word| word == "*");
    let (verbs, resources, groups) = (
        star(&rule.verbs),
        star(&rule.resources),
        star(&rule.api_groups),
    );
    if star(&rule.non_resource_urls) {
        return Some((
            Severity::Low,
            "covers every path of the API server".to_owned(),
        ));
    }
    // `*/scale` in every group is how autoscalers are meant to be given their right.
    let only_sub_resources = rule
        .resources
        .iter()
        .all(|resource| resource.starts_with("*/"));
    if rule.resources.is_empty() || only_sub_resources || !(verbs || resources || groups) {
        return None;
    }
    let own = !groups
        && rule
            .api_groups
            .iter()
            .all(|group| group.contains('.') && !group.ends_with(".k8s.io"));
    let severity = match (verbs, resources) {
        _ if own => Severity::Low,
        (true, true) => Severity::High,
        (_, true) => Severity::Medium,
        _ => Severity::Low,
    };
    let verbs = if verbs {
        "every verb".to_owned()
    } else {
        rule.verbs.join(", ")
    };
    let resources = if resources {
        "every resource".to_owned()
    } else {
        rule.resources.join(", ")
    };
    let groups = if groups {
        "every API group".to_owned()
    } else {
        let named = |group: &String| match group.as_str() {
            "" => "the core group".to_owned(),
            group => group.to_owned(),
        };
        let groups: Vec<String> = rule.api_groups.iter().map(named).collect();
        groups.join(", ")
    };
    Some((
        severity,
        format!("allows {verbs} on {resources} of {groups}"),
    ))
}
