//! A `ClusterIssuer` that signs any name for any namespace.

use catseye_model::{Completeness, FieldPath, Fields, Inventory, Kind, Object};

use crate::check::check;
use crate::context::{Context, Index, Reads};
use crate::findings::Findings;

check! {
    /// Every namespace can obtain any certificate from an issuer
    ///
    /// A ClusterIssuer serves all namespaces, and an authority of your own (CA, Vault, Venafi) asks for no
    /// proof of a name. Whoever may create a Certificate somewhere gets one for the
    /// database, the mesh or the API of another team, and clients believe it.
    ///
    /// Issuers that prove names (ACME) and self-signed ones are left out, and so is a cluster in which
    /// cert-manager's approver-policy decides.
    ///
    /// **Fix:** Use an Issuer per namespace, or say who may have which names:
    /// ```yaml
    /// apiVersion: policy.cert-manager.io/v1alpha1
    /// kind: CertificateRequestPolicy
    /// spec:
    ///   allowed: {dnsNames: {values: ['*.shop.svc']}}
    ///   selector: {namespace: {matchNames: [shop]}}
    /// ```
    "OPR-111" {
        severity: Low,
        rows: ["F10"],
        fails: [
            r"
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: internal}
spec: {ca: {secretName: root}}
",
        ],
        passes: [
            r"
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: letsencrypt}
spec: {acme: {server: 'https://acme.example.com'}}
---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: bootstrap}
spec: {selfSigned: {}}
---
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: {name: own, namespace: shop}
spec: {ca: {secretName: root}}
",
            r"
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: internal}
spec: {ca: {secretName: root}}
---
apiVersion: policy.cert-manager.io/v1alpha1
kind: CertificateRequestPolicy
metadata: {name: a}
",
            r"# completeness: fragment
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: internal}
spec: {ca: {secretName: root}}
",
        ],
        run: Objects(&[Kind::ClusterIssuer], run),
    }
}

/// Whether policies decide about certificate requests.
struct RequestPolicies {
    exist: bool,
}

impl Index for RequestPolicies {
    const READS: Reads = Reads::Kinds(&[Kind::Other]);

    fn build(inventory: &Inventory) -> Self {
        let exist = inventory
            .of_kind(Kind::Other)
            .any(|(_, object)| object.group() == "policy.cert-manager.io");
        RequestPolicies { exist }
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    let authority = ["ca", "vault", "venafi"]
        .into_iter()
        .find(|kind| object.value().at("spec").has(kind));
    let Some(authority) = authority else { return };
    if context.index::<RequestPolicies>().exist {
        return;
    }
    if context.inventory.completeness() == Completeness::Fragment {
        found.unknown("request policies may exist elsewhere");
        return;
    }
    found.at(
        FieldPath::root().join("spec").join(authority),
        "signs any name for any namespace",
    );
}
