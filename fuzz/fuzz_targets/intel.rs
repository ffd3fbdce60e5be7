//! Any text is a list: nothing panics, and what was read is found again.

#![no_main]

use catseye_detect::intel::Intel;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut intel = Intel::default();
    if let Ok(list) = intel.add("list", text, None) {
        assert!(list.addresses + list.domains > 0);
        assert_eq!(intel.has_addresses(), intel.lists()[0].addresses > 0);
        assert_eq!(intel.has_domains(), intel.lists()[0].domains > 0);
    }
    for word in text.split_whitespace() {
        if let Ok(address) = word.parse() {
            let _ = intel.address(address);
        }
        let _ = intel.domain(word);
    }
});
