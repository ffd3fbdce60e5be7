//! Places in the text, looked up in one reading of each document.

use catseye_model::{FieldPath, Inventory, ObjectId, Outline, Position};

use super::Source;

/// Reads documents for their positions; consecutive findings are mostly of one document.
pub(super) struct Outlines<'a> {
    pub(super) sources: &'a [Source],
    pub(super) last: Option<((u32, usize), Outline<'a>)>,
}

impl Outlines<'_> {
    pub(super) fn locate(
        &mut self,
        inventory: &Inventory,
        id: ObjectId,
        path: &FieldPath,
    ) -> Position {
        let nowhere = Position {
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 1,
            exact: false,
        };
        let Some(origin) = inventory.object(id).origin() else {
            return nowhere;
        };
        let Some(source) = self.sources.get(origin.file.0 as usize) else {
            return nowhere;
        };
        let key = (origin.file.0, origin.document.start);
        if self.last.as_ref().is_none_or(|(read, _)| *read != key) {
            self.last = Some((
                key,
                Outline::read_from(&source.text, origin.document.clone(), origin.start),
            ));
        }
        let whole = origin.within.clone().concat(path);
        self.last
            .as_ref()
            .map_or(nowhere, |(_, outline)| outline.locate(&whole))
    }
}
