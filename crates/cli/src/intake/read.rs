//! Reading one input: text, documents, objects.

use std::path::Path;

use catseye_model::Value;
use catseye_model::object::{NotAnObject, Origin};
use catseye_model::{FieldPath, FileId, Kind, Object, Outline, yaml};
use catseye_report::Source;
use catseye_report::scan::{Level, Notice, NoticeKind};

use super::{Input, compressed, display_name};

/// What one input holds.
pub(super) struct Read {
    /// Its name and text.
    pub(super) source: Source,
    /// Its objects.
    pub(super) objects: Vec<Object>,
    /// Documents that are not meant for Kubernetes.
    pub(super) foreign_documents: usize,
    /// What the reader has to know.
    pub(super) notices: Vec<Notice>,
}

/// Reads an input; `index` is its file id.
pub(super) fn read(index: usize, input: Input) -> Read {
    let (name, text, named) = match input {
        Input::Text { name, text } => (name, Ok(text), true),
        Input::File { path, named } => (display_name(&path), file(&path), named),
    };
    let mut read = Read {
        source: Source {
            name,
            text: String::new(),
        },
        objects: Vec::new(),
        foreign_documents: 0,
        notices: Vec::new(),
    };
    match text {
        Ok(text) => {
            read.source.text = text;
            documents(&mut read, index, named);
        }
        Err(message) => {
            let file = Some(read.source.name.clone());
            read.notices.push(Notice {
                level: Level::Error,
                kind: NoticeKind::Unreadable,
                file,
                line: None,
                column: None,
                message,
            });
        }
    }
    read
}

fn file(path: &Path) -> Result<String, String> {
    let bytes = compressed::read(path).map_err(|err| format!("failed to read: {err}"))?;
    String::from_utf8(bytes).map_err(|err| {
        let offset = err.utf8_error().valid_up_to();
        match err.as_bytes() {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                "is UTF-16 text; save it as UTF-8, which Kubernetes reads".to_owned()
            }
            _ => format!("is not UTF-8 text (byte {offset}); manifests are UTF-8"),
        }
    })
}

fn documents(read: &mut Read, index: usize, named: bool) {
    let mut looks_like_manifests = None;
    for document in yaml::documents(&read.source.text) {
        for warning in &document.warnings {
            read.notices.push(Notice {
                level: Level::Warning,
                kind: NoticeKind::Suspicious,
                file: Some(read.source.name.clone()),
                line: u32::try_from(warning.line).ok(),
                column: u32::try_from(warning.column).ok(),
                message: warning.message.clone(),
            });
        }
        let value = match document.content {
            Ok(value) => value,
            Err(error) => {
                // Other tools' YAML (with tags and templates of their own) lies in the same folders.
                let ours = *looks_like_manifests
                    .get_or_insert_with(|| named || mentions_objects(&read.source.text));
                if ours {
                    // A template that lies about is no broken manifest; one that was named is.
                    let line = read.source.text.lines().nth(error.line.saturating_sub(1));
                    let is_template = !named && line.is_some_and(|line| line.contains("{{"));
                    let (level, kind) = if is_template {
                        (Level::Warning, NoticeKind::NotRendered)
                    } else {
                        (Level::Error, NoticeKind::Syntax)
                    };
                    read.notices.push(Notice {
                        level,
                        kind,
                        file: Some(read.source.name.clone()),
                        line: u32::try_from(error.line).ok(),
                        column: u32::try_from(error.column).ok(),
                        message: format!("{}; {}", error.found, error.expected),
                    });
                } else {
                    read.foreign_documents += 1;
                }
                continue;
            }
        };
        if !named && is_foreign(&value) {
            read.foreign_documents += 1;
            continue;
        }
        let origin = Origin {
            file: FileId(u32::try_from(index).unwrap_or(u32::MAX)),
            document: document.range.clone(),
            start: document.start,
            line: u32::try_from(document.line).unwrap_or(u32::MAX),
            within: FieldPath::root(),
        };
        let (objects, errors) = Object::read(value, Some(&origin));
        if !errors.is_empty() {
            let outline = Outline::read_from(&read.source.text, document.range, document.start);
            for error in &errors {
                read.notices
                    .push(not_an_object(&read.source.name, &outline, error));
            }
        }
        for object in objects {
            read.notices.extend(wrong_group(&read.source.name, &object));
            read.objects.push(object);
        }
    }
}

/// A document with neither `apiVersion` nor `kind` was never meant for Kubernetes.
fn is_foreign(document: &Value) -> bool {
    match document {
        Value::Object(map) => !(map.contains_key("apiVersion") && map.contains_key("kind")),
        _ => true,
    }
}

fn mentions_objects(text: &str) -> bool {
    let begins = |word: &str| text.lines().any(|line| line.trim_start().starts_with(word));
    begins("apiVersion:") && begins("kind:")
}

fn not_an_object(file: &str, outline: &Outline<'_>, error: &NotAnObject) -> Notice {
    let position = outline.locate(&error.path());
    Notice {
        level: Level::Error,
        kind: NoticeKind::NotAnObject,
        file: Some(file.to_owned()),
        line: Some(position.line),
        column: Some(position.column),
        message: error.to_string(),
    }
}

/// A built-in kind under an API group that never served it is judged by no check of that kind.
fn wrong_group(file: &str, object: &Object) -> Option<Notice> {
    let built_in = |group: &str| !group.contains('.') || group.ends_with(".k8s.io");
    if object.kind() != Kind::Other || !built_in(object.group()) {
        return None;
    }
    let meant = Kind::ALL
        .iter()
        .find(|kind| kind.name() == object.kind_name() && built_in(kind.group()))?;
    let group = if meant.group().is_empty() {
        "v1"
    } else {
        meant.group()
    };
    Some(Notice {
        level: Level::Warning,
        kind: NoticeKind::Suspicious,
        file: Some(file.to_owned()),
        line: object.origin().map(|origin| origin.line),
        column: None,
        message: format!(
            "{object} has apiVersion {:?}, but {} is served by {group}; it was not judged as one",
            object.api_version(),
            meant.name(),
        ),
    })
}
