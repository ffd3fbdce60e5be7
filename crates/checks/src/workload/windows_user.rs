//! Windows containers that run as administrator.

use catseye_model::{Container, Fields, PodView};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A Windows container runs as administrator, or as whom the image says
    ///
    /// `ContainerAdministrator` installs services, changes the registry and loads what it likes inside
    /// the container, and it is the default user of most Windows base images. An attacker starts with
    /// everything that helps to get out.
    ///
    /// HostProcess containers, which must run as a user of the node, have a check of their own.
    ///
    /// **Fix:**
    /// ```yaml
    /// securityContext:
    ///   windowsOptions:
    ///     runAsUserName: ContainerUser
    /// ```
    "POD-040" {
        severity: Medium,
        rows: ["A40"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  os: {name: windows}
  containers:
  - {name: silent, image: i}
  - {name: user, image: i, securityContext: {windowsOptions: {runAsUserName: ContainerUser}}}
",
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      nodeSelector: {kubernetes.io/os: windows}
      securityContext: {windowsOptions: {runAsUserName: ContainerUser}}
      containers:
      - {name: admin, image: i, securityContext: {windowsOptions: {runAsUserName: containeradministrator}}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: linux}
spec:
  os: {name: linux}
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: by-pod}
spec:
  os: {name: windows}
  securityContext: {windowsOptions: {runAsUserName: ContainerUser}}
  containers:
  - {name: app, image: i}
  - {name: service, image: i, securityContext: {windowsOptions: {runAsUserName: 'NT AUTHORITY\Local Service'}}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: host-process}
spec:
  os: {name: windows}
  hostNetwork: true
  securityContext: {windowsOptions: {hostProcess: true, runAsUserName: 'NT AUTHORITY\SYSTEM'}}
  containers:
  - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

const USER: &str = "windowsOptions.runAsUserName";

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    if !pod.runs_on_windows() {
        return;
    }
    for container in &pod.containers {
        if is_host_process(pod, container) {
            continue;
        }
        let user = [container.security.value, pod.security.value]
            .into_iter()
            .find_map(|context| context.text(USER).filter(|user| !user.is_empty()));
        let message = match user {
            None => "runs as the image's user, often ContainerAdministrator".to_owned(),
            Some(user) if is_administrator(user) => format!("runs as {user}"),
            Some(_) => continue,
        };
        found.in_container(
            container,
            "securityContext.windowsOptions.runAsUserName",
            message,
        );
    }
}

fn is_host_process(pod: &PodView<'_>, container: &Container<'_>) -> bool {
    let of = |context: &catseye_model::Value| context.flag("windowsOptions.hostProcess");
    of(container.security.value).or(of(pod.security.value)) == Some(true)
}

fn is_administrator(user: &str) -> bool {
    let name = user.rsplit('\\').next().unwrap_or(user);
    ["ContainerAdministrator", "Administrator", "SYSTEM"]
        .iter()
        .any(|administrator| name.eq_ignore_ascii_case(administrator))
}
