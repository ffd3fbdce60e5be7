//! No seccomp, `SELinux`, `AppArmor` or dropped capability.

use catseye_model::pod::AppArmor;
use catseye_model::{Container, Fields, PodView};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container uses none of the kernel's confinements
    ///
    /// Neither a seccomp profile, nor SELinux options, nor an AppArmor profile, nor a dropped
    /// capability narrows what the container may ask of the node's kernel. Every flaw in one of its
    /// hundreds of system calls is then within reach of whoever runs code in the container. The checks
    /// of seccomp and of capabilities weigh it; this one sums them up.
    ///
    /// **Fix:** The runtime's own profile suits nearly every application:
    /// ```yaml
    /// securityContext:
    ///   seccompProfile: {type: RuntimeDefault}
    ///   capabilities: {drop: [ALL]}
    /// ```
    "POD-028" {
        severity: Info,
        rows: ["A28"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata:
  name: a
  annotations: {container.apparmor.security.beta.kubernetes.io/other: runtime/default}
spec:
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {seccompProfile: {type: RuntimeDefault}}
  containers:
  - {name: opts-out, image: i, securityContext: {seccompProfile: {type: Unconfined}}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {seLinuxOptions: {}}
  containers:
  - {name: drops-and-adds, image: i, securityContext: {capabilities: {drop: [ALL], add: [all]}}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata:
  name: a
  annotations: {container.apparmor.security.beta.kubernetes.io/annotated: localhost/app}
spec:
  securityContext: {seccompProfile: {type: Unconfined}}
  initContainers:
  - {name: seccomp, image: i, securityContext: {seccompProfile: {type: Localhost, localhostProfile: a.json}}}
  containers:
  - {name: annotated, image: i}
  - {name: apparmor, image: i, securityContext: {appArmorProfile: {type: RuntimeDefault}}}
  - {name: selinux, image: i, securityContext: {seLinuxOptions: {level: 's0:c1,c2'}}}
  - {name: drops, image: i, securityContext: {capabilities: {drop: [NET_RAW]}}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: by-pod}
spec:
  securityContext: {seccompProfile: {type: RuntimeDefault}}
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: windows}
spec:
  os: {name: windows}
  containers:
  - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    if pod.runs_on_windows() {
        return;
    }
    for container in &pod.containers {
        if !is_confined(pod, container) {
            found.in_container(
                container,
                "securityContext",
                "no seccomp, SELinux, AppArmor or dropped capability",
            );
        }
    }
}

fn is_confined(pod: &PodView<'_>, container: &Container<'_>) -> bool {
    let confines = |kind: &str| matches!(kind, "RuntimeDefault" | "Localhost");
    let seccomp = || {
        pod.seccomp(container)
            .is_some_and(|profile| confines(profile.kind))
    };
    let capabilities = || {
        let is_all = |name: &str| name.eq_ignore_ascii_case("ALL");
        container.security.dropped_capabilities().next().is_some()
            && !container.security.added_capabilities().any(is_all)
    };
    let selinux = || {
        let sets = |options: &catseye_model::Value| {
            options
                .entries("seLinuxOptions")
                .any(|(_, option)| option.as_str().is_some_and(|text| !text.is_empty()))
        };
        sets(container.security.value) || sets(pod.security.value)
    };
    let app_armor = || match pod.app_armor(container) {
        Some(AppArmor::Field(profile)) => confines(profile.kind),
        Some(AppArmor::Annotation(profile)) => !matches!(profile, "" | "unconfined"),
        None => false,
    };
    seccomp() || capabilities() || selinux() || app_armor()
}
