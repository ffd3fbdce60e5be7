//! Decisions a second, beside an evaluator that walks every binding, subject and rule as the API
//! server's own does. `cargo bench -p catseye-rbac`.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark reads the clock and says what it measured"
)]

use std::hint::black_box;
use std::time::Instant;

use catseye_model::{Completeness, Inventory, Object};
use catseye_rbac::{Identity, Rbac, Request, Scope, Subject};
use serde_json::{Value, json};

const NAMESPACES: usize = 200;
const ACCOUNTS: usize = 10;
const PASSES: usize = 300;
const API: &str = "rbac.authorization.k8s.io/v1";

/// A cluster of 2,000 service accounts with the bindings that applications and teams usually have.
fn cluster() -> Inventory {
    let mut objects = Vec::new();
    let rule = |verbs: &[&str], group: &str, resources: &[&str]| json!({"verbs": verbs, "apiGroups": [group], "resources": resources});
    let account = |namespace: &str, name: &str| json!({"kind": "ServiceAccount", "namespace": namespace, "name": name});
    let named = |kind: &str, namespace: &str, name: &str, rest: Value| {
        let mut object = json!({"apiVersion": API, "kind": kind, "metadata": {"name": name}});
        if !namespace.is_empty() {
            object["metadata"]["namespace"] = json!(namespace);
        }
        for (field, value) in rest.as_object().into_iter().flatten() {
            object[field] = value.clone();
        }
        object
    };
    let bound = |kind: &str, name: &str, subjects: Value| json!({"roleRef": {"kind": kind, "name": name}, "subjects": subjects});
    for number in 0..NAMESPACES {
        let namespace = format!("team-{number}");
        for app in 0..ACCOUNTS {
            let name = format!("app-{app}");
            let rules = json!([
                rule(&["get", "list", "watch"], "", &["pods", "services", "endpoints"]),
                rule(&["get", "update", "patch"], "coordination.k8s.io", &["leases"]),
                {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": [format!("{name}-tls")]},
                rule(&["create", "patch"], "", &["events"]),
            ]);
            objects.push(named("Role", &namespace, &name, json!({"rules": rules})));
            let subjects = json!([account(&namespace, &name)]);
            objects.push(named(
                "RoleBinding",
                &namespace,
                &name,
                bound("Role", &name, subjects),
            ));
        }
        for role in ["view", "edit", "admin"] {
            let subjects = json!([{"kind": "Group", "name": format!("{namespace}-{role}")}]);
            objects.push(named(
                "RoleBinding",
                &namespace,
                role,
                bound("ClusterRole", role, subjects),
            ));
        }
    }
    for operator in 0..100 {
        let name = format!("operator-{operator}");
        let group = format!("{name}.example.com");
        let rules = json!([
            rule(&["*"], &group, &["*"]),
            rule(
                &["get", "list", "watch", "create", "update", "delete"],
                "apps",
                &["deployments", "statefulsets", "deployments/scale"]
            ),
            rule(
                &["get", "list", "watch"],
                "",
                &["configmaps", "secrets", "namespaces"]
            ),
        ]);
        objects.push(named("ClusterRole", "", &name, json!({"rules": rules})));
        let subjects = json!([account(&format!("team-{operator}"), "app-0")]);
        objects.push(named(
            "ClusterRoleBinding",
            "",
            &name,
            bound("ClusterRole", &name, subjects),
        ));
    }
    let objects = objects
        .into_iter()
        .filter_map(|value| Object::new(value, None).ok())
        .collect();
    Inventory::new(objects, Completeness::Tree)
}

/// Questions of service accounts and people, of which about half are allowed.
fn questions() -> Vec<(Identity, Request)> {
    let asked = [
        ("get", "", "pods", ""),
        ("list", "", "services", ""),
        ("get", "", "secrets", "app-3-tls"),
        ("update", "coordination.k8s.io", "leases", "lock"),
        ("list", "", "secrets", ""),
        ("create", "", "pods/exec", "web-0"),
        ("update", "apps", "deployments/scale", "web"),
        ("delete", "operator-7.example.com", "widgets", "w"),
    ];
    let mut questions = Vec::new();
    for number in 0..4096_usize {
        let (verb, group, resource, name) = asked[number % asked.len()];
        let namespace = format!("team-{}", number * 7 % NAMESPACES);
        let identity = if number % 4 == 3 {
            let role = ["view", "edit", "admin"][number % 3];
            Identity::user(format!("person-{number}"), [format!("{namespace}-{role}")])
        } else {
            Identity::service_account(&namespace, &format!("app-{}", number % ACCOUNTS))
        };
        let request = Request::resource(verb, group, resource)
            .named(name)
            .in_namespace(&namespace);
        questions.push((identity, request));
    }
    questions
}

/// Every binding, every subject, every rule.
fn walk(rbac: &Rbac, identity: &Identity, request: &Request) -> bool {
    let namespace = match request {
        Request::Resource(request) => request.namespace.as_str(),
        Request::NonResource(_) => "",
    };
    rbac.bindings().any(|(_, binding)| {
        let counts = match &binding.scope {
            Scope::Cluster => true,
            Scope::Namespace(name) => **name == *namespace,
        };
        let names = |subject: &Subject| match subject {
            Subject::Group(name) => identity.is_in(name),
            Subject::User(name) => name == identity.user_name(),
            Subject::ServiceAccount { namespace, name } => {
                let rest = identity.user_name().strip_prefix("system:serviceaccount:");
                let rest = rest.and_then(|rest| rest.strip_prefix(namespace.as_str()));
                rest.and_then(|rest| rest.strip_prefix(':')) == Some(name)
            }
        };
        counts
            && binding.subjects.iter().any(|bound| names(&bound.subject))
            && binding.roles.iter().any(|role| {
                rbac.role(*role)
                    .rules
                    .iter()
                    .any(|rule| rule.rule.allows(request))
            })
    })
}

/// How many times a second the closure answers a question, and how many it answered with yes.
fn rate(
    questions: &[(Identity, Request)],
    answer: impl Fn(usize, &Identity, &Request) -> bool,
) -> (f64, usize) {
    let allowed = |place: usize| {
        let (identity, request) = &questions[place];
        usize::from(black_box(answer(
            place,
            black_box(identity),
            black_box(request),
        )))
    };
    let yes = (0..questions.len()).map(allowed).sum();
    // The fastest of many passes: what else runs on the machine slows the others.
    let fastest = (0..PASSES)
        .map(|_| {
            let begin = Instant::now();
            black_box((0..questions.len()).map(allowed).sum::<usize>());
            begin.elapsed()
        })
        .min()
        .unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "a few thousand questions")]
    let count = questions.len() as f64;
    (count / fastest.as_secs_f64(), yes)
}

fn main() {
    let inventory = cluster();
    let begin = Instant::now();
    let rbac = Rbac::of(&inventory);
    let built = begin.elapsed();
    println!(
        "{} objects compiled in {built:?}: {} roles, {} permission sets, {} bindings, {} subjects",
        inventory.len(),
        rbac.roles().count(),
        rbac.set_count(),
        rbac.bindings().count(),
        rbac.subjects().count(),
    );
    let questions = questions();
    let halves: Vec<_> = questions
        .iter()
        .map(|(identity, request)| (rbac.bind(identity), rbac.ask(request)))
        .collect();
    let walked = rate(&questions, |_, identity, request| {
        walk(&rbac, identity, request)
    });
    let decided = rate(&questions, |_, identity, request| {
        rbac.decide(identity, request)
    });
    let prepared = rate(&questions, |place, _, _| {
        let (identity, asked) = &halves[place];
        rbac.may(identity, asked)
    });
    assert_eq!(
        (walked.1, walked.1),
        (decided.1, prepared.1),
        "all three answer alike"
    );
    for (name, (rate, yes)) in [
        ("every binding, subject and rule", walked),
        ("decide(identity, request)", decided),
        ("may(bound, asked)", prepared),
    ] {
        let times = rate / walked.0;
        println!(
            "{name:<32} {rate:>13.0} decisions/s  {times:>7.0}x  {yes} of {} allowed",
            questions.len()
        );
    }
}
