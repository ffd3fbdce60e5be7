//! Tokens that nobody asked for.

use catseye_model::PodView;

use super::service_account::{GrantedRoles, is_token_mounted};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A pod is given a service account token without asking
    ///
    /// Unless the pod or its service account says no, every container finds a token for the API server
    /// in its file system. Most applications never use it, but whoever breaks into one does: to learn
    /// about the cluster, and to do whatever the account is ever granted.
    ///
    /// Whether the application uses the API cannot be seen in manifests. Accounts to which a binding
    /// grants rights are the subject of SEC-108.
    ///
    /// **Fix:** Where the application does not call the API server:
    /// ```yaml
    /// spec:
    ///   automountServiceAccountToken: false
    /// ```
    /// Where it does, mount a token that ends soon, into the one container that needs it, with a
    /// `projected` volume.
    "SEC-008" {
        severity: Low,
        rows: ["B08"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: by-default}
spec:
  template:
    spec:
      containers:
      - {name: app, image: i}
",
            r"
apiVersion: v1
kind: ServiceAccount
metadata: {name: cart, namespace: shop}
automountServiceAccountToken: false
---
apiVersion: v1
kind: Pod
metadata: {name: pod-decides, namespace: shop}
spec:
  serviceAccountName: cart
  automountServiceAccountToken: true
  containers:
  - {name: app, image: i}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: ServiceAccount
metadata: {name: cart, namespace: shop}
automountServiceAccountToken: false
---
apiVersion: v1
kind: Pod
metadata: {name: account-decides, namespace: shop}
spec:
  serviceAccountName: cart
  containers:
  - {name: app, image: i}
---
apiVersion: v1
kind: Pod
metadata: {name: pod-decides, namespace: shop}
spec:
  automountServiceAccountToken: false
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: covered}
spec:
  containers:
  - name: app
    image: i
    volumeMounts:
    - {name: nothing, mountPath: /var/run/secrets/kubernetes.io/serviceaccount}
  volumes:
  - {name: nothing, emptyDir: {}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    if !is_token_mounted(pod, context.inventory) {
        return;
    }
    let account = pod.service_account();
    let granted = context.index::<GrantedRoles>();
    if granted.of(pod.object.namespace(), account).is_none() {
        found.at(
            pod.path("automountServiceAccountToken"),
            format!("the token of {account} is mounted, and no binding seen gives it rights"),
        );
    }
}
