//! An application of the corpus: the facts its manifests agree on.
//!
//! Names, labels and ports are drawn once, so that the Service selects the Deployment, the Ingress
//! names the Service and the policies select the same pods. Half of the applications have no
//! [`Fault`]; the others have the faults that come together in practice (a node agent's are not
//! those of a shop's front end).

use serde_json::{Map, Value, json};

use super::random::Random;

/// How an application runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Deployment,
    StatefulSet,
    DaemonSet,
    CronJob,
    Job,
    Pod,
}

/// What its authors got wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Privileged,
    NoSecurityContext,
    RunsAsRoot,
    AddedCapabilities,
    UnconfinedSeccomp,
    WritableRoot,
    HostPath,
    RuntimeSocket,
    HostNetwork,
    HostPid,
    HostPort,
    LatestTag,
    NoTag,
    NoDigest,
    NoLimits,
    NoProbes,
    EnvPassword,
    SecretInArgs,
    MountedToken,
    DefaultAccount,
    NoPolicy,
    OpenPolicy,
    NoBudget,
    WideRole,
    WildcardRole,
    ClusterAdmin,
    SecretReader,
    NodePort,
    OpenLoadBalancer,
    NoTls,
    IngressSnippet,
    ConfigCredentials,
    PermissiveMesh,
}

/// Faults found together.
const HABITS: &[&[Fault]] = &[
    // Copied from a tutorial.
    &[
        Fault::NoSecurityContext,
        Fault::NoLimits,
        Fault::NoProbes,
        Fault::LatestTag,
        Fault::NoPolicy,
    ],
    &[
        Fault::NoSecurityContext,
        Fault::NoTag,
        Fault::DefaultAccount,
        Fault::MountedToken,
    ],
    // A node agent.
    &[
        Fault::Privileged,
        Fault::HostPath,
        Fault::HostPid,
        Fault::NoDigest,
    ],
    &[
        Fault::HostNetwork,
        Fault::HostPort,
        Fault::AddedCapabilities,
        Fault::RunsAsRoot,
    ],
    &[Fault::RuntimeSocket, Fault::RunsAsRoot, Fault::WritableRoot],
    // An operator with too many rights.
    &[Fault::WildcardRole, Fault::MountedToken, Fault::NoDigest],
    &[Fault::ClusterAdmin, Fault::MountedToken, Fault::NoLimits],
    &[Fault::WideRole, Fault::SecretReader, Fault::MountedToken],
    // A service put on the internet in a hurry.
    &[
        Fault::NodePort,
        Fault::NoTls,
        Fault::NoPolicy,
        Fault::NoBudget,
    ],
    &[
        Fault::OpenLoadBalancer,
        Fault::OpenPolicy,
        Fault::WritableRoot,
    ],
    &[
        Fault::NoTls,
        Fault::IngressSnippet,
        Fault::PermissiveMesh,
        Fault::NoBudget,
    ],
    // Credentials where they do not belong.
    &[
        Fault::EnvPassword,
        Fault::ConfigCredentials,
        Fault::NoDigest,
    ],
    &[
        Fault::SecretInArgs,
        Fault::ConfigCredentials,
        Fault::UnconfinedSeccomp,
    ],
];

const STRAY: &[Fault] = &[
    Fault::NoLimits,
    Fault::NoProbes,
    Fault::NoDigest,
    Fault::WritableRoot,
    Fault::NoPolicy,
    Fault::NoBudget,
    Fault::EnvPassword,
    Fault::LatestTag,
    Fault::RunsAsRoot,
];

const NOUNS: &[&str] = &[
    "checkout",
    "catalog",
    "invoice",
    "ledger",
    "payment",
    "profile",
    "search",
    "session",
    "shipping",
    "stock",
    "tax",
    "notify",
    "mailer",
    "metrics",
    "gateway",
    "orders",
    "pricing",
    "reviews",
    "cart",
    "coupon",
    "export",
    "import",
    "billing",
    "fraud",
    "geo",
    "image",
    "media",
    "audit",
    "report",
    "scheduler",
    "tracker",
    "wallet",
];

const ROLES: &[&str] = &[
    "api", "worker", "web", "service", "backend", "sync", "proxy", "store",
];

const TEAMS: &[&str] = &[
    "payments",
    "storefront",
    "logistics",
    "identity",
    "data",
    "platform",
    "growth",
    "support",
];

/// How many applications share a team and its namespace; below `NOUNS.len()`, hence names differ.
pub(super) const APPS_PER_TEAM: usize = 10;

/// One application; every manifest of it is a function of this and its random stream.
#[derive(Debug, Clone)]
pub(super) struct App {
    pub(super) index: usize,
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) shape: Shape,
    pub(super) faults: Vec<Fault>,
    pub(super) port: usize,
    pub(super) port_name: &'static str,
    pub(super) version: String,
    pub(super) digest: String,
    /// Whether labels are the recommended `app.kubernetes.io/*` ones, or plain `app:`.
    recommended_labels: bool,
    pub(super) helm: bool,
}

impl App {
    pub(super) fn draw(index: usize, helm: bool, random: &mut Random) -> Self {
        let team = index / APPS_PER_TEAM;
        let noun = NOUNS[(team * 7 + index % APPS_PER_TEAM) % NOUNS.len()];
        let shape = random.weighted(&[
            (62, Shape::Deployment),
            (12, Shape::StatefulSet),
            (9, Shape::DaemonSet),
            (9, Shape::CronJob),
            (4, Shape::Job),
            (4, Shape::Pod),
        ]);
        Self {
            index,
            name: format!("{noun}-{}", random.pick(ROLES)),
            namespace: format!("{}-{:02}", TEAMS[team % TEAMS.len()], team),
            shape,
            faults: draw_faults(random),
            port: random.pick(&[8080, 8080, 3000, 5000, 8000, 8443, 9000, 9090]),
            port_name: random.pick(&["http", "http", "web", "grpc"]),
            version: format!(
                "{}.{}.{}",
                random.between(0, 5),
                random.between(0, 30),
                random.between(0, 12)
            ),
            digest: random.hex(64),
            recommended_labels: helm || random.chance(50),
            helm,
        }
    }

    pub(super) fn team(&self) -> usize {
        self.index / APPS_PER_TEAM
    }

    pub(super) fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    pub(super) fn has_any(&self, faults: &[Fault]) -> bool {
        faults.iter().any(|fault| self.has(*fault))
    }

    /// Whether it listens, so that a Service makes sense.
    pub(super) fn serves(&self) -> bool {
        matches!(
            self.shape,
            Shape::Deployment | Shape::StatefulSet | Shape::Pod
        )
    }

    /// Its service account; the account objects are written by `rbac`.
    pub(super) fn account(&self) -> &str {
        if self.has(Fault::DefaultAccount) {
            "default"
        } else {
            &self.name
        }
    }

    /// What selects its pods.
    pub(super) fn selector(&self) -> Value {
        if self.recommended_labels {
            json!({"app.kubernetes.io/name": self.name, "app.kubernetes.io/instance": "main"})
        } else {
            json!({"app": self.name})
        }
    }

    /// The selector's labels and those that only inform.
    pub(super) fn labels(&self) -> Value {
        let mut labels = self.selector();
        if self.recommended_labels {
            labels["app.kubernetes.io/version"] = json!(self.version);
            labels["app.kubernetes.io/part-of"] = json!(self.namespace);
        } else {
            labels["team"] = json!(self.namespace);
            labels["tier"] = json!(if self.serves() { "backend" } else { "batch" });
        }
        if self.helm {
            labels["helm.sh/chart"] = json!(format!("{}-{}", self.name, self.version));
            labels["app.kubernetes.io/managed-by"] = json!("Helm");
        }
        labels
    }

    /// A namespaced object of this application.
    pub(super) fn object(&self, api_version: &str, kind: &str, name: &str, body: Value) -> Value {
        let metadata = json!({"name": name, "namespace": self.namespace, "labels": self.labels()});
        assemble(api_version, kind, metadata, body)
    }

    /// An object of this application that belongs to no namespace.
    pub(super) fn cluster_object(&self, api_version: &str, kind: &str, body: Value) -> Value {
        let name = format!("{}:{}", self.namespace, self.name);
        assemble(
            api_version,
            kind,
            json!({"name": name, "labels": self.labels()}),
            body,
        )
    }
}

/// An object of its header and the rest of its fields.
pub(super) fn assemble(api_version: &str, kind: &str, metadata: Value, body: Value) -> Value {
    let mut object = Map::new();
    object.insert("apiVersion".to_owned(), json!(api_version));
    object.insert("kind".to_owned(), json!(kind));
    object.insert("metadata".to_owned(), metadata);
    if let Value::Object(rest) = body {
        object.extend(rest);
    }
    Value::Object(object)
}

fn draw_faults(random: &mut Random) -> Vec<Fault> {
    if random.chance(50) {
        return Vec::new();
    }
    let mut faults = random.pick(HABITS).to_vec();
    for _ in 0..random.below(4) {
        let stray = random.pick(STRAY);
        if !faults.contains(&stray) {
            faults.push(stray);
        }
    }
    faults
}
