//! The machine format: [`Scan`] as JSON.

use std::io;

use crate::scan::Scan;

/// The scan as indented JSON with a final line break.
pub fn render(scan: &Scan) -> String {
    // Maps have text keys and no value can fail to serialise, so the default is never taken.
    let mut text = serde_json::to_string_pretty(scan).unwrap_or_default();
    text.push('\n');
    text
}

/// The same, written as it is made: the text of a large scan is never held as a whole.
pub fn write(scan: &Scan, mut to: impl io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut to, scan)?;
    to.write_all(b"\n")?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    /// The golden file of version 1: within a version lines are added, none changes or goes.
    #[test]
    fn version_1_as_json() {
        let scan = fixture::shop();
        assert_eq!(scan.version, 1);
        insta::assert_snapshot!(render(&scan));
    }
}
