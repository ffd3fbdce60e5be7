//! Cloud credentials of the node, mounted.

use catseye_model::{PodView, Severity};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::workload::sensitive_host_path::is_sensitive;

check! {
    /// A pod mounts the node's cloud credentials
    ///
    /// The path on the node is where credentials of the cloud lie: of the kubelet's service principal, of an
    /// administrator who once logged in, or what the node was given when it booted. Whoever runs code
    /// in the pod leaves the cluster with them, for the disks, networks and machines of the account.
    /// A folder that is sensitive in every cluster, such as `/etc/kubernetes`, is weighed by POD-008 and
    /// only noted here.
    ///
    /// **Fix:** Remove the volume, and give the workload an identity of its own: EKS Pod Identity or
    /// IRSA, GKE Workload Identity, Entra Workload ID.
    "SEC-010" {
        severity: High,
        rows: ["B10"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i}
  volumes:
  - {name: azure, hostPath: {path: /etc/kubernetes/azure.json}}
  - {name: aws, hostPath: {path: /root/.aws/}}
  - {name: gcloud, hostPath: {path: /home/admin/.config/gcloud/application_default_credentials.json}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i}
  volumes:
  - {name: logs, hostPath: {path: /var/log/.awsome}}
  - {name: own, secret: {secretName: .aws}}
  - {name: cni, hostPath: {path: /etc/cni/net.d}}
",
        ],
        run: Pods(run),
    }
}

/// Folders in anyone's home that hold credentials of a cloud.
const IN_A_HOME: [(&[&str], &str); 8] = [
    (&[".aws"], "AWS"),
    (&[".azure"], "Azure"),
    (&[".config", "gcloud"], "Google Cloud"),
    (&["gcloud"], "Google Cloud"),
    (&[".oci"], "Oracle Cloud"),
    (&[".aliyun"], "Alibaba Cloud"),
    (&[".bluemix"], "IBM Cloud"),
    (&[".config", "doctl"], "DigitalOcean"),
];

/// Files and folders of a node that hold credentials of its cloud.
const ON_THE_NODE: [(&str, &str); 8] = [
    ("/etc/kubernetes", "the node's cloud and cluster"),
    ("/etc/gce.conf", "Google Cloud"),
    ("/etc/boto.cfg", "Google Cloud or AWS"),
    ("/etc/openstack", "OpenStack"),
    ("/var/lib/cloud", "the node's first boot"),
    ("/run/cloud-init", "the node's first boot"),
    ("/var/lib/waagent", "Azure"),
    ("/var/lib/google", "Google Cloud"),
];

/// Below `/etc/kubernetes`, these belong to the cluster's own certificates, not to the cloud.
const NOT_OF_THE_CLOUD: [&str; 5] = ["pki", "manifests", "ssl", "addons", "certs"];

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for volume in pod.volumes() {
        if let Some(path) = volume.host_path()
            && let Some(owner) = credentials_in(path)
        {
            let severity = if is_sensitive(path) {
                Severity::Info
            } else {
                Severity::High
            };
            found.at_severity(
                severity,
                volume.path("hostPath.path"),
                format!("{path} may hold credentials of {owner}"),
            );
        }
    }
}

/// Whose credentials the path leads to.
fn credentials_in(path: &str) -> Option<&'static str> {
    let segments = || {
        path.split('/')
            .filter(|segment| !matches!(*segment, "" | "."))
    };
    let in_a_home = IN_A_HOME.iter().find(|(folder, _)| {
        // `/gcloud` alone is a home's; deeper down it may be anything.
        let anywhere = folder.first().is_some_and(|first| first.starts_with('.'));
        let mut rest = segments();
        loop {
            if rest.clone().zip(*folder).filter(|(a, b)| a == *b).count() == folder.len() {
                return true;
            }
            if !anywhere || rest.next().is_none() {
                return false;
            }
        }
    });
    let on_the_node = || {
        ON_THE_NODE.iter().find(|(place, _)| {
            let mut wanted = place.split('/').filter(|segment| !segment.is_empty());
            let mut given = segments();
            wanted.all(|segment| given.next() == Some(segment))
                && given
                    .next()
                    .is_none_or(|next| !NOT_OF_THE_CLOUD.contains(&next))
        })
    };
    in_a_home
        .map(|(_, owner)| *owner)
        .or_else(|| on_the_node().map(|(_, owner)| *owner))
}
