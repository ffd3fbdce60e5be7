//! A Service in front of Tiller.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A Service leads to Tiller
    ///
    /// The Service gives the server of Helm 2 a name that every pod of the cluster can call. Tiller
    /// installs what it is sent with its own rights, and asks for no credentials by default.
    ///
    /// **Fix:** Delete the Service. While Tiller is still needed, have it listen on `localhost` only and reach it by
    /// `kubectl port-forward`.
    "OPR-113" {
        severity: Medium,
        rows: ["F16"],
        fails: [
            r"
apiVersion: v1
kind: Service
metadata: {name: tiller-deploy, namespace: kube-system}
spec: {ports: [{name: tiller, port: 44134}]}
",
            r"
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {selector: {app: helm, name: tiller}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {selector: {app: helm, name: chartmuseum}}
",
        ],
        run: Objects(&[Kind::Service], run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    let selector = object.value().at("spec.selector");
    let selects = selector.text("app") == Some("helm") && selector.text("name") == Some("tiller");
    if selects {
        found.at(FieldPath::root().join("spec.selector"), "leads to Tiller");
    } else if object.name() == "tiller-deploy" {
        found.at(FieldPath::root().join("metadata.name"), "leads to Tiller");
    }
}
