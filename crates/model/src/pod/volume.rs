//! The volumes of a pod.

use crate::Value;

use super::spec_path;
use crate::fields::Fields;
use crate::path::FieldPath;

/// One entry of `volumes`.
#[derive(Debug, Clone, Copy)]
pub struct Volume<'a> {
    /// Its place in the list.
    pub index: usize,
    /// Its name.
    pub name: &'a str,
    /// The untouched value.
    pub value: &'a Value,
    template: &'static str,
}

impl<'a> Volume<'a> {
    pub(super) fn all(spec: &'a Value, template: &'static str) -> impl Iterator<Item = Volume<'a>> {
        spec.list("volumes")
            .iter()
            .enumerate()
            .map(move |(index, value)| Volume::of(template, index, value))
    }

    /// The volume in this place of the list.
    pub(super) fn at(spec: &'a Value, template: &'static str, index: usize) -> Option<Self> {
        let value = spec.list("volumes").get(index)?;
        Some(Volume::of(template, index, value))
    }

    fn of(template: &'static str, index: usize, value: &'a Value) -> Self {
        Volume {
            index,
            name: value.text("name").unwrap_or_default(),
            value,
            template,
        }
    }

    /// The sources set on the volume (`hostPath`, `emptyDir`, …), normally one.
    pub fn sources(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.value
            .entries("")
            .filter(|(key, value)| *key != "name" && !value.is_null())
            .map(|(key, _)| key)
    }

    /// `hostPath.path`, if the volume is a part of the node's file system.
    pub fn host_path(&self) -> Option<&'a str> {
        self.value.at("hostPath").as_object()?;
        Some(self.value.text("hostPath.path").unwrap_or_default())
    }

    /// The path of a field of the volume: `path("hostPath.path")`.
    pub fn path(&self, field: &str) -> FieldPath {
        spec_path(self.template)
            .join("volumes")
            .index(self.index)
            .join(field)
    }
}
