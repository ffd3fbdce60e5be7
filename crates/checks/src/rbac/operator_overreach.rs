//! What operators ask for when they are installed.

use catseye_model::{FieldPath, Fields, Object, Severity};
use catseye_rbac::{Request, Rule};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An operator asks for more than its own kinds
    ///
    /// The Operator Lifecycle Manager creates the roles that a ClusterServiceVersion asks for, without
    /// anybody reading them. An operator with stars, with every Secret or with the right to escalate
    /// makes its one pod worth as much as the cluster.
    ///
    /// **Fix:** Ask for the kinds that the operator owns and the verbs that it uses; put rights on
    /// Secrets under `permissions`, which count in the operator's namespace alone.
    "RBA-028" {
        severity: High,
        rows: ["C30"],
        fails: [
            r"
apiVersion: operators.coreos.com/v1alpha1
kind: ClusterServiceVersion
metadata: {name: widgets.v1, namespace: operators}
spec:
  install:
    strategy: deployment
    spec:
      clusterPermissions:
      - serviceAccountName: widgets
        rules:
        - {apiGroups: ['*'], resources: ['*'], verbs: ['*']}
        - {apiGroups: [''], resources: [secrets, configmaps], verbs: [get, list]}
        - {apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [escalate]}
",
        ],
        passes: [
            r"
apiVersion: operators.coreos.com/v1alpha1
kind: ClusterServiceVersion
metadata: {name: widgets.v1, namespace: operators}
spec:
  install:
    strategy: deployment
    spec:
      clusterPermissions:
      - serviceAccountName: widgets
        rules:
        - {apiGroups: [widgets.example.com], resources: ['*'], verbs: ['*']}
        - {apiGroups: [''], resources: [secrets], verbs: [get], resourceNames: [widgets]}
      permissions:
      - serviceAccountName: widgets
        rules:
        - {apiGroups: [''], resources: [secrets], verbs: [get, list]}
",
        ],
        run: ObjectsWhere("ClusterServiceVersions of the Operator Lifecycle Manager", is_operator, run),
    }
}

fn is_operator(object: &Object) -> bool {
    object.group() == "operators.coreos.com" && object.kind_name() == "ClusterServiceVersion"
}

/// What no operator needs in the whole cluster: verb, group, resource.
const TOO_MUCH: [(&str, &str, &str); 7] = [
    ("*", "*", "*"),
    ("escalate", "rbac.authorization.k8s.io", "clusterroles"),
    ("bind", "rbac.authorization.k8s.io", "clusterroles"),
    ("impersonate", "", "users"),
    ("impersonate", "", "serviceaccounts"),
    ("get", "", "secrets"),
    ("list", "", "secrets"),
];

fn run(operator: &Object, _: &Context<'_>, found: &mut Findings) {
    let path = FieldPath::root().join("spec.install.spec.clusterPermissions");
    let permissions = operator
        .value()
        .list("spec.install.spec.clusterPermissions");
    for (place, permission) in permissions.iter().enumerate() {
        let account = permission.text("serviceAccountName").unwrap_or("default");
        for (index, rule) in permission.list("rules").iter().enumerate() {
            let rule = Rule::read(rule);
            let asked = TOO_MUCH.iter().find(|(verb, group, resource)| {
                rule.allows(&Request::resource(verb, group, resource))
            });
            let Some((verb, _, resource)) = asked else {
                continue;
            };
            let (severity, power) = if *verb == "*" {
                (Severity::Critical, "everything".to_owned())
            } else {
                (Severity::High, format!("{verb} {resource}"))
            };
            found.at_severity(
                severity,
                path.clone().index(place).key("rules").index(index),
                format!("asks for {power} in the whole cluster, for its account {account}"),
            );
        }
    }
}
