//! The address of a cloud's instance metadata service in a manifest.

use catseye_model::{Fields, PodView};

use super::script::hooks;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container is told where the cloud's metadata service is
    ///
    /// The metadata service of a cloud (169.254.169.254) hands the node's own credentials to whoever
    /// asks from it. A workload that names the address talks to it, with whatever rights the node has,
    /// and anyone who runs code in the workload does the same.
    ///
    /// Only what the manifest names is judged; whether the node lets pods through is for the cloud to
    /// say. Lists of addresses that bypass a proxy (`NO_PROXY`) are passed over.
    ///
    /// **Fix:** Give the workload an identity of its own (EKS Pod Identity or IRSA, GKE Workload
    /// Identity, Entra Workload ID), deny egress to 169.254.169.254/32 by NetworkPolicy, and on AWS
    /// demand IMDSv2 with a hop limit of 1.
    "POD-038" {
        severity: Medium,
        rows: ["A38"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: app
    image: i
    env:
    - {name: METADATA_URL, value: 'http://169.254.169.254/latest/meta-data'}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, command: [sh, -c, 'curl -H Metadata-Flavor:Google metadata.google.internal']}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: app
    image: i
    env:
    - {name: no_proxy, value: '10.0.0.0/8,169.254.169.254'}
    - {name: AWS_CONTAINER_CREDENTIALS_FULL_URI, value: 'http://169.254.170.23/v1/credentials'}
    - {name: LIKE, value: '1169.254.169.2540'}
",
        ],
        run: Pods(run),
    }
}

/// AWS, Azure, Google and others; AWS over IPv6; Google by name; Alibaba; Oracle.
const ADDRESSES: [&str; 5] = [
    "169.254.169.254",
    "fd00:ec2::254",
    "metadata.google.internal",
    "100.100.100.200",
    "192.0.0.192",
];

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in &pod.containers {
        for (index, variable) in container.env() {
            let name = variable.text("name").unwrap_or_default();
            let Some(address) = variable.text("value").and_then(address_in) else {
                continue;
            };
            if !name.eq_ignore_ascii_case("no_proxy") {
                found.in_container_at(
                    container,
                    container.path("env").index(index).join("value"),
                    format!("{name} names {address}"),
                );
            }
        }
        let named = container
            .value
            .list("args")
            .iter()
            .chain(container.value.list("command"))
            .filter_map(|word| word.as_str())
            .any(|word| address_in(word).is_some());
        if named {
            for (path, word) in container.words() {
                if let Some(address) = address_in(word) {
                    found.in_container_at(container, path, format!("names {address}"));
                }
            }
        }
        for word in hooks(container) {
            if let Some(address) = address_in(word.text) {
                found.in_container_at(container, word.path(container), format!("names {address}"));
            }
        }
    }
}

fn address_in(text: &str) -> Option<&'static str> {
    ADDRESSES.into_iter().find(|address| {
        text.match_indices(address).any(|(start, _)| {
            let is_part = |c: char| c.is_ascii_alphanumeric();
            let before = text.get(..start).and_then(|head| head.chars().next_back());
            let after = text
                .get(start + address.len()..)
                .and_then(|tail| tail.chars().next());
            !before.is_some_and(is_part) && !after.is_some_and(is_part)
        })
    })
}
