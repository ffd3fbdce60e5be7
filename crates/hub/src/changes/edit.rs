//! What somebody did to an object, in the words of people who run it.

use std::collections::BTreeMap;

use catseye_model::Value;
use catseye_model::{Fields, ImageReference, Object, PodView, Severity};

/// The differences that matter, and how much they do.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Edit {
    /// Each completes "changed OBJECT: …".
    pub(super) words: Vec<String>,
    pub(super) severity: Severity,
    /// Field, before and after.
    pub(super) fields: Vec<(String, String)>,
}

impl Edit {
    fn note(&mut self, severity: Severity, words: String, field: &str, value: String) {
        self.severity = self.severity.max(severity);
        self.words.push(words);
        self.fields.push((field.to_owned(), value));
    }

    /// What is different between two versions, restarts and labels left out.
    pub(super) fn between(before: &Object, after: &Object) -> Self {
        let mut edit = Edit::default();
        if let (Some(old), Some(new)) = (PodView::of(before), PodView::of(after)) {
            edit.containers(&old, &new);
        }
        let (old, new) = (before.value(), after.value());
        let replicas = (old.integer("spec.replicas"), new.integer("spec.replicas"));
        if let (Some(old), Some(new)) = replicas
            && old != new
        {
            let severity = if new == 0 {
                Severity::Medium
            } else {
                Severity::Low
            };
            edit.note(
                severity,
                format!("replicas {old} → {new}"),
                "spec.replicas",
                new.to_string(),
            );
        }
        let kinds = (old.text("spec.type"), new.text("spec.type"));
        if let (Some(old), Some(new)) = kinds
            && old != new
        {
            edit.note(
                Severity::Medium,
                format!("type {old} → {new}"),
                "spec.type",
                new.to_owned(),
            );
        }
        for field in ["rules", "subjects", "webhooks", "roleRef"] {
            if old.at(field) != new.at(field) {
                let (was, is) = (old.list(field).len(), new.list(field).len());
                let words = match is.cmp(&was) {
                    std::cmp::Ordering::Greater => format!("{} more in {field}", is - was),
                    std::cmp::Ordering::Less => format!("{} fewer in {field}", was - is),
                    std::cmp::Ordering::Equal => format!("other {field}"),
                };
                edit.note(Severity::Medium, words, field, format!("{was} → {is}"));
            }
        }
        for field in [
            "data",
            "binaryData",
            "spec.selector",
            "spec.podSelector",
            "spec.ingress",
            "spec.egress",
            "spec.ports",
        ] {
            if old.at(field) != new.at(field) {
                edit.note(
                    Severity::Low,
                    format!("other {field}"),
                    field,
                    String::new(),
                );
            }
        }
        edit
    }

    fn containers(&mut self, old: &PodView<'_>, new: &PodView<'_>) {
        let by_name = |pod: &'_ PodView<'_>| -> BTreeMap<String, Value> {
            pod.containers
                .iter()
                .map(|container| (container.name.to_owned(), container.value.clone()))
                .collect()
        };
        let (old, new) = (by_name(old), by_name(new));
        for (name, after) in &new {
            let Some(before) = old.get(name) else {
                let image = after.text("image").unwrap_or("no image");
                self.note(
                    Severity::Medium,
                    format!("container {name} added, which runs {image}"),
                    "containers",
                    name.clone(),
                );
                continue;
            };
            let images = (before.text("image"), after.text("image"));
            if let (Some(was), Some(is)) = images
                && was != is
            {
                let elsewhere = registry(was) != registry(is);
                let severity = if elsewhere {
                    Severity::Medium
                } else {
                    Severity::Low
                };
                self.note(
                    severity,
                    format!("image {was} → {is}"),
                    "image",
                    is.to_owned(),
                );
            }
            for what in ["securityContext"] {
                if before.at(what) != after.at(what) {
                    let is_privileged = after.flag("securityContext.privileged") == Some(true);
                    let (severity, words) = if is_privileged {
                        (Severity::High, format!("container {name} privileged"))
                    } else {
                        (
                            Severity::Medium,
                            format!("other {what} of container {name}"),
                        )
                    };
                    self.note(severity, words, what, name.clone());
                }
            }
            if before.at("env") != after.at("env") {
                let names = changed_names(before.list("env"), after.list("env"));
                self.note(
                    Severity::Low,
                    format!("environment {}", names.join(", ")),
                    "env",
                    names.join(", "),
                );
            }
            for what in ["command", "args"] {
                if before.at(what) != after.at(what) {
                    self.note(
                        Severity::Medium,
                        format!("other {what} of container {name}"),
                        what,
                        name.clone(),
                    );
                }
            }
        }
        for name in old.keys().filter(|name| !new.contains_key(*name)) {
            self.note(
                Severity::Low,
                format!("container {name} taken away"),
                "containers",
                name.clone(),
            );
        }
    }
}

/// Names of variables that are new, gone or have another value; values may be secrets.
fn changed_names(old: &[Value], new: &[Value]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (these, those) in [(new, old), (old, new)] {
        for variable in these {
            let name = variable.text("name").unwrap_or_default();
            if !those.contains(variable) && !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
    }
    names
}

/// The registry of an image.
pub(super) fn registry(image: &str) -> String {
    ImageReference::parse(image)
        .map_or_else(|_| image.to_owned(), |image| image.registry().to_owned())
}
