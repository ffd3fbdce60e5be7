//! What is no drift: defaults, autoscalers, injected fields; and the same places when a person was there.

use catseye_drift::set::learn;
use catseye_drift::{Class, Comparison, DesiredState, Mutations, Ranges, Schemas, Source, Trust};
use catseye_event::Event;
use catseye_model::{Completeness, Inventory, Object, RedactionKey, Value, json, redact};

fn differences(
    desired: &Value,
    live: &Value,
    ranges: &Ranges,
    mutations: &Mutations,
) -> Vec<String> {
    let trust = Trust::default();
    let comparison = Comparison {
        schemas: Schemas::builtin(),
        trust: &trust,
        ranges,
        mutations,
        deployer: None,
        same_key: true,
    };
    let compared = comparison.compare(desired, live);
    compared
        .differences
        .iter()
        .map(|it| {
            format!(
                "{} {}{}",
                it.class.name(),
                it.path,
                it.note
                    .as_ref()
                    .map_or(String::new(), |note| format!(" ({note})"))
            )
        })
        .collect()
}

fn deployment(replicas: i64, labels: &serde_json::Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": replicas, "template": {"metadata": {"labels": labels}}}})
}

#[test]
fn replicas_within_the_autoscalers_range_are_its_business() {
    let scaler = Object::new(
        json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "minReplicas": 2, "maxReplicas": 5}}),
        None,
    )
    .unwrap();
    let ranges = Ranges::of(&Inventory::new(vec![scaler], Completeness::Cluster));
    let none = serde_json::json!({"app": "web"});
    let at = |count| {
        differences(
            &deployment(2, &none),
            &deployment(count, &none),
            &ranges,
            &Mutations::default(),
        )
    };
    assert_eq!(at(5), Vec::<String>::new());
    assert_eq!(
        at(9),
        ["changed spec.replicas (outside of 2 to 5 of HorizontalPodAutoscaler shop/web)"]
    );
}

#[test]
fn what_a_webhook_always_adds_is_learned_from_its_patches() {
    let key = RedactionKey::new([0; 32]);
    let event = serde_json::json!({"auditID": "1", "verb": "create", "stage": "ResponseComplete",
        "objectRef": {"resource": "deployments", "apiGroup": "apps", "namespace": "shop", "name": "web"},
        "annotations": {"patch.webhook.admission.k8s.io/round_0_index_0": serde_json::json!({"webhook": "a", "patchType": "JSONPatch",
            "patch": [{"op": "add", "path": "/spec/template/metadata/labels/mesh", "value": "on"}]}).to_string()}})
    .to_string();
    let event = Event::parse(&event, &key).unwrap().unwrap();
    let mut mutations = Mutations::default();
    mutations.observe(&event);
    let desired = deployment(1, &serde_json::json!({"app": "web"}));
    let live = |value: &str| deployment(1, &serde_json::json!({"app": "web", "mesh": value}));
    let found = |value: &str, mutations: &Mutations| {
        differences(&desired, &live(value), &Ranges::default(), mutations)
    };
    assert_eq!(
        found("on", &mutations),
        ["added spec.template.metadata.labels.mesh"],
        "seen once proves nothing"
    );
    mutations.observe(&event);
    assert_eq!(found("on", &mutations), Vec::<String>::new());
    assert_eq!(
        found("off", &mutations),
        ["added spec.template.metadata.labels.mesh"]
    );
}

#[test]
fn a_person_on_a_field_that_desired_leaves_open_is_drift() {
    let desired = deployment(1, &serde_json::json!({"app": "web"}));
    let with = |value: Value| {
        let mut live = desired.clone();
        live.update("spec", |spec| spec.set("revisionHistoryLimit", value));
        live
    };
    let found = |value| {
        differences(
            &desired,
            &with(value),
            &Ranges::default(),
            &Mutations::default(),
        )
    };
    assert_eq!(
        found(json!(10)),
        Vec::<String>::new(),
        "the server's default"
    );
    assert_eq!(found(json!(0)), ["added spec.revisionHistoryLimit"]);
    assert_eq!(Class::Added.name(), "added");
}

#[test]
fn a_secret_value_of_the_same_length_is_drift_unless_the_keys_differ() {
    let secret = |value: &str, key: u8| {
        let mut secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"},
            "data": {"password": value}});
        redact(&mut secret, &RedactionKey::new([key; 32]));
        secret
    };
    let (trust, ranges, mutations) = (Trust::default(), Ranges::default(), Mutations::default());
    for (live, same_key, changed, incomparable) in [
        (secret("aHVudGVyMg==", 1), true, 0, 0),
        (secret("ZXZpbGV2aQ==", 1), true, 1, 0),
        (secret("aHVudGVyMg==", 2), false, 0, 1),
        (secret("bG9uZ2VyIHRoYW4=", 2), false, 1, 0),
    ] {
        let comparison = Comparison {
            schemas: Schemas::builtin(),
            trust: &trust,
            ranges: &ranges,
            mutations: &mutations,
            deployer: None,
            same_key,
        };
        let compared = comparison.compare(&secret("aHVudGVyMg==", 1), &live);
        assert_eq!(
            (compared.differences.len(), compared.incomparable.len()),
            (changed, incomparable),
            "{compared:?}"
        );
    }
}

#[test]
fn a_port_of_the_node_is_given_by_the_server_on_the_nodes_network_only() {
    let deployment = |host: bool, port: serde_json::Value| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"template": {"spec": {"hostNetwork": host, "containers": [{"name": "web", "ports": [port]}]}}}})
    };
    for (host, found) in [(true, 0), (false, 1)] {
        let desired = deployment(
            host,
            serde_json::json!({"containerPort": 80, "protocol": "TCP"}),
        );
        let live = deployment(
            host,
            serde_json::json!({"containerPort": 80, "protocol": "TCP", "hostPort": 80}),
        );
        let told = differences(&desired, &live, &Ranges::default(), &Mutations::default());
        assert_eq!(told.len(), found, "{told:?}");
    }
}

#[test]
fn a_placeholder_is_filled_by_its_controller_and_by_nobody_else() {
    let webhook = |policy: &str, bundle: &str, manager: &str| {
        json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "istio", "managedFields": [
                {"manager": "helm", "operation": "Update", "fieldsV1": {"f:webhooks": {
                    "k:{\"name\":\"v.istio.io\"}": {".": {}, "f:name": {}, "f:clientConfig": {"f:url": {}}, "f:sideEffects": {}}}}},
                {"manager": manager, "operation": "Update", "fieldsV1": {"f:webhooks": {
                    "k:{\"name\":\"v.istio.io\"}": {"f:clientConfig": {"f:caBundle": {}}, "f:failurePolicy": {}}}}}]},
            "webhooks": [{"name": "v.istio.io", "failurePolicy": policy, "sideEffects": "None",
                "clientConfig": {"caBundle": bundle}}]})
    };
    let desired = webhook("Ignore", "Cg==", "helm");
    for (manager, trusted, changes) in [
        ("pilot-discovery", None, 0),
        // cainjector brings certificates and decides nothing else.
        ("cert-manager-cainjector", None, 1),
        ("kubectl-edit", None, 2),
        ("my-operator", Some("my-operator"), 0),
    ] {
        let trust = Trust {
            managers: trusted.into_iter().map(str::to_owned).collect(),
            ..Trust::default()
        };
        let (ranges, mutations) = (Ranges::default(), Mutations::default());
        let comparison = Comparison {
            schemas: Schemas::builtin(),
            trust: &trust,
            ranges: &ranges,
            mutations: &mutations,
            deployer: None,
            same_key: true,
        };
        let compared = comparison.compare(&desired, &webhook("Fail", "QUJD", manager));
        assert_eq!(
            compared.differences.len(),
            changes,
            "{manager}: {compared:?}"
        );
    }
}

#[test]
fn what_only_some_of_a_webhooks_objects_carry_and_what_is_no_label_is_not_its_work() {
    let webhook = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "mesh"}, "webhooks": [{"name": "mesh.example.com",
            "rules": [{"apiGroups": ["*"], "resources": ["*"], "operations": ["*"]}],
            "objectSelector": {"matchLabels": {"app": "web"}}}]});
    // The deployer's own name: somebody who borrows it, or a webhook on its request.
    let live = |name: &str, app: &str, mesh: bool| {
        let mut labels = serde_json::json!({"app": app});
        if mesh {
            labels["mesh"] = "on".into();
        }
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "shop", "labels": labels,
            "managedFields": [{"manager": "argocd", "operation": "Update", "fieldsV1": {
                "f:metadata": {"f:labels": {"f:app": {}, "f:mesh": {}}}, "f:spec": {"f:replicas": {}, "f:paused": {}}}}]},
            "spec": {"replicas": 1, "paused": true}})
    };
    let found = |members: &[(&str, &str, bool)]| {
        let mut desired = DesiredState::default();
        let mut objects = vec![Object::new(webhook.clone(), None).unwrap()];
        for (name, app, mesh) in members {
            let mut wanted = live(name, app, false);
            wanted.update("spec", |spec| {
                spec.remove("paused");
            });
            desired.add(Object::new(wanted, None).unwrap(), Source::LastApplied);
            objects.push(Object::new(live(name, app, *mesh), None).unwrap());
        }
        let inventory = Inventory::new(objects, Completeness::Cluster);
        let (trust, ranges, nothing) = (Trust::default(), Ranges::default(), Mutations::default());
        let first = Comparison {
            schemas: Schemas::builtin(),
            trust: &trust,
            ranges: &ranges,
            mutations: &nothing,
            deployer: None,
            same_key: true,
        };
        let mut mutations = Mutations::of(&inventory);
        learn(&first, &desired, &inventory, &mut mutations);
        let (name, app, mesh) = members[0];
        let wanted = desired.iter().next().unwrap().1.object.value().clone();
        differences(&wanted, &live(name, app, mesh), &ranges, &mutations)
    };
    let all = [("a", "web", true), ("b", "web", true), ("c", "db", false)];
    assert_eq!(found(&all), ["added spec.paused"]);
    let some = [("a", "web", true), ("b", "web", true), ("c", "web", false)];
    assert_eq!(
        found(&some),
        ["added metadata.labels.mesh", "added spec.paused"]
    );
}

#[test]
fn what_the_server_completes_is_nobodys_change() {
    let object = |version: &str, kind: &str, rest: &serde_json::Value| {
        let mut value = json!({"apiVersion": version, "kind": kind, "metadata": {"name": "a", "namespace": "shop"}});
        for (field, part) in rest.as_object().unwrap() {
            value.set(field, Value::from(part.clone()));
        }
        value
    };
    let up = serde_json::json!({"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [
        {"type": "Pods", "value": 4, "periodSeconds": 15}, {"type": "Percent", "value": 100, "periodSeconds": 15}]});
    let down = serde_json::json!({"selectPolicy": "Max", "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]});
    let slow = serde_json::json!({"stabilizationWindowSeconds": 60, "selectPolicy": "Max", "policies": up["policies"]});
    let (version, definition) = ("apiextensions.k8s.io/v1", "CustomResourceDefinition");
    for (version, kind, desired, live, found) in [
        (
            "networking.k8s.io/v1",
            "NetworkPolicy",
            serde_json::json!({"spec": {"podSelector": {}, "egress": [{}]}}),
            serde_json::json!({"spec": {"podSelector": {}, "egress": [{}], "policyTypes": ["Ingress", "Egress"]}}),
            0,
        ),
        (
            "networking.k8s.io/v1",
            "NetworkPolicy",
            serde_json::json!({"spec": {"podSelector": {}, "egress": [{}]}}),
            serde_json::json!({"spec": {"podSelector": {}, "egress": [{}], "policyTypes": ["Ingress"]}}),
            1,
        ),
        (
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            serde_json::json!({"spec": {"behavior": {"scaleUp": {"stabilizationWindowSeconds": 60}}}}),
            serde_json::json!({"spec": {"behavior": {"scaleUp": slow, "scaleDown": down}}}),
            0,
        ),
        (
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            serde_json::json!({"spec": {"behavior": {"scaleDown": {"selectPolicy": "Max"}}}}),
            serde_json::json!({"spec": {"behavior": {"scaleUp": up, "scaleDown": down}}}),
            0,
        ),
        (
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            serde_json::json!({"spec": {"behavior": {"scaleDown": {"selectPolicy": "Max"}}}}),
            serde_json::json!({"spec": {"behavior": {"scaleUp": slow, "scaleDown": down}}}),
            1,
        ),
        (
            "networking.k8s.io/v1",
            "Ingress",
            serde_json::json!({"spec": {}}),
            serde_json::json!({"spec": {"ingressClassName": "nginx"}}),
            0,
        ),
        (
            "apps/v1",
            "StatefulSet",
            serde_json::json!({"spec": {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {}}}}),
            serde_json::json!({"spec": {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}}}),
            0,
        ),
        (
            "apps/v1",
            "StatefulSet",
            serde_json::json!({"spec": {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {}}}}),
            serde_json::json!({"spec": {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 3}}}}),
            1,
        ),
        (
            version,
            definition,
            serde_json::json!({"spec": {"preserveUnknownFields": false,
                "versions": [{"name": "v1", "deprecated": false, "additionalPrinterColumns": [{"name": "a", "priority": 0}]}]}}),
            serde_json::json!({"spec": {"versions": [{"name": "v1", "additionalPrinterColumns": [{"name": "a"}]}]}}),
            0,
        ),
        (
            version,
            definition,
            serde_json::json!({"spec": {"versions": [{"name": "v1", "additionalPrinterColumns": [{"name": "a"}]}]}}),
            serde_json::json!({"spec": {"preserveUnknownFields": false,
                "versions": [{"name": "v1", "deprecated": false, "additionalPrinterColumns": [{"name": "a", "priority": 0}]}]}}),
            0,
        ),
        (
            "v1",
            "Secret",
            serde_json::json!({"type": "kubernetes.io/service-account-token"}),
            serde_json::json!({"type": "kubernetes.io/service-account-token", "data": {"token": "YQ==", "namespace": "YQ==", "ca.crt": "YQ=="}}),
            0,
        ),
        (
            "v1",
            "Secret",
            serde_json::json!({"type": "Opaque"}),
            serde_json::json!({"type": "Opaque", "data": {"token": "YQ=="}}),
            1,
        ),
    ] {
        let told = differences(
            &object(version, kind, &desired),
            &object(version, kind, &live),
            &Ranges::default(),
            &Mutations::default(),
        );
        assert_eq!(told.len(), found, "{kind} {desired} {live}: {told:?}");
    }
}

#[test]
fn marks_of_the_control_plane_are_believed_of_an_object_that_names_no_manager() {
    let desired = deployment(1, &serde_json::json!({"app": "web"}));
    let live = |managed: bool| {
        let mut live = desired.clone();
        live.update("metadata", |metadata| {
            metadata.set(
                "annotations",
                json!({"deployment.kubernetes.io/revision": "3", "note": "mine"}),
            );
            if managed {
                metadata.set(
                    "managedFields",
                    json!([{"manager": "kubectl-edit", "operation": "Update",
                    "fieldsV1": {"f:metadata": {"f:annotations": {}}}}]),
                );
            }
        });
        live
    };
    let found = |managed| {
        differences(
            &desired,
            &live(managed),
            &Ranges::default(),
            &Mutations::default(),
        )
    };
    assert_eq!(found(false), ["added metadata.annotations.note"]);
    assert_eq!(found(true).len(), 2);
}

#[test]
fn the_label_by_which_argo_cd_tells_its_applications_is_bookkeeping() {
    let desired = deployment(1, &serde_json::json!({"app": "web"}));
    let live = |name: &str, manager: &str| {
        let mut live = desired.clone();
        live.update("metadata", |metadata| {
            metadata.set("labels", json!({"app.kubernetes.io/instance": name}));
            metadata.set("managedFields", json!([
                {"manager": "argocd-controller", "operation": "Update", "fieldsV1": {"f:spec": {"f:replicas": {}, "f:template": {}}}},
                {"manager": manager, "operation": "Update", "fieldsV1": {"f:metadata": {"f:labels": {"f:app.kubernetes.io/instance": {}}}}}]));
        });
        live
    };
    let trust = Trust {
        applications: ["shop".to_owned()].into(),
        ..Trust::default()
    };
    let (ranges, mutations) = (Ranges::default(), Mutations::default());
    let comparison = Comparison {
        schemas: Schemas::builtin(),
        trust: &trust,
        ranges: &ranges,
        mutations: &mutations,
        deployer: None,
        same_key: true,
    };
    for (name, manager, found) in [
        ("shop", "argocd-controller", 0),
        ("other", "argocd-controller", 1),
        ("shop", "kubectl-label", 1),
    ] {
        let compared = comparison.compare(&desired, &live(name, manager));
        assert_eq!(
            compared.differences.len(),
            found,
            "{name} {manager}: {compared:?}"
        );
    }
}
