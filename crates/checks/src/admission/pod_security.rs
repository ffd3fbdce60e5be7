//! What enforces the Pod Security Standards on a namespace: its label, the API server's defaults, or a
//! policy engine whose policies are among the objects.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Inventory, Kind, Object};
use catseye_policy::glob;

use super::policy_engine;
use super::validating_policy::{bindings_of, denies};
use crate::context::{Index, Reads};

/// The label by which Pod Security admission refuses pods.
pub(super) const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// How strict the enforcement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Privileged,
    Baseline,
    Restricted,
}

impl Level {
    fn of(word: &str) -> Option<Self> {
        match word {
            "privileged" => Some(Level::Privileged),
            "baseline" => Some(Level::Baseline),
            "restricted" => Some(Level::Restricted),
            _ => None,
        }
    }
}

/// The path of the label on a Namespace.
pub(super) fn enforce_path() -> FieldPath {
    FieldPath::root().join("metadata.labels").key(ENFORCE)
}

/// Enforcement that does not come from namespace labels.
pub(super) struct Enforcement {
    default: Level,
    policies: Vec<EnforcedPolicy>,
}

/// A policy of an engine that refuses pods below a level.
struct EnforcedPolicy {
    level: Level,
    /// Empty for all namespaces.
    only: Vec<Box<str>>,
    except: Vec<Box<str>>,
}

impl Enforcement {
    /// The level that holds in a namespace; `Privileged` where nothing is enforced.
    pub(super) fn level(&self, namespace: &Object) -> Level {
        // The API server refuses other words, so an unknown one cannot be in force.
        let own = match namespace.label(ENFORCE) {
            Some(word) => Level::of(word).unwrap_or(Level::Privileged),
            None => self.default,
        };
        let by_policy = self
            .policies
            .iter()
            .filter(|policy| policy.covers(namespace.name()))
            .map(|policy| policy.level)
            .max();
        own.max(by_policy.unwrap_or(Level::Privileged))
    }
}

impl EnforcedPolicy {
    fn covers(&self, namespace: &str) -> bool {
        let listed = |patterns: &[Box<str>]| {
            patterns
                .iter()
                .any(|pattern| glob::matches(pattern, namespace))
        };
        (self.only.is_empty() || listed(&self.only)) && !listed(&self.except)
    }
}

impl Index for Enforcement {
    const READS: Reads = Reads::Kinds(&[
        Kind::Other,
        Kind::KyvernoClusterPolicy,
        Kind::ValidatingAdmissionPolicy,
        Kind::ValidatingAdmissionPolicyBinding,
    ]);

    fn build(inventory: &Inventory) -> Self {
        let mut default = Level::Privileged;
        let mut policies = Vec::new();
        let mut gatekeeper = Gatekeeper::default();
        for (_, object) in inventory.of_kind(Kind::Other) {
            for configuration in pod_security_configurations(object) {
                let level = configuration.text("defaults.enforce").and_then(Level::of);
                default = default.max(level.unwrap_or(default));
            }
            if object.group() == policy_engine::CONSTRAINTS
                && policy_engine::constraint_denies(object)
            {
                gatekeeper.see(object);
            }
        }
        policies.extend(gatekeeper.policy());
        for (_, policy) in inventory.of_kind(Kind::KyvernoClusterPolicy) {
            policies.extend(kyverno(policy));
        }
        for (_, policy) in inventory.of_kind(Kind::ValidatingAdmissionPolicy) {
            let denied = bindings_of(
                policy.name(),
                Kind::ValidatingAdmissionPolicyBinding,
                inventory,
            )
            .any(|binding| denies(binding) && !binding.value().has("spec.matchResources"));
            if denied && let Some(level) = named_level(policy.name()) {
                policies.push(EnforcedPolicy {
                    level,
                    only: Vec::new(),
                    except: Vec::new(),
                });
            }
        }
        Enforcement { default, policies }
    }
}

/// The `PodSecurityConfiguration`s of a file for the API server: the object itself, or embedded in an
/// `AdmissionConfiguration`.
pub(super) fn pod_security_configurations(object: &Object) -> impl Iterator<Item = &Value> {
    let embedded = match (object.group(), object.kind_name()) {
        ("apiserver.config.k8s.io", "AdmissionConfiguration") => object.value().list("plugins"),
        _ => &[],
    };
    let itself = (object.group() == "pod-security.admission.config.k8s.io").then(|| object.value());
    embedded
        .iter()
        .filter(|plugin| plugin.text("name") == Some("PodSecurity"))
        .map(|plugin| plugin.at("configuration"))
        .chain(itself)
}

/// The level that a policy's name speaks of, if it is about the standards.
fn named_level(name: &str) -> Option<Level> {
    let about = ["pod-security", "podsecurity", "pss"]
        .iter()
        .any(|word| name.contains(word));
    about.then(|| {
        if name.contains("restricted") {
            Level::Restricted
        } else {
            Level::Baseline
        }
    })
}

/// What a `ClusterPolicy` of Kyverno enforces of the standards.
fn kyverno(policy: &Object) -> Vec<EnforcedPolicy> {
    let category = policy
        .annotation("policies.kyverno.io/category")
        .unwrap_or_default();
    let by_category = category
        .contains("Pod Security Standards")
        .then(|| named_level(&format!("pss {}", category.to_lowercase())))
        .flatten();
    policy
        .value()
        .list("spec.rules")
        .iter()
        .filter(|rule| policy_engine::rule_enforces(rule, policy.value()))
        .filter_map(|rule| {
            let level = rule
                .text("validate.podSecurity.level")
                .and_then(Level::of)
                .or(by_category)?;
            let only = namespaces_of(rule.at("match"))?;
            let except = namespaces_of(rule.at("exclude")).unwrap_or_default();
            Some(EnforcedPolicy {
                level,
                only,
                except,
            })
        })
        .collect()
}

/// The namespaces that a `match` or `exclude` of Kyverno names; `None` where it narrows by more than
/// kinds and namespaces.
fn namespaces_of(clause: &Value) -> Option<Vec<Box<str>>> {
    let filters = clause.list("any").iter().chain(clause.list("all"));
    let direct = clause.get("resources").is_some().then_some(clause);
    let mut namespaces = Vec::new();
    for filter in filters.chain(direct) {
        let resources = filter.at("resources");
        if resources.has("selector") || resources.has("namespaceSelector") || resources.has("names")
        {
            return None;
        }
        namespaces.extend(resources.texts("namespaces").map(Box::from));
    }
    Some(namespaces)
}

/// Constraints of Gatekeeper's library: the standards are taken for enforced where privileged
/// containers and host namespaces are both refused.
#[derive(Default)]
struct Gatekeeper {
    privileged: bool,
    host_namespaces: bool,
    only: Vec<Box<str>>,
    except: Vec<Box<str>>,
}

impl Gatekeeper {
    fn see(&mut self, constraint: &Object) {
        let seen = match constraint.kind_name() {
            "K8sPSPPrivilegedContainer" => &mut self.privileged,
            "K8sPSPHostNamespace" => &mut self.host_namespaces,
            _ => return,
        };
        let scope = constraint.value().at("spec.match");
        if scope.has("labelSelector") || scope.has("namespaceSelector") {
            return;
        }
        *seen = true;
        let patterns = |field| scope.texts(field).map(Box::from).collect::<Vec<_>>();
        self.only.extend(patterns("namespaces"));
        self.except.extend(patterns("excludedNamespaces"));
    }

    fn policy(self) -> Option<EnforcedPolicy> {
        (self.privileged && self.host_namespaces).then_some(EnforcedPolicy {
            level: Level::Baseline,
            only: self.only,
            except: self.except,
        })
    }
}
