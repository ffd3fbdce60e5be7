//! The registry against the source tree: a rule that is not listed would never run.

use std::collections::BTreeSet;
use std::path::Path;

use super::{AREAS, all};

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test that reads the source tree"
)]
fn every_rule_file_is_registered() {
    let registered: BTreeSet<String> = all()
        .map(|rule| format!("{}/{}.rs", rule.area(), rule.file_name()))
        .collect();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/audit");
    for area in AREAS {
        for entry in source
            .join(area.name)
            .read_dir()
            .expect("the area has a folder")
        {
            let path = entry.expect("a readable entry").path();
            let text = std::fs::read_to_string(&path).expect("a readable file");
            if text.contains("\ndetection! {") {
                let file = path.file_name().unwrap_or_default().to_string_lossy();
                let name = format!("{}/{file}", area.name);
                assert!(registered.contains(&name), "{name} is not in RULES");
            }
        }
    }
}
