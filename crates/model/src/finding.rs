//! A finding: something wrong in the Inventory, with the places that show it.

use crate::inventory::ObjectId;
use crate::path::FieldPath;
use crate::severity::Severity;

/// One defect of one object: what a person mends in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The permanent id of the check.
    pub check: &'static str,
    /// The worst severity among the places.
    pub severity: Severity,
    /// The object at fault.
    pub object: ObjectId,
    /// Where it shows, in the order of the object; never empty.
    pub places: Vec<Place>,
}

/// One field that is wrong, or is missing and belongs there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The field; it need not exist.
    pub path: FieldPath,
    /// The container concerned, by name.
    pub container: Option<Box<str>>,
    /// What is wrong, in a short sentence without a full stop, values of secrets left out.
    pub message: String,
    /// How bad this place is.
    pub severity: Severity,
}
