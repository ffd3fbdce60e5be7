//! Exceptions of annotations, and what is wrong with exceptions themselves.

use catseye_model::{Inventory, ObjectId};
use catseye_policy::annotation::{self, Carrier};
use catseye_policy::{Complaint, Exceptions, Source as ExceptionSource};

use super::{Source, file_of};
use crate::scan::{Level, Notice, NoticeKind};

/// Adds the exceptions that judged objects carry; one that is written wrongly is a notice.
pub(super) fn add_annotated_exceptions(
    inventory: &Inventory,
    judged: &[ObjectId],
    sources: &[Source],
    exceptions: &mut Exceptions,
    notices: &mut Vec<Notice>,
) {
    for id in judged {
        let object = inventory.object(*id);
        let Some(text) = object.annotation(annotation::KEY) else {
            continue;
        };
        let display = object.to_string();
        let carrier = Carrier {
            display: &display,
            kind: object.kind_name(),
            namespace: object.namespace(),
            name: object.name(),
        };
        for exception in annotation::read(text, &carrier) {
            match exception {
                Ok(exception) => exceptions.add(exception),
                Err(message) => notices.push(Notice {
                    level: Level::Warning,
                    kind: NoticeKind::InvalidException,
                    file: Some(file_of(inventory, *id, sources)),
                    line: None,
                    column: None,
                    message: format!("{display}: {message}"),
                }),
            }
        }
    }
}

/// A complaint as a notice, at the entry that it is about.
pub fn complain(complaint: Complaint, file: Option<&(String, Vec<u32>)>) -> Notice {
    let (kind, source, message) = match complaint {
        Complaint::Expired {
            source,
            on,
            would_hide,
        } => (
            NoticeKind::ExpiredException,
            source,
            format!(
                "the exception expired on {on} and no longer hides {would_hide} finding{}; \
                 renew it or remove it",
                if would_hide == 1 { "" } else { "s" }
            ),
        ),
        Complaint::MatchesNothing { source } => (
            NoticeKind::UnusedException,
            source,
            "the exception hides nothing; remove it or correct what it names".to_owned(),
        ),
    };
    let (file, line, message) = match source {
        ExceptionSource::File { entry } => (
            file.map(|(name, _)| name.clone()),
            file.and_then(|(_, lines)| lines.get(entry).copied()),
            message,
        ),
        ExceptionSource::Annotation { object, .. } => (
            None,
            None,
            format!("{object}: {message} ({})", annotation::KEY),
        ),
    };
    Notice {
        level: Level::Warning,
        kind,
        file,
        line,
        column: None,
        message,
    }
}
