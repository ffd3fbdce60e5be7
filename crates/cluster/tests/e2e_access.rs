//! `rbac` against the API server's own authorizers: the same answer to every question.
//!
//! Roles and bindings of every odd kind are drawn by a seed and created for real; then random
//! requests of random identities are put to `SubjectAccessReview` and to [`Rbac::decide`], which
//! knows nothing but the listing.

use catseye_cluster::{Client, Target};
use catseye_model::redact::RedactionKey;
use catseye_model::{Completeness, Inventory, Object};
use catseye_rbac::{Identity, Rbac, Request};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

/// How many questions are asked.
const QUESTIONS: usize = 4000;

/// `SplitMix64`: the same numbers for the same seed, everywhere.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let z = z ^ (z >> 31);
        usize::try_from(z % bound as u64).expect("below a usize")
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// One to three of the choices.
    fn some<T: Copy>(&mut self, choices: &[T]) -> Vec<T> {
        (0..=self.below(3)).map(|_| self.of(choices)).collect()
    }
}

const NAMESPACES: [&str; 3] = ["access-a", "access-b", "kube-system"];
const VERBS: [&str; 14] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "*",
    "bind",
    "escalate",
    "impersonate",
    "use",
    "proxy",
];
const GROUPS: [&str; 6] = [
    "",
    "apps",
    "batch",
    "rbac.authorization.k8s.io",
    "*",
    "example.com",
];
const RESOURCES: [&str; 18] = [
    "pods",
    "pods/exec",
    "pods/*",
    "*/exec",
    "*/scale",
    "*",
    "*/*",
    "secrets",
    "deployments",
    "deployments/scale",
    "serviceaccounts/token",
    "nodes/proxy",
    "nodes",
    "configmaps",
    "users",
    "clusterroles",
    "lanterns",
    "pods/log",
];
const NAMES: [&str; 4] = ["one", "two", "", "*"];
const URLS: [&str; 7] = [
    "/healthz",
    "/healthz/*",
    "/metrics",
    "*",
    "/api*",
    "/logs/*",
    "/version",
];
const USERS: [&str; 6] = [
    "ann",
    "bob",
    "system:kube-scheduler",
    "system:kube-controller-manager",
    "system:anonymous",
    "system:node:node-1",
];
const MEMBERS: [&str; 6] = [
    "team",
    "system:authenticated",
    "system:unauthenticated",
    "system:serviceaccounts",
    "system:serviceaccounts:access-a",
    "system:masters",
];

fn role(draw: &mut Draw, index: usize) -> Value {
    let cluster = draw.below(2) == 0;
    let rules: Vec<Value> = (0..=draw.below(3))
        .map(|_| {
            if cluster && draw.below(4) == 0 {
                return json!({"nonResourceURLs": draw.some(&URLS), "verbs": draw.some(&["get", "post", "*"])});
            }
            let mut rule = json!({"apiGroups": draw.some(&GROUPS), "resources": draw.some(&RESOURCES),
                "verbs": draw.some(&VERBS)});
            if draw.below(3) == 0 {
                rule["resourceNames"] = json!(draw.some(&NAMES[..2]));
            }
            rule
        })
        .collect();
    let mut metadata = json!({"name": format!("access-{index}"),
        "labels": {"access/part": if index.is_multiple_of(15) { "one" } else { "two" }}});
    if !cluster {
        metadata["namespace"] = json!(draw.of(&NAMESPACES[..2]));
    }
    json!({"apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": if cluster { "ClusterRole" } else { "Role" }, "metadata": metadata, "rules": rules})
}

fn subject(draw: &mut Draw) -> Value {
    match draw.below(3) {
        0 => {
            json!({"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": draw.of(&USERS)})
        }
        // Not system:masters, who may do anything anyway.
        1 => {
            json!({"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": draw.of(&MEMBERS[..5])})
        }
        _ => {
            json!({"kind": "ServiceAccount", "namespace": draw.of(&NAMESPACES), "name": draw.of(&["default", "worker"])})
        }
    }
}

/// Bindings of a role: in its namespace, or to a `ClusterRole` in one or in all; some to defaults.
fn binding(draw: &mut Draw, index: usize, roles: &[Value]) -> Value {
    let role = &roles[draw.below(roles.len())];
    let defaults = ["view", "edit", "admin", "system:node-proxier", "access-all"];
    let to_default = draw.below(5) == 0;
    let (kind, name) = if to_default {
        ("ClusterRole", json!(draw.of(&defaults)))
    } else {
        (
            role["kind"].as_str().expect("a kind"),
            role["metadata"]["name"].clone(),
        )
    };
    let everywhere = kind == "ClusterRole" && draw.below(2) == 0;
    let mut metadata = json!({"name": format!("access-{index}")});
    if !everywhere {
        let own = role["metadata"]
            .get("namespace")
            .filter(|_| !to_default)
            .cloned();
        metadata["namespace"] = own.unwrap_or_else(|| json!(draw.of(&NAMESPACES)));
    }
    let subjects: Vec<Value> = (0..=draw.below(2)).map(|_| subject(draw)).collect();
    json!({"apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": if everywhere { "ClusterRoleBinding" } else { "RoleBinding" }, "metadata": metadata,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name},
        "subjects": subjects})
}

fn objects(draw: &mut Draw) -> Vec<Value> {
    let mut objects: Vec<Value> = NAMESPACES[..2]
        .iter()
        .map(|name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}))
        .collect();
    let roles: Vec<Value> = (0..60).map(|index| role(draw, index)).collect();
    objects.push(
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "access-all"}, "rules": [],
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"access/part": "one"}}]}}),
    );
    let bindings: Vec<Value> = (0..60).map(|index| binding(draw, index, &roles)).collect();
    objects.extend(roles);
    objects.extend(bindings);
    objects
}

fn identity(draw: &mut Draw) -> Identity {
    match draw.below(5) {
        0 => Identity::service_account(
            draw.of(&NAMESPACES),
            draw.of(&["default", "worker", "node-controller"]),
        ),
        1 => Identity::node(draw.of(&["node-1", "node-2", "node-9"])),
        2 => Identity::raw(draw.of(&USERS), draw.some(&MEMBERS)),
        3 => Identity::anonymous(),
        _ => Identity::user(draw.of(&USERS[..4]), draw.some(&MEMBERS[..1])),
    }
}

fn request(draw: &mut Draw) -> Request {
    if draw.below(6) == 0 {
        let paths = [
            "/healthz",
            "/healthz/etcd",
            "/metrics",
            "/api",
            "/apis/apps",
            "/logs/x",
            "/version",
            "/",
        ];
        return Request::path(draw.of(&["get", "post"]), draw.of(&paths));
    }
    let resource = loop {
        let resource = draw.of(&RESOURCES);
        if !resource.contains('*') {
            break resource;
        }
    };
    let request = Request::resource(draw.of(&VERBS), draw.of(&GROUPS), resource);
    let request = request.named(draw.of(&NAMES[..3]));
    request.in_namespace(draw.of(&["access-a", "access-b", "kube-system", "", "default"]))
}

fn review(identity: &Identity, request: &Request) -> Value {
    let mut spec =
        json!({"user": identity.user_name(), "groups": identity.groups().collect::<Vec<_>>()});
    match request {
        Request::Resource(asked) => {
            spec["resourceAttributes"] = json!({"verb": asked.verb, "group": asked.group,
                "version": "*", "resource": asked.resource, "subresource": asked.subresource,
                "name": asked.name, "namespace": asked.namespace});
        }
        Request::NonResource(asked) => {
            spec["nonResourceAttributes"] = json!({"verb": asked.verb, "path": asked.path});
        }
    }
    json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec})
}

async fn allowed(client: &Client, review: &Value) -> Result<bool, kube::Error> {
    let url = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    let request = http::Request::post(url)
        .header("Content-Type", "application/json")
        .body(review.to_string().into_bytes())
        .map_err(kube::Error::HttpError)?;
    let answer: Value = client.request(request).await?;
    Ok(answer["status"]["allowed"] == true)
}

#[tokio::test]
async fn every_question_is_answered_as_the_api_server_answers_it() {
    let Some(cluster) = catseye_e2e::cluster("every_question_is_answered") else {
        return;
    };
    let mut draw = Draw(4);
    let mut manifests = String::new();
    for object in objects(&mut draw) {
        manifests.push_str(&object.to_string());
        manifests.push_str("\n---\n");
    }
    cluster.apply(&manifests).expect("the rights are granted");
    // The aggregation controller fills its role a moment later.
    for _ in 0..100 {
        let rules = cluster
            .kubectl(&[
                "get",
                "clusterrole",
                "access-all",
                "-o",
                "jsonpath={.rules}",
            ])
            .expect("the role");
        if rules.len() > 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }

    let target = Target {
        kubeconfig: Some(cluster.kubeconfig().to_owned()),
        context: None,
    };
    let client = catseye_cluster::connect(&target).await.expect("a client");
    let resources = catseye_cluster::discover(&client).await.expect("kinds");
    let key = RedactionKey::new([3; 32]);
    let listing = catseye_cluster::list(&client, resources, &key, |_| {}).await;
    let read = |value| Object::new(value, None).expect("an object");
    let objects = listing.objects.into_iter().map(read).collect();
    let inventory = Inventory::new(objects, Completeness::Cluster);
    let rbac = Rbac::of(&inventory);

    let questions: Vec<(Identity, Request)> = (0..QUESTIONS)
        .map(|_| (identity(&mut draw), request(&mut draw)))
        .collect();
    let client = &client;
    let answers: Vec<(&Identity, &Request, bool)> = stream::iter(&questions)
        .map(|(identity, request)| async move {
            let review = review(identity, request);
            let answer = allowed(client, &review).await;
            (
                identity,
                request,
                answer.unwrap_or_else(|err| panic!("{review}: {err}")),
            )
        })
        .buffered(16)
        .collect()
        .await;
    let mut yes = 0;
    let mut wrong = Vec::new();
    for (identity, request, answer) in answers {
        yes += usize::from(answer);
        if rbac.decide(identity, request) != answer {
            wrong.push(format!(
                "{identity:?} {request:?}: the API server says {answer}"
            ));
        }
    }
    assert!(
        yes > QUESTIONS / 20 && yes < QUESTIONS * 19 / 20,
        "{yes} of {QUESTIONS} allowed"
    );
    assert!(
        wrong.is_empty(),
        "{} of {QUESTIONS} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    println!("{QUESTIONS} questions, {yes} allowed, no difference");
}
