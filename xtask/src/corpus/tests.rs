//! The same seed gives the same bytes, and every kind is there.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

const DEFAULT: Size = Size::Files(3000);

/// The kind of each object, by its line at column zero.
fn kinds(manifests: &[Manifest]) -> Vec<String> {
    manifests
        .iter()
        .flat_map(|manifest| {
            manifest
                .text()
                .lines()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .filter_map(|line| {
            line.strip_prefix("kind: ")
                .map(|kind| kind.trim_matches(['"', '\'']).to_owned())
        })
        .collect()
}

#[test]
fn same_seed_gives_same_bytes() {
    let first: Vec<Manifest> = manifests(1, Size::Files(300)).collect();
    let second: Vec<Manifest> = manifests(1, Size::Files(300)).collect();
    assert_eq!(first, second);
    let other: Vec<Manifest> = manifests(2, Size::Files(300)).collect();
    assert_ne!(first, other);
}

/// Pinned, so that a published result names the corpus it was measured on.
#[test]
fn default_corpus_has_known_bytes() {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64; // FNV-1a
    for manifest in manifests(1, DEFAULT) {
        for byte in manifest.path.bytes().chain(manifest.text().bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    assert_eq!(
        hash, 0x674c_f7a4_4437_eef6,
        "if the generator was meant to change, so do the results in benches/"
    );
}

#[test]
fn smaller_corpus_is_a_prefix() {
    let large: Vec<Manifest> = manifests(1, Size::Files(300)).collect();
    let small: Vec<Manifest> = manifests(1, Size::Files(30)).collect();
    assert_eq!(small[..], large[..30]);
}

#[test]
fn default_corpus_has_three_thousand_files_of_every_kind() {
    let corpus: Vec<Manifest> = manifests(1, DEFAULT).collect();
    assert_eq!(corpus.len(), 3000);
    assert!(
        corpus
            .iter()
            .all(|manifest| (1..=5).contains(&manifest.documents.len()))
    );
    let paths: BTreeSet<&str> = corpus
        .iter()
        .map(|manifest| manifest.path.as_str())
        .collect();
    assert_eq!(paths.len(), 3000, "paths are distinct");

    let objects: usize = corpus.iter().map(|manifest| manifest.documents.len()).sum();
    assert!((6_800..=7_000).contains(&objects), "{objects} objects");
    let kinds = kinds(&corpus);
    assert_eq!(kinds.len(), objects, "one `kind:` an object");

    let mut counts = BTreeMap::new();
    for kind in &kinds {
        *counts.entry(kind.as_str()).or_insert(0) += 1;
    }
    for kind in [
        "AuthorizationPolicy",
        "ClusterRole",
        "ClusterRoleBinding",
        "ConfigMap",
        "CronJob",
        "CustomResourceDefinition",
        "DaemonSet",
        "Deployment",
        "HorizontalPodAutoscaler",
        "Ingress",
        "Job",
        "Namespace",
        "NetworkPolicy",
        "PersistentVolumeClaim",
        "Pod",
        "PodDisruptionBudget",
        "Role",
        "RoleBinding",
        "Secret",
        "Service",
        "ServiceAccount",
        "StatefulSet",
        "VirtualService",
    ] {
        assert!(
            counts.get(kind).is_some_and(|count| *count >= 5),
            "{kind}: {counts:?}"
        );
    }
}

#[test]
fn objects_can_be_asked_for_by_number() {
    let objects = |limit| {
        manifests(1, Size::Objects(limit))
            .map(|manifest| manifest.documents.len())
            .sum::<usize>()
    };
    assert_eq!(objects(1000), 1000);
    assert_eq!(objects(1), 1);
    assert_eq!(objects(0), 0);
}

#[test]
fn half_of_the_applications_have_no_fault() {
    let total = 2000;
    let clean = (0..total)
        .filter(|index| {
            let mut random = random::Random::new(1, *index);
            let number = usize::try_from(*index).unwrap();
            app::App::draw(number, false, &mut random).faults.is_empty()
        })
        .count();
    assert!((900..=1100).contains(&clean), "{clean} of {total}");
}
