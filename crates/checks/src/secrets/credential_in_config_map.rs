//! Credentials in the data of a `ConfigMap`.

use catseye_model::{FieldPath, Fields, Kind, Object};

use super::disclosure::{self, Disclosure};
use crate::check::check;
use crate::context::Context;
use crate::credential::{base64, detect};
use crate::findings::Findings;

check! {
    /// A ConfigMap holds a credential
    ///
    /// ConfigMaps are for what everyone may read: the built-in role `view` shows them, operators and
    /// dashboards list them in all namespaces, and encryption of etcd is normally set up for Secrets
    /// alone. Whoever reads this one has the credential.
    ///
    /// **Fix:** Move the entry into a Secret, mounted at the same path or by `secretKeyRef`, and
    /// replace the credential, since it was readable. A configuration file that must hold a password
    /// can be a Secret as a whole, or take the password from an environment variable.
    "SEC-002" {
        severity: High,
        rows: ["B02"],
        fails: [
            r"
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  DB_HOST: db
  DB_PASSWORD: hunter22
  aws_access_key_id: XXXX
  pwd: cGFzc3dvcmQ=
  application.properties: |
    server.port=8080
    spring.datasource.password=hunter22
    spring.mail.password=hunter23
  URL: AKIAQ3EGRTUVWXYZ2345
binaryData:
  login.json: eyJ1c2VyIjogImFwcCIsICJwYXNzd29yZCI6ICJodW50ZXIyMiJ9
",
            r"
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  # The key is the credential.
  AKIAQ3EGRTUVWXYZ2345: alice
",
        ],
        passes: [
            r#"
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  ui_properties_file_name: user-interface.properties
  aws_access_key_id_file: /etc/secret-volume/aws
  aws_secret: my/secret/file/path
  password: ${DB_PASSWORD}
  ca.crt: |
    -----BEGIN CERTIFICATE-----
    MIIBszCCAVmgAwIBAgIUQ3EGRTUVWXYZ2345abcdefghijklmnop
    -----END CERTIFICATE-----
  run.sh: |
    #!/bin/sh
    password=$(cat /run/secrets/password)
    curl -H "Authorization: Bearer ${TOKEN}" https://example.com
  app.py: |
    import os
    password = os.environ["PASSWORD"]
    token = read_token()
  policy.yaml: |
    passwordMinLength: 12
    secretName: db-login
binaryData:
  logo.png: iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ
  broken: '!!!'
"#,
            r"
apiVersion: v1
kind: ConfigMap
metadata: {name: no-data}
data:
",
        ],
        run: Objects(&[Kind::ConfigMap], run),
    }
}

/// Longer binary data is an archive or an image.
const LARGEST_BINARY: usize = 64 * 1024;

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    for (key, value) in object.value().entries("data") {
        if let Some(text) = value.as_str() {
            judge("data", key, text, found);
        }
    }
    for (key, value) in object.value().entries("binaryData") {
        let decoded = value
            .as_str()
            .filter(|text| text.len() <= LARGEST_BINARY)
            .and_then(base64::decode)
            .and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some(text) = decoded {
            judge("binaryData", key, &text, found);
        }
    }
}

fn judge(field: &str, key: &str, text: &str, found: &mut Findings) {
    let disclosed =
        Disclosure::in_text(Some(key), text).or_else(|| detect(None, key).map(Disclosure::of));
    if let Some(disclosed) = disclosed {
        let path = disclosure::entry(FieldPath::root().join(field), key);
        found.at_severity(disclosed.severity(), path, disclosed.message(Some(key)));
    }
}
