//! Allowed image repositories that also allow others whose names begin alike.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Kind, Object};

use super::policy_engine::{CONSTRAINTS, is_policy};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An allowed image repository allows others that begin alike
    ///
    /// The policy compares the beginning of the image's name. `registry.example.com/shop` also
    /// allows `registry.example.com/shop-evil`, and `docker.io` allows `docker.io.attacker.net`: who can
    /// register such a name runs images that the policy was to keep out.
    ///
    /// **Fix:** End the prefix with a slash (`registry.example.com/shop/`), in Gatekeeper or by
    /// `registry.example.com/shop/*` in Kyverno.
    "ADM-114" {
        severity: Medium,
        rows: ["F13"],
        fails: [
            r"
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sAllowedRepos
metadata: {name: a}
spec: {parameters: {repos: [registry.example.com/shop]}}
",
            r"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: a}
spec:
  rules:
  - name: a
    validate: {pattern: {spec: {containers: [{image: 'ghcr.io/example/* | docker.io*'}]}}}
",
        ],
        passes: [
            r"
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sAllowedRepos
metadata: {name: a}
spec:
  parameters:
    repos: [registry.example.com/shop/, 'ghcr.io/example/app:1.2', 'ghcr.io/example/app@sha256:00']
---
# This one compares whole names.
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sAllowedReposv2
metadata: {name: a}
spec: {parameters: {allowedImages: [registry.example.com/shop]}}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: a}
spec:
  rules:
  - name: a
    validate:
      pattern: {spec: {containers: [{image: 'ghcr.io/example/* | app:*'}]}}
  - name: forbidding-more-does-no-harm
    validate: {pattern: {spec: {containers: [{image: '!docker.io*'}]}}}
  - name: any-name-with-a-tag
    validate: {pattern: {spec: {containers: [{image: '*:*'}]}}}
  - name: required-at-all
    validate: {pattern: {spec: {containers: [{image: '?*'}]}}}
",
        ],
        run: ObjectsWhere("policies of Kyverno and Gatekeeper", is_policy, run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    match object.kind() {
        Kind::Other if object.kind_name() == "K8sAllowedRepos" && object.group() == CONSTRAINTS => {
            let repos = object.value().list("spec.parameters.repos");
            for (index, repo) in repos.iter().enumerate() {
                let Some(prefix) = repo.as_str() else {
                    continue;
                };
                if is_open_ended(prefix) {
                    let path = FieldPath::root().join("spec.parameters.repos").index(index);
                    found.at(path, format!("also allows {prefix}x"));
                }
            }
        }
        Kind::KyvernoPolicy | Kind::KyvernoClusterPolicy => {
            for (index, rule) in object.value().list("spec.rules").iter().enumerate() {
                let validate = FieldPath::root()
                    .join("spec.rules")
                    .index(index)
                    .join("validate");
                let pattern = rule.at("validate.pattern");
                judge_images(pattern, &validate.clone().join("pattern"), found);
                for (index, pattern) in rule.list("validate.anyPattern").iter().enumerate() {
                    let path = validate.clone().join("anyPattern").index(index);
                    judge_images(pattern, &path, found);
                }
            }
        }
        _ => {}
    }
}

/// Looks at `image` of every container in a pattern of Kyverno.
fn judge_images(pattern: &Value, path: &FieldPath, found: &mut Findings) {
    match pattern {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    // An anchor in parentheses chooses the containers, it does not allow.
                    Value::String(image) if key == "image" => {
                        if let Some(prefix) = open_alternative(image) {
                            let message = format!("also allows {prefix}x");
                            found.at(path.clone().key(key.as_str()), message);
                        }
                    }
                    _ => judge_images(value, &path.clone().key(key.as_str()), found),
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                judge_images(item, &path.clone().index(index), found);
            }
        }
        _ => {}
    }
}

/// The first alternative that ends within a name: `docker.io*`.
fn open_alternative(pattern: &str) -> Option<&str> {
    pattern
        .split('|')
        .map(str::trim)
        .filter(|alternative| !alternative.starts_with(['!', '*', '?']))
        .filter_map(|alternative| alternative.strip_suffix('*'))
        .find(|prefix| is_open_ended(prefix))
}

/// A prefix that ends within a path segment; one that reaches the tag or digest does no harm.
fn is_open_ended(prefix: &str) -> bool {
    let last = prefix.rsplit('/').next().unwrap_or_default();
    let reaches_tag = prefix.contains('/') && last.contains(':') || last.contains('@');
    !(prefix.is_empty() || prefix.ends_with(['/', ':', '@', '*']) || reaches_tag)
}
