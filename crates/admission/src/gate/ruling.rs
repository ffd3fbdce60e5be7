//! What the gate says: every objection with its effect, and one message that tells the fix.

use std::fmt::Write as _;

use catseye_model::Severity;

use super::break_glass::Glass;
use super::config::Mode;

/// How many objections a message tells in full.
const TOLD: usize = 5;

/// What follows from an objection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Accepted by an exception, or the glass is broken: logged only.
    Accepted,
    /// Logged, and in the audit annotations.
    Audit,
    /// The client is warned.
    Warn,
    /// The request is refused.
    Deny,
}

/// Who objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A posture check.
    Check,
    /// An admission policy.
    Policy,
    /// A rule over who does what.
    Rule,
    /// Trust in images.
    Image,
}

impl Origin {
    /// The word in logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Check => "check",
            Origin::Policy => "policy",
            Origin::Rule => "rule",
            Origin::Image => "image",
        }
    }
}

/// One reason against a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// Who objects.
    pub origin: Origin,
    /// The check's id, the policy's or the rule's name.
    pub id: String,
    /// What is wrong, without a full stop.
    pub message: String,
    /// The field, where there is one.
    pub field: String,
    /// What to do instead; empty where nobody says.
    pub fix: String,
    /// How bad it is.
    pub severity: Severity,
    /// Another object that gets worse by this request, such as `Deployment shop/web`.
    pub elsewhere: Option<String>,
    /// The reason of the exception that accepts it.
    pub accepted: Option<String>,
    /// What follows.
    pub effect: Effect,
}

/// What the gate says of a request.
#[derive(Debug, Clone, Default)]
pub struct Ruling {
    /// Why it was not judged at all.
    pub exempt: Option<String>,
    /// The mode of its namespace.
    pub mode: Mode,
    /// All objections, the gravest effect first.
    pub objections: Vec<Objection>,
    /// The glass that let it pass.
    pub glass: Option<Glass>,
    /// Why a glass did not count.
    pub glass_refused: Option<String>,
    /// What could not be judged.
    pub unknown: Vec<String>,
}

impl Ruling {
    /// A request that is not judged.
    pub fn exempt(why: impl Into<String>) -> Self {
        Ruling {
            exempt: Some(why.into()),
            ..Ruling::default()
        }
    }

    /// Puts the gravest objections first.
    pub(super) fn sort(&mut self) {
        self.objections.sort_by(|a, b| {
            b.effect
                .cmp(&a.effect)
                .then(b.severity.cmp(&a.severity))
                .then(a.origin.cmp(&b.origin))
                .then(a.id.cmp(&b.id))
        });
    }

    /// True unless something refuses the request.
    pub fn allowed(&self) -> bool {
        !self
            .objections
            .iter()
            .any(|objection| objection.effect == Effect::Deny)
    }

    /// Objections with an effect.
    pub fn with_effect(&self, effect: Effect) -> impl Iterator<Item = &Objection> {
        self.objections
            .iter()
            .filter(move |objection| objection.effect == effect)
    }

    /// What whoever is refused reads: what is wrong, where, and what to write instead.
    pub fn message(&self, uid: &str) -> String {
        let denials: Vec<&Objection> = self.with_effect(Effect::Deny).collect();
        let mut text = String::from("catseye refuses this: ");
        for (place, objection) in denials.iter().take(TOLD).enumerate() {
            if place > 0 {
                text.push_str("; ");
            }
            text.push_str(&objection.words());
            if !objection.fix.is_empty() {
                let _ = write!(text, ". Fix: {}", objection.fix);
            }
        }
        if denials.len() > TOLD {
            let _ = write!(text, "; and {} more", denials.len() - TOLD);
        }
        if let Some(why) = &self.glass_refused {
            let _ = write!(text, ". The glass is not broken: {why}");
        }
        let _ = write!(text, " [request {uid}]");
        text
    }

    /// What a client is warned of; the API server cuts longer warnings.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self
            .with_effect(Effect::Warn)
            .take(TOLD)
            .map(|objection| {
                let words = format!("catseye: {}", objection.words());
                words.chars().take(250).collect()
            })
            .collect();
        if let Some(glass) = &self.glass {
            warnings.push(format!(
                "catseye: the glass is broken until {}",
                glass.until
            ));
        }
        warnings
    }
}

impl Objection {
    /// One line: `POD-006 the container is privileged (spec.containers[0].securityContext.privileged)`.
    pub fn words(&self) -> String {
        let mut text = format!("{} {}", self.id, self.message);
        if let Some(elsewhere) = &self.elsewhere {
            let _ = write!(text, " (at {elsewhere})");
        } else if !self.field.is_empty() {
            let _ = write!(text, " ({})", self.field);
        }
        text
    }
}
