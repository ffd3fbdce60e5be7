//! `SECRET_TOKEN`: a secret is a service account's token.

use catseye_model::{Fields, Kind};

use crate::build::{Builder, Effort};
use crate::node::Node;
use crate::world::World;

edge! {
    /// A secret is a service account's token
    ///
    /// The type `kubernetes.io/service-account-token` with the annotation that names the account. It does not expire.
    ///
    /// **Fix:** Delete the secret; ask for tokens by the TokenRequest API.
    "SECRET_TOKEN" {
        attack: "T1528",
        success: 95,
        says: "{from} is a lasting token of {to}",
        trace: "nothing until the token is used; then the audit log, with the account as the user",
        has: [
            r"
apiVersion: v1
kind: Secret
type: kubernetes.io/service-account-token
metadata: {name: t, namespace: shop, annotations: {kubernetes.io/service-account.name: robot}}
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Secret
type: Opaque
metadata: {name: t, namespace: shop}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for (id, secret) in world.inventory.of_kind(Kind::Secret) {
        if secret.value().text("type") != Some("kubernetes.io/service-account-token") {
            continue;
        }
        let Some(account) = secret.annotation("kubernetes.io/service-account.name") else {
            continue;
        };
        let place = graph.at_text(Some(id), "type");
        let fix = graph.fix(place, "delete this lasting token", Effort::Low);
        let from = Node::Secret(secret.namespace(), secret.name());
        let to = Node::ServiceAccount(secret.namespace(), account);
        graph.arc(from, to, place, fix);
    }
}
