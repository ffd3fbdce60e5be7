//! `hostAliases`, and mounts over `/etc/hosts` and `/etc/resolv.conf`.

use catseye_model::{Fields, PodView, Severity};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A pod overrides name resolution
    ///
    /// `hostAliases` and mounts over `/etc/hosts` or `/etc/resolv.conf` decide to which addresses
    /// names lead, past DNS and out of sight of whoever watches it. Someone who may edit the workload
    /// sends its traffic to a host of theirs, or keeps it talking to an address that has changed
    /// hands. Overriding a name of the cluster or of a registry or cloud API is worse: credentials go
    /// there.
    ///
    /// **Fix:** Remove them, and name the address in DNS: with a Service without selector, an
    /// `ExternalName` Service or a record in the zone that owns the name.
    "POD-029" {
        severity: Low,
        rows: ["A29"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  hostAliases:
  - {ip: 10.0.0.5, hostnames: [db.example.com]}
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: app
    image: i
    volumeMounts:
    - {name: hosts, mountPath: /etc/hosts, subPath: hosts}
  volumes:
  - {name: hosts, configMap: {name: hosts}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  hostAliases: []
  containers:
  - name: app
    image: i
    volumeMounts:
    - {name: config, mountPath: /etc/hosts.d}
  volumes:
  - {name: config, configMap: {name: hosts}}
",
        ],
        run: Pods(run),
    }
}

/// Ends of names that lead to the API server, to Services, to registries or to cloud APIs.
const TRUSTED_NAMES: [&str; 10] = [
    "kubernetes",
    "kubernetes.default",
    ".svc",
    ".cluster.local",
    ".docker.io",
    ".gcr.io",
    ".amazonaws.com",
    ".googleapis.com",
    ".windows.net",
    ".azure.com",
];

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for (index, alias) in pod.spec.list("hostAliases").iter().enumerate() {
        let path = || pod.path("hostAliases").index(index);
        let ip = alias.text("ip").unwrap_or_default();
        let hijacked = alias
            .texts("hostnames")
            .find(|host| TRUSTED_NAMES.iter().any(|name| host.ends_with(name)));
        match (hijacked, alias.texts("hostnames").next()) {
            (Some(host), _) => {
                found.at_severity(Severity::Medium, path(), format!("sends {host} to {ip}"));
            }
            (None, Some(host)) => found.at(path(), format!("sends {host} to {ip}")),
            (None, None) => {}
        }
    }
    for container in &pod.containers {
        for mount in container.mounts() {
            if matches!(mount.path, "/etc/hosts" | "/etc/resolv.conf") {
                found.in_container_at(
                    container,
                    container
                        .path("volumeMounts")
                        .index(mount.index)
                        .join("mountPath"),
                    format!("mounts {} over the pod's own", mount.path),
                );
            }
        }
    }
}
