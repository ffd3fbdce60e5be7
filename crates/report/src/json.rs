//! The machine format: [`Scan`] as JSON.

use crate::scan::Scan;

/// The scan as indented JSON with a final line break.
pub fn render(scan: &Scan) -> String {
    // Maps have text keys and no value can fail to serialise, so the default is never taken.
    let mut text = serde_json::to_string_pretty(scan).unwrap_or_default();
    text.push('\n');
    text
}
