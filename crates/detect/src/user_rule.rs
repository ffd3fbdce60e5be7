//! Rules that users bring, beside the built-in ones: what [`catseye_rules`] finds becomes detections.

use std::borrow::Cow;

use catseye_event::Event;
use catseye_rules::{About, Engine, Hit, RuleSet};
use jiff::Timestamp;

use crate::detection::{Detection, Evidence, Tactic, Target};

/// The rules of a user, with what they remember.
#[derive(Debug)]
pub struct UserRules {
    engine: Engine,
}

impl UserRules {
    /// The rules of a set.
    pub fn new(set: RuleSet) -> Self {
        UserRules {
            engine: Engine::new(set),
        }
    }

    /// The rules, and how they fared.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Judges an event at `time`; `once` when it is the one by which its request is judged.
    pub(crate) fn observe(
        &mut self,
        event: &Event<'_>,
        once: bool,
        time: Timestamp,
    ) -> Vec<Detection> {
        let hits = self.engine.observe(event, once, time.as_microsecond());
        hits.into_iter()
            .filter_map(|hit| {
                let about = self.engine.about(hit.by)?;
                Some(detection(about, hit, event, time))
            })
            .collect()
    }
}

fn detection(about: &About, hit: Hit, event: &Event<'_>, time: Timestamp) -> Detection {
    let message = match hit.message {
        Some(message) if !message.is_empty() => {
            format!("matches {} rule {}: {message}", about.language, about.title)
        }
        _ => format!("matches {} rule {}", about.language, about.title),
    };
    let tactic = about
        .tactics
        .iter()
        .find_map(|name| Tactic::named(name))
        .or_else(|| {
            about
                .techniques
                .iter()
                .find_map(|it| Tactic::of_technique(it))
        })
        .unwrap_or_default();
    Detection {
        rule: Cow::Owned(about.id.clone()),
        title: Cow::Owned(about.title.clone()),
        severity: about.severity,
        tactic,
        technique: Cow::Owned(about.techniques.first().cloned().unwrap_or_default()),
        actor: event.effective_user().username.as_str().to_owned(),
        impersonator: event
            .impersonated_user()
            .map(|_| event.user().username.as_str().to_owned()),
        target: Target {
            verb: event.verb().to_owned(),
            resource: event.resource().to_owned(),
            subresource: event.subresource().to_owned(),
            namespace: event.namespace().to_owned(),
            name: event.name().to_owned(),
        },
        event: event.audit_id().to_owned(),
        time,
        message,
        evidence: hit
            .evidence
            .into_iter()
            .map(|(field, value)| Evidence {
                field,
                value: shortened(value),
            })
            .collect(),
    }
}

/// Long enough for a command line, short enough for a table of evidence.
fn shortened(mut value: String) -> String {
    const LONGEST: usize = 400;
    if value.len() > LONGEST {
        let cut = (0..=LONGEST)
            .rev()
            .find(|at| value.is_char_boundary(*at))
            .unwrap_or_default();
        value.truncate(cut);
        value.push('…');
    }
    value
}

#[cfg(test)]
mod tests {
    use catseye_model::{RedactionKey, Severity};
    use catseye_rules::Source;

    use super::*;
    use crate::audit::{Config, Rules};

    const EXEC: &str = "
title: Shell in a pod
id: shell
level: high
logsource: {product: kubernetes, service: audit}
tags: [attack.lateral_movement, attack.t1609]
detection: {sel: {objectRef.subresource: exec}, condition: sel}
---
title: The end of a call
id: end
logsource: {product: kubernetes, service: audit}
detection: {sel: {stage: ResponseComplete}, condition: sel}
";

    fn detections(stages: &[&str]) -> Vec<Detection> {
        let set = RuleSet::load(&[Source {
            name: "exec.yml".to_owned(),
            text: EXEC.to_owned(),
        }]);
        let mut rules = Rules::of([], Config::default()).with_user_rules(set);
        let key = RedactionKey::new([0; 32]);
        stages
            .iter()
            .flat_map(|stage| {
                let json = format!(
                    r#"{{"kind":"Event","auditID":"a","stage":"{stage}","verb":"create","user":{{"username":"jane"}},
                    "impersonatedUser":{{"username":"joe"}},"responseStatus":{{"code":101}},
                    "objectRef":{{"resource":"pods","subresource":"exec","namespace":"shop","name":"web-0"}}}}"#
                );
                let event = Event::parse(&json, &key).expect("JSON").expect("an event");
                rules.observe(&event, None)
            })
            .collect()
    }

    #[test]
    fn a_match_becomes_a_detection() {
        let found = detections(&["ResponseStarted"]);
        assert_eq!(found.len(), 1);
        let it = &found[0];
        assert_eq!(
            (&*it.rule, &*it.title, it.severity),
            ("shell", "Shell in a pod", Severity::High)
        );
        assert_eq!(
            (it.tactic, &*it.technique),
            (Tactic::LateralMovement, "T1609")
        );
        assert_eq!(
            (it.actor.as_str(), it.impersonator.as_deref()),
            ("joe", Some("jane"))
        );
        assert_eq!(it.target.to_string(), "create pods/exec shop/web-0");
        assert_eq!(it.message, "matches Sigma rule Shell in a pod");
        assert_eq!(it.evidence[0].field, "objectRef.subresource");
    }

    #[test]
    fn only_a_rule_that_asks_for_the_stage_is_judged_on_every_stage() {
        let found = detections(&["RequestReceived", "ResponseStarted", "ResponseComplete"]);
        let rules: Vec<&str> = found.iter().map(|it| &*it.rule).collect();
        assert_eq!(rules, ["shell", "end"]);
    }
}
