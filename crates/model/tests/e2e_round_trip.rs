//! Every object that a real API server holds reads the same from its JSON and from `kubectl`'s YAML.

use catseye_model::{Object, yaml};
use serde_json::Value;

#[test]
fn kubectls_yaml_reads_as_the_json_it_stands_for() {
    let Some(cluster) = catseye_e2e::cluster("kubectls_yaml_reads_as_json") else {
        return;
    };
    let kinds = cluster
        .kubectl(&["api-resources", "--verbs=list", "-o", "name"])
        .expect("the kinds");
    let mut objects = 0;
    for kind in kinds.lines() {
        // Heartbeats and history change between two calls; the API server makes up component statuses at each
        // call, in the order of a Go map.
        if kind.starts_with("events")
            || kind.contains("lease")
            || ["nodes", "componentstatuses"].contains(&kind)
        {
            continue;
        }
        let get = |format| {
            cluster
                .kubectl(&["get", kind, "-A", "--show-managed-fields", "-o", format])
                .unwrap_or_else(|err| panic!("{kind}: {err:#}"))
        };
        // Other tests may change objects at the same time: then it is read again.
        let same = (0..5).any(|_| {
            let json: Value = serde_json::from_str(&get("json")).expect("JSON");
            let text = get("yaml");
            let mut documents = yaml::documents(&text).into_iter();
            let document = documents.next().expect("a document");
            assert!(documents.next().is_none(), "{kind}: one document");
            assert!(
                document.warnings.is_empty(),
                "{kind}: {:?}",
                document.warnings
            );
            let read = document
                .content
                .unwrap_or_else(|err| panic!("{kind}: {err}"));
            let same = read == json;
            if same {
                let count = json["items"].as_array().map_or(0, Vec::len);
                let (read, errors) = Object::read(read, None);
                assert_eq!((read.len(), errors.len()), (count, 0), "{kind}: {errors:?}");
                objects += count;
            }
            same
        });
        assert!(same, "{kind}: the YAML reads differently");
    }
    assert!(
        objects > 150,
        "a new cluster holds more than {objects} objects"
    );
}
