//! Any name and value, any text, any command line: places are inside the text, and a hint never
//! gives away more than it may.

#![no_main]

use catseye_checks::credential::{Credential, detect, detect_all, detect_args, is_clean};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (name, value) = text.split_once('\n').unwrap_or(("", text));
    for found in [detect(Some(name), value), detect(None, value)].into_iter().flatten() {
        check(&found);
    }
    let mut after = 0;
    let all = detect_all(text);
    assert!(all.is_empty() || !is_clean(text), "clean text holds nothing");
    for (offset, found) in all {
        assert!(offset >= after && text.is_char_boundary(offset) && offset <= text.len());
        after = offset;
        check(&found);
    }
    let words: Vec<&str> = text.split('\n').collect();
    for (index, found) in detect_args(&words) {
        assert!(index < words.len());
        check(&found);
    }
});

fn check(found: &Credential) {
    let shown = found.hint.prefix().chars().count();
    assert!(shown <= 3 && shown * 5 <= found.hint.length());
    assert!(format!("{found:?}").len() < 300);
}
