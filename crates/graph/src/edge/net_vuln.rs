//! `NET_VULN`: a program that is spoken to has a known hole.

use std::collections::BTreeMap;

use catseye_model::{Fields, Kind, ObjectId};

use crate::build::{Builder, Effort};
use crate::node::Node;
use crate::world::World;

edge! {
    /// A program that is spoken to has a known hole
    ///
    /// A VulnerabilityReport of the container's image (Trivy Operator) names a critical vulnerability, and something can speak
    /// to the container.
    ///
    /// **Fix:** Update the package.
    "NET_VULN" {
        attack: "T1210",
        success: 40,
        says: "{from} are spoken to, and a known hole gives {to}",
        trace: "the program's own log, and processes started in its container",
        has: [
            r"
apiVersion: aquasecurity.github.io/v1alpha1
kind: VulnerabilityReport
metadata: {name: pod-a-app, namespace: shop, labels: {trivy-operator.resource.kind: Pod, trivy-operator.resource.name: a, trivy-operator.container.name: app}}
report: {vulnerabilities: [{vulnerabilityID: CVE-2021-44228, severity: CRITICAL, resource: log4j-core}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
        ],
        lacks: [
            r"
apiVersion: aquasecurity.github.io/v1alpha1
kind: VulnerabilityReport
metadata: {name: pod-a-app, namespace: shop, labels: {trivy-operator.resource.kind: Pod, trivy-operator.resource.name: a, trivy-operator.container.name: app}}
report: {vulnerabilities: [{vulnerabilityID: CVE-2021-44228, severity: MEDIUM, resource: log4j-core}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
            r"
apiVersion: aquasecurity.github.io/v1alpha1
kind: VulnerabilityReport
metadata: {name: pod-a-app, namespace: shop, labels: {trivy-operator.resource.kind: Pod, trivy-operator.resource.name: a, trivy-operator.container.name: app}}
report: {vulnerabilities: [{vulnerabilityID: CVE-2021-44228, severity: CRITICAL, resource: log4j-core}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: other, image: i}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let mut reports: BTreeMap<(&str, &str, &str), (ObjectId, usize)> = BTreeMap::new();
    for (id, report) in world.inventory.of_kind(Kind::Other) {
        if report.kind_name() != "VulnerabilityReport" {
            continue;
        }
        let names = ["trivy-operator.resource.name", "trivy-operator.container.name"];
        let [Some(owner), Some(container)] = names.map(|label| report.label(label)) else {
            continue;
        };
        let critical = report
            .value()
            .list("report.vulnerabilities")
            .iter()
            .position(|found| found.text("severity") == Some("CRITICAL"));
        if let Some(place) = critical {
            reports.insert((report.namespace(), owner, container), (id, place));
        }
    }
    if reports.is_empty() {
        return;
    }
    for pods in &world.pods {
        // A report names the replica set, whose name begins with its deployment's.
        let name = pods.view.object.name();
        for (node, container) in pods.containers() {
            let found = reports.iter().find(|((namespace, owner, of), _)| {
                *namespace == pods.namespace()
                    && *of == container.name
                    && owner.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            });
            let Some((_, (report, place))) = found else { continue };
            let place = graph.at_text(Some(*report), &format!("report.vulnerabilities[{place}]"));
            let fix = graph.fix(place, "update the vulnerable package", Effort::Medium);
            graph.arc(Node::Listener(pods.id), node, place, fix);
        }
    }
}
