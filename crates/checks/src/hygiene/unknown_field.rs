//! Fields that do not exist, and values of the wrong type.

use std::fmt::Write as _;

use catseye_model::Value;
use catseye_model::object::type_name;
use catseye_model::{FieldPath, Kind, Object, Severity};

use super::pod_fields::{
    CONTAINER, CRON_JOB_SPEC, DAEMON_SET_SPEC, DEPLOYMENT_SPEC, JOB_SPEC, OBJECT_META,
    POD_SECURITY_CONTEXT, POD_SPEC, POD_TEMPLATE_SPEC, REPLICA_SET_SPEC,
    REPLICATION_CONTROLLER_SPEC, SECURITY_CONTEXT, STATEFUL_SET_SPEC, Shape, Type,
};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A field is misspelt, misplaced or of the wrong type
    ///
    /// The API server drops fields that it does not know, unless the client asks for strict
    /// validation: `securitycontext` or `readOnlyRootFileSystem` reads like protection and protects
    /// nothing. A value of the wrong type, such as `runAsNonRoot: "true"`, makes it refuse the
    /// whole object.
    ///
    /// **Fix:** Write the field as the
    /// [API reference](https://kubernetes.io/docs/reference/kubernetes-api/) has it, upper and
    /// lower case included, in the place where it belongs:
    /// ```yaml
    /// securityContext:
    ///   readOnlyRootFilesystem: true
    ///   runAsNonRoot: true
    /// ```
    "HYG-106" {
        severity: Medium,
        rows: ["H10"],
        fails: [
            r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, annotations: {example.com/on: true}}
spec:
  replica: 2
  template:
    securityContext: {}
    spec:
      securityContext: {readOnlyRootFilesystem: true, privilegd: true}
      hostpid: false
      containers:
      - name: app
        image: i
        securitycontext: {privileged: false}
        runAsNonRoot: true
        env: [{name: PORT, value: 8080}]
      - name: second
        image: i
        securityContext: {runAsNonRoot: "true", runAsUser: "1000", readOnlyRootFileSystem: true}
        ports: {containerPort: 80}
"#,
            r"
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: a}
spec:
  template:
    spec:
      containers: [{name: app, image: i, livenessprobe: {}}]
",
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: still-to-fill-in}
spec:
  replicas: <how many>
  template: {spec: {containers: [{name: app, image: i}]}}
",
        ],
        passes: [
            r#"
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: a, creationTimestamp: null, labels: {app: "1"}}
spec:
  replicas: 2.0
  serviceName: a
  selector: {matchLabels: {app: "1"}}
  volumeClaimTemplates:
  - {metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}
  template:
    metadata: {creationTimestamp: null}
    spec:
      serviceAccount: old-but-known
      securityContext: {runAsUser: 1000, fsGroup: 2000, sysctls: [{name: a, value: "1"}]}
      containers:
      - name: app
        image: i
        env: [{name: PORT, value: "8080"}, {name: KEY, valueFrom: {secretKeyRef: {name: s, key: k}}}]
        livenessProbe: {httpGet: {path: /, port: 80, httpHeaders: [{name: a, value: b}]}}
        resources: {limits: {cpu: 1, memory: 64Mi, example.com/gpu: "1"}}
      volumes: [{name: cache, emptyDir: {}}, {name: old, gitRepo: {repository: r}}]
status: {replicas: 2}
"#,
            r"
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: a}
spec: {template: {spec: {containerConcurrency: 10, containers: [{image: i}]}}}
---
apiVersion: extensions/v1beta1
kind: Deployment
metadata: {name: a}
spec: {rollbackTo: {revision: 1}, template: {spec: {containers: [{name: app, image: i}]}}}
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: a}
spec: {strategy: {canary: {}}, template: {spec: {containers: [{name: app, image: i}]}}}
",
        ],
        run: Objects(Kind::WORKLOADS, run),
    }
}

/// One step on the way to the value that is looked at.
#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

fn run(workload: &Object, _: &Context<'_>, found: &mut Findings) {
    let kind = workload.kind();
    // Knative adds fields of its own to the pod spec.
    if matches!(
        kind,
        Kind::KnativeService | Kind::KnativeConfiguration | Kind::KnativeRevision
    ) {
        return;
    }
    let mut walk = Walk {
        steps: Vec::new(),
        found,
    };
    let value = workload.value();
    if let Some(roots) = roots(workload) {
        for (key, value) in value.as_object().into_iter().flatten() {
            match roots.iter().find(|(known, _)| known == key) {
                Some((_, expected)) => walk.below(key, value, expected),
                None if matches!(key.as_str(), "apiVersion" | "kind" | "status") => {}
                None => walk.unknown(key, None, roots.iter().map(|(known, _)| *known)),
            }
        }
        return;
    }
    // Another project's kind, or an old API version: only the pod spec is known.
    let Some(template) = kind.pod_template_path() else {
        return;
    };
    let way = template.split('.').filter(|step| !step.is_empty());
    let mut spec = Some(value);
    for step in way.chain(["spec"]) {
        walk.steps.push(Step::Key(step));
        spec = spec.and_then(|value| value.get(step));
    }
    if let Some(spec) = spec {
        walk.value(spec, &Type::Object(&POD_SPEC));
    }
}

/// The fields of the object itself, where all of them are known.
fn roots(workload: &Object) -> Option<[(&'static str, Type); 2]> {
    let (field, shape): (_, &'static Shape) = match (workload.api_version(), workload.kind()) {
        ("v1", Kind::Pod) => ("spec", &POD_SPEC),
        ("v1", Kind::PodTemplate) => ("template", &POD_TEMPLATE_SPEC),
        ("v1", Kind::ReplicationController) => ("spec", &REPLICATION_CONTROLLER_SPEC),
        ("apps/v1", Kind::Deployment) => ("spec", &DEPLOYMENT_SPEC),
        ("apps/v1", Kind::ReplicaSet) => ("spec", &REPLICA_SET_SPEC),
        ("apps/v1", Kind::DaemonSet) => ("spec", &DAEMON_SET_SPEC),
        ("apps/v1", Kind::StatefulSet) => ("spec", &STATEFUL_SET_SPEC),
        ("batch/v1", Kind::Job) => ("spec", &JOB_SPEC),
        ("batch/v1", Kind::CronJob) => ("spec", &CRON_JOB_SPEC),
        _ => return None,
    };
    let metadata = ("metadata", Type::Object(&OBJECT_META));
    Some([metadata, (field, Type::Object(shape))])
}

struct Walk<'a, 'f> {
    steps: Vec<Step<'a>>,
    found: &'f mut Findings,
}

impl<'a> Walk<'a, '_> {
    /// The value of the field `key` of where the walk stands.
    fn below(&mut self, key: &'a str, value: &'a Value, expected: &Type) {
        self.steps.push(Step::Key(key));
        self.value(value, expected);
        self.steps.pop();
    }

    fn value(&mut self, value: &'a Value, expected: &Type) {
        match (expected, value) {
            (Type::Anything, _)
            | (_, Value::Null)
            | (Type::Text | Type::Amount | Type::IntegerOrText, Value::String(_))
            | (Type::Amount, Value::Number(_))
            | (Type::Flag, Value::Bool(_)) => {}
            (Type::Integer | Type::IntegerOrText, Value::Number(number))
                if number.as_f64().is_some_and(|number| number.fract() == 0.0) => {}
            (Type::List(member), Value::Array(members)) => {
                for (index, value) in members.iter().enumerate() {
                    self.steps.push(Step::Index(index));
                    self.value(value, member);
                    self.steps.pop();
                }
            }
            (Type::Map(member), Value::Object(members)) => {
                for (key, value) in members {
                    self.below(key, value, member);
                }
            }
            (Type::Object(shape), Value::Object(fields)) => {
                for (key, value) in fields {
                    match shape.field(key) {
                        Some(expected) => self.below(key, value, &expected),
                        None => self.unknown(key, Some(shape), shape.names()),
                    }
                }
            }
            _ => self.mistyped(value, expected),
        }
    }

    fn unknown(
        &mut self,
        key: &'a str,
        shape: Option<&Shape>,
        known: impl Iterator<Item = &'static str> + Clone,
    ) {
        let mut message = format!("there is no field {key}");
        if let Some(shape) = shape {
            let _ = write!(message, " in {}", shape.name);
        }
        let spelling = known.clone().find(|known| same_letters(known, key));
        let home = HOMES
            .iter()
            .find(|(shape, _)| shape.field(key).is_some())
            .map(|(_, home)| (key, *home));
        let nearby = || nearest(known, key);
        let misspelt_elsewhere = || {
            HOMES
                .iter()
                .find_map(|(shape, home)| Some((nearest(shape.names(), key)?, *home)))
        };
        let meant = if let Some(meant) = spelling {
            let _ = write!(message, ": {meant}?");
            meant
        } else if let Some((meant, home)) = home {
            let _ = write!(message, ": it belongs in {home}");
            meant
        } else if let Some(meant) = nearby() {
            let _ = write!(message, ": {meant}?");
            meant
        } else if let Some((meant, home)) = misspelt_elsewhere() {
            let _ = write!(message, ": {meant} in {home}?");
            meant
        } else {
            key
        };
        let severity = if self.protects(meant) {
            Severity::High
        } else {
            Severity::Medium
        };
        let path = self.path().key(key);
        self.found.at_severity(severity, path, message);
    }

    /// True for fields that confine the pod: who believes them set is less safe than they think.
    fn protects(&self, field: &str) -> bool {
        let inside = self
            .steps
            .iter()
            .any(|step| matches!(step, Step::Key("securityContext")));
        inside
            || SECURITY_CONTEXT.field(field).is_some()
            || POD_SECURITY_CONTEXT.field(field).is_some()
            || matches!(
                field,
                "automountServiceAccountToken"
                    | "hostIPC"
                    | "hostNetwork"
                    | "hostPID"
                    | "hostUsers"
                    | "runtimeClassName"
                    | "securityContext"
                    | "serviceAccountName"
            )
    }

    fn mistyped(&mut self, value: &Value, expected: &Type) {
        let wanted = match expected {
            Type::Text => "text",
            Type::Integer => "a whole number",
            Type::Flag => "true or false",
            Type::Amount => "a quantity",
            Type::IntegerOrText => "a whole number or text",
            Type::List(_) => "a list",
            Type::Map(_) | Type::Object(_) | Type::Anything => "a mapping",
        };
        let mut message = format!("holds {} instead of {wanted}", type_name(value));
        if let (Type::Text, Value::Number(_) | Value::Bool(_)) = (expected, value) {
            message += ": quote it";
        }
        let is_quoted = match (expected, value) {
            (Type::Integer, Value::String(text)) => text.parse::<i64>().is_ok(),
            (Type::Flag, Value::String(text)) => text.parse::<bool>().is_ok(),
            _ => false,
        };
        if is_quoted {
            message += ": take the quotes away";
        }
        let path = self.path();
        self.found.at(path, message);
    }

    fn path(&self) -> FieldPath {
        self.steps
            .iter()
            .fold(FieldPath::root(), |path, step| match step {
                Step::Key(key) => path.key(*key),
                Step::Index(index) => path.index(*index),
            })
    }
}

/// Where fields belong that are often written elsewhere.
static HOMES: [(&Shape, &str); 4] = [
    (&SECURITY_CONTEXT, "the securityContext of a container"),
    (&POD_SECURITY_CONTEXT, "the securityContext of the pod"),
    (&POD_SPEC, "the spec of the pod"),
    (&CONTAINER, "a container"),
];

/// The name that is nearest, if it is near enough to be meant.
fn nearest(known: impl Iterator<Item = &'static str>, key: &str) -> Option<&'static str> {
    known
        .map(|known| (distance(known, key), known))
        .filter(|(distance, _)| *distance <= key.len().div_ceil(5))
        .min()
        .map(|(_, known)| known)
}

/// Equal but for upper and lower case, dashes and underscores.
fn same_letters(one: &str, other: &str) -> bool {
    let letters = |text: &'_ str| {
        text.bytes()
            .filter(u8::is_ascii_alphanumeric)
            .map(|byte| byte.to_ascii_lowercase())
            .collect::<Vec<u8>>()
    };
    letters(one) == letters(other)
}

/// How many letters must be inserted, deleted or replaced to make one of the other.
fn distance(one: &str, other: &str) -> usize {
    let other = other.as_bytes();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (b, cell) in other.iter().zip(row.iter_mut().skip(1)) {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = *cell;
            left = replaced.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_single_letters() {
        for (one, other, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("replica", "replicas", 1),
            ("kitten", "sitting", 3),
            ("privilegd", "privileged", 1),
        ] {
            assert_eq!(distance(one, other), expected, "{one} {other}");
            assert_eq!(distance(other, one), expected, "{other} {one}");
        }
    }
}
