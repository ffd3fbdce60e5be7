//! `IDENTITY_ASSUME`: a container acts as its service account.

use catseye_model::{Fields, Kind, Volume};

use crate::build::{Builder, Effort};
use crate::world::World;

edge! {
    /// A container acts as its service account
    ///
    /// The token is really mounted: `automountServiceAccountToken` of the pod, else of the account, else `true`; or a
    /// `projected` volume with a `serviceAccountToken`, mounted by this container.
    ///
    /// **Fix:** Set `automountServiceAccountToken: false` where nothing speaks to the API server; give what does an
    /// account of its own.
    "IDENTITY_ASSUME" {
        attack: "T1528",
        success: 95,
        says: "{from} holds the token of {to}",
        trace: "nothing until the token is used; then the audit log, with the account as the user",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  automountServiceAccountToken: false
  containers: [{name: app, image: i, volumeMounts: [{name: t, mountPath: /t}]}]
  volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: token}}]}}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  automountServiceAccountToken: false
  containers: [{name: app, image: i}]
",
            r"
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
automountServiceAccountToken: false
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  serviceAccountName: robot
  containers: [{name: app, image: i}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in &world.pods {
        let view = &pods.view;
        let account = world.inventory.find(Kind::ServiceAccount, pods.namespace(), view.service_account());
        let automount = view
            .spec
            .flag("automountServiceAccountToken")
            .or_else(|| account?.value().flag("automountServiceAccountToken"))
            .unwrap_or(true);
        let projected: Vec<Volume<'_>> = view.volumes().filter(holds_token).collect();
        for (node, container) in pods.containers() {
            let volume = projected
                .iter()
                .find(|volume| container.mounts().any(|mount| mount.volume == volume.name));
            let (place, change) = match volume {
                _ if automount => (view.path("automountServiceAccountToken"), AUTOMOUNT),
                Some(volume) => (volume.path("projected"), "remove the token from this volume"),
                None => continue,
            };
            let place = graph.at(pods.id, &place);
            let fix = graph.fix(place, change, Effort::Low);
            graph.arc(node, pods.account(), place, fix);
        }
    }
}

const AUTOMOUNT: &str = "set `automountServiceAccountToken: false`";

/// True for a projected volume with a token for the API server; one with an audience of its own is
/// for something else.
fn holds_token(volume: &Volume<'_>) -> bool {
    volume.value.list("projected.sources").iter().any(|source| {
        source.has("serviceAccountToken") && source.text("serviceAccountToken.audience").is_none()
    })
}
