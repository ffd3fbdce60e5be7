//! CRD versions that are converted by somebody else, or by nobody.

use catseye_model::{FieldPath, Fields, Kind, Object, Severity};

use super::webhook::{backend, missing_backend, outside_host};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A custom resource is converted outside of the cluster, or by a Service that is not there
    ///
    /// A conversion webhook reads and rewrites every object of its kind on each request in another
    /// version than the stored one. One behind a URL gives that to a host that Kubernetes
    /// does not run. One without a Service makes the kind unreadable, which also stops the deletion of
    /// namespaces and garbage collection.
    ///
    /// **Fix:** Convert in the cluster, by a Service of the operator; delete the CRD with its operator.
    /// ```yaml
    /// conversion:
    ///   strategy: Webhook
    ///   webhook:
    ///     clientConfig: {service: {namespace: widgets, name: webhook}}
    /// ```
    "ADM-112" {
        severity: Medium,
        rows: ["F12"],
        fails: [
            r"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  conversion:
    strategy: Webhook
    webhook: {clientConfig: {url: 'https://convert.example.com/'}}
",
            r"# completeness: cluster
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  conversion:
    strategy: Webhook
    webhook: {clientConfig: {service: {namespace: gone, name: webhook}}}
",
        ],
        passes: [
            r"# completeness: cluster
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  conversion:
    strategy: Webhook
    webhook: {clientConfig: {service: {namespace: widgets, name: webhook}}}
---
apiVersion: v1
kind: Service
metadata: {name: webhook, namespace: widgets}
spec: {ports: [{port: 443}]}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.example.com}
spec: {conversion: {strategy: None}}
",
        ],
        run: Objects(&[Kind::CustomResourceDefinition], run),
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    let conversion = object.value().at("spec.conversion");
    if conversion.text("strategy") != Some("Webhook") {
        return;
    }
    // `v1beta1` had the client configuration one level higher.
    let field = if conversion.has("webhook.clientConfig") {
        "webhook.clientConfig"
    } else {
        "webhookClientConfig"
    };
    let client = conversion.at(field);
    let path = FieldPath::root().join("spec.conversion").join(field);
    if let Some(host) = client.text("url").and_then(outside_host) {
        found.at(path.join("url"), format!("objects are converted by {host}"));
    } else if let Some(missing) =
        backend(client).and_then(|backend| missing_backend(backend, context.inventory))
    {
        let message = format!("{missing}, so objects of the kind cannot be read");
        found.at_severity(Severity::High, path.join("service"), message);
    }
}
