//! Policies on a real API server: what it denies, we deny, in the same words; what we generate, it takes; what
//! the webhook refuses never reaches the store, and a killed hub blocks nothing beyond its configuration.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "tests start the program and read what it wrote"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use catseye_admission::{PolicySet, Request, Surroundings};
use catseye_e2e::{Cluster, Said};
use catseye_model::{Completeness, Inventory, Object, Value, json, yaml};

/// How many random objects are compared.
const OBJECTS: usize = 2000;
/// How many go to the API server at once.
const AT_ONCE: usize = 500;

fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(90);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "in time: {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn objects(text: &str) -> Vec<Object> {
    yaml::documents(text)
        .into_iter()
        .flat_map(|document| Object::read(document.content.expect("YAML"), None).0)
        .collect()
}

fn namespace(cluster: &Cluster, name: &str) {
    let text = format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n");
    cluster.apply(&text).expect("the namespace is made");
    eventually("the default service account", || {
        let arguments = ["get", "serviceaccount", "default", "-n", name];
        cluster.kubectl(&arguments).ok()
    });
}

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

fn create(cluster: &Cluster, folder: &Path, pods: &[Value], output: &str) -> Said {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": pods});
    let file = folder.join("pods.json");
    std::fs::write(&file, list.to_string()).expect("written");
    let file = file.to_str().expect("UTF-8");
    let arguments = ["create", "--dry-run=server", "-o", output, "-f", file];
    cluster.kubectl_said(&arguments).expect("kubectl starts")
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
    let probe = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "probe", "namespace": place},
        "spec": {"hostNetwork": true, "containers": [{"name": "c", "image": "docker.io/app",
            "resources": {"limits": {"memory": "9Gi"}}}]}});
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
    // A policy holds a moment after it was stored: all of them when each alone has denied something.
    eventually("all policies hold", || {
        POLICIES
            .iter()
            .filter(|(name, ..)| ["host-network", "ports", "author", "ignored"].contains(name))
            .all(|_| {
                !create(
                    &cluster,
                    folder.path(),
                    std::slice::from_ref(&probe),
                    "name",
                )
                .succeeded
            })
            .then_some(())
    });
    std::thread::sleep(Duration::from_secs(3));
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
    for (name, ..) in POLICIES {
        let name = format!("e2e-{name}");
        for kind in [
            "validatingadmissionpolicybinding",
            "validatingadmissionpolicy",
        ] {
            let _ = cluster.kubectl(&["delete", kind, &name]);
        }
    }
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

/// A message without the place in the expression, which we tell of an error and the API server does not.
fn without_place(message: &str) -> String {
    const ERROR: &str = "resulted in error: ";
    let Some((before, error)) = message.split_once(ERROR) else {
        return message.to_owned();
    };
    let text = error.trim_start_matches(|digit: char| digit.is_ascii_digit() || digit == ':');
    format!("{before}{ERROR}{}", text.trim_start())
}

/// Expressions whose value both evaluators must agree on, as text.
const EXPRESSIONS: &[&str] = &[
    "string(1 + 2 * 3 - 7 / 2)",
    "string(-7 / 2) + string(-7 % 3)",
    "string(1.0 / 3.0)",
    "string(1e21)",
    "string(100000.0)",
    "string(double('1.5') + 2.0)",
    "string(int('42')) + string(uint('7'))",
    "string('a' < 'b' && b'a' < b'b')",
    "'héllo'.upperAscii() + string('héllo'.size())",
    "'tacocat'.substring(3) + 'tacocat'.charAt(3)",
    "'a,b,c'.split(',').join('-')",
    "'hello'.replace('l', 'L', 1)",
    "string('hello'.indexOf('l')) + string('hello'.lastIndexOf('l'))",
    "'  x '.trim() + '|'",
    "strings.quote('a\"b')",
    "'%s is %d, %.2f, %x, %b, %e'.format(['a', 1, 1.005, 255, 5, 1234.5])",
    "string('abc123'.find('[0-9]+')) + string('a1b2'.findAll('[0-9]').size())",
    "string([1, 2, 3].sum()) + string([3, 1, 2].max()) + string([3, 1, 2].min())",
    "string([1, 2, 2].isSorted()) + string([1, 2, 3].indexOf(2))",
    "string(sets.contains([1, 2], [2])) + string(sets.intersects([1], [2]))",
    "string(sets.equivalent([1, 1, 2], [2, 1]))",
    "'%.1f|%d|%.0e|%e|%.0f|%f'.format([1234567.5, 1234567, 0.00012, -1e-12, 2.5, -1234.0])",
    "string(quantity('1Gi').asInteger()) + string(quantity('0.5').asApproximateFloat())",
    "string(quantity('1k').add(quantity('24')).compareTo(quantity('1Ki')))",
    "string(isQuantity('1x')) + string(sign(quantity('-5')))",
    "string(ip('10.0.0.1').isLoopback()) + string(ip('::1').family())",
    "string(cidr('10.0.0.0/8').containsIP('10.2.3.4')) + string(cidr('10.1.2.3/8').masked())",
    "string(cidr('10.0.0.0/8').prefixLength()) + string(isIP('1.2.3.256'))",
    "url('https://a.example:8443/x/y?k=v').getHost() + url('https://a.example:8443/x').getPort()",
    "url('https://a.example/x%20y').getEscapedPath() + string(isURL('::'))",
    "string(semver('1.2.3').compareTo(semver('1.10.0'))) + string(isSemver('v1.0'))",
    "string(semver('v1.2', true).minor())",
    "string(timestamp('2027-01-31T10:00:00Z').getDayOfYear()) + string(duration('90m'))",
    "string(timestamp('2027-01-31T10:00:00Z') + duration('24h'))",
    "string(duration('1h30m').getMinutes()) + string(duration('1.5s').getMilliseconds())",
    "string(type(1) == int) + string(type([]) == list)",
    "string([1, 2, 3].map(x, x * x).filter(x, x > 1).exists_one(x, x == 4))",
    "string({'a': 1, 'b': 2}.all(k, k != 'c')) + string('a' in {'a': 1})",
    "string(optional.of(1).hasValue()) + string(optional.none().orValue(5))",
    "string({'a': {'b': 1}}.?a.?b.orValue(0)) + string({'a': 1}[?'x'].orValue(9))",
    "string([3, 1, 2].sort()[0]) + string([1, 2, 2].distinct().size())",
    "string([1, 2, 3, 4].slice(1, 3).size()) + string(lists.range(3).size())",
    "string(['b', 'a'].sortBy(x, x)[0])",
    "string({'a': 1}.transformMap(k, v, v + 1)['a']) + string([5].transformList(i, v, i + v)[0])",
    "string(!format.dns1123Label().validate('Bad_Name').hasValue())",
    "format.named('dns1123Label').value().validate('A').value()[0]",
    "string(object.data['n']) + object.metadata.name",
    "string(has(object.metadata.labels)) + string(oldObject == null)",
    "request.resource.resource + request.operation + request.userInfo.username",
    "string(dyn(1) == dyn('1')) + string(dyn(1) == dyn(1.0))",
    "true ? 'yes' : 'no'",
    "string(false && (1 / 0 == 1)) + string(true || (1 / 0 == 1))",
    "'\\u00e9\\n'.trim() + r'\\d'",
    "string('abc' == \"abc\") + 'a' + 'b'",
    "string(bytes('é').size()) + string(b'\\xc3\\xa9')",
    "string(int(3.9)) + string(int(-3.9)) + string(double(3))",
    "string(int(timestamp('1970-01-01T00:01:00Z')))",
];

#[test]
fn expressions_have_the_same_value_here_and_on_the_api_server() {
    let Some(cluster) = catseye_e2e::cluster("expressions_have_the_same_value") else {
        return;
    };
    let place = "catseye-cel";
    namespace(&cluster, place);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("policy.json");
    let mut compared = 0;
    let mut wrong = Vec::new();
    for (index, expression) in EXPRESSIONS.iter().enumerate() {
        let name = format!("e2e-cel-{index}");
        let policy = json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": name},
            "spec": {
                "matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"],
                    "resources": ["configmaps"], "operations": ["CREATE"]}]},
                "matchConditions": [{"name": "mine", "expression": format!("object.metadata.name == 'n{index}'")}],
                // Not `false`, which would say nothing of a mistake in the message.
                "validations": [{"expression": "false", "messageExpression": format!("'= ' + ({expression})")}],
            },
        });
        let binding = json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": name},
            "spec": {"policyName": name, "validationActions": ["Deny"],
                "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": place}}}},
        });
        let list =
            json!({"apiVersion": "v1", "kind": "List", "items": [policy.clone(), binding.clone()]});
        std::fs::write(&file, list.to_string()).expect("written");
        let said = cluster
            .kubectl_said(&["apply", "-f", file.to_str().expect("UTF-8")])
            .expect("kubectl starts");
        let mut set = PolicySet::default();
        let mut refused = Vec::new();
        for value in [policy, binding] {
            let object = Object::new(value, None).expect("an object");
            if let Err(problems) = set.add(&object) {
                refused = problems;
            }
        }
        if !said.succeeded {
            println!(
                "the API server refuses {expression}: {}",
                said.stderr.trim()
            );
            if refused.is_empty() {
                wrong.push(format!(
                    "{expression}: refused by the API server alone: {}",
                    said.stderr
                ));
            }
            continue;
        }
        if !refused.is_empty() {
            wrong.push(format!("{expression}: refused by us alone: {refused:?}"));
        }
    }
    let config = |index: usize| {
        json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": format!("n{index}"), "namespace": place}, "data": {"n": index.to_string()}})
    };
    // All were stored by now; the newest holds last.
    let last = EXPRESSIONS.len() - 1;
    eventually("the policies hold", || {
        let said = create(&cluster, folder.path(), &[config(last)], "name");
        (!said.succeeded).then_some(())
    });
    std::thread::sleep(Duration::from_secs(3));
    for (index, expression) in EXPRESSIONS.iter().enumerate() {
        let said = create(&cluster, folder.path(), &[config(index)], "name");
        let theirs = said
            .stderr
            .split_once("denied request: ")
            .map(|(_, message)| message.trim_end().to_owned());
        let Some(theirs) = theirs else {
            wrong.push(format!("{expression}: the API server says {said:?}"));
            continue;
        };
        let policy = format!(
            "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {{name: p}}\nspec:\n  matchConstraints:\n    \
            resourceRules: [{{apiGroups: [''], apiVersions: [v1], resources: [configmaps], operations: [CREATE]}}]\n  \
            validations: [{{expression: 'false', messageExpression: {}}}]\n",
            json!(format!("'= ' + ({expression})"))
        );
        let mut set = PolicySet::unbound_deny();
        let added = objects(&policy)
            .iter()
            .try_for_each(|object| set.add(object).map(|_| ()));
        if let Err(problems) = added {
            wrong.push(format!("{expression}: refused by us: {problems:?}"));
            continue;
        }
        let inventory = Inventory::new(Vec::<Object>::new(), Completeness::Cluster);
        let object = Object::new(config(index), None).expect("an object");
        let mut request = Request::create(&object, &inventory);
        let name = cluster
            .kubectl(&[
                "auth",
                "whoami",
                "-o",
                "jsonpath={.status.userInfo.username}",
            ])
            .expect("whoami");
        name.trim().clone_into(&mut request.user.name);
        let verdict = set.judge(&request, &Surroundings::of(&inventory));
        let ours = verdict.denials.first().map(|denial| denial.message.clone());
        compared += 1;
        if ours.as_deref() != Some(theirs.as_str()) {
            wrong.push(format!("{expression}: {theirs:?} there, {ours:?} here"));
        }
    }
    for index in 0..EXPRESSIONS.len() {
        let name = format!("e2e-cel-{index}");
        for kind in [
            "validatingadmissionpolicybinding",
            "validatingadmissionpolicy",
        ] {
            let _ = cluster.kubectl(&["delete", kind, &name, "--wait=false"]);
        }
    }
    let _ = cluster.kubectl(&["delete", "namespace", place, "--wait=false"]);
    println!("{compared} expressions compared");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_api_server_takes_what_is_generated() {
    let Some(cluster) = catseye_e2e::cluster("the_api_server_takes_what_is_generated") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let learn = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: 'nginx:1', securityContext: {capabilities: {add: [NET_BIND_SERVICE]}}}]}
";
    std::fs::write(folder.path().join("web.yaml"), learn).expect("written");
    let made = Command::new(env!("CARGO_BIN_EXE_catseye"))
        .args(["policy", "generate", "--all", "--learn", "web.yaml"])
        .current_dir(folder.path())
        .output()
        .expect("the program starts");
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let file = folder.path().join("made.json");
    std::fs::write(&file, &made.stdout).expect("written");
    let said = cluster
        .kubectl(&[
            "apply",
            "--dry-run=server",
            "-f",
            file.to_str().expect("UTF-8"),
        ])
        .expect("accepted");
    let list: serde_json::Value = serde_json::from_slice(&made.stdout).expect("JSON");
    let items = list["items"].as_array().map_or(0, Vec::len);
    assert!(items > 40, "{items}");
    assert_eq!(
        said.lines().filter(|line| line.contains("dry run")).count(),
        items,
        "{said}"
    );
}

/// A hub with a gate, ended with the test.
struct Hub {
    child: Child,
    url: String,
}

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Hub {
    fn start(cluster: &Cluster, folder: &Path, listen: &str) -> Self {
        let config = folder.join("catseye.toml");
        let text = "[serve]\ntls = \"own\"\n[gate]\nmode = \"off\"\nrecheck-minutes = 0\n\
            [gate.namespaces]\ngate-enforce = \"enforce\"\ngate-warn = \"warn\"\ngate-audit = \"audit\"\n\
            [gate.break-glass]\nusers = [\"*\"]\n";
        std::fs::write(&config, text).expect("written");
        let mut child = Command::new(env!("CARGO_BIN_EXE_catseye"))
            .args([
                "serve", "--listen", listen, "--state", "state", "--store", "state",
            ])
            .arg("--config")
            .arg(&config)
            .current_dir(folder)
            .env("KUBECONFIG", cluster.kubeconfig())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let mut told = String::new();
        let url = loop {
            let line = lines
                .next()
                .unwrap_or_else(|| panic!("it tells its address before it ends: {told}"))
                .expect("UTF-8");
            if let Some((_, url)) = line.split_once("the dashboard: ") {
                break url.split("/#").next().unwrap_or_default().to_owned();
            }
            told.push_str(&line);
            told.push('\n');
        };
        // Nobody may fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Hub { child, url }
    }
}

fn webhook(url: &str, failure: &str) -> String {
    format!(
        "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {{name: catseye-e2e}}
webhooks:
- name: admit.catseye.dev
  admissionReviewVersions: [v1]
  sideEffects: NoneOnDryRun
  failurePolicy: {failure}
  timeoutSeconds: 5
  clientConfig: {{url: '{url}'}}
  namespaceSelector: {{matchExpressions: [{{key: kubernetes.io/metadata.name, operator: In, values: [gate-enforce, gate-warn, gate-audit]}}]}}
  rules: [{{apiGroups: [''], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [pods]}}]
"
    )
}

fn privileged(namespace: &str, note: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: bad, namespace: {namespace}, annotations: {{{note}}}}}\n\
        spec: {{containers: [{{name: c, image: 'nginx:1', securityContext: {{privileged: true}}}}]}}\n"
    )
}

fn try_create(cluster: &Cluster, folder: &Path, manifest: &str) -> Said {
    let file = folder.join("try.yaml");
    std::fs::write(&file, manifest).expect("written");
    let arguments = [
        "create",
        "--dry-run=server",
        "-f",
        file.to_str().expect("UTF-8"),
    ];
    cluster.kubectl_said(&arguments).expect("kubectl starts")
}

#[test]
fn the_webhook_refuses_warns_and_lets_pass_as_configured_and_a_killed_hub_blocks_nothing_more() {
    let Some(cluster) = catseye_e2e::cluster("the_webhook") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["gate-enforce", "gate-warn", "gate-audit"] {
        namespace(&cluster, name);
    }
    let mut hub = Hub::start(&cluster, folder.path(), "127.0.0.1:0");
    let listen = hub.url.trim_start_matches("https://").to_owned();
    let token = folder.path().join("state/admission.token");
    let token = std::fs::read_to_string(token).expect("the token of reviews");
    let url = format!("{}/admit/{}", hub.url, token.trim());
    cluster.apply(&webhook(&url, "Ignore")).expect("registered");
    // The hub writes its authority by the same call when it runs in a cluster.
    let authority = std::fs::read(folder.path().join("state/tls/ca.crt")).expect("its authority");
    let bundle = base64(&authority);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let changed = runtime.block_on(async {
        let target = catseye_cluster::Target {
            kubeconfig: Some(cluster.kubeconfig().to_owned()),
            ..catseye_cluster::Target::default()
        };
        let client = catseye_cluster::connect(&target).await.expect("connected");
        let first = catseye_cluster::webhook::set_bundle(&client, "catseye-e2e", &bundle).await;
        let again = catseye_cluster::webhook::set_bundle(&client, "catseye-e2e", &bundle).await;
        (first.expect("patched"), again.expect("looked at"))
    });
    assert_eq!(changed, (true, false));

    let bad = privileged("gate-enforce", "");
    let refused = eventually("the webhook holds", || {
        let said = try_create(&cluster, folder.path(), &bad);
        (!said.succeeded).then_some(said)
    });
    assert!(
        refused.stderr.contains("admit.catseye.dev"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("privileged") && refused.stderr.contains("Fix: "),
        "{}",
        refused.stderr
    );
    let warned = try_create(&cluster, folder.path(), &privileged("gate-warn", ""));
    assert!(
        warned.succeeded && warned.stderr.contains("Warning: catseye: "),
        "{warned:?}"
    );
    let audited = try_create(&cluster, folder.path(), &privileged("gate-audit", ""));
    assert!(
        audited.succeeded && audited.stderr.is_empty(),
        "{audited:?}"
    );
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(30);
    let note = format!("catseye.dev/break-glass: 'until={until}: INC-4711'");
    let broken = try_create(&cluster, folder.path(), &privileged("gate-enforce", &note));
    assert!(
        broken.succeeded && broken.stderr.contains("the glass is broken"),
        "{broken:?}"
    );
    let log = eventually("the log is written", || {
        let text = std::fs::read_to_string(folder.path().join("state/admission.jsonl")).ok()?;
        text.contains("glass-broken").then_some(text)
    });
    assert!(
        log.contains("INC-4711") && log.contains("\"denied\""),
        "{log}"
    );

    // Killed, the API server does what the webhook says, and the restarted hub answers again.
    hub.child.kill().expect("killed");
    hub.child.wait().expect("ended");
    let open = try_create(&cluster, folder.path(), &bad);
    assert!(open.succeeded, "failing open lets it pass: {open:?}");
    cluster
        .kubectl(&[
            "patch",
            "validatingwebhookconfiguration",
            "catseye-e2e",
            "--type=json",
            "-p",
            "[{\"op\":\"replace\",\"path\":\"/webhooks/0/failurePolicy\",\"value\":\"Fail\"}]",
        ])
        .expect("patched");
    eventually("failing closed refuses", || {
        let said = try_create(&cluster, folder.path(), &bad);
        (!said.succeeded && said.stderr.contains("failed calling webhook")).then_some(())
    });
    // What is not in the webhook's namespaces is not touched by its failure.
    let elsewhere = try_create(&cluster, folder.path(), &privileged("default", ""));
    assert!(elsewhere.succeeded, "{elsewhere:?}");
    let _again = Hub::start(&cluster, folder.path(), &listen);
    eventually("it refuses for a reason again", || {
        let said = try_create(&cluster, folder.path(), &bad);
        (!said.succeeded && said.stderr.contains("Fix: ")).then_some(())
    });
    cluster
        .kubectl(&["delete", "validatingwebhookconfiguration", "catseye-e2e"])
        .expect("removed");
    for name in ["gate-enforce", "gate-warn", "gate-audit"] {
        let _ = cluster.kubectl(&["delete", "namespace", name, "--wait=false"]);
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}
