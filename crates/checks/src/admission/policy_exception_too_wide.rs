//! Exceptions from Kyverno's policies that hold for everybody.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A policy exception holds for everything
    ///
    /// An exception without namespaces, names or labels switches its policy off for the whole
    /// cluster, and one for `*` switches all policies off. It lies in some namespace as one
    /// small object, out of sight of whoever reads the policies.
    ///
    /// **Fix:** Name what is excepted:
    /// ```yaml
    /// spec:
    ///   exceptions:
    ///   - policyName: disallow-host-path
    ///     ruleNames: [host-path]
    ///   match:
    ///     any:
    ///     - resources: {kinds: [Pod], namespaces: [monitoring], names: ['node-exporter-*']}
    /// ```
    "ADM-113" {
        severity: Medium,
        rows: ["F13"],
        fails: [
            r"
apiVersion: kyverno.io/v2
kind: PolicyException
metadata: {name: a, namespace: b}
spec:
  exceptions: [{policyName: disallow-host-path, ruleNames: [host-path]}]
  match: {any: [{resources: {kinds: [Pod, Deployment]}}]}
",
            r"
apiVersion: kyverno.io/v2
kind: PolicyException
metadata: {name: a, namespace: b}
spec:
  exceptions: [{policyName: '*', ruleNames: ['*']}]
  match: {any: [{resources: {kinds: [Pod], namespaces: [monitoring]}}]}
",
        ],
        passes: [
            r"
apiVersion: kyverno.io/v2
kind: PolicyException
metadata: {name: a, namespace: b}
spec:
  exceptions: [{policyName: disallow-host-path, ruleNames: [host-path]}]
  match:
    any:
    - resources: {kinds: [Pod], namespaces: [monitoring], names: ['node-exporter-*']}
    - resources: {kinds: [Pod], selector: {matchLabels: {app: a}}}
---
apiVersion: kyverno.io/v2
kind: PolicyException
metadata: {name: by-user, namespace: b}
spec:
  exceptions: [{policyName: disallow-host-path, ruleNames: [host-path]}]
  match: {any: [{resources: {kinds: [Pod]}, subjects: [{kind: User, name: backup}]}]}
---
# Exceptions of the newer policies narrow by expressions.
apiVersion: policies.kyverno.io/v1
kind: PolicyException
metadata: {name: cel, namespace: b}
spec:
  policyRefs: [{name: a, kind: ValidatingPolicy}]
  matchConditions: [{name: a, expression: 'object.metadata.name == ''b'''}]
",
        ],
        run: Objects(&[Kind::KyvernoPolicyException], run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    let spec = object.value().at("spec");
    for (index, exception) in spec.list("exceptions").iter().enumerate() {
        if exception.text("policyName") == Some("*") {
            found.at(
                FieldPath::root()
                    .join("spec.exceptions")
                    .index(index)
                    .join("policyName"),
                "switches off every policy",
            );
        }
    }
    if spec.has("conditions") {
        return;
    }
    for clause in ["any", "all"] {
        let filters = spec.at("match").list(clause);
        let path = |index| {
            FieldPath::root()
                .join("spec.match")
                .join(clause)
                .index(index)
        };
        // Of `all`, one filter that narrows is enough.
        if clause == "all" && filters.iter().any(narrows) {
            continue;
        }
        for (index, filter) in filters.iter().enumerate() {
            if !narrows(filter) {
                found.at(
                    path(index).join("resources"),
                    "names neither namespaces nor names nor labels",
                );
            }
        }
    }
}

fn narrows(filter: &Value) -> bool {
    let resources = filter.at("resources");
    let names = |field: &str| {
        let mut names = resources.texts(field).peekable();
        names.peek().is_some() && !names.any(|name| name == "*")
    };
    names("namespaces")
        || names("names")
        || resources.text("name").is_some_and(|name| name != "*")
        || ["selector", "namespaceSelector", "annotations"]
            .iter()
            .any(|field| resources.has(field))
        || ["subjects", "roles", "clusterRoles"]
            .iter()
            .any(|field| filter.has(field))
}
