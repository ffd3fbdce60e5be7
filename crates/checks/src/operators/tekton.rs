//! The task specs that Tekton's objects carry, and their references to bundles.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Kind, Object};

/// The kinds that run, or describe, steps.
pub(super) const KINDS: &[Kind] = &[
    Kind::TektonTask,
    Kind::TektonClusterTask,
    Kind::TektonTaskRun,
    Kind::TektonPipeline,
    Kind::TektonPipelineRun,
];

/// Every task spec in the object: its own, or embedded in a run or a pipeline.
pub(super) fn task_specs(object: &Object) -> Vec<(FieldPath, &Value)> {
    let value = object.value();
    let root = FieldPath::root();
    match object.kind() {
        Kind::TektonTask | Kind::TektonClusterTask => vec![(root.join("spec"), value.at("spec"))],
        Kind::TektonTaskRun => vec![(root.join("spec.taskSpec"), value.at("spec.taskSpec"))],
        _ => pipeline_tasks(object)
            .into_iter()
            .map(|(path, task)| (path.join("taskSpec"), task.at("taskSpec")))
            .collect(),
    }
}

/// The tasks of a pipeline, also of one embedded in its run.
pub(super) fn pipeline_tasks(object: &Object) -> Vec<(FieldPath, &Value)> {
    let spec = match object.kind() {
        Kind::TektonPipeline => "spec",
        Kind::TektonPipelineRun => "spec.pipelineSpec",
        _ => return Vec::new(),
    };
    let pipeline = object.value().at(spec);
    ["tasks", "finally"]
        .into_iter()
        .flat_map(|list| {
            let path = FieldPath::root().join(spec).join(list);
            pipeline
                .list(list)
                .iter()
                .enumerate()
                .map(move |(index, task)| (path.clone().index(index), task))
        })
        .collect()
}
