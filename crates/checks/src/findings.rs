//! What a check says of one object.

use catseye_model::pod::UsedImage;
use catseye_model::{Container, FieldPath, Finding, ObjectId, Place, Severity};

use crate::check::Check;
use crate::pss::Violation;

/// Collects what one check finds on one object.
#[derive(Debug)]
pub struct Findings {
    severity: Severity,
    places: Vec<Place>,
    unknown: Option<String>,
}

/// The answer of one check about one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Nothing wrong.
    Passed,
    /// Something wrong.
    Failed(Finding),
    /// It cannot be told from what is visible; the reason.
    Unknown(String),
}

impl Findings {
    pub(crate) fn new(check: &Check) -> Self {
        Findings {
            severity: check.severity,
            places: Vec::new(),
            unknown: None,
        }
    }

    /// Something is wrong at this field of the object, or missing there.
    pub(crate) fn at(&mut self, path: FieldPath, message: impl Into<String>) {
        self.at_severity(self.severity, path, message);
    }

    /// The same, worse or less bad than the check's own severity.
    pub(crate) fn at_severity(
        &mut self,
        severity: Severity,
        path: FieldPath,
        message: impl Into<String>,
    ) {
        let message = message.into();
        self.places.push(Place {
            path,
            container: None,
            message,
            severity,
        });
    }

    /// Something is wrong at this field of the container (`securityContext.privileged`), or missing
    /// there. An empty `field` is the container itself.
    pub(crate) fn in_container(
        &mut self,
        container: &Container<'_>,
        field: &str,
        message: impl Into<String>,
    ) {
        self.in_container_at(container, container.path(field), message);
    }

    /// The same with the whole path, for fields below a list.
    pub(crate) fn in_container_at(
        &mut self,
        container: &Container<'_>,
        path: FieldPath,
        message: impl Into<String>,
    ) {
        self.places.push(Place {
            path,
            container: Some(container.name.into()),
            message: message.into(),
            severity: self.severity,
        });
    }

    /// The same, worse or less bad than the check's own severity.
    pub(crate) fn in_container_at_severity(
        &mut self,
        severity: Severity,
        container: &Container<'_>,
        path: FieldPath,
        message: impl Into<String>,
    ) {
        self.places.push(Place {
            path,
            container: Some(container.name.into()),
            message: message.into(),
            severity,
        });
    }

    /// Something is wrong with an image, in its container or its volume.
    pub(crate) fn at_image(&mut self, image: &UsedImage<'_, '_>, message: impl Into<String>) {
        self.at_image_severity(self.severity, image, message);
    }

    /// The same, worse or less bad than the check's own severity.
    pub(crate) fn at_image_severity(
        &mut self,
        severity: Severity,
        image: &UsedImage<'_, '_>,
        message: impl Into<String>,
    ) {
        self.places.push(Place {
            path: image.path(),
            container: image.container.map(|container| container.name.into()),
            message: message.into(),
            severity,
        });
    }

    /// A Pod Security control is broken.
    pub(crate) fn violation(&mut self, violation: Violation) {
        self.violation_severity(self.severity, violation);
    }

    /// The same, worse or less bad than the check's own severity.
    pub(crate) fn violation_severity(&mut self, severity: Severity, violation: Violation) {
        self.places.push(Place {
            path: violation.path,
            container: violation.container,
            message: violation.message,
            severity,
        });
    }

    /// The same, worse or less bad than the check's own severity.
    pub(crate) fn in_container_severity(
        &mut self,
        severity: Severity,
        container: &Container<'_>,
        field: &str,
        message: impl Into<String>,
    ) {
        self.places.push(Place {
            path: container.path(field),
            container: Some(container.name.into()),
            message: message.into(),
            severity,
        });
    }

    /// Whether the object is sound cannot be told, for this reason. Places found outweigh it.
    pub(crate) fn unknown(&mut self, reason: impl Into<String>) {
        self.unknown = Some(reason.into());
    }

    pub(crate) fn answer(self, check: &Check, object: ObjectId) -> Answer {
        match (
            self.places.iter().map(|place| place.severity).max(),
            self.unknown,
        ) {
            (Some(severity), _) => Answer::Failed(Finding {
                check: check.id,
                severity,
                object,
                places: self.places,
            }),
            (None, Some(reason)) => Answer::Unknown(reason),
            (None, None) => Answer::Passed,
        }
    }
}
