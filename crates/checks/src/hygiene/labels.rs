//! Where the labels of a workload stand: on the object, and on the pods that it makes.

use catseye_model::Value;
use catseye_model::{FieldPath, Kind, PodView};

/// The labels of the object and those of its pods, each with their path; once where they are the
/// same.
pub(super) fn of_workload<'a>(
    pod: &PodView<'a>,
) -> impl Iterator<Item = (&'a Value, FieldPath)> + use<'a> {
    let own = (
        pod.object.labels(),
        FieldPath::root().join("metadata.labels"),
    );
    // Knative and Sandbox controllers label the pods themselves.
    let labels_its_pods = matches!(
        pod.object.kind(),
        Kind::Pod | Kind::KnativeRevision | Kind::KnativeService | Kind::KnativeConfiguration
    );
    let pods = (!labels_its_pods).then(|| (pod.labels(), pod.metadata_path("labels")));
    std::iter::once(own).chain(pods)
}
