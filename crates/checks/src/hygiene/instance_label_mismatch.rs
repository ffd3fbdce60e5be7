//! Instance labels that do not fit the name.

use catseye_model::{FieldPath, PodView};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// The instance label does not fit the name
    ///
    /// `app.kubernetes.io/instance` names one installation of an application. Where it has nothing
    /// to do with the name of the object, most often copied from another manifest, selectors of the
    /// one reach the pods of the other.
    ///
    /// **Fix:** Name the installation; the names of its objects are the same or begin with it:
    /// ```yaml
    /// metadata:
    ///   name: cart-worker
    ///   labels:
    ///     app.kubernetes.io/instance: cart
    /// ```
    "HYG-103" {
        severity: Info,
        rows: ["H08"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: cart, labels: {app.kubernetes.io/instance: pay}}
spec: {containers: [{name: app, image: i}]}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: cart}
spec: {containers: [{name: app, image: i}]}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: cart, labels: {app.kubernetes.io/instance: cart}}
spec: {containers: [{name: app, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: cart-worker, labels: {app.kubernetes.io/instance: cart}}
spec: {containers: [{name: app, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {generateName: cart-, labels: {app.kubernetes.io/instance: cart}}
spec: {containers: [{name: app, image: i}]}
",
        ],
        run: Pods(run),
    }
}

const INSTANCE: &str = "app.kubernetes.io/instance";

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    let name = pod.object.name();
    let path = || FieldPath::root().join("metadata.labels").key(INSTANCE);
    match pod.object.label(INSTANCE) {
        None => found.at(path(), "no instance label names the installation"),
        Some(instance) => {
            let fits = name
                .strip_prefix(instance)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
            if !fits {
                found.at(path(), format!("names {instance}, the object is {name}"));
            }
        }
    }
}
