//! An `EncryptionConfiguration` that leaves Secrets readable.

use catseye_model::{FieldPath, Kind, Object};

use super::encryption::writer_of_secrets;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Secrets are written to etcd unencrypted
    ///
    /// The first provider of the first entry that covers `secrets` writes them; here it is `identity`,
    /// which encrypts nothing, or there is none. Whoever reads a disk, a snapshot or a backup of etcd
    /// reads every Secret of the cluster.
    ///
    /// **Fix:** Put a provider that encrypts first, and leave `identity` last until all is rewritten
    /// (`kubectl get secrets -A -o json | kubectl replace -f -`):
    /// ```yaml
    /// resources:
    /// - resources: [secrets]
    ///   providers:
    ///   - kms: {apiVersion: v2, name: cloud-kms, endpoint: unix:///run/kms.sock}
    ///   - identity: {}
    /// ```
    "SEC-011" {
        severity: High,
        rows: ["B11"],
        fails: [
            r"
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - identity: {}
  - kms: {name: a, endpoint: 'unix:///a'}
",
            r"
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [configmaps]
  providers:
  - kms: {name: a, endpoint: 'unix:///a'}
",
        ],
        passes: [
            r"
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [configmaps]
  providers:
  - identity: {}
- resources: ['*.*']
  providers:
  - secretbox: {keys: [{name: a, secret: x}]}
  - identity: {}
- resources: [secrets]
  providers:
  - identity: {}
",
        ],
        run: Objects(&[Kind::EncryptionConfiguration], run),
    }
}

fn run(configuration: &Object, _: &Context<'_>, found: &mut Findings) {
    match writer_of_secrets(configuration) {
        Some(writer) if writer.provider == "identity" => {
            found.at(writer.path, "identity comes first and encrypts nothing");
        }
        Some(_) => {}
        None => found.at(
            FieldPath::root().join("resources"),
            "no entry covers secrets with a provider",
        ),
    }
}
