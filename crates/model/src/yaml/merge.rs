//! The merge key: `<<: *defaults` copies the entries of another map.

use std::collections::{BTreeMap, BTreeSet};

use crate::value::{Map, Text, Value};
use saphyr_parser::Marker;

use super::explain::Source;
use super::{SyntaxError, SyntaxWarning};

/// Merges as goyaml v2 does: in order of appearance, so that `<<` below a key replaces it. The YAML
/// draft lets the key win, hence the warning.
pub(super) fn merge(
    source: &Source<'_>,
    entries: &mut BTreeMap<Text, Value>,
    merged: &mut BTreeSet<Text>,
    value: &Value,
    mark: Marker,
    warnings: &mut Vec<SyntaxWarning>,
) -> Result<(), SyntaxError> {
    let Some(maps) = maps_in(value) else {
        return Err(source.error(
            mark,
            "found a merge key (<<) whose value is not a map".to_owned(),
            "write an alias to a map, or a list of such aliases",
        ));
    };
    for (name, value) in maps.into_iter().flatten() {
        let replaces = entries.get(name).is_some_and(|old| old != value);
        if replaces && !merged.contains(name) {
            let message = format!(
                "the merge key (<<) replaces key {name:?} above it, as in kubectl; write << first"
            );
            warnings.push(source.warning(mark, message));
        }
        merged.insert(name.clone());
        entries.insert(name.clone(), value.clone());
    }
    Ok(())
}

/// The maps that a merge key names, in the order in which each replaces what came before.
fn maps_in(value: &Value) -> Option<Vec<&Map>> {
    match value {
        Value::Object(map) => Some(vec![map]),
        Value::Array(items) => items.iter().rev().map(Value::as_object).collect(),
        _ => None,
    }
}
