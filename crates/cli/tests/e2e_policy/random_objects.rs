//! Thousands of random pods under a dozen policies: the same are denied here and there.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use catseye_admission::{PolicySet, Request, Surroundings};
use catseye_model::{Completeness, Inventory, Object, Value, json};

use crate::harness::{all_hold, create, forget, namespace, objects, without_place};

/// How many random objects are compared.
const OBJECTS: usize = 2000;
/// How many go to the API server at once.
const AT_ONCE: usize = 500;

/// Policies of many kinds, each bound to the test's namespace.
const POLICIES: &[(&str, &str, &str)] = &[
    (
        "host-network",
        "",
        "validations: [{expression: '!object.spec.?hostNetwork.orValue(false)', message: no host network}]",
    ),
    (
        "memory",
        "",
        "validations: [{expression: \"object.spec.containers.all(c, quantity(c.?resources.?limits[?'memory'].orValue('1Mi')).compareTo(quantity('256Mi')) <= 0)\", messageExpression: \"'too much memory: ' + object.metadata.name\"}]",
    ),
    (
        "registry",
        "",
        "validations: [{expression: \"object.spec.containers.all(c, c.image.matches('^(registry[.]example[.]com|ghcr[.]io)/'))\", message: another registry, reason: Forbidden}]",
    ),
    (
        "labels",
        "",
        "validations: [{expression: \"sets.contains(['web', 'db', 'job'], object.metadata.?labels.orValue({}).map(k, object.metadata.labels[k]))\", message: unknown label}]",
    ),
    (
        "pull-default",
        "",
        "validations: [{expression: \"object.spec.containers.all(c, c.imagePullPolicy != 'Always' || c.image.contains(':v'))\", message: pulled always}]",
    ),
    (
        "capabilities",
        "variables: [{name: added, expression: \"object.spec.containers.map(c, c.?securityContext.?capabilities.?add.orValue([])).flatten()\"}]",
        "validations: [{expression: \"variables.added.all(a, a in ['NET_BIND_SERVICE'])\", messageExpression: \"'adds ' + variables.added.join('+')\"}]",
    ),
    (
        "conditional",
        "matchConditions: [{name: web, expression: \"object.metadata.?labels.?app.orValue('') == 'web'\"}]",
        "validations: [{expression: 'object.spec.containers.size() == 1', message: web has one container}, {expression: \"object.spec.?serviceAccountName.orValue('default') == 'default'\", message: web has no account}]",
    ),
    (
        "errors",
        "",
        "validations: [{expression: \"object.metadata.labels['tier'] != 'old'\", message: too old}]",
    ),
    (
        "ignored",
        "failurePolicy: Ignore",
        "validations: [{expression: \"object.metadata.labels['tier'] != 'older'\", message: far too old}]",
    ),
    (
        "namespaced",
        "",
        "validations: [{expression: \"namespaceObject.metadata.name == request.namespace && request.operation == 'CREATE'\", message: never}]",
    ),
    (
        "ports",
        "",
        "validations: [{expression: \"!object.spec.containers.exists(c, c.?ports.orValue([]).exists(p, p.containerPort < 1024 || p.protocol == 'UDP'))\", message: a port}]",
    ),
    (
        "author",
        "",
        "validations: [{expression: \"authorizer.group('').resource('pods').namespace(request.namespace).check('create').allowed()\", message: may not}]",
    ),
];

fn policies(namespace: &str) -> String {
    let mut text = String::new();
    for (name, more, validations) in POLICIES {
        let _ = write!(
            text,
            "---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {{name: e2e-{name}}}\n\
            spec:\n  matchConstraints:\n    resourceRules: [{{apiGroups: [''], apiVersions: [v1], resources: [pods], operations: [CREATE]}}]\n"
        );
        for line in [more, validations] {
            if !line.is_empty() {
                let _ = writeln!(text, "  {line}");
            }
        }
        let _ = write!(
            text,
            "---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {{name: e2e-{name}}}\n\
            spec:\n  policyName: e2e-{name}\n  validationActions: [Deny]\n  matchResources:\n    namespaceSelector: \
            {{matchLabels: {{kubernetes.io/metadata.name: {namespace}}}}}\n"
        );
    }
    text
}

/// The same numbers every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[usize::try_from(self.roll(from.len() as u64)).expect("small")]
    }
}

fn random_pod(dice: &mut Dice, number: usize, namespace: &str) -> Value {
    let mut containers = Vec::new();
    for index in 0..=dice.roll(2) {
        let registry = dice.pick(&[
            "registry.example.com/",
            "registry.example.com/",
            "ghcr.io/",
            "",
            "docker.io/",
        ]);
        let tag = dice.pick(&["", ":latest", ":1", ":v2", ":v3"]);
        let mut container =
            json!({"name": format!("c{index}"), "image": format!("{registry}app{tag}")});
        if dice.roll(3) == 0 {
            let memory = dice.pick(&["64Mi", "256Mi", "0.25Gi", "300M", "1Gi", "268435456", "2e8"]);
            container.set("resources", json!({"limits": {"memory": memory}}));
        }
        if dice.roll(4) == 0 {
            let capability = dice.pick(&["NET_BIND_SERVICE", "SYS_ADMIN", "NET_ADMIN"]);
            container.set(
                "securityContext",
                json!({"capabilities": {"add": [capability]}}),
            );
        }
        if dice.roll(4) == 0 {
            // Never the same port twice in a pod: on the host's network that is an error of its own.
            let number = dice.roll(3) * 1000 + 80 + index;
            let mut port = json!({"containerPort": number});
            if dice.roll(3) == 0 {
                port.set("protocol", json!("UDP"));
            }
            container.set("ports", Value::Array([port].into_iter().collect()));
        }
        containers.push(container);
    }
    let mut labels = json!({});
    for (key, values) in [
        ("app", &["web", "db", "job", "other"][..]),
        ("tier", &["web", "old", "older", "db"][..]),
    ] {
        if dice.roll(3) > 0 {
            labels.set(key, json!(dice.pick(values)));
        }
    }
    let mut spec = json!({});
    spec.set("containers", Value::Array(containers.into_iter().collect()));
    if dice.roll(6) == 0 {
        spec.set("hostNetwork", json!(true));
        // The API server wants ports of the host network to be the same on both sides, which it defaults.
    }
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("p{number:04}"), "namespace": namespace}});
    pod.update("metadata", |metadata| {
        if dice.roll(8) > 0 {
            metadata.set("labels", labels);
        }
    });
    pod.set("spec", spec);
    pod
}

/// By name, what the API server says against each pod that it denies.
fn refusals(said: &str) -> BTreeMap<String, String> {
    let mut refusals = BTreeMap::new();
    for line in said.lines() {
        let Some((_, rest)) = line.split_once("pods \"") else {
            continue;
        };
        let Some((name, rest)) = rest.split_once('"') else {
            continue;
        };
        if let Some(start) = rest.find("ValidatingAdmissionPolicy '") {
            refusals.insert(name.to_owned(), rest[start..].to_owned());
        }
    }
    refusals
}

#[test]
fn random_objects_are_denied_by_us_when_the_api_server_denies_them_and_in_its_words() {
    let Some(cluster) = catseye_e2e::cluster("random_objects_are_denied_by_us") else {
        return;
    };
    let place = "catseye-policy";
    namespace(&cluster, place);
    let folder = tempfile::tempdir().expect("a folder");
    let mut dice = Dice(7);
    let pods: Vec<Value> = (0..OBJECTS)
        .map(|number| random_pod(&mut dice, number, place))
        .collect();
    // First without policies: the objects as admission sees them, with defaults.
    let mut defaulted = Vec::new();
    for some in pods.chunks(AT_ONCE) {
        let said = create(&cluster, folder.path(), some, "json");
        assert!(said.succeeded, "{}", said.stderr);
        // One object after the other, not a list.
        for object in serde_json::Deserializer::from_str(&said.stdout).into_iter::<Value>() {
            defaulted.push(object.expect("JSON"));
        }
    }
    assert_eq!(defaulted.len(), pods.len());
    let text = policies(place);
    cluster
        .apply(&text)
        .expect("the API server takes the policies");
    let mut set = PolicySet::default();
    let mut around = objects(&text);
    for object in &around {
        set.add(object)
            .unwrap_or_else(|err| panic!("{object}: {err:?}"));
    }
    let held = cluster
        .kubectl(&["get", "namespace", place, "-o", "json"])
        .expect("the namespace");
    around.push(
        Object::new(serde_json::from_str::<Value>(&held).expect("JSON"), None).expect("an object"),
    );
    let inventory = Inventory::new(around, Completeness::Cluster);
    let mut surroundings = Surroundings::of(&inventory);
    let groups = ["system:masters".to_owned()];
    let rbac = std::sync::Arc::new(catseye_rbac::Rbac::of(&inventory));
    surroundings.authorizer = std::sync::Arc::new(catseye_admission::RoleAuthorizer::new(
        rbac, "admin", &groups,
    ));
    all_hold(&cluster, folder.path(), place);
    let mut theirs = BTreeMap::new();
    for some in pods.chunks(AT_ONCE) {
        theirs.extend(refusals(
            &create(&cluster, folder.path(), some, "name").stderr,
        ));
    }
    let mut ours = BTreeMap::new();
    let mut all_ours: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for value in defaulted {
        let object = Object::new(value, None).expect("an object");
        let verdict = set.judge(&Request::create(&object, &inventory), &surroundings);
        if let Some(message) = verdict.message() {
            ours.insert(object.name().to_owned(), message);
        }
        let all = verdict.denials.iter().map(|denial| {
            let binding = denial.binding.as_deref().unwrap_or_default();
            format!(
                "ValidatingAdmissionPolicy '{}' with binding '{binding}' denied request: {}",
                denial.policy, denial.message
            )
        });
        all_ours.insert(object.name().to_owned(), all.collect());
    }
    cluster
        .kubectl(&["delete", "namespace", place, "--wait=false"])
        .expect("removed");
    let names: Vec<String> = POLICIES
        .iter()
        .map(|(name, ..)| format!("e2e-{name}"))
        .collect();
    forget(&cluster, &names);
    println!(
        "{} of {} denied by the API server, {} by us",
        theirs.len(),
        pods.len(),
        ours.len()
    );
    let only_theirs: Vec<_> = theirs
        .iter()
        .filter(|(name, _)| !ours.contains_key(*name))
        .take(5)
        .collect();
    let only_ours: Vec<_> = ours
        .iter()
        .filter(|(name, _)| !theirs.contains_key(*name))
        .take(5)
        .collect();
    assert!(
        only_theirs.is_empty() && only_ours.is_empty(),
        "{only_theirs:#?}\n{only_ours:#?}"
    );
    // The API server tells one denial, of whichever policy came first: it is one of ours, word by word.
    let mut differing = Vec::new();
    for (name, message) in &theirs {
        if !all_ours[name]
            .iter()
            .any(|ours| without_place(ours) == *message)
        {
            differing.push((name, message, &all_ours[name]));
        }
    }
    println!("{} messages differ", differing.len());
    assert!(
        differing.is_empty(),
        "{:#?}",
        &differing[..differing.len().min(5)]
    );
    assert!(
        theirs.len() > OBJECTS / 4 && theirs.len() < OBJECTS,
        "{}",
        theirs.len()
    );
}
