//! One API call as rules see it: the event, what it writes in one shape whatever the patch, and what
//! is known beside the log.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::net::IpAddr;

use catseye_event::{Actor, Event};
use catseye_model::Value;
use catseye_model::{Fields as _, Inventory, Kind, Object, PodView};
use jiff::Timestamp;

use super::address::{Prefixes, address};
use super::client::Marks;
use super::config::Config;
use super::rule::End;
use super::uri::Uri;
use super::verbs::Verbs;

static NULL: Value = Value::Null;

/// A call, with what rules ask about it read at most once.
#[derive(Debug)]
pub struct Call<'e, 'a> {
    /// The event.
    pub(crate) event: &'e Event<'a>,
    /// When it was.
    pub(crate) time: Timestamp,
    /// The cluster's objects, where they were given.
    pub(crate) inventory: Option<&'e Inventory>,
    /// What the operator has told about the cluster.
    pub(crate) config: &'e Config,
    /// The verb.
    pub(crate) verb: Verbs,
    /// What the user agent gives away.
    pub(crate) client: Marks,
    actor: Actor<'e>,
    refused: bool,
    unauthenticated: bool,
    control_plane: bool,
    source: OnceCell<Option<IpAddr>>,
    sent: OnceCell<&'e Value>,
    workload: OnceCell<Option<Object>>,
}

impl<'e, 'a> Call<'e, 'a> {
    pub(super) fn new(
        event: &'e Event<'a>,
        time: Timestamp,
        inventory: Option<&'e Inventory>,
        config: &'e Config,
        client: Marks,
    ) -> Self {
        let user = event.effective_user();
        let actor = user.actor();
        Call {
            client,
            actor,
            refused: event.is_forbidden() || matches!(event.code(), Some(401 | 403)),
            unauthenticated: user.username == "system:anonymous"
                || user.in_group("system:unauthenticated"),
            control_plane: event.impersonated_user().is_none() && is_control_plane(actor),
            source: OnceCell::new(),
            event,
            time,
            inventory,
            config,
            verb: Verbs::of(event.verb()),
            sent: OnceCell::new(),
            workload: OnceCell::new(),
        }
    }

    /// The user name whose permissions counted.
    pub(crate) fn user(&self) -> &str {
        self.event.effective_user().username.as_str()
    }

    /// What kind of actor that is.
    pub(crate) fn actor(&self) -> Actor<'e> {
        self.actor
    }

    pub(crate) fn resource(&self) -> &str {
        self.event.resource()
    }

    pub(crate) fn namespace(&self) -> &str {
        self.event.namespace()
    }

    pub(crate) fn name(&self) -> &str {
        self.event.name()
    }

    /// Path and query of the request.
    pub(crate) fn uri(&self) -> Uri<'_> {
        Uri::new(self.event.request_uri())
    }

    /// The command that an exec runs: from the request's query or, on GKE, from the options that stand
    /// for a body.
    pub(crate) fn command(&self) -> Option<String> {
        self.uri().command().or_else(|| {
            let words: Vec<&str> = self.sent().texts("command").collect();
            (!words.is_empty()).then(|| words.join(" "))
        })
    }

    /// The address that called: behind proxies, the one that they name first.
    pub(crate) fn source(&self) -> Option<IpAddr> {
        *self
            .source
            .get_or_init(|| self.event.claimed_ip().and_then(address))
    }

    /// True when nobody was authenticated.
    pub(crate) fn is_unauthenticated(&self) -> bool {
        self.unauthenticated
    }

    /// A part of the control plane, a kubelet, or a built-in controller, acting as itself: it carries
    /// out what somebody else has asked for, and that somebody's call has its own event.
    pub(crate) fn is_control_plane(&self) -> bool {
        self.control_plane
    }

    /// The control plane, or whatever else runs in `kube-system` as a service account.
    pub(crate) fn is_system(&self) -> bool {
        self.event.impersonated_user().is_none() && self.actor().is_system()
    }

    /// True for a person, or a program with a person's kind of credential.
    pub(crate) fn is_human(&self) -> bool {
        matches!(self.actor(), Actor::Human { .. })
    }

    /// An operator has named this actor as one that delivers: CI, Argo CD, Flux.
    pub(crate) fn is_deployer(&self) -> bool {
        self.config.is_deployer(self.user())
    }

    /// The namespaces in which the cluster keeps its own workloads.
    pub(crate) fn in_system_namespace(&self) -> bool {
        is_system_namespace(self.namespace())
    }

    /// The caller was not known or had no right.
    pub(crate) fn is_refused(&self) -> bool {
        self.refused
    }

    /// How the call ended.
    pub(super) fn end(&self) -> End {
        if self.refused {
            End::Refused
        } else if self.event.code().is_none_or(|code| code < 400) {
            End::Succeeded
        } else {
            End::Failed
        }
    }

    /// `dryRun=All`: everything is checked and nothing is kept.
    pub(crate) fn is_dry_run(&self) -> bool {
        self.event.request_uri().contains("dryRun=")
    }

    /// True when the event holds a body to judge.
    pub(super) fn has_body(&self) -> bool {
        !self.sent().is_null()
    }

    /// What the call writes. A patch of any kind is given as the part of the object that it sets, so
    /// that it reads like an object of which most is absent. Where the log left the request's body
    /// out, the answer's stands in.
    pub(crate) fn sent(&self) -> &Value {
        self.sent.get_or_init(|| {
            if let Some(sent) = self.event.request_object() {
                return sent;
            }
            self.response().unwrap_or(&NULL)
        })
    }

    /// The object that was answered; none for an error.
    pub(crate) fn response(&self) -> Option<&'e Value> {
        self.event
            .response_body()
            .filter(|body| body.get("kind").and_then(Value::as_str) != Some("Status"))
    }

    /// The object as it is after the call, as far as the event tells: the answer, else what was sent.
    pub(crate) fn result(&self) -> &Value {
        self.response().unwrap_or_else(|| self.sent())
    }

    /// What the call writes, as an object of its kind, for [`catseye_model::PodView`].
    pub(super) fn workload(&self) -> Option<&Object> {
        self.workload
            .get_or_init(|| {
                let (api_version, kind) = match self.resource() {
                    "pods" => ("v1", "Pod"),
                    "podtemplates" => ("v1", "PodTemplate"),
                    "replicationcontrollers" => ("v1", "ReplicationController"),
                    "deployments" => ("apps/v1", "Deployment"),
                    "daemonsets" => ("apps/v1", "DaemonSet"),
                    "statefulsets" => ("apps/v1", "StatefulSet"),
                    "replicasets" => ("apps/v1", "ReplicaSet"),
                    "jobs" => ("batch/v1", "Job"),
                    "cronjobs" => ("batch/v1", "CronJob"),
                    _ => return None,
                };
                let mut value = self.sent().clone();
                value.set("apiVersion", api_version.into());
                value.set("kind", kind.into());
                Object::new(value, None).ok()
            })
            .as_ref()
    }

    /// The pod that the call writes, of any workload kind.
    pub(crate) fn pod(&self) -> Option<PodView<'_>> {
        self.workload().and_then(PodView::of)
    }

    /// The role that a binding binds: as written, else as answered, else as the Inventory knows it,
    /// because a patch of the subjects does not repeat it.
    pub(crate) fn bound_role(&self) -> &str {
        let known = || {
            let kind = self.kind()?;
            let binding = self.inventory?.find(kind, self.namespace(), self.name())?;
            binding.value().text("roleRef.name")
        };
        let written = self.result().text("roleRef.name");
        written.or_else(known).unwrap_or_default()
    }

    /// The names of the containers that the workload had before, where the Inventory knows it.
    pub(crate) fn known_containers(&self) -> Option<Vec<String>> {
        let inventory = self.inventory?;
        let written = self.workload()?;
        let before = inventory.find(written.kind(), self.namespace(), self.name())?;
        let pod = PodView::of(before)?;
        Some(pod.containers.iter().map(|it| it.name.to_owned()).collect())
    }

    /// The kind of object that the call is about, for looking it up in the Inventory.
    pub(crate) fn kind(&self) -> Option<Kind> {
        let name = singular(self.resource());
        Kind::ALL
            .iter()
            .copied()
            .find(|kind| kind.name().eq_ignore_ascii_case(&name))
    }

    /// The first of the call's addresses that lies in `prefixes`: a proxy in between hides nobody.
    pub(crate) fn listed_in(&self, prefixes: &Prefixes) -> Option<IpAddr> {
        let addresses = self.event.source_ips().iter();
        addresses
            .filter_map(|text| address(text))
            .find(|address| prefixes.contain(*address))
    }

    /// The addresses of the nodes that the Inventory knows.
    pub(crate) fn node_addresses(&self) -> impl Iterator<Item = &str> {
        let nodes = self
            .inventory
            .into_iter()
            .flat_map(|it| it.of_kind(Kind::Node));
        nodes
            .flat_map(|(_, node)| node.value().list("status.addresses"))
            .filter_map(|entry| entry.text("address"))
    }

    /// `created pod shop/web`, or `was refused to create pod shop/web`.
    pub(crate) fn tried(&self) -> String {
        if self.is_refused() {
            format!("was refused to {} {}", self.event.verb(), self.what())
        } else {
            self.did_what()
        }
    }

    /// `created pod shop/web`.
    pub(crate) fn did_what(&self) -> String {
        format!("{} {}", self.did(), self.what())
    }

    /// What was acted on, in words: `deployment shop/web`, `secrets in shop`, `all secrets`.
    pub(crate) fn what(&self) -> String {
        let (resource, namespace, name) = (self.resource(), self.namespace(), self.name());
        if resource.is_empty() {
            return self.uri().path().to_owned();
        }
        match (namespace, name) {
            ("", "") => format!("all {resource}"),
            (namespace, "") => format!("{resource} in {namespace}"),
            ("", name) => format!("{} {name}", singular(resource)),
            (namespace, name) => format!("{} {namespace}/{name}", singular(resource)),
        }
    }

    /// What the verb did, in the past tense.
    pub(crate) fn did(&self) -> &'static str {
        match self.event.verb() {
            "create" => "created",
            "update" | "patch" => "changed",
            "delete" | "deletecollection" => "deleted",
            "list" => "listed",
            "watch" => "watched",
            _ => "read",
        }
    }
}

fn is_control_plane(actor: Actor<'_>) -> bool {
    match actor {
        Actor::Component { name } => !name.starts_with("system:bootstrap"),
        Actor::Node { .. } => true,
        Actor::ServiceAccount { namespace, name } => {
            namespace == "kube-system" && is_built_in_controller(name)
        }
        Actor::Anonymous | Actor::Human { .. } => false,
    }
}

/// The names under which kube-controller-manager runs its controllers, sorted.
const CONTROLLERS: [&str; 48] = [
    "attachdetach-controller",
    "bootstrap-signer",
    "certificate-controller",
    "cloud-provider",
    "clusterrole-aggregation-controller",
    "cronjob-controller",
    "daemon-set-controller",
    "deployment-controller",
    "device-taint-eviction-controller",
    "disruption-controller",
    "endpoint-controller",
    "endpointslice-controller",
    "endpointslicemirroring-controller",
    "ephemeral-volume-controller",
    "expand-controller",
    "generic-garbage-collector",
    "horizontal-pod-autoscaler",
    "job-controller",
    "kube-apiserver-serving-clustertrustbundle-publisher",
    "legacy-service-account-token-cleaner",
    "namespace-controller",
    "node-controller",
    "persistent-volume-binder",
    "pod-garbage-collector",
    "podcertificaterequestcleaner",
    "podgroup-protection-controller",
    "pv-protection-controller",
    "pvc-protection-controller",
    "replicaset-controller",
    "replication-controller",
    "resource-claim-controller",
    "resourcepoolstatusrequest-controller",
    "resourcequota-controller",
    "root-ca-cert-publisher",
    "route-controller",
    "selinux-warning-controller",
    "service-account-controller",
    "service-cidrs-controller",
    "service-controller",
    "statefulset-controller",
    "storage-version-garbage-collector",
    "storage-version-migrator-controller",
    "taint-eviction-controller",
    "token-cleaner",
    "ttl-after-finished-controller",
    "ttl-controller",
    "validatingadmissionpolicy-status-controller",
    "volumeattributesclass-protection-controller",
];

/// A controller of kube-controller-manager, by the name of its service account.
pub(crate) fn is_built_in_controller(name: &str) -> bool {
    CONTROLLERS.binary_search(&name).is_ok()
}

/// The namespaces in which Kubernetes and its managers keep their own.
pub(crate) fn is_system_namespace(namespace: &str) -> bool {
    matches!(
        namespace,
        "kube-system" | "kube-public" | "kube-node-lease" | "gke-system" | "gke-managed-system"
    )
}

fn singular(resource: &str) -> Cow<'_, str> {
    if let Some(stem) = resource.strip_suffix("ies") {
        return format!("{stem}y").into();
    }
    if let Some(stem) = resource.strip_suffix("sses") {
        return format!("{stem}ss").into();
    }
    let stem = resource.strip_suffix('s');
    stem.filter(|_| resource != "endpoints")
        .unwrap_or(resource)
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_controllers_is_sorted() {
        assert!(CONTROLLERS.is_sorted());
        assert!(is_built_in_controller("replicaset-controller"));
        assert!(!is_built_in_controller("tiller"));
    }

    #[test]
    fn resources_have_a_singular() {
        for (plural, expected) in [
            ("pods", "pod"),
            ("ingresses", "ingress"),
            ("networkpolicies", "networkpolicy"),
            ("endpoints", "endpoints"),
        ] {
            assert_eq!(singular(plural), expected);
        }
    }
}
