//! Tekton steps that run privileged or on the node's files.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Object};

use super::tekton::{KINDS, task_specs};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A Tekton task runs privileged or mounts the node's files
    ///
    /// Pipelines run code that was just pushed. In a privileged step, or with a part of the node's disk,
    /// a pull request takes over the build node, and with it the credentials of every pipeline there:
    /// registries, signing keys, clusters.
    ///
    /// **Fix:** Build images without privileges (BuildKit rootless, Buildah with `chroot` isolation), and use
    /// workspaces instead of `hostPath`.
    /// ```yaml
    /// steps:
    /// - name: build
    ///   securityContext: {privileged: false}
    /// ```
    "OPR-011" {
        severity: High,
        rows: ["F11"],
        fails: [
            r"
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: a}
spec:
  steps: [{name: build, image: b, securityContext: {privileged: true}}]
  volumes: [{name: docker, hostPath: {path: /var/run/docker.sock}}]
",
            r"
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: a}
spec:
  pipelineSpec:
    tasks:
    - name: a
      taskSpec:
        stepTemplate: {securityContext: {privileged: true}}
        sidecars: [{name: dind, image: docker, securityContext: {privileged: true}}]
",
        ],
        passes: [
            r"
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: a}
spec:
  steps: [{name: build, image: b, securityContext: {privileged: false}}]
  volumes: [{name: cache, emptyDir: {}}]
---
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: a}
spec: {taskRef: {name: a}}
",
        ],
        run: Objects(KINDS, run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    for (path, spec) in task_specs(object) {
        if !spec.is_object() {
            continue;
        }
        let template = spec.at("stepTemplate");
        if is_privileged(template) {
            let path = path.clone().join("stepTemplate.securityContext.privileged");
            found.at(path, "every step runs privileged");
        }
        for list in ["steps", "sidecars"] {
            for (index, step) in spec.list(list).iter().enumerate() {
                if is_privileged(step) {
                    let name = step.text("name").unwrap_or("a step");
                    let path = path.clone().join(list).index(index);
                    let path = path.join("securityContext.privileged");
                    found.at(path, format!("{name} runs privileged"));
                }
            }
        }
        for (index, volume) in spec.list("volumes").iter().enumerate() {
            if let Some(host_path) = volume.text("hostPath.path") {
                let path: FieldPath = path.clone().join("volumes").index(index);
                found.at(
                    path.join("hostPath.path"),
                    format!("mounts {host_path} from the node"),
                );
            }
        }
    }
}

fn is_privileged(step: &Value) -> bool {
    step.flag("securityContext.privileged") == Some(true)
}
