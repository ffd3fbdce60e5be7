//! Room and availability: namespaces with their quotas, budgets, autoscalers.

use serde_json::{Value, json};

use super::app::{App, Fault, Shape};
use super::network;
use super::random::Random;

/// The namespace of a team and what an administrator puts into it.
pub(super) fn namespace(app: &App, random: &mut Random) -> Vec<Value> {
    let name = &app.namespace;
    let mut labels = json!({"team": name});
    if random.chance(60) {
        let level = random.pick(&["restricted", "baseline"]);
        labels["pod-security.kubernetes.io/enforce"] = json!(level);
        labels["pod-security.kubernetes.io/enforce-version"] = json!("v1.30");
    }
    let mut objects = vec![json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": labels},
    })];
    if random.chance(60) {
        objects.push(network::default_deny(name));
    }
    if random.chance(50) {
        objects.push(json!({
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "team", "namespace": name},
            "spec": {"hard": {"requests.cpu": "20", "requests.memory": "64Gi", "pods": "120"}},
        }));
        objects.push(json!({
            "apiVersion": "v1",
            "kind": "LimitRange",
            "metadata": {"name": "defaults", "namespace": name},
            "spec": {"limits": [{
                "type": "Container",
                "default": {"cpu": "500m", "memory": "256Mi"},
                "defaultRequest": {"cpu": "50m", "memory": "64Mi"},
            }]},
        }));
    }
    objects
}

/// The disruption budget and the autoscaler of `app`, for kinds that take them.
pub(super) fn availability(app: &App, random: &mut Random) -> Vec<Value> {
    let mut objects = Vec::new();
    if !matches!(app.shape, Shape::Deployment | Shape::StatefulSet) {
        return objects;
    }
    if !app.has(Fault::NoBudget) {
        let body = json!({"spec": {
            "minAvailable": 1,
            "selector": {"matchLabels": app.selector()},
        }});
        objects.push(app.object("policy/v1", "PodDisruptionBudget", &app.name, body));
    }
    if app.shape == Shape::Deployment && random.chance(35) {
        let target = json!({"type": "Utilization", "averageUtilization": 70});
        let body = json!({"spec": {
            "minReplicas": 2,
            "maxReplicas": random.between(4, 20),
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": app.name},
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        }});
        objects.push(app.object("autoscaling/v2", "HorizontalPodAutoscaler", &app.name, body));
    }
    objects
}
