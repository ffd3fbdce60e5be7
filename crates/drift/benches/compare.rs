//! How long a cluster takes: 20,000 objects, a thousand of them changed by hand, on one core.
#![recursion_limit = "256"]
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    missing_docs,
    reason = "a benchmark prints and looks at the clock"
)]

use std::hint::black_box;
use std::time::Instant;

use catseye_drift::{
    Comparison, DesiredState, Mutations, Ownership, Ranges, Schemas, Source, Surroundings, Trust,
    compare_all, compare_one,
};
use catseye_model::{Completeness, Inventory, Object, Value, json};

const OBJECTS: u32 = 20_000;
const ROUNDS: usize = 5;

fn desired(number: u32) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": format!("web-{number}"), "namespace": format!("ns-{}", number % 100), "labels": {"app": "web"}},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "web:1", "ports": [{"containerPort": 80}],
                "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                "resources": {"requests": {"cpu": "0.1", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
                "livenessProbe": {"httpGet": {"path": "/", "port": 80}}}]}}}})
}

/// The same as a server keeps it, every twentieth changed by hand.
fn live(number: u32) -> Value {
    let image = if number.is_multiple_of(20) {
        "web:evil"
    } else {
        "web:1"
    };
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": format!("web-{number}"), "namespace": format!("ns-{}", number % 100), "labels": {"app": "web"},
            "uid": format!("u-{number}"), "resourceVersion": "7", "generation": 1, "creationTimestamp": "2026-11-21T10:00:00Z",
            "annotations": {"deployment.kubernetes.io/revision": "1"},
            "managedFields": [
                {"manager": "argocd-controller", "operation": "Apply", "apiVersion": "apps/v1", "time": "2026-11-21T10:00:00Z", "fieldsType": "FieldsV1",
                 "fieldsV1": {"f:metadata": {"f:labels": {"f:app": {}}}, "f:spec": {"f:replicas": {}, "f:selector": {}, "f:template": {
                    "f:metadata": {"f:labels": {"f:app": {}}}, "f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {".": {}, "f:name": {}, "f:image": {},
                        "f:env": {"k:{\"name\":\"A\"}": {".": {}, "f:name": {}, "f:value": {}}, "k:{\"name\":\"B\"}": {".": {}, "f:name": {}, "f:value": {}}},
                        "f:livenessProbe": {"f:httpGet": {"f:path": {}, "f:port": {}}},
                        "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}},
                        "f:resources": {"f:limits": {"f:memory": {}}, "f:requests": {"f:cpu": {}, "f:memory": {}}}}}}}}}},
                {"manager": "kube-controller-manager", "operation": "Update", "apiVersion": "apps/v1", "time": "2026-11-21T10:00:01Z", "subresource": "status", "fieldsType": "FieldsV1",
                 "fieldsV1": {"f:metadata": {"f:annotations": {".": {}, "f:deployment.kubernetes.io/revision": {}}}, "f:status": {"f:replicas": {}}}}]},
        "spec": {"replicas": 2, "progressDeadlineSeconds": 600, "revisionHistoryLimit": 10,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}, "creationTimestamp": null},
            "spec": {"dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler", "securityContext": {}, "terminationGracePeriodSeconds": 30,
                "containers": [{"name": "web", "image": image, "imagePullPolicy": "IfNotPresent",
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
                "ports": [{"containerPort": 80, "protocol": "TCP"}],
                "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
                "livenessProbe": {"failureThreshold": 3, "periodSeconds": 10, "successThreshold": 1, "timeoutSeconds": 1,
                    "httpGet": {"path": "/", "port": 80, "scheme": "HTTP"}}}]}}},
        "status": {"replicas": 2, "readyReplicas": 2, "observedGeneration": 1}})
}

fn main() {
    let object = |value| Object::new(value, None).expect("an object");
    let mut state = DesiredState::default();
    for number in 0..OBJECTS {
        state.add(object(desired(number)), Source::File(String::new()));
    }
    let inventory = Inventory::new(
        (0..OBJECTS).map(|number| object(live(number))).collect(),
        Completeness::Cluster,
    );
    let (trust, ranges, mutations) = (Trust::default(), Ranges::default(), Mutations::default());
    let comparison = Comparison {
        schemas: Schemas::builtin(),
        trust: &trust,
        ranges: &ranges,
        mutations: &mutations,
        deployer: None,
        same_key: true,
    };
    let around = Surroundings::of(&state, &inventory, Ownership::default());
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let drifts = compare_all(&comparison, &state, &inventory, &around);
        best = best.min(began.elapsed().as_secs_f64());
        assert_eq!(drifts.objects.len(), OBJECTS as usize / 20);
    }
    println!(
        "{OBJECTS} objects: {best:.3} s, {:.1} us an object",
        best * 1e6 / f64::from(OBJECTS)
    );
    let began = Instant::now();
    for (_, object) in inventory.objects() {
        black_box(compare_one(&comparison, &state, object));
    }
    let each = began.elapsed().as_secs_f64() * 1e6 / f64::from(OBJECTS);
    println!(
        "one changed object: {each:.1} us; ten a second are {:.4} % of a core",
        each * 10.0 / 1e4
    );
}
