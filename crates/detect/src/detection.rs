//! What a rule says of an event: who did what to which object, how bad that is, and what shows it.

use std::borrow::Cow;
use std::fmt;

use catseye_model::Severity;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An event, or a short sequence that it completes, matches a known attack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detection {
    /// The permanent id of the rule, such as `AUD-001`; user rules bring their own.
    pub rule: Cow<'static, str>,
    /// What the rule detects, in a few words.
    pub title: Cow<'static, str>,
    /// How bad this one is: the rule's severity, unless the event lowers or raises it.
    pub severity: Severity,
    /// What the attacker is after.
    pub tactic: Tactic,
    /// The MITRE ATT&CK technique, such as `T1611`; empty where a user rule names none.
    pub technique: Cow<'static, str>,
    /// The effective identity: the impersonated user where there is one.
    pub actor: String,
    /// The identity that authenticated, where it acts as another.
    pub impersonator: Option<String>,
    /// What was acted on.
    pub target: Target,
    /// `auditID` of the event that completes the match; empty where the source has none.
    pub event: String,
    /// When the API server received that event's request. An event that does not say when it was takes
    /// the time of the event before it.
    pub time: Timestamp,
    /// What happened, in words: completes "ACTOR …".
    pub message: String,
    /// The fields that show it, most telling first.
    pub evidence: Vec<Evidence>,
}

/// What an API call acts on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Target {
    /// The verb of the call.
    pub verb: String,
    /// The plural resource; empty for calls that name none.
    pub resource: String,
    /// The subresource; empty where there is none.
    pub subresource: String,
    /// The namespace; empty for what is cluster-wide.
    pub namespace: String,
    /// The name; empty where the call is about many objects.
    pub name: String,
}

impl fmt::Display for Target {
    /// `create pods/exec shop/web-0`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.verb, self.resource)?;
        if !self.subresource.is_empty() {
            write!(out, "/{}", self.subresource)?;
        }
        match (self.namespace.as_str(), self.name.as_str()) {
            ("", "") => Ok(()),
            ("", name) => write!(out, " {name}"),
            (namespace, "") => write!(out, " in {namespace}"),
            (namespace, name) => write!(out, " {namespace}/{name}"),
        }
    }
}

/// A field of the event and what stood there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The path in the event: `requestObject.spec.containers[0].securityContext.privileged`.
    pub field: String,
    /// The value, as text; never the value of a secret.
    pub value: String,
}

/// The tactics of MITRE ATT&CK that calls to a Kubernetes API can serve, in the order of an attack.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "kebab-case")]
pub enum Tactic {
    /// Looking at the cluster from outside.
    Reconnaissance,
    /// Getting a first foot in.
    InitialAccess,
    /// Running code.
    Execution,
    /// Staying.
    Persistence,
    /// Getting more rights.
    PrivilegeEscalation,
    /// Not being seen.
    DefenseEvasion,
    /// Getting hold of secrets and tokens.
    CredentialAccess,
    /// Looking around from inside.
    #[default]
    Discovery,
    /// Moving on to another workload or node.
    LateralMovement,
    /// Gathering data.
    Collection,
    /// Talking to what was planted.
    CommandAndControl,
    /// Destroying, exhausting or altering.
    Impact,
}

impl Tactic {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Tactic::Reconnaissance => "reconnaissance",
            Tactic::InitialAccess => "initial-access",
            Tactic::Execution => "execution",
            Tactic::Persistence => "persistence",
            Tactic::PrivilegeEscalation => "privilege-escalation",
            Tactic::DefenseEvasion => "defense-evasion",
            Tactic::CredentialAccess => "credential-access",
            Tactic::Discovery => "discovery",
            Tactic::LateralMovement => "lateral-movement",
            Tactic::Collection => "collection",
            Tactic::CommandAndControl => "command-and-control",
            Tactic::Impact => "impact",
        }
    }
}

impl Tactic {
    /// Every tactic, in the order of an attack.
    const ALL: [Tactic; 12] = [
        Tactic::Reconnaissance,
        Tactic::InitialAccess,
        Tactic::Execution,
        Tactic::Persistence,
        Tactic::PrivilegeEscalation,
        Tactic::DefenseEvasion,
        Tactic::CredentialAccess,
        Tactic::Discovery,
        Tactic::LateralMovement,
        Tactic::Collection,
        Tactic::CommandAndControl,
        Tactic::Impact,
    ];

    /// The tactic of that name, as tags of rules write it. Newer names of ATT&CK stand for the older
    /// ones that they divide.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "stealth" | "defense-impairment" => Some(Tactic::DefenseEvasion),
            "exfiltration" => Some(Tactic::Collection),
            name => Tactic::ALL.into_iter().find(|it| it.as_str() == name),
        }
    }

    /// The tactic of a technique, where a built-in rule names both.
    pub(crate) fn of_technique(technique: &str) -> Option<Self> {
        crate::audit::all()
            .find(|rule| rule.technique == technique)
            .map(|rule| rule.tactic)
    }
}

impl fmt::Display for Tactic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{Tactic, Target};

    #[test]
    fn a_target_reads_like_a_command() {
        let target = |verb: &str, resource: &str, sub: &str, namespace: &str, name: &str| Target {
            verb: verb.into(),
            resource: resource.into(),
            subresource: sub.into(),
            namespace: namespace.into(),
            name: name.into(),
        };
        assert_eq!(
            target("create", "pods", "exec", "shop", "web-0").to_string(),
            "create pods/exec shop/web-0"
        );
        assert_eq!(
            target("list", "secrets", "", "shop", "").to_string(),
            "list secrets in shop"
        );
        assert_eq!(
            target("list", "nodes", "", "", "").to_string(),
            "list nodes"
        );
    }

    #[test]
    fn a_tactic_is_written_one_way() {
        let json = serde_json::to_string(&Tactic::CommandAndControl).expect("a plain enum");
        assert_eq!(json, format!("{:?}", Tactic::CommandAndControl.as_str()));
    }
}
