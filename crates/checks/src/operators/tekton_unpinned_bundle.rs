//! Tekton bundles by tag.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Kind, Object};

use super::tekton::{KINDS, pipeline_tasks};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A Tekton bundle is not pinned by digest
    ///
    /// A bundle is code that the pipeline runs with its credentials. Under a tag it is whatever the
    /// registry holds at that moment: who pushes to the tag runs his own steps in your builds and
    /// signs what they make.
    ///
    /// **Fix:** Name the digest:
    /// ```yaml
    /// taskRef:
    ///   resolver: bundles
    ///   params:
    ///   - {name: bundle, value: 'ghcr.io/example/tasks@sha256:6d3…'}
    /// ```
    "OPR-112" {
        severity: Medium,
        rows: ["F11"],
        fails: [
            r"
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: a}
spec:
  tasks:
  - name: a
    taskRef:
      resolver: bundles
      params: [{name: bundle, value: 'ghcr.io/example/tasks:1.0'}]
",
            r"
apiVersion: tekton.dev/v1beta1
kind: TaskRun
metadata: {name: a}
spec: {taskRef: {name: a, bundle: ghcr.io/example/tasks}}
",
        ],
        passes: [
            r"
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: a}
spec:
  tasks:
  - name: a
    taskRef:
      resolver: bundles
      params: [{name: bundle, value: 'ghcr.io/example/tasks@sha256:00'}]
  - {name: b, taskRef: {name: in-the-cluster}}
  - name: c
    taskRef: {resolver: hub, params: [{name: version, value: '0.6'}]}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: by-parameter}
spec:
  pipelineRef: {resolver: bundles, params: [{name: bundle, value: $(params.bundle)}]}
",
        ],
        run: Objects(KINDS, run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    let spec = FieldPath::root().join("spec");
    let value = object.value();
    match object.kind() {
        Kind::TektonTaskRun => judge(value.at("spec.taskRef"), spec.join("taskRef"), found),
        Kind::TektonPipelineRun => {
            judge(
                value.at("spec.pipelineRef"),
                spec.join("pipelineRef"),
                found,
            );
        }
        _ => {}
    }
    for (path, task) in pipeline_tasks(object) {
        judge(task.at("taskRef"), path.join("taskRef"), found);
    }
}

fn judge(reference: &Value, path: FieldPath, found: &mut Findings) {
    let (bundle, path) = if let Some(bundle) = reference.text("bundle") {
        (bundle, path.join("bundle"))
    } else if reference.text("resolver") == Some("bundles") {
        let params = reference.list("params");
        let Some(index) = params
            .iter()
            .position(|param| param.text("name") == Some("bundle"))
        else {
            return;
        };
        let value = params.get(index).and_then(|param| param.text("value"));
        let path = path.join("params").index(index).join("value");
        (value.unwrap_or_default(), path)
    } else {
        return;
    };
    if !bundle.is_empty() && !bundle.contains("@sha256:") && !bundle.contains("$(") {
        found.at(path, format!("is not pinned by digest: {bundle}"));
    }
}
