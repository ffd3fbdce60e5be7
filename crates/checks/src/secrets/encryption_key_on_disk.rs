//! Secrets encrypted with a key that lies beside them.

use catseye_model::{Fields, Kind, Object};

use super::encryption::writer_of_secrets;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Secrets are encrypted with a key on the control plane's disk
    ///
    /// With `aescbc`, `aesgcm` or `secretbox` the key stands in the configuration file, next to etcd:
    /// whoever copies the machine's disk has both. `aescbc` is open to padding oracles and `aesgcm`
    /// must change its key every 200,000 writes. Version 1 of KMS is deprecated since Kubernetes 1.28.
    ///
    /// **Fix:** Let a key management service hold the key:
    /// ```yaml
    /// providers:
    /// - kms: {apiVersion: v2, name: cloud-kms, endpoint: unix:///run/kms.sock}
    /// - identity: {}
    /// ```
    "SEC-111" {
        severity: Low,
        rows: ["B11"],
        fails: [
            r"
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - aescbc: {keys: [{name: a, secret: x}]}
  - kms: {apiVersion: v2, name: a, endpoint: 'unix:///a'}
",
            r"
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - kms: {name: version-1-by-default, endpoint: 'unix:///a'}
",
        ],
        passes: [
            r"
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - kms: {apiVersion: v2, name: a, endpoint: 'unix:///a'}
  - aescbc: {keys: [{name: a, secret: x}]}
",
            r"
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - identity: {}
",
        ],
        run: Objects(&[Kind::EncryptionConfiguration], run),
    }
}

fn run(configuration: &Object, _: &Context<'_>, found: &mut Findings) {
    let Some(writer) = writer_of_secrets(configuration) else {
        return;
    };
    match writer.provider {
        provider @ ("aescbc" | "aesgcm" | "secretbox") => {
            found.at(
                writer.path,
                format!("{provider} keeps its key in this file"),
            );
        }
        "kms" if writer.settings.text("apiVersion") != Some("v2") => {
            found.at(writer.path, "version 1 of KMS is deprecated");
        }
        _ => {}
    }
}
