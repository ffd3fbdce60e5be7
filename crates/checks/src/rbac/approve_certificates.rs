//! Client certificates signed by the cluster.

use catseye_model::{Kind, Object, Severity};
use catseye_rbac::{Identity, Names, Request, Scope};

use super::grants::{Ask, Grants, Power, people, subject_path, unknown_role};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A binding lets somebody approve client certificates
    ///
    /// Approving a CertificateSigningRequest takes two rights: to change its `approval`, and the verb
    /// `approve` on the signer. Whoever holds both, and may create requests, makes certificates of
    /// any user, or of any node. They cannot be revoked.
    ///
    /// **Fix:** Give `approve` for the one signer that is needed with `resourceNames`, and never for
    /// `kubernetes.io/kube-apiserver-client`.
    "RBA-009" {
        severity: High,
        rows: ["C09"],
        fails: [
            // The two rights in two bindings of one account.
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: approval}
rules:
- {apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests/approval], verbs: [update]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: signers}
rules:
- apiGroups: [certificates.k8s.io]
  resources: [signers]
  resourceNames: [kubernetes.io/kube-apiserver-client]
  verbs: [approve]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: a}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: approval}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: signers}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
",
        ],
        passes: [
            // Approval without a signer's consent, and of a signer of its own.
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: approval}
rules:
- {apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests/approval], verbs: [update]}
- apiGroups: [certificates.k8s.io]
  resources: [signers]
  resourceNames: [example.com/*]
  verbs: [approve]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: a}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: approval}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
",
        ],
        run: Objects(&[Kind::ClusterRoleBinding], run),
    }
}

const GROUP: &str = "certificates.k8s.io";

pub(super) static POWER: Power = Power {
    everywhere: Severity::High,
    in_namespace: None,
    asks: &[Ask {
        verbs: &["update", "patch"],
        group: GROUP,
        resources: &["certificatesigningrequests/approval"],
    }],
};

/// Signers whose certificates the API server takes for users and nodes.
const SIGNERS: [&str; 3] = [
    "kubernetes.io/kube-apiserver-client",
    "kubernetes.io/kube-apiserver-client-kubelet",
    "kubernetes.io/*",
];

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    let grants = context.index::<Grants>();
    let Some(binding) = grants.binding(context.inventory, object) else {
        return;
    };
    if unknown_role(binding, found) {
        return;
    }
    let approval = binding.roles.iter().find_map(|role| {
        let held = grants.held(*role, &POWER)?;
        (!grants.is_everything(*role)).then(|| grants.rule(*role, held))
    });
    let Some(rule) = approval else { return };
    let approve = Request::resource("approve", GROUP, "signers");
    let asked = grants.rbac.ask(&approve);
    for bound in people(binding) {
        let effective = grants.rbac.effective(&Identity::of(&bound.subject));
        let signers = match effective.names(&asked, &Scope::Cluster) {
            Names::All => "any signer".to_owned(),
            Names::Some(names) => {
                let ours = names.into_iter().filter(|name| SIGNERS.contains(name));
                ours.collect::<Vec<_>>().join(", ")
            }
            Names::Nothing => String::new(),
        };
        if !signers.is_empty() {
            let message = format!(
                "{} may approve certificates of {signers}, by {rule}",
                bound.subject
            );
            found.at(subject_path(bound), message);
        }
    }
}
