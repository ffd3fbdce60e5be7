//! A manifest of another version of the API than the one in which live was read.

use catseye_drift::{
    Compared, Comparison, Mutations, Ranges, Schemas, Trust, edits, restored, version,
};
use catseye_model::{Object, Value, json};

fn compare(desired: &Value, live: &Value, schemas: &Schemas) -> Compared {
    let (trust, ranges, mutations) = (Trust::default(), Ranges::default(), Mutations::default());
    let comparison = Comparison {
        schemas,
        trust: &trust,
        ranges: &ranges,
        mutations: &mutations,
        deployer: None,
        same_key: true,
    };
    comparison.compare(desired, live)
}

fn first(spec: serde_json::Value) -> Value {
    json!({"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "shop"}, "spec": spec})
}

fn second(spec: serde_json::Value) -> Value {
    json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "shop"}, "spec": spec})
}

fn cpu(share: i64) -> serde_json::Value {
    serde_json::json!([{"type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": share}}}])
}

#[test]
fn an_autoscaler_of_version_1_is_compared_in_version_2() {
    let schemas = Schemas::builtin();
    let target = serde_json::json!({"kind": "Deployment", "name": "web", "apiVersion": "apps/v1"});
    let desired = first(
        serde_json::json!({"scaleTargetRef": target, "maxReplicas": 5, "targetCPUUtilizationPercentage": 70}),
    );
    let live = |share, most| {
        second(
            serde_json::json!({"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": most, "metrics": cpu(share)}),
        )
    };
    assert_eq!(compare(&desired, &live(70, 5), schemas).differences, []);
    let silent = first(serde_json::json!({"scaleTargetRef": target, "maxReplicas": 5}));
    assert_eq!(
        compare(&silent, &live(80, 5), schemas).differences,
        [],
        "the default of the server"
    );
    let changed = live(10, 50);
    let differences = compare(&desired, &changed, schemas).differences;
    let told: Vec<String> = differences.iter().map(|it| it.path.to_string()).collect();
    assert_eq!(
        told,
        [
            "spec.maxReplicas",
            "spec.metrics[0].resource.target.averageUtilization"
        ]
    );
    let back = restored(&changed, &edits(&desired, &changed, &differences));
    assert_eq!(back, live(70, 5));
}

#[test]
fn what_cannot_be_converted_is_incomparable_and_no_drift() {
    let schemas = Schemas::builtin();
    let mut annotated = first(serde_json::json!({"maxReplicas": 5}));
    annotated.update("metadata", |metadata| {
        metadata.set(
            "annotations",
            json!({"autoscaling.alpha.kubernetes.io/metrics": "[]"}),
        );
    });
    let live = second(serde_json::json!({"maxReplicas": 9, "metrics": cpu(70)}));
    let pair = |own: &str, other: &str, kind: &str| {
        [own, other].map(|version| {
            json!({"apiVersion": version, "kind": kind, "metadata": {"name": "web"}, "spec": {"at": version}})
        })
    };
    let ingress = pair(
        "networking.k8s.io/v1beta1",
        "networking.k8s.io/v1",
        "Ingress",
    );
    for (desired, live) in [
        (&annotated, &live),
        (&live, &annotated),
        (&ingress[0], &ingress[1]),
    ] {
        let compared = compare(desired, live, schemas);
        assert_eq!(compared.differences, []);
        assert!(compared.other_version);
        assert!(!version::is_comparable(desired, live, schemas));
    }
}

#[test]
fn a_custom_kind_without_conversion_is_the_same_in_its_versions() {
    for (strategy, comparable) in [("None", true), ("Webhook", false)] {
        let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "dbs.example.com"},
            "spec": {"group": "example.com", "names": {"kind": "Db", "plural": "dbs"}, "scope": "Namespaced",
                "conversion": {"strategy": strategy}, "versions": [
                    {"name": "v1", "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object",
                        "properties": {"size": {"type": "integer"}}}}}}}]}});
        let mut schemas = Schemas::builtin().clone();
        schemas.define(&Object::new(definition, None).unwrap());
        let [desired, live] = [("v1beta1", 1), ("v1", 3)].map(|(version, size)| {
            json!({"apiVersion": format!("example.com/{version}"), "kind": "Db",
                "metadata": {"name": "a", "namespace": "b"}, "spec": {"size": size}})
        });
        let compared = compare(&desired, &live, &schemas);
        assert_eq!(
            (compared.differences.len(), compared.other_version),
            (usize::from(comparable), !comparable),
            "{strategy}"
        );
    }
}
