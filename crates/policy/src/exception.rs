//! Exceptions: findings that somebody has accepted, for a reason and until a day.

use catseye_model::{FieldPath, Place};
use jiff::civil::Date;
use serde::Deserialize;

use crate::glob;

/// One accepted risk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Check ids or names, upper or lower case; `*` for all.
    pub checks: Vec<String>,
    /// The object's kind; any where absent.
    pub kind: Option<String>,
    /// The object's namespace, may hold `*`.
    pub namespace: Option<String>,
    /// The object's name, may hold `*`.
    pub name: Option<String>,
    /// The container's name, may hold `*`.
    pub container: Option<String>,
    /// The field, or one above it.
    pub path: Option<FieldPath>,
    /// The owner or team that the object's labels name, may hold `*`.
    pub owner: Option<String>,
    /// For detections: who did it, may hold `*`. Findings of checks have no actor, so such an
    /// exception accepts none of them.
    pub actor: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Who accepted it.
    pub author: Option<String>,
    /// The last day on which it holds.
    pub expires: Option<Date>,
    /// Where it is written.
    pub source: Source,
}

/// Where an exception is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The exceptions file, with the place of its entry from 0.
    File {
        /// The entry in `exceptions`.
        entry: usize,
    },
    /// The `catseye.dev/ignore` annotation of an object.
    Annotation {
        /// The object, as displayed.
        object: String,
        /// The line of the annotation's text, from 0.
        line: usize,
    },
}

/// What an exception is matched against.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The check's id.
    pub check_id: &'a str,
    /// The check's name, with dashes or underscores.
    pub check_name: &'a str,
    /// The object's kind.
    pub kind: &'a str,
    /// The object's namespace; empty for cluster-scoped objects.
    pub namespace: &'a str,
    /// The object's name.
    pub name: &'a str,
    /// The object's owner or team, if its labels name one.
    pub owner: Option<&'a str>,
    /// Who did it, for a detection.
    pub actor: Option<&'a str>,
}

/// Something wrong with an exception itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Complaint {
    /// Its last day has passed, so it no longer holds.
    Expired {
        /// Where it is written.
        source: Source,
        /// Its last day.
        on: Date,
        /// How many places it would have hidden.
        would_hide: usize,
    },
    /// It hides nothing.
    MatchesNothing {
        /// Where it is written.
        source: Source,
    },
}

/// All exceptions, and how often each has matched.
#[derive(Debug, Default)]
pub struct Exceptions {
    exceptions: Vec<(Exception, usize)>,
}

/// A file that is no list of exceptions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct InvalidExceptions {
    /// The field at fault.
    pub path: FieldPath,
    /// What is wrong and what to write instead.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    exceptions: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    checks: Vec<String>,
    kind: Option<String>,
    namespace: Option<String>,
    name: Option<String>,
    container: Option<String>,
    path: Option<String>,
    owner: Option<String>,
    actor: Option<String>,
    reason: String,
    author: String,
    expires: Option<String>,
}

impl Exceptions {
    /// Reads an exceptions file that was parsed from YAML or JSON.
    pub fn from_value(value: serde_json::Value) -> Result<Self, InvalidExceptions> {
        let whole = |message: String| InvalidExceptions {
            path: FieldPath::root(),
            message,
        };
        let file: File = serde_json::from_value(value).map_err(|err| {
            whole(format!(
                "{err}; write `version: 1` and a list under `exceptions:`"
            ))
        })?;
        if file.version != 1 {
            return Err(InvalidExceptions {
                path: FieldPath::root().join("version"),
                message: format!("version {} is not known; write 1", file.version),
            });
        }
        let exceptions = file
            .exceptions
            .into_iter()
            .enumerate()
            .map(|(index, value)| Ok((entry(index, value)?, 0)))
            .collect::<Result<_, _>>()?;
        Ok(Exceptions { exceptions })
    }

    /// Adds an exception, such as one from an annotation.
    pub fn add(&mut self, exception: Exception) {
        self.exceptions.push((exception, 0));
    }

    /// The exception that accepts this place of a finding today, which then counts as used.
    pub fn accepting(
        &mut self,
        subject: &Subject<'_>,
        place: &Place,
        today: Date,
    ) -> Option<&Exception> {
        let mut accepting = None;
        // Every matching exception is counted: an expired one tells what it would have hidden, and
        // a second valid one is not called useless.
        for (index, (exception, matched)) in self.exceptions.iter_mut().enumerate() {
            if exception.covers(subject, place) {
                *matched += 1;
                if !exception.is_expired(today) && accepting.is_none() {
                    accepting = Some(index);
                }
            }
        }
        accepting.map(|index| &self.exceptions[index].0)
    }

    /// All of them, in the order in which they were written.
    pub fn all(&self) -> impl Iterator<Item = &Exception> {
        self.exceptions.iter().map(|(exception, _)| exception)
    }

    /// The exception that accepts this place of a finding today; nothing is counted.
    pub fn holding(&self, subject: &Subject<'_>, place: &Place, today: Date) -> Option<&Exception> {
        self.exceptions
            .iter()
            .map(|(exception, _)| exception)
            .find(|exception| !exception.is_expired(today) && exception.covers(subject, place))
    }

    /// Exceptions that are expired or have matched nothing, after all findings were seen.
    pub fn complaints(&self, today: Date) -> Vec<Complaint> {
        self.exceptions
            .iter()
            .filter_map(|(exception, matched)| {
                let source = exception.source.clone();
                match exception.expires {
                    Some(on) if exception.is_expired(today) => Some(Complaint::Expired {
                        source,
                        on,
                        would_hide: *matched,
                    }),
                    _ if *matched == 0 => Some(Complaint::MatchesNothing { source }),
                    _ => None,
                }
            })
            .collect()
    }
}

impl Exception {
    /// True after its last day.
    pub fn is_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last_day| today > last_day)
    }

    /// True when it is about a check, by its id or its name.
    pub fn names(&self, check_id: &str, check_name: &str) -> bool {
        self.checks.iter().any(|check| {
            check == "*" || check.eq_ignore_ascii_case(check_id) || is_name(check, check_name)
        })
    }

    fn covers(&self, subject: &Subject<'_>, place: &Place) -> bool {
        let fits = |pattern: &Option<String>, text: Option<&str>| match (pattern, text) {
            (None, _) => true,
            (Some(pattern), Some(text)) => glob::matches(pattern, text),
            (Some(_), None) => false,
        };
        self.names(subject.check_id, subject.check_name)
            && self
                .kind
                .as_ref()
                .is_none_or(|kind| kind.eq_ignore_ascii_case(subject.kind))
            && fits(&self.namespace, Some(subject.namespace))
            && fits(&self.name, Some(subject.name))
            && fits(&self.owner, subject.owner)
            && fits(&self.actor, subject.actor)
            && fits(&self.container, place.container.as_deref())
            && self
                .path
                .as_ref()
                .is_none_or(|path| path.contains(&place.path))
    }
}

/// True for the same name, with dashes or underscores, in upper or lower case.
fn is_name(written: &str, name: &str) -> bool {
    let folded = |byte: u8| {
        if byte == b'_' {
            b'-'
        } else {
            byte.to_ascii_lowercase()
        }
    };
    written.len() == name.len()
        && written
            .bytes()
            .zip(name.bytes())
            .all(|(a, b)| folded(a) == folded(b))
}

fn entry(index: usize, value: serde_json::Value) -> Result<Exception, InvalidExceptions> {
    let here = FieldPath::root().join("exceptions").index(index);
    let at = |field: &str, message: String| InvalidExceptions {
        path: here.clone().join(field),
        message,
    };
    let entry: Entry = serde_json::from_value(value).map_err(|err| at("", err.to_string()))?;
    if entry.checks.is_empty() {
        return Err(at(
            "checks",
            "name at least one check, such as [POD-006]".to_owned(),
        ));
    }
    if entry.reason.trim().is_empty() {
        return Err(at("reason", "say why the finding is accepted".to_owned()));
    }
    let path = entry
        .path
        .map(|path| {
            path.parse::<FieldPath>()
                .map_err(|err| at("path", err.to_string()))
        })
        .transpose()?;
    let expires = entry
        .expires
        .map(|day| {
            day.parse::<Date>()
                .map_err(|_| at("expires", format!("{day:?} is no day; write 2027-01-31")))
        })
        .transpose()?;
    Ok(Exception {
        checks: entry.checks,
        kind: entry.kind,
        namespace: entry.namespace,
        name: entry.name,
        container: entry.container,
        path,
        owner: entry.owner,
        actor: entry.actor,
        reason: entry.reason,
        author: Some(entry.author),
        expires,
        source: Source::File { entry: index },
    })
}

#[cfg(test)]
mod tests {
    use catseye_model::Severity;
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    const CART: Subject<'_> = Subject {
        check_id: "POD-006",
        check_name: "host-path",
        kind: "Deployment",
        namespace: "shop",
        name: "cart",
        owner: Some("team-shop"),
        actor: None,
    };

    fn place(container: &str) -> Place {
        Place {
            path: "spec.template.spec.volumes[0].hostPath".parse().unwrap(),
            container: Some(container.into()),
            message: String::new(),
            severity: Severity::High,
        }
    }

    fn accepts(fields: &serde_json::Value) -> bool {
        let mut entry = json!({"checks": ["pod-006"], "reason": "r", "author": "ann"});
        for (key, value) in fields.as_object().unwrap() {
            entry[key] = value.clone();
        }
        let file = json!({"version": 1, "exceptions": [entry]});
        let mut exceptions = Exceptions::from_value(file).unwrap();
        exceptions
            .accepting(&CART, &place("app"), date(2026, 6, 1))
            .is_some()
    }

    #[test]
    fn an_exception_hides_just_what_it_names() {
        for (fields, expected) in [
            (json!({}), true),
            (json!({"checks": ["host-path"]}), true),
            (json!({"checks": ["*"]}), true),
            (json!({"checks": ["POD-007"]}), false),
            (
                json!({"kind": "deployment", "namespace": "sh*", "name": "c*t"}),
                true,
            ),
            (json!({"kind": "DaemonSet"}), false),
            (json!({"namespace": "bank"}), false),
            (json!({"container": "app"}), true),
            (json!({"container": "sidecar"}), false),
            (json!({"path": "spec.template.spec.volumes[0]"}), true),
            (json!({"path": "spec.template.spec.volumes[1]"}), false),
            (json!({"owner": "team-shop"}), true),
            (json!({"owner": "team-bank"}), false),
            (json!({"expires": "2026-06-01"}), true),
            (json!({"expires": "2026-05-31"}), false),
        ] {
            assert_eq!(accepts(&fields), expected, "{fields}");
        }
    }

    #[test]
    fn expired_and_useless_exceptions_are_reported() {
        let file = json!({"version": 1, "exceptions": [
            {"checks": ["POD-006"], "reason": "r", "author": "a", "expires": "2026-01-01"},
            {"checks": ["POD-999"], "reason": "r", "author": "a"},
            {"checks": ["POD-006"], "reason": "r", "author": "a"},
        ]});
        let mut exceptions = Exceptions::from_value(file).unwrap();
        let today = date(2026, 6, 1);
        let accepting = exceptions.accepting(&CART, &place("app"), today).unwrap();
        assert_eq!(accepting.source, Source::File { entry: 2 });
        assert_eq!(
            exceptions.complaints(today),
            [
                Complaint::Expired {
                    source: Source::File { entry: 0 },
                    on: date(2026, 1, 1),
                    would_hide: 1
                },
                Complaint::MatchesNothing {
                    source: Source::File { entry: 1 }
                },
            ]
        );
    }

    #[test]
    fn a_wrong_file_is_refused_with_the_place() {
        for (file, path) in [
            (json!([]), ""),
            (json!({"version": 2, "exceptions": []}), "version"),
            (
                json!({"version": 1, "exceptions": [{"checks": ["*"]}]}),
                "exceptions[0]",
            ),
            (
                json!({"version": 1, "exceptions": [
                    {"checks": ["*"], "reason": "r", "author": "a", "expires": "soon"}]}),
                "exceptions[0].expires",
            ),
            (
                json!({"version": 1, "exceptions": [
                    {"checks": ["*"], "reason": " ", "author": "a"}]}),
                "exceptions[0].reason",
            ),
        ] {
            let error = Exceptions::from_value(file).unwrap_err();
            assert_eq!(error.path.to_string(), path, "{error}");
        }
    }
}
