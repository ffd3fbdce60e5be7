//! Manifests with our defaults beside the same manifests after a dry run on the API server.

use catseye_drift::Schemas;
use catseye_model::{Fields as _, Value};

use crate::harness::{create, namespace, objects};

const PLACE: &str = "catseye-defaults";

const MANIFESTS: &str = "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  hostNetwork: true
  containers:
  - {name: c, image: nginx, ports: [{containerPort: 80}], resources: {limits: {cpu: '1', memory: 1Gi}, requests: {cpu: 100m}}}
  - {name: d, image: 'nginx:1', livenessProbe: {httpGet: {port: 80}}, env: [{name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}
  volumes: [{name: s, secret: {secretName: s}}, {name: c, configMap: {name: c}}, {name: e, emptyDir: {}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: b}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      serviceAccountName: builder
      containers: [{name: c, image: 'nginx:latest', resources: {limits: {cpu: '1'}}, ports: [{containerPort: 80}]}]
      initContainers: [{name: i, image: 'busybox@sha256:0000000000000000000000000000000000000000000000000000000000000000'}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: c}
spec:
  strategy: {type: Recreate}
  selector: {matchLabels: {a: b}}
  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: 'nginx:1'}]}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: d}
spec:
  serviceName: d
  selector: {matchLabels: {a: b}}
  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: 'nginx:1'}]}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: e}
spec:
  selector: {matchLabels: {a: b}}
  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: 'nginx:1'}]}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: f}
spec:
  schedule: '* * * * *'
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: nginx}]}}}}
---
apiVersion: v1
kind: Service
metadata: {name: g}
spec: {selector: {a: b}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: h}
spec: {type: ExternalName, externalName: example.com}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: i}
roleRef: {kind: ClusterRole, name: view}
subjects: [{kind: User, name: ann}, {kind: ServiceAccount, name: default, namespace: default}]
---
apiVersion: v1
kind: Secret
metadata: {name: j}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: k}
spec: {podSelector: {}, ingress: [{ports: [{port: 80}]}]}
";

/// Places that nobody knows before: what is given out, and what the server keeps for itself.
fn is_given_out(path: &str, live: &Value) -> bool {
    let token = live
        .text("name")
        .is_some_and(|name| name.starts_with("kube-api-access-"));
    token
        || path.starts_with("metadata.")
        || path.starts_with("status")
        || ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]
            .iter()
            .any(|field| path == format!("spec.{field}"))
}

/// Where two objects differ, by path.
fn differ(ours: &Value, theirs: &Value, path: &str, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(one), Value::Object(other)) => {
            let mut names: Vec<&str> = one
                .iter()
                .chain(other)
                .map(|(name, _)| name.as_str())
                .collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let below = if path.is_empty() {
                    name.to_owned()
                } else {
                    format!("{path}.{name}")
                };
                let (one, other) = (ours.at_key(name), theirs.at_key(name));
                if !is_given_out(&below, &other) {
                    differ(&one, &other, &below, found);
                }
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            for place in 0..one.len().max(other.len()) {
                let of = |list: &[Value]| list.get(place).cloned().unwrap_or_default();
                let (one, other) = (of(one), of(other));
                if !is_given_out(path, &other) {
                    differ(&one, &other, &format!("{path}[{place}]"), found);
                }
            }
        }
        (one, other) if one == other => {}
        // A list of nothing but what is given out, and an empty map, say as much as nothing.
        (Value::Null, Value::Array(other)) if other.iter().all(|it| is_given_out(path, it)) => {}
        (Value::Null, Value::Object(other)) if other.iter().next().is_none() => {}
        (one, other) => found.push(format!("{path}: {other:?} there, {one:?} here")),
    }
}

trait AtKey {
    fn at_key(&self, name: &str) -> Value;
}

impl AtKey for Value {
    fn at_key(&self, name: &str) -> Value {
        self.get(name).cloned().unwrap_or_default()
    }
}

#[test]
fn manifests_get_the_defaults_that_the_api_server_gives_them() {
    let Some(cluster) = catseye_e2e::cluster("manifests_get_the_defaults") else {
        return;
    };
    namespace(&cluster, PLACE);
    let folder = tempfile::tempdir().expect("a folder");
    let mut wrong = Vec::new();
    for object in objects(MANIFESTS) {
        let mut value = object.value().clone();
        value.update("metadata", |metadata| {
            metadata.set("namespace", PLACE.into());
        });
        let said = create(
            &cluster,
            folder.path(),
            std::slice::from_ref(&value),
            "json",
        );
        assert!(said.succeeded, "{}", said.stderr);
        let theirs: Value = serde_json::from_str(&said.stdout).expect("JSON");
        let ours = Schemas::builtin().defaulted(&value);
        let mut found = Vec::new();
        differ(&ours, &theirs, "", &mut found);
        wrong.extend(found.into_iter().map(|line| format!("{object}: {line}")));
    }
    let _ = cluster.kubectl(&["delete", "namespace", PLACE, "--wait=false"]);
    assert!(wrong.is_empty(), "{wrong:#?}");
}
