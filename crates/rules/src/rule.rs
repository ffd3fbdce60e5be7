//! A rule that a user brought, ready to be asked.

use std::fmt;

use catseye_model::Severity;

use crate::output::Output;
use crate::predicate::Predicate;

/// The language that a rule was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// Sigma, for the log source `product: kubernetes, service: audit`.
    Sigma,
    /// Falco, for the source `k8s_audit`.
    Falco,
    /// The field, operator and value lists of kAudit.
    Kaudit,
}

impl Language {
    /// The name in output.
    pub fn name(self) -> &'static str {
        match self {
            Language::Sigma => "Sigma",
            Language::Falco => "Falco",
            Language::Kaudit => "kAudit",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

/// What is said of a rule, whatever it asks.
#[derive(Debug, Clone)]
pub struct About {
    /// The id that the rule brings, else its name; detections carry it.
    pub id: String,
    /// What it detects, in a few words.
    pub title: String,
    /// The language it was written in.
    pub language: Language,
    /// How bad a match is, by the rule's level or priority.
    pub severity: Severity,
    /// ATT&CK tactics by their names, such as `privilege-escalation`.
    pub tactics: Vec<String>,
    /// ATT&CK techniques, such as `T1611`.
    pub techniques: Vec<String>,
    /// The file it stands in.
    pub file: String,
    /// The line on which it begins.
    pub line: u32,
}

/// A rule about single events.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What is said of it.
    pub about: About,
    /// What it asks.
    pub predicate: Predicate,
    /// It asks for the stage: it is then judged on every stage of a request, else once a request.
    pub reads_stage: bool,
    /// It makes detections; otherwise it only feeds correlations.
    pub alerts: bool,
    /// The sentence it brings for a match.
    pub output: Option<Output>,
}

impl Rule {
    /// A rule of these parts, with its predicate in the best order.
    pub(crate) fn new(about: About, mut predicate: Predicate, output: Option<Output>) -> Self {
        predicate.sort_by_cost();
        let mut reads_stage = false;
        predicate.tests(&mut |test| reads_stage |= test.field == crate::field::Field::Stage);
        Rule {
            about,
            predicate,
            reads_stage,
            alerts: true,
            output,
        }
    }
}

/// Reads `attack.` tags (Sigma), `mitre_` tags and bare technique ids (Falco).
pub(crate) fn attack_tags<'t>(
    tags: impl IntoIterator<Item = &'t str>,
) -> (Vec<String>, Vec<String>) {
    let (mut tactics, mut techniques) = (Vec::new(), Vec::new());
    for tag in tags {
        let tag = tag.to_ascii_lowercase().replace('_', "-");
        let named = tag
            .strip_prefix("attack.")
            .or_else(|| tag.strip_prefix("mitre-"));
        let word = named.unwrap_or(&tag);
        let digits = word.strip_prefix('t').unwrap_or_default();
        let is_technique = digits.len() >= 4
            && digits.starts_with(|first: char| first.is_ascii_digit())
            && digits.chars().all(|it| it.is_ascii_digit() || it == '.');
        if is_technique {
            techniques.push(format!("T{digits}"));
        } else if named.is_some() {
            tactics.push(word.to_owned());
        }
    }
    (tactics, techniques)
}

#[cfg(test)]
mod tests {
    use super::attack_tags;

    #[test]
    fn tags_name_tactics_and_techniques() {
        let tags = [
            "attack.t1611",
            "attack.privilege_escalation",
            "mitre_execution",
            "T1609",
            "k8s",
            "attack.t1552.007",
            "team",
        ];
        let (tactics, techniques) = attack_tags(tags);
        assert_eq!(tactics, ["privilege-escalation", "execution"]);
        assert_eq!(techniques, ["T1611", "T1609", "T1552.007"]);
    }
}
