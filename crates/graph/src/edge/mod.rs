//! The edge kinds, one file each: what it takes to go from one node to the next.
//!
//! A kind is documentation, numbers, fixtures and a function, declared by the `edge!` macro; [`ALL`]
//! lists them, explicitly. Its id, the name of its file and the word in queries are one name.

use std::fmt;

use catseye_model::Version;

use crate::build::Builder;
use crate::world::World;

/// A kind of edge, declared by `edge!`.
pub struct EdgeKind {
    /// The id, such as `CE_PRIVILEGED`; permanent.
    pub id: &'static str,
    /// The ATT&CK technique.
    pub attack: &'static str,
    /// In how many cases of a hundred the step works.
    pub success: u8,
    /// The first version of Kubernetes in which it exists.
    pub since: Option<Version>,
    /// The first version in which it does not exist any more.
    pub until: Option<Version>,
    /// The step as a sentence, with `{from}` and `{to}`.
    pub says: &'static str,
    /// How loud the step is: which log shows it.
    pub trace: &'static str,
    /// Manifests that have such an edge.
    pub has: &'static [&'static str],
    /// Manifests that have none, though they look like it.
    pub lacks: &'static [&'static str],
    /// Adds the edges.
    pub(crate) derive: for<'a> fn(&World<'a>, &mut Builder<'a>),
    pub(crate) doc: &'static str,
    pub(crate) module: &'static str,
}

impl EdgeKind {
    /// What happens, in a few words.
    pub fn title(&self) -> &'static str {
        self.doc.lines().next().unwrap_or_default().trim()
    }

    /// When it is possible: Markdown.
    pub fn precondition(&self) -> String {
        let body = self.doc.split_once('\n').map_or("", |(_, body)| body);
        unindent(body.split_once(FIX).map_or(body, |(text, _)| text))
    }

    /// What ends it: Markdown.
    pub fn fix(&self) -> String {
        unindent(self.doc.split_once(FIX).map_or("", |(_, fix)| fix))
    }

    /// The name of its file, without ending.
    pub fn file_name(&self) -> &'static str {
        self.module.rsplit("::").next().unwrap_or_default()
    }

    /// True in a cluster of that version.
    pub fn exists_in(&self, version: Version) -> bool {
        self.since.is_none_or(|since| version >= since)
            && self.until.is_none_or(|until| version < until)
    }
}

const FIX: &str = "**Fix:**";

/// Takes away the blank that `///` leaves before each line, and surrounding blank lines.
fn unindent(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    lines.join("\n").trim().to_owned()
}

impl fmt::Debug for EdgeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EdgeKind({})", self.id)
    }
}

/// Declares an edge kind. The first line of its documentation is the title, what follows the
/// precondition, and `**Fix:**` what ends it.
macro_rules! edge {
    (
        $(#[doc = $doc:literal])*
        $id:literal {
            attack: $attack:literal,
            success: $success:literal,
            $(since: $since:literal,)?
            $(until: $until:literal,)?
            says: $says:literal,
            trace: $trace:literal,
            has: [$($has:expr),+ $(,)?],
            lacks: [$($lacks:expr),+ $(,)?],
            derive: $derive:expr $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        pub(crate) static KIND: $crate::edge::EdgeKind = $crate::edge::EdgeKind {
            id: $id,
            attack: $attack,
            success: $success,
            since: $crate::edge::optional_minor(&[$($since)?]),
            until: $crate::edge::optional_minor(&[$($until)?]),
            says: $says,
            trace: $trace,
            has: &[$($has),+],
            lacks: &[$($lacks),+],
            derive: $derive,
            doc: concat!($($doc, "\n",)*),
            module: module_path!(),
        };
    };
}

/// The version of a minor release that may be given.
pub(crate) const fn optional_minor(minor: &[u16]) -> Option<Version> {
    match minor {
        [minor, ..] => Some(Version::minor(*minor)),
        [] => None,
    }
}

macro_rules! kinds {
    ($($(#[$section:meta])* $module:ident),* $(,)?) => {
        $(mod $module;)*

        /// Every kind of edge, in the order of an attack: entry, network, node, credentials, API. A kind that
        /// asks whether a node is known stands after those that make it known.
        pub const ALL: &[&EdgeKind] = &[$(&$module::KIND),*];
    };
}

mod capability;
mod egress;
mod exposure;
mod host_path;
mod node_software;
mod server_flags;

kinds![
    expose_lb,
    expose_nodeport,
    expose_ingress,
    expose_hostport,
    anon,
    endpoint_exploit,
    net_vuln,
    net_unauth_admin,
    net_reach,
    net_apiserver,
    net_kubelet,
    net_etcd,
    ingress_admission_rce,
    imds_node_role,
    mitm_l2,
    netpol_write,
    dns_spoof,
    svc_hijack,
    contains,
    ce_privileged,
    ce_sys_module,
    ce_sys_admin,
    ce_sys_ptrace,
    ce_dac_read_search,
    ce_sys_rawio,
    ce_bpf,
    ce_mknod,
    ce_core_pattern,
    ce_runtime_cve,
    ce_kernel_cve,
    volume_discover,
    host_write,
    host_read,
    ce_runtime_sock,
    host_traverse_token,
    ce_var_log_symlink,
    break_etcd,
    hostnetwork_local,
    hostpid_env,
    hostipc,
    share_ps_namespace,
    share_volume,
    volume_access,
    node_pods,
    node_identity,
    node_controlplane,
    identity_assume,
    token_steal,
    member_of,
    secret_mount,
    secret_token,
    secret_external,
    irsa,
    pod_identity,
    gke_wi,
    az_wi,
    cloud_to_k8s,
    image_push,
    cicd_write,
    webhook_backend,
    has_permission,
    role_bind,
    role_escalate,
    wildcard_admin,
    namespace_admin,
    pod_exec,
    pod_attach,
    pod_ephemeral,
    pod_patch,
    workload_patch,
    pod_create,
    cr_pod_create,
    psa_bypass,
    pv_hostpath,
    policy_disable,
    nodes_proxy,
    pod_proxy,
    svc_proxy,
    portforward,
    secret_read,
    log_read,
    secret_create_token,
    token_request,
    impersonate,
    csr_approve,
    pod_cert,
    aws_auth_write,
    webhook_control,
    apiservice,
    crd_conversion,
    azure_pod_identity_exc,
    steal_pods,
    node_label,
    pod_bind,
];

/// The kind of that id, upper or lower case.
pub fn find(id: &str) -> Option<&'static EdgeKind> {
    ALL.iter()
        .copied()
        .find(|kind| kind.id.eq_ignore_ascii_case(id))
}

#[cfg(test)]
pub(crate) mod tests;
