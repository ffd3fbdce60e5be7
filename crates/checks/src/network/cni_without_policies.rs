//! A network plugin that ignores network policies.

use catseye_model::{Completeness, FieldPath, Fields, Inventory, Kind, Object};

use super::image;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// The network plugin does not enforce network policies
    ///
    /// The API server accepts policies whatever network plugin runs; one that does not enforce them
    /// leaves every pod open while `kubectl` shows them protected.
    ///
    /// **Fix:** Run a plugin that enforces policies (Calico, Cilium, Antrea, kube-router), add one
    /// beside Flannel (Canal), or switch on the network policy agent of the Amazon VPC CNI.
    "NET-005" {
        severity: Medium,
        rows: ["D05"],
        fails: [
            r"# completeness: cluster
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kube-flannel-ds, namespace: kube-flannel}
spec: {template: {spec: {containers: [{name: f, image: 'ghcr.io/flannel-io/flannel:v0.26.1'}]}}}
",
            r"
apiVersion: hostdata.kubescape.cloud/v1beta0
kind: CNIInfo
metadata: {name: node-1}
data: {CNINames: [Flannel]}
",
        ],
        passes: [
            r"# completeness: cluster
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: canal, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - {name: calico-node, image: 'docker.io/calico/node:v3.28.0'}
      - {name: kube-flannel, image: 'docker.io/flannel/flannel:v0.24.4'}
",
            r"
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kube-flannel-ds, namespace: kube-flannel}
spec: {template: {spec: {containers: [{name: f, image: flannel}]}}}
",
            r"
apiVersion: hostdata.kubescape.cloud/v1beta0
kind: CNIInfo
metadata: {name: node-1}
data: {CNINames: [Flannel, Calico]}
",
            r"# completeness: cluster
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: aws-node, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - {name: aws-node, image: '602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:v1.19.0'}
      - {name: agent, image: 'x/amazon/aws-network-policy-agent:v1.1.5', args: [--enable-network-policy=true]}
",
        ],
        run: ObjectsWhere("the DaemonSet of a network plugin", is_plugin, run),
    }
}

/// A DaemonSet that installs a plugin, or what a node agent reports of those installed.
fn is_plugin(object: &Object) -> bool {
    match object.kind() {
        Kind::DaemonSet => plugin(object).is_some(),
        Kind::Other => object.kind_name() == "CNIInfo",
        _ => false,
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    match object.kind() {
        Kind::DaemonSet => daemon_set(object, context.inventory, found),
        // What a node agent reports of the files in /etc/cni/net.d.
        Kind::Other if object.kind_name() == "CNIInfo" => {
            let names = || object.value().texts("data.CNINames");
            if names().next().is_some() && names().all(enforces_nothing) {
                found.at(
                    FieldPath::root().join("data.CNINames"),
                    "none of the node's network plugins enforces network policies",
                );
            }
        }
        _ => {}
    }
}

fn enforces_nothing(plugin: &str) -> bool {
    plugin.eq_ignore_ascii_case("flannel") || plugin.eq_ignore_ascii_case("aws")
}

/// The index of the container that installs a plugin which enforces nothing by itself, and its name.
fn plugin(daemon_set: &Object) -> Option<(usize, &'static str)> {
    let containers = daemon_set.value().list("spec.template.spec.containers");
    containers
        .iter()
        .enumerate()
        .find_map(|(index, container)| {
            let image = container.text("image")?;
            ["flannel", "amazon-k8s-cni"]
                .into_iter()
                .find(|plugin| image::repository(image).ends_with(plugin))
                .map(|plugin| (index, plugin))
        })
}

fn daemon_set(object: &Object, inventory: &Inventory, found: &mut Findings) {
    let Some((index, plugin)) = plugin(object) else {
        return;
    };
    let enforced = inventory
        .of_kind(Kind::DaemonSet)
        .any(|(_, daemon_set)| enforces_policies(daemon_set));
    if enforced {
        return;
    }
    if inventory.completeness() == Completeness::Cluster {
        let path = FieldPath::root().join("spec.template.spec.containers");
        found.at(
            path.index(index).join("image"),
            format!("{plugin} runs without anything that enforces network policies"),
        );
    } else {
        found.unknown("what enforces network policies may stand elsewhere");
    }
}

fn enforces_policies(daemon_set: &Object) -> bool {
    const ENFORCERS: &[&str] = &[
        "calico/node",
        "calico-node",
        "cilium",
        "kube-router",
        "antrea-agent",
        "antrea-agent-ubuntu",
        "antrea-agent-ubi",
        "weave-npc",
        "kube-network-policies",
        "azure-npm",
        "kube-ovn",
        "ovn-kubernetes",
        "romana-agent",
        "contiv-netplugin",
    ];
    daemon_set
        .value()
        .list("spec.template.spec.containers")
        .iter()
        .any(|container| {
            let Some(image) = container.text("image") else {
                return false;
            };
            let repository = image::repository(image);
            if repository.ends_with("aws-network-policy-agent") {
                return container
                    .texts("args")
                    .any(|word| word == "--enable-network-policy=true");
            }
            ENFORCERS.iter().any(|name| repository.ends_with(name))
        })
}
