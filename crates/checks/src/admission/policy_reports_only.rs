//! Policies of an engine that report and do not refuse.

use catseye_model::{FieldPath, Fields, Kind, Object};

use super::policy_engine::{CONSTRAINTS, constraint_denies, is_policy, rule_enforces};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A policy of the policy engine reports and refuses nothing
    ///
    /// Objects that break the policy are admitted and written down in a report. Kyverno does so
    /// unless it is told to enforce, so a policy may have been meant as a guard and never was one.
    ///
    /// **Fix:** When the reports are empty, refuse. Kyverno:
    /// ```yaml
    /// validate:
    ///   failureAction: Enforce
    /// ```
    /// Gatekeeper: `enforcementAction: deny`. Kubewarden: `mode: protect`.
    "ADM-013" {
        severity: Low,
        rows: ["F13"],
        fails: [
            r"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: audit-is-the-default}
spec: {rules: [{name: a, validate: {message: m, pattern: {spec: {}}}}]}
",
            r"
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sPSPPrivilegedContainer
metadata: {name: a}
spec: {enforcementAction: dryrun}
",
            r"
apiVersion: policies.kubewarden.io/v1
kind: ClusterAdmissionPolicy
metadata: {name: a}
spec: {mode: monitor}
",
            r"
apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: a}
spec: {validationActions: [Audit]}
",
        ],
        passes: [
            r"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: a}
spec: {validationFailureAction: enforce, rules: [{name: a, validate: {pattern: {spec: {}}}}]}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: by-rule}
spec:
  rules:
  - {name: a, validate: {failureAction: Enforce, pattern: {spec: {}}}}
  - {name: b, validate: {failureAction: Audit, pattern: {spec: {}}}}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: in-production}
spec:
  validationFailureAction: Audit
  validationFailureActionOverrides: [{action: Enforce, namespaces: [production]}]
  rules: [{name: a, validate: {pattern: {spec: {}}}}]
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: refuses-nothing-by-nature}
spec: {rules: [{name: a, generate: {kind: NetworkPolicy}}, {name: b, mutate: {}}]}
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sPSPPrivilegedContainer
metadata: {name: deny-is-the-default}
spec: {}
---
apiVersion: policies.kubewarden.io/v1
kind: ClusterAdmissionPolicy
metadata: {name: a}
spec: {mode: protect}
",
        ],
        run: ObjectsWhere("policies of Kyverno, Gatekeeper and Kubewarden", is_policy, run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    let spec = object.value().at("spec");
    let path = |field: &str| FieldPath::root().join("spec").join(field);
    match object.kind() {
        Kind::KyvernoPolicy | Kind::KyvernoClusterPolicy => {
            let rules = spec.list("rules");
            let judging = rules
                .iter()
                .any(|rule| rule.has("validate") || rule.has("verifyImages"));
            let somewhere = spec
                .list("validationFailureActionOverrides")
                .iter()
                .any(|part| {
                    part.text("action")
                        .is_some_and(|a| a.eq_ignore_ascii_case("enforce"))
                });
            if judging
                && !somewhere
                && !rules.iter().any(|rule| rule_enforces(rule, object.value()))
            {
                found.at(path("validationFailureAction"), "only reports");
            }
        }
        Kind::Other if object.group() == CONSTRAINTS && !constraint_denies(object) => {
            let action = spec.text("enforcementAction").unwrap_or_default();
            found.at(path("enforcementAction"), format!("only reports: {action}"));
        }
        Kind::Other
            if object.group() == "policies.kubewarden.io"
                && spec.text("mode") == Some("monitor") =>
        {
            found.at(path("mode"), "only reports: monitor");
        }
        Kind::Other if object.group() == "policies.kyverno.io" => {
            // The default is to refuse.
            let mut actions = spec.texts("validationActions").peekable();
            if actions.peek().is_some() && !actions.any(|action| action == "Deny") {
                found.at(path("validationActions"), "only reports");
            }
        }
        _ => {}
    }
}
