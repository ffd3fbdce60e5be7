//! Probes that ask a port nobody declares.

use catseye_model::Value;
use catseye_model::{Container, Fields, PodView, Severity};

use super::probes::question;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A probe asks a port that its container does not declare
    ///
    /// A probe on a wrong port fails forever: as a liveness or startup probe it restarts a healthy
    /// container again and again, as a readiness probe it keeps the pod out of its Services. A port
    /// name that the container does not declare cannot even be looked up.
    ///
    /// **Fix:** Declare the port, and name it in the probe:
    /// ```yaml
    /// ports:
    /// - name: http
    ///   containerPort: 8080
    /// readinessProbe:
    ///   httpGet:
    ///     port: http
    /// ```
    "REL-108" {
        severity: Medium,
        rows: ["H05"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      containers:
      - name: app
        image: i
        ports: [{name: http, containerPort: 8080}]
        livenessProbe: {httpGet: {path: /, port: 8081}}
        readinessProbe: {httpGet: {path: /, port: web}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: app
    image: i
    ports: [{containerPort: 53, protocol: UDP}]
    startupProbe: {tcpSocket: {port: 53}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: app
    image: i
    ports: [{name: http, containerPort: 8080}, {containerPort: 53, protocol: UDP}]
    livenessProbe: {httpGet: {port: http}}
    readinessProbe: {httpGet: {port: 8080}}
    startupProbe: {exec: {command: [/ready]}}
  - name: asks-the-neighbour
    image: i
    ports: [{containerPort: 9090}]
    readinessProbe: {httpGet: {port: 8080}}
  - name: declares-none
    image: i
    livenessProbe: {grpc: {port: 9000}}
  - name: elsewhere
    image: i
    ports: [{containerPort: 9091}]
    readinessProbe: {httpGet: {host: example.com, port: 443}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in pod.long_running_containers() {
        for field in ["livenessProbe", "readinessProbe", "startupProbe"] {
            let probe = container.value.at(field);
            let Some((handler, asked)) = question(probe) else {
                continue;
            };
            if asked.text("host").is_some_and(|host| !host.is_empty()) {
                continue;
            }
            if let Some((severity, message)) = undeclared(pod, container, asked.at("port")) {
                let path = format!("{field}.{handler}.port");
                found.in_container_severity(severity, container, &path, message);
            }
        }
    }
}

fn undeclared(
    pod: &PodView<'_>,
    container: &Container<'_>,
    port: &Value,
) -> Option<(Severity, String)> {
    if let Some(number) = port.integer("") {
        // Declaring ports is optional, so a container that declares none says nothing; and the
        // containers of a pod share one network.
        let declares_some = container.ports().next().is_some();
        let declared = pod
            .containers
            .iter()
            .flat_map(Container::ports)
            .any(|known| known.number == Some(number) && known.protocol == "TCP");
        let message = || format!("asks port {number}, which the container does not declare");
        return (declares_some && !declared).then(|| (Severity::Low, message()));
    }
    let name = port.as_str()?;
    // A number in quotes is taken for a name by the API server, which then refuses it as one.
    let declared = container.ports().any(|known| known.name == Some(name));
    let message = || format!("asks port {name:?}, which the container does not declare");
    (!declared).then(|| (Severity::Medium, message()))
}
