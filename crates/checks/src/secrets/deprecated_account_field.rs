//! `serviceAccount` in place of `serviceAccountName`.

use catseye_model::{Fields, PodView};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A workload names its service account in the deprecated field
    ///
    /// `serviceAccount` is an old alias that counts only where `serviceAccountName` is empty. Where the
    /// two differ the pod runs as someone else than a reader takes it for, and tools that read the
    /// current field alone judge the wrong account.
    ///
    /// **Fix:** Write `serviceAccountName`, and remove `serviceAccount`.
    "SEC-409" {
        severity: Low,
        rows: ["B09"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  serviceAccount: cart
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      serviceAccount: admin
      serviceAccountName: cart
      containers:
      - {name: app, image: i}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: as-the-api-server-writes-it}
spec:
  serviceAccount: cart
  serviceAccountName: cart
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  serviceAccountName: cart
  containers:
  - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    let named = |field| pod.spec.text(field).filter(|name| !name.is_empty());
    let Some(old) = named("serviceAccount") else {
        return;
    };
    let message = match named("serviceAccountName") {
        Some(new) if new == old => return,
        Some(new) => format!("says {old}, but the pod runs as {new}"),
        None => format!("names {old} in the deprecated field"),
    };
    found.at(pod.path("serviceAccount"), message);
}
