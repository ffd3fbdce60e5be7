//! Secrets whose data are written out in a manifest.

use catseye_model::Value;
use catseye_model::{Completeness, FieldPath, Fields, Kind, Object};

use super::disclosure::{self, Disclosure};
use crate::check::check;
use crate::context::Context;
use crate::credential::{Confidence, Credential, Redacted, base64, name, placeholder};
use crate::findings::Findings;

check! {
    /// A Secret is written out in a manifest
    ///
    /// Base64 is no encryption: everyone who may read the file, the repository, its history, its
    /// clones and its build logs has the data of the Secret. Taking it out later does not help,
    /// because the history keeps it.
    ///
    /// **Fix:** Replace what the Secret held, and keep something in the repository that only the
    /// cluster can open: a `SealedSecret`, a file encrypted by SOPS, or an `ExternalSecret` that names
    /// the entry in a vault:
    /// ```yaml
    /// apiVersion: external-secrets.io/v1
    /// kind: ExternalSecret
    /// metadata: {name: db}
    /// spec:
    ///   secretStoreRef: {name: vault}
    ///   target: {name: db}
    ///   data:
    ///   - secretKey: password
    ///     remoteRef: {key: db, property: password}
    /// ```
    "SEC-105" {
        severity: High,
        rows: ["B05"],
        fails: [
            r"
apiVersion: v1
kind: Secret
metadata: {name: a}
data: {username: YWRtaW4=, password: aHVudGVyMjI=}
stringData: {motto: carpe noctem}
",
            r"
# completeness: fragment
apiVersion: v1
kind: Secret
metadata: {name: a}
type: kubernetes.io/dockerconfigjson
data:
  .dockerconfigjson: eyJhdXRocyI6eyJyIjp7ImF1dGgiOiJZV1J0YVc0NmFIVnVkR1Z5TWpJPSJ9fX0=
",
        ],
        passes: [
            r"
# completeness: cluster
apiVersion: v1
kind: Secret
metadata: {name: in-a-cluster-this-is-how-secrets-are}
data: {password: aHVudGVyMjI=}
",
            r"
apiVersion: v1
kind: Secret
metadata: {name: filled-by-the-cluster, annotations: {kubernetes.io/service-account.name: ci}}
type: kubernetes.io/service-account-token
",
            r"
apiVersion: v1
kind: Secret
metadata: {name: nothing-secret}
data:
  username: YWRtaW4=
  session.username_in: YWRtaW4=
  empty: ''
  unset:
  ca.crt: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUIKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=
  placeholder: PHBhc3N3b3JkPg==
  rendered-later: '{{ .Values.password | b64enc }}'
  masked: eHh4eHg=
stringData:
  url: https://git.example.com/team/repo
  type: git
  password: <path:secret/data/git#password>
  token: REPLACE_ME
  insecure: 'true'
",
            r"
apiVersion: v1
kind: Secret
metadata: {name: encrypted}
data: {password: 'ENC[AES256_GCM,data:abc,iv:d,tag:e,type:str]'}
sops: {version: 3.8.1}
",
            r"
apiVersion: v1
kind: Secret
metadata: {name: rendered-by-helm, labels: {helm.sh/chart: db-1.2.3}}
data: {password: aHVudGVyMjI=}
",
            r"
apiVersion: v1
kind: Secret
metadata: {name: generated-by-kustomize-5d2k9fh7bm}
data: {password: aHVudGVyMjI=}
",
            r"
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: a}
spec:
  data:
  - {secretKey: password, remoteRef: {key: db, property: password}}
",
        ],
        run: Objects(&[Kind::Secret], run),
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    let in_cluster = context.inventory.completeness() == Completeness::Cluster;
    if in_cluster || is_rendered(object) {
        return;
    }
    for field in FIELDS {
        for (key, disclosed) in literals_of(object.value(), field) {
            let path = disclosure::entry(FieldPath::root().join(field), key);
            found.at_severity(disclosed.severity(), path, disclosed.message(Some(key)));
        }
    }
}

const FIELDS: [&str; 2] = ["data", "stringData"];

/// What a chart or a kustomization rendered: the values come from elsewhere, and are judged there.
fn is_rendered(object: &Object) -> bool {
    object.label("helm.sh/chart").is_some()
        || object.label("app.kubernetes.io/managed-by") == Some("Helm")
        || object.label("heritage") == Some("Helm")
        || object.annotation("meta.helm.sh/release-name").is_some()
        || has_content_hash(object.name())
}

/// `-5d2k9fh7bm`: kustomize appends ten symbols of an alphabet without vowels.
fn has_content_hash(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(_, hash)| {
        hash.len() == 10
            && hash.bytes().any(|b| b.is_ascii_digit())
            && hash.bytes().all(|b| b"bcdfghkmt2456789".contains(&b))
    })
}

/// The entries of a Secret that hold a literal which is not public, worst evidence named.
pub(super) fn literals(secret: &Value) -> impl Iterator<Item = (&str, Disclosure)> {
    FIELDS
        .into_iter()
        .flat_map(|field| literals_of(secret, field))
}

fn literals_of<'a>(
    secret: &'a Value,
    field: &'static str,
) -> impl Iterator<Item = (&'a str, Disclosure)> {
    let encrypted = secret.has("sops");
    secret
        .entries(field)
        .filter(move |_| !encrypted)
        .filter_map(move |(key, value)| {
            let text = value.as_str().filter(|text| !text.trim().is_empty())?;
            let disclosed = match field {
                "data" => in_base64(key, text),
                _ => in_plain(key, text),
            };
            Some((key, disclosed?))
        })
}

fn in_base64(key: &str, text: &str) -> Option<Disclosure> {
    // `ENC[…]`, `{{ … }}`: judged as written, because they are no base64.
    if placeholder::is_placeholder(text) {
        return None;
    }
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let Some(bytes) = base64::decode(&compact) else {
        return in_plain(key, text);
    };
    match String::from_utf8(bytes) {
        Ok(decoded) => in_plain(key, &decoded),
        Err(_) => Some(Disclosure::of(literal(&compact))),
    }
}

fn in_plain(key: &str, text: &str) -> Option<Disclosure> {
    if is_nothing(text) {
        return None;
    }
    let known = Disclosure::in_text(Some(key), text)
        .filter(|disclosed| disclosed.credential().confidence >= Confidence::Medium);
    if known.is_some() {
        return known;
    }
    (!is_public(key, text)).then(|| Disclosure::of(literal(text)))
}

/// Whatever the author put into a Secret is meant to be one.
fn literal(text: &str) -> Credential {
    Credential {
        kind: "literal data",
        id: "secret-data",
        confidence: Confidence::Medium,
        hint: Redacted::of(text.trim()),
    }
}

fn is_nothing(text: &str) -> bool {
    let text = text.trim();
    // A document holds braces and placeholders beside what is real in it.
    let is_document = text.contains('\n') || text.starts_with("{\"");
    !is_document && placeholder::is_placeholder(text)
        || placeholder::is_masked(text)
        || ["{}", "[]", "{\"auths\":{}}"].contains(&text)
}

/// Data that a Secret carries beside what is secret in it: certificates, user names, addresses.
fn is_public(key: &str, text: &str) -> bool {
    #[rustfmt::skip]
    const ENDS: [&str; 28] = [
        "username", "user", "login", "email", "host", "port", "server", "endpoint", "address",
        "url", "uri", "name", "type", "project", "database", "db", "region", "bucket", "namespace",
        "realm", "issuer", "clientid", "insecure", "enabled", "ssl", "sslmode", "driver", "hosts",
    ];
    let text = text.trim();
    let is_flag = ["true", "false"].contains(&text);
    let is_certificate = [
        "-----BEGIN CERTIFICATE",
        "-----BEGIN PUBLIC",
        "-----BEGIN TRUSTED",
    ]
    .iter()
    .any(|start| text.starts_with(start))
        || ["ssh-rsa ", "ssh-ed25519 "]
            .iter()
            .any(|start| text.starts_with(start));
    // `POSTGRES_USER` and `apiUsername` are users, `username_in` one way of two.
    let words = name::words(key);
    let way = ["in", "out"];
    let last = words
        .iter()
        .rev()
        .find(|word| !way.contains(&word.as_str()));
    let is_public_name = words.ends_with(&["client".into(), "id".into()])
        || last.is_some_and(|word| ENDS.iter().any(|end| word.ends_with(end)));
    is_flag || is_certificate || text.parse::<f64>().is_ok() && text.len() < 6 || is_public_name
}
