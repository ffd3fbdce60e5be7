//! An AppArmor profile that confines nothing.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::pss::app_armor::CONTROL;

check! {
    /// AppArmor is switched off
    ///
    /// Nodes with AppArmor confine containers by the runtime's profile, which denies mounting,
    /// writing to `/proc` and `/sys`, and tracing processes outside. Unconfined, these ways to the
    /// node depend on capabilities alone.
    ///
    /// **Fix:** Remove the profile, or use the runtime's:
    /// ```yaml
    /// securityContext:
    ///   appArmorProfile:
    ///     type: RuntimeDefault
    /// ```
    "POD-016" {
        severity: Medium,
        rows: ["A16"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata:
  name: a
  annotations: {container.apparmor.security.beta.kubernetes.io/app: unconfined}
spec:
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
      containers:
      - {name: app, image: i, securityContext: {appArmorProfile: {type: Unconfined}}}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata:
  name: a
  annotations: {container.apparmor.security.beta.kubernetes.io/app: unconfined}
spec:
  template:
    metadata:
      annotations:
        container.apparmor.security.beta.kubernetes.io/app: runtime/default
        container.apparmor.security.beta.kubernetes.io/other: localhost/strict
        container.apparmor.security.beta.kubernetes.io/empty: ''
    spec:
      securityContext: {appArmorProfile: {type: RuntimeDefault}}
      containers:
      - name: app
        image: i
        securityContext: {appArmorProfile: {type: Localhost, localhostProfile: strict}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    for violation in CONTROL.violations(context.version(), pod) {
        found.violation(violation);
    }
}
