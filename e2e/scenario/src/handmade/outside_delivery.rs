//! Somebody runs a workload that the repository does not know.

use serde_json::{Value, json};

use crate::cast::person;
use crate::clock::Moment;
use crate::dice::Dice;
use crate::kubectl;
use crate::timetable::{Pace, Timetable, handmade};

/// A tool by `kubectl create`, a pod by `kubectl run`, a chart by Helm.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    let lena = person("lena");
    let deployments = "/apis/apps/v1/namespaces/shop/deployments";
    let calls = kubectl::create(
        &lena,
        deployments,
        deployment(
            "shop",
            "redis-commander",
            "ghcr.io/joeferner/redis-commander:0.9.0",
        ),
    );
    let at = Moment::at(1, 14, dice.between(0, 60));
    table.add_marked(
        at,
        Pace::AtOnce,
        &handmade("outside-delivery", "deployment"),
        calls,
    );

    let pod = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "load-test", "namespace": "shop", "labels": {"run": "load-test"}},
        "spec": {"restartPolicy": "Always", "containers": [{"name": "load-test",
            "image": "registry.shop.example/shop/load-test:0.3.0",
            "args": ["--target=http://frontend", "--rate=50"]}]}});
    let calls = vec![lena.post("/api/v1/namespaces/shop/pods?fieldManager=kubectl-run", pod)];
    let at = Moment::at(2, 9, dice.between(0, 60));
    table.add_marked(
        at,
        Pace::AtOnce,
        &handmade("outside-delivery", "pod"),
        calls,
    );

    let helm = person("jonas").with_agent("Helm/4.0.1");
    let release = json!({"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {"name": "sh.helm.release.v1.pgadmin.v1", "namespace": "data",
                     "labels": {"owner": "helm", "name": "pgadmin", "status": "deployed", "version": "1"}},
        "stringData": {"release": "synthetic release record of the recording"}});
    let mut chart = deployment("data", "pgadmin", "docker.io/dpage/pgadmin4:9.9");
    chart["metadata"]["labels"]["app.kubernetes.io/managed-by"] = json!("Helm");
    chart["metadata"]["annotations"] = json!({"meta.helm.sh/release-name": "pgadmin",
                                              "meta.helm.sh/release-namespace": "data"});
    let calls = vec![
        helm.get("/api/v1/namespaces/data/secrets?labelSelector=owner%3Dhelm%2Cname%3Dpgadmin"),
        helm.post("/api/v1/namespaces/data/secrets", release),
        helm.post(
            "/apis/apps/v1/namespaces/data/deployments?fieldManager=helm",
            chart,
        ),
    ];
    let at = Moment::at(3, 16, dice.between(0, 60));
    table.add_marked(
        at,
        Pace::AtOnce,
        &handmade("outside-delivery", "chart"),
        calls,
    );
}

fn deployment(namespace: &str, name: &str, image: &str) -> Value {
    let labels = json!({"app.kubernetes.io/name": name});
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels},
                "spec": {"containers": [{"name": name, "image": image}]}}}})
}
