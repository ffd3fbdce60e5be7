//! What Helm keeps, in any bytes: opened or refused, and no value of a Secret in what is opened.

#![no_main]

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use catseye_drift::desired::helm;
use catseye_model::{RedactionKey, json};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let key = RedactionKey::new([0; 32]);
    // Raw, as text of the inner layer, and as what is packed.
    let inner = BASE64_STANDARD.encode(bytes);
    for value in [
        String::from_utf8_lossy(bytes).into_owned(),
        inner.clone(),
        BASE64_STANDARD.encode(inner),
    ] {
        let secret = json!({"type": "helm.sh/release.v1", "data": {"release": value}});
        let Ok(release) = helm::open(&secret, &key) else {
            continue;
        };
        for object in release
            .objects
            .iter()
            .filter(|object| object.kind_name() == "Secret" && object.group().is_empty())
        {
            for field in ["data", "stringData"] {
                for value in object.value()[field]
                    .as_object()
                    .into_iter()
                    .flat_map(|data| data.values())
                {
                    assert!(
                        value.is_null()
                            || value
                                .as_str()
                                .is_some_and(catseye_model::redact::is_redacted)
                    );
                }
            }
        }
    }
});
