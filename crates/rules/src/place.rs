//! Lines of a rule file, by the path of a value in one of its documents.

use catseye_model::path::FieldPath;
use catseye_model::position::Outline;
use catseye_model::yaml::Document;

/// One document of a rule file.
#[derive(Debug)]
pub(crate) struct Place<'t> {
    /// The name of the file.
    pub(crate) file: &'t str,
    outline: Outline<'t>,
}

impl<'t> Place<'t> {
    pub(crate) fn new(file: &'t str, text: &'t str, document: &Document) -> Self {
        Place {
            file,
            outline: Outline::read_from(text, document.range.clone(), document.start),
        }
    }

    /// The line of what is at the path, or of the nearest thing above it.
    pub(crate) fn line(&self, path: &FieldPath) -> u32 {
        self.outline.locate(path).line
    }
}
