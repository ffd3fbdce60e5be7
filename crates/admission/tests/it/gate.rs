//! What the gate says of requests, one rule a test.

use std::sync::Arc;

use catseye_admission::gate::{Config, Effect, Gate, Loaded, Neighbourhood, Ruling};
use catseye_admission::{Operation, PolicySet, Request, RoleAuthorizer, review};
use catseye_model::{Completeness, Inventory, Object, RedactionKey, Value, json, yaml};
use catseye_policy::Exceptions;
use catseye_rbac::Rbac;
use jiff::Timestamp;

const NOW: &str = "2027-01-10T12:00:00Z";

const PRIVILEGED: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: 'nginx:1', securityContext: {privileged: true}}]}
";

const GOOD: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  automountServiceAccountToken: false
  securityContext: {runAsNonRoot: true, runAsUser: 10001, seccompProfile: {type: RuntimeDefault}}
  containers:
  - name: c
    image: registry.example.com/web@sha256:1111111111111111111111111111111111111111111111111111111111111111
    securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
";

fn objects(text: &str) -> Vec<Object> {
    yaml::documents(text)
        .into_iter()
        .flat_map(|document| Object::read(document.content.expect("YAML"), None).0)
        .collect()
}

fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

fn key() -> RedactionKey {
    RedactionKey::new([3; 32])
}

struct Setup {
    config: String,
    loaded: Loaded,
    around: String,
}

fn setup(config: &str) -> Setup {
    Setup {
        config: config.to_owned(),
        loaded: Loaded::default(),
        around: String::new(),
    }
}

const ENFORCE: &str = "[gate]\nmode = 'enforce'\n";

impl Setup {
    fn around(mut self, text: &str) -> Self {
        text.clone_into(&mut self.around);
        self
    }

    fn gate(self) -> (Gate, Inventory) {
        let config = Config::read(&self.config)
            .expect("valid")
            .expect("a section");
        let inventory = Inventory::new(objects(&self.around), Completeness::Cluster);
        (Gate::new(config, self.loaded, "catseye", key()), inventory)
    }

    fn judge(self, request: &Request) -> Ruling {
        let (gate, inventory) = self.gate();
        judged(&gate, &inventory, request)
    }
}

fn judged(gate: &Gate, inventory: &Inventory, request: &Request) -> Ruling {
    let around = Neighbourhood::of(inventory, &request.namespace, gate);
    let rbac = Arc::new(Rbac::of(inventory));
    let authorizer = RoleAuthorizer::new(rbac, &request.user.name, &request.user.groups);
    gate.judge(request, &around, Arc::new(authorizer), now())
}

fn create(text: &str) -> Request {
    let object = objects(text).remove(0);
    let inventory = Inventory::new(Vec::new(), Completeness::Fragment);
    let mut request = Request::create(&object, &inventory);
    "r-1".clone_into(&mut request.uid);
    "ann".clone_into(&mut request.user.name);
    request.user.groups = vec!["dev".to_owned()];
    request
}

fn update(old: &str, new: &str) -> Request {
    let mut request = create(new).with_operation(Operation::Update);
    request.old_object = objects(old).remove(0).value().clone();
    request
}

fn ids(ruling: &Ruling) -> Vec<&str> {
    ruling
        .objections
        .iter()
        .map(|objection| objection.id.as_str())
        .collect()
}

#[test]
fn a_privileged_container_is_refused_with_the_fix_and_the_request() {
    let ruling = setup(ENFORCE).judge(&create(PRIVILEGED));
    assert!(!ruling.allowed());
    let message = ruling.message("r-1");
    assert!(message.contains("privileged"), "{message}");
    assert!(message.contains("Fix: "), "{message}");
    assert!(message.ends_with("[request r-1]"), "{message}");
    assert!(setup(ENFORCE).judge(&create(GOOD)).allowed());
}

#[test]
fn the_mode_of_the_namespace_decides_what_follows() {
    for (mode, effect) in [
        ("enforce", Effect::Deny),
        ("warn", Effect::Warn),
        ("audit", Effect::Audit),
    ] {
        let config = format!("[gate]\nmode = 'off'\n[gate.namespaces]\n'sho*' = '{mode}'\n");
        let ruling = setup(&config).judge(&create(PRIVILEGED));
        assert!(
            ruling.objections.iter().all(|it| it.effect == effect),
            "{mode}: {ruling:?}"
        );
        assert_eq!(ruling.allowed(), mode != "enforce");
    }
    let ruling = setup("[gate]\nmode = 'off'\n").judge(&create(PRIVILEGED));
    assert!(ruling.exempt.is_some());
}

#[test]
fn what_was_wrong_before_is_not_held_against_an_update() {
    let scaled = PRIVILEGED.replace("app: web", "app: web, tier: front");
    assert!(setup(ENFORCE).judge(&update(PRIVILEGED, &scaled)).allowed());
    let worse = PRIVILEGED.replace("spec: {", "spec: {hostNetwork: true, ");
    let ruling = setup(ENFORCE).judge(&update(PRIVILEGED, &worse));
    assert!(!ruling.allowed());
    assert!(
        ruling
            .objections
            .iter()
            .all(|it| !it.message.contains("privileged")),
        "{ruling:?}"
    );
}

#[test]
fn a_pod_that_says_it_has_an_owner_is_judged_all_the_same() {
    let deployment = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, uid: d1}
spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: 'nginx:1'}]}}}
";
    let forged = PRIVILEGED.replace(
        "labels: {app: web}",
        "labels: {app: web}, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: d1, controller: true}]",
    );
    let ruling = setup(ENFORCE).around(deployment).judge(&create(&forged));
    assert!(!ruling.allowed());
}

#[test]
fn an_ingress_that_exposes_an_administration_interface_is_refused_for_the_workload_behind_it() {
    let around = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: build, namespace: shop}
spec:
  template:
    metadata: {labels: {app: build}}
    spec: {containers: [{name: a, image: 'docker.io/jenkins/jenkins:lts'}]}
---
apiVersion: v1
kind: Service
metadata: {name: build, namespace: shop}
spec: {selector: {app: build}, ports: [{port: 8080}]}
";
    let ingress = "
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: build, namespace: shop}
spec: {rules: [{host: build.example.com, http: {paths: [{path: /, backend: {service: {name: build, port: {number: 8080}}}}]}}]}
";
    // Behind an Ingress there may be a login, so the check says medium by itself: the team counts it.
    let config = "[gate]\nmode = 'enforce'\nchecks = ['NET-010']\n";
    let ruling = setup(config).around(around).judge(&create(ingress));
    let found = ruling.objections.iter().find(|it| it.id == "NET-010");
    let found = found.unwrap_or_else(|| panic!("{ruling:?}"));
    assert_eq!(found.effect, Effect::Deny);
    assert!(
        found
            .elsewhere
            .as_deref()
            .is_some_and(|it| it.contains("build"))
    );
    // The same Ingress to what is no such interface passes.
    let harmless = around.replace("jenkins/jenkins:lts", "library/nginx:1.27");
    let ruling = setup(config).around(&harmless).judge(&create(ingress));
    assert!(!ids(&ruling).contains(&"NET-010"), "{ruling:?}");
}

#[test]
fn a_database_that_becomes_reachable_is_refused_whichever_comes_last() {
    let database = "
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: a, image: 'elasticsearch:8.1.0'}]}
";
    let service = "
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, ports: [{port: 80, targetPort: 9200}]}
";
    let ingress = "
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: db, namespace: shop}
spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: db, port: {number: 80}}}}]}}]}
";
    let only = "[gate]\nmode = 'enforce'\nseverity = 'critical'\nchecks = ['NET-123']\n";
    for (around, last, elsewhere) in [
        ([database, service], ingress, true),
        ([service, ingress], database, false),
        ([database, ingress], service, true),
    ] {
        let ruling = setup(only).around(&around.join("---")).judge(&create(last));
        let found = ruling.objections.iter().find(|it| it.id == "NET-123");
        let found = found.unwrap_or_else(|| panic!("{last}: {ruling:?}"));
        assert_eq!(found.effect, Effect::Deny);
        assert_eq!(found.elsewhere.is_some(), elsewhere, "{found:?}");
    }
    assert!(
        setup(only)
            .around(database)
            .judge(&create(service))
            .allowed()
    );
}

#[test]
fn a_pod_whose_service_account_takes_over_the_cluster_is_refused() {
    let around = "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
";
    let pod = GOOD.replace(
        "automountServiceAccountToken: false",
        "serviceAccountName: web",
    );
    let ruling = setup(ENFORCE).around(around).judge(&create(&pod));
    assert!(ids(&ruling).contains(&"RBA-026"), "{ruling:?}");
    assert!(setup(ENFORCE).judge(&create(&pod)).allowed());
}

#[test]
fn a_binding_that_gives_a_running_workload_too_much_is_refused_at_the_workload() {
    let around = GOOD.replace(
        "automountServiceAccountToken: false",
        "serviceAccountName: web",
    ) + "
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules: [{apiGroups: [''], resources: [configmaps], verbs: [get]}]
";
    let binding = "
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
";
    let config = "[gate]\nmode = 'enforce'\nchecks = ['SEC-108']\n";
    let ruling = setup(config).around(&around).judge(&create(binding));
    let found = ruling.objections.iter().find(|it| it.id == "SEC-108");
    assert!(found.is_some_and(|it| it.elsewhere.is_some()), "{ruling:?}");
}

#[test]
fn the_cluster_and_its_keeper_are_never_locked_out() {
    let (gate, inventory) = setup(
        "[gate]\nmode = 'enforce'\n[[gate.deny]]\nname = 'all'\nverbs = ['create', 'update', 'delete', 'connect']\n",
    )
    .gate();
    let mut exempt = Vec::new();
    for (group, resource, namespace) in [
        ("", "pods", "kube-system"),
        ("", "pods", "catseye"),
        ("", "pods", "catseye-sensor"),
        ("", "nodes", ""),
        ("coordination.k8s.io", "leases", "shop"),
        (
            "admissionregistration.k8s.io",
            "validatingwebhookconfigurations",
            "",
        ),
        ("authentication.k8s.io", "tokenreviews", ""),
        ("apiregistration.k8s.io", "apiservices", ""),
    ] {
        let mut request = create(PRIVILEGED);
        request.group = group.to_owned();
        request.resource = resource.to_owned();
        request.namespace = namespace.to_owned();
        exempt.push(request);
    }
    let mut garbage = create(PRIVILEGED).with_operation(Operation::Delete);
    garbage.user.name = "system:serviceaccount:kube-system:generic-garbage-collector".to_owned();
    exempt.push(garbage);
    let mut status = create(PRIVILEGED).with_operation(Operation::Update);
    status.subresource = "status".to_owned();
    exempt.push(status);
    for request in exempt {
        let ruling = judged(&gate, &inventory, &request);
        assert!(ruling.exempt.is_some() && ruling.allowed(), "{request:?}");
    }
    assert!(!judged(&gate, &inventory, &create(GOOD)).allowed());
}

#[test]
fn a_rule_denies_for_a_while_and_lets_others_pass() {
    let config = "[gate]\nmode = 'enforce'\n[[gate.deny]]\nname = 'freeze'\nmessage = 'the sale is on'\n\
        verbs = ['update', 'delete']\nresources = ['deployments.apps']\nexcept-users = ['system:*']\n\
        until = '2027-01-10T13:00:00Z'\n";
    let deployment = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: 'nginx:1'}]}}}
";
    let request = update(deployment, deployment);
    let ruling = setup(config).judge(&request);
    assert!(!ruling.allowed());
    assert!(ruling.message("r").contains("the sale is on"));
    let mut controller = request.clone();
    controller.user.name = "system:serviceaccount:shop:hpa".to_owned();
    assert!(setup(config).judge(&controller).allowed());
    let over = config.replace("13:00", "11:00");
    assert!(setup(&over).judge(&request).allowed());
    assert!(setup(config).judge(&create(deployment)).allowed());
}

#[test]
fn a_rule_counts_each_actor_by_itself_and_is_spent_when_it_says_so() {
    let config = "[gate]\nmode = 'enforce'\n[[gate.deny]]\nname = 'few'\nverbs = ['connect']\n\
        resources = ['pods/exec']\nallow = 2\nwithin-minutes = 10\nat-most = 1\n";
    let (gate, inventory) = setup(config).gate();
    let mut exec = create(GOOD);
    exec.operation = Operation::Connect;
    exec.subresource = "exec".to_owned();
    let allowed: Vec<bool> = (0..4)
        .map(|_| judged(&gate, &inventory, &exec).allowed())
        .collect();
    assert_eq!(allowed, [true, true, false, true]);
    exec.user.name = "bob".to_owned();
    assert!(judged(&gate, &inventory, &exec).allowed());
}

#[test]
fn the_glass_is_broken_by_those_who_may_with_a_reason_and_an_end() {
    let config =
        "[gate]\nmode = 'enforce'\n[gate.break-glass]\ngroups = ['oncall']\nlongest-minutes = 60\n";
    let broken = |text: &str, group: &str| {
        let note = format!("annotations: {{catseye.dev/break-glass: '{text}'}}, labels");
        let mut request = create(&PRIVILEGED.replacen("labels", &note, 1));
        request.user.groups = vec![group.to_owned()];
        setup(config).judge(&request)
    };
    let ruling = broken("until=2027-01-10T12:30:00Z: INC-4711", "oncall");
    assert!(ruling.allowed());
    assert_eq!(
        ruling.glass.as_ref().map(|it| it.reason.as_str()),
        Some("INC-4711")
    );
    assert!(
        !ruling.objections.is_empty(),
        "what it let pass is still told"
    );
    for (text, group, says) in [
        ("until=2027-01-10T12:30:00Z: INC-4711", "dev", "may not"),
        ("until=2027-01-10T11:30:00Z: INC-4711", "oncall", "ended"),
        (
            "until=2027-01-10T14:30:00Z: INC-4711",
            "oncall",
            "at most 60",
        ),
        ("INC-4711", "oncall", "write until="),
        ("until=2027-01-10T12:30:00Z: ", "oncall", "write until="),
    ] {
        let ruling = broken(text, group);
        assert!(!ruling.allowed(), "{text}");
        let why = ruling.glass_refused.clone().unwrap_or_default();
        assert!(why.contains(says), "{text}: {why}");
        assert!(ruling.message("r").contains(&why));
    }
}

#[test]
fn an_exception_accepts_until_its_day() {
    let exceptions = |day: &str| {
        let file = serde_json::json!({"version": 1, "exceptions": [
            {"checks": ["*"], "namespace": "shop", "name": "web", "reason": "reads the node", "author": "ann", "expires": day},
        ]});
        Exceptions::from_value(file).expect("valid")
    };
    for (day, allowed) in [("2027-01-31", true), ("2027-01-09", false)] {
        let mut setup = setup(ENFORCE);
        setup.loaded.exceptions = exceptions(day);
        let ruling = setup.judge(&create(PRIVILEGED));
        assert_eq!(ruling.allowed(), allowed, "{day}");
        assert!(!ruling.objections.is_empty());
    }
}

#[test]
fn images_come_from_where_they_may_and_by_digest() {
    let config = "[gate]\nmode = 'enforce'\nseverity = 'critical'\n[gate.images]\n\
        allowed = ['registry.example.com']\ndigests = true\n";
    assert!(setup(config).judge(&create(GOOD)).allowed());
    let ruling = setup(config).judge(&create(&PRIVILEGED.replace("privileged: true", "")));
    assert_eq!(ids(&ruling), ["image-digest", "image-registry"]);
    assert!(
        ruling
            .message("r")
            .contains("take the image from registry.example.com")
    );
    let mounted = GOOD.replace(
        "  containers:",
        "  volumes: [{name: v, image: {reference: 'evil.example.net/tools:1'}}]\n  containers:",
    );
    let ruling = setup(config).judge(&create(&mounted));
    assert_eq!(ids(&ruling), ["image-digest", "image-registry"]);
    assert_eq!(
        ruling.objections[0].field,
        "spec.volumes[0].image.reference"
    );
    let config = "[gate]\nmode = 'enforce'\nseverity = 'critical'\n[gate.images]\n\
        signed = ['registry.example.com']\nkeys = ['cosign.pub']\n";
    let ruling = setup(config).judge(&create(GOOD));
    assert_eq!(ids(&ruling), ["image-signature"]);
}

#[test]
fn policies_are_judged_with_their_own_actions_within_the_mode() {
    let policies = "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-host-network}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], resources: [pods], operations: [CREATE]}]
  validations:
  - {expression: '!object.spec.?hostNetwork.orValue(false)', message: no host network}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: b}
spec: {policyName: no-host-network, validationActions: [ACTION]}
";
    for (mode, action, effect) in [
        ("enforce", "Deny", Effect::Deny),
        ("enforce", "Warn", Effect::Warn),
        ("enforce", "Audit", Effect::Audit),
        ("warn", "Deny", Effect::Warn),
        ("audit", "Deny", Effect::Audit),
    ] {
        let mut set = PolicySet::default();
        for object in objects(&policies.replace("ACTION", action)) {
            assert!(set.add(&object).expect("usable"));
        }
        let mut setup = setup(&format!("[gate]\nmode = '{mode}'\nseverity = 'critical'\n"));
        setup.loaded.policies = set;
        let pod = GOOD.replace("spec:\n  auto", "spec:\n  hostNetwork: true\n  auto");
        let ruling = setup.judge(&create(&pod));
        let found = ruling
            .objections
            .iter()
            .find(|it| it.id == "no-host-network");
        assert_eq!(
            found.map(|it| it.effect),
            Some(effect),
            "{mode} {action}: {ruling:?}"
        );
    }
}

#[test]
fn a_neighbourhood_is_kept_while_nothing_in_it_changes() {
    let (gate, inventory) = setup(ENFORCE).around(GOOD).gate();
    let held = Arc::new(Neighbourhood::of(&inventory, "shop", &gate));
    let same = Neighbourhood::current(Some(held.clone()), &inventory, "shop", &gate);
    assert!(Arc::ptr_eq(&held, &same));
    let other = PRIVILEGED.replace("name: web", "name: other");
    let elsewhere = other.replace("namespace: shop", "namespace: pay");
    let next = inventory.patched(objects(&elsewhere), &[]).inventory;
    let same = Neighbourhood::current(Some(held.clone()), &next, "shop", &gate);
    assert!(
        Arc::ptr_eq(&held, &same),
        "another namespace's change is none of its own"
    );
    let next = inventory.patched(objects(&other), &[]).inventory;
    let new = Neighbourhood::current(Some(held.clone()), &next, "shop", &gate);
    assert_eq!(new.len(), held.len() + 1);
}

const PARAMS: &str = "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: ports}
spec:
  paramKind: {apiVersion: rules.example.com/v1, kind: PortRule}
  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], resources: [pods], operations: [CREATE]}]
  validations: [{expression: 'object.spec.containers.size() <= params.spec.most', message: too many containers}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: ports}
spec: {policyName: ports, validationActions: [Deny], paramRef: {name: all, parameterNotFoundAction: ACTION}}
";

fn with_params(action: &str, around: &str) -> Vec<String> {
    let mut set = PolicySet::default();
    for object in objects(&PARAMS.replace("ACTION", action)) {
        assert!(set.add(&object).expect("usable"));
    }
    let mut setup = setup("[gate]\nmode = 'enforce'\nseverity = 'critical'\n").around(around);
    setup.loaded.policies = set;
    let ruling = setup.judge(&create(GOOD));
    let objections = ruling.objections.iter().filter(|it| it.id == "ports");
    objections.map(|it| it.message.clone()).collect()
}

#[test]
fn a_parameter_that_belongs_to_the_cluster_is_seen_in_every_namespace() {
    let none = "apiVersion: rules.example.com/v1\nkind: PortRule\nmetadata: {name: all}\nspec: {most: 0}\n";
    let one = none.replace("most: 0", "most: 1");
    for action in ["Allow", "Deny"] {
        assert_eq!(
            with_params(action, none),
            ["too many containers"],
            "{action}"
        );
        assert!(with_params(action, &one).is_empty(), "{action}");
    }
    assert!(with_params("Allow", "").is_empty());
    let missing = with_params("Deny", "");
    assert!(missing[0].contains("no params found"), "{missing:?}");
    // One of the same name in a namespace is none of the cluster's.
    let elsewhere = none.replace("name: all", "name: all, namespace: other");
    assert!(with_params("Allow", &elsewhere).is_empty());
}

#[test]
fn a_neighbourhood_that_is_changed_in_part_says_what_a_new_one_says() {
    let (gate, _) = setup(ENFORCE).gate();
    let pod = |n: usize, labels: &str| {
        format!(
            "---\n{}",
            GOOD.replace("name: web", &format!("name: web-{n}"))
                .replace("app: web", labels)
        )
    };
    let base: String = (0..12).map(|n| pod(n, &format!("app: a{n}"))).collect();
    let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: shop}\nspec: {type: LoadBalancer, \
        selector: {app: a3}, ports: [{port: 80}]}\n";
    let states = [
        base.clone(),
        format!("{base}{service}"),
        format!("{base}{}", service.replace("a3", "a4")),
        format!("{}{}", base.replace("web-7", "web-77"), service),
        base.clone(),
    ];
    let mut inventory = Inventory::new(objects(&states[0]), Completeness::Cluster);
    let mut held = None;
    for state in &states {
        // As the hub does it: what is the same stays the same object.
        let wanted = objects(state);
        let is_same =
            |a: &Object, b: &Object| a.to_string() == b.to_string() && a.value() == b.value();
        let removals: Vec<_> = inventory
            .objects()
            .filter(|(_, old)| !wanted.iter().any(|new| new.to_string() == old.to_string()))
            .map(|(id, _)| id)
            .collect();
        let new = wanted.into_iter();
        let upserts: Vec<Object> = new
            .filter(|new| !inventory.objects().any(|(_, old)| is_same(old, new)))
            .collect();
        inventory = inventory.patched(upserts, &removals).inventory;
        let current = Neighbourhood::current(held, &inventory, "shop", &gate);
        let anew = Neighbourhood::of(&inventory, "shop", &gate);
        assert_eq!(current.len(), anew.len());
        let request = create(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i, namespace: shop}\nspec: {defaultBackend: \
            {service: {name: s, port: {number: 80}}}}\n",
        );
        let says = |around: &Neighbourhood| {
            let rbac = Arc::new(Rbac::of(&inventory));
            let authorizer = RoleAuthorizer::new(rbac, "ann", &[]);
            let ruling = gate.judge(&request, around, Arc::new(authorizer), now());
            let words = ruling
                .objections
                .iter()
                .map(|it| format!("{} {:?}", it.words(), it.effect));
            words.collect::<Vec<_>>()
        };
        assert_eq!(says(&current), says(&anew));
        held = Some(current);
    }
}

#[test]
fn values_of_secrets_are_in_no_objection_and_in_nothing_that_is_kept() {
    let secret = "
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
stringData: {password: hunter2hunter2}
";
    let request = create(secret);
    let ruling = setup("[gate]\nmode = 'enforce'\nseverity = 'info'\n").judge(&request);
    assert!(!format!("{ruling:?}").contains("hunter2"));
    let kept = request.redacted(&key());
    assert!(!kept.object.to_string().contains("hunter2"));
}

fn asked(request: &Value) -> Vec<u8> {
    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request.clone()})
        .to_string()
        .into_bytes()
}

#[test]
fn a_review_is_read_and_answered_in_its_own_words() {
    let object = objects(PRIVILEGED).remove(0).value().clone();
    let body = asked(&json!({
        "uid": "u-1", "operation": "CREATE", "namespace": "shop", "name": "web",
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "userInfo": {"username": "ann", "groups": ["dev"]},
        "object": object, "oldObject": null, "dryRun": false,
    }));
    let request = review::read(&body).expect("a review");
    assert_eq!(request.user.groups, ["dev"]);
    let answer = review::answer(&request.uid, &setup(ENFORCE).judge(&request));
    let answer = serde_json::Value::from(answer);
    assert_eq!(answer["kind"], "AdmissionReview");
    assert_eq!(answer["response"]["uid"], "u-1");
    assert_eq!(answer["response"]["allowed"], false);
    assert_eq!(answer["response"]["status"]["code"], 403);
    for (body, says) in [
        (b"nonsense".to_vec(), "no JSON"),
        (b"{}".to_vec(), "kind: expected AdmissionReview"),
        (asked(&json!({})), "request.uid"),
        (
            asked(&json!({"uid": "u", "operation": "LOOK"})),
            "request.operation",
        ),
    ] {
        let err = review::read(&body).expect_err(says).to_string();
        assert!(err.contains(says), "{err}");
    }
}

#[test]
fn what_gives_power_is_judged_unless_the_control_plane_asks() {
    let config = "[gate]\nmode = 'enforce'\n[[gate.deny]]\nname = 'power'\nresources = ['serviceaccounts/token', \
        'nodes/proxy', 'certificatesigningrequests.certificates.k8s.io/approval']\n";
    let (gate, inventory) = setup(config).gate();
    let mut asked = create(GOOD);
    for (operation, group, resource, subresource) in [
        (Operation::Create, "", "serviceaccounts", "token"),
        (Operation::Connect, "", "nodes", "proxy"),
        (
            Operation::Update,
            "certificates.k8s.io",
            "certificatesigningrequests",
            "approval",
        ),
    ] {
        asked.operation = operation;
        asked.group = group.to_owned();
        asked.resource = resource.to_owned();
        asked.subresource = subresource.to_owned();
        let ruling = judged(&gate, &inventory, &asked);
        assert_eq!(ids(&ruling), ["power"], "{resource}/{subresource}");
    }
    asked.operation = Operation::Create;
    asked.group = String::new();
    asked.resource = "serviceaccounts".to_owned();
    asked.subresource = "token".to_owned();
    asked.user.name = "system:node:worker".to_owned();
    asked.user.groups = vec!["system:nodes".to_owned()];
    assert!(judged(&gate, &inventory, &asked).exempt.is_some());
}

#[test]
fn a_rule_over_names_looks_at_the_object_where_the_request_names_none() {
    let config = "[gate]\nmode = 'enforce'\n[[gate.deny]]\nname = 'keep'\nverbs = ['create', 'delete']\n\
        resources = ['pods']\nnames = ['we*']\n";
    let mut collection = create(GOOD).with_operation(Operation::Delete);
    collection.name = String::new();
    collection.old_object = objects(GOOD).remove(0).value().clone();
    collection.object = Value::Null;
    assert!(!setup(config).judge(&collection).allowed());
    let mut generated = create(GOOD);
    generated.name = String::new();
    assert!(!setup(config).judge(&generated).allowed());
    let mut other = create(&GOOD.replace("name: web", "name: cart"));
    other.name = String::new();
    assert!(setup(config).judge(&other).allowed());
}

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, uid: u-1}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: 'nginx:1', securityContext: {privileged: true}}]}
";

/// What a controller of the cluster makes of a template.
fn made(text: &str, controller: &str, kind: &str, owner: &str, uid: &str) -> Request {
    let mut request = create(text);
    request.user.name = format!("system:serviceaccount:kube-system:{controller}");
    request.object.update("metadata", |metadata| {
        metadata.set("uid", Value::from(uid));
        metadata.set(
            "ownerReferences",
            json!([{"apiVersion": "apps/v1", "kind": kind, "name": "web", "uid": owner, "controller": true}]),
        );
    });
    request
}

#[test]
fn what_a_controller_makes_of_a_template_that_was_judged_starts() {
    let set = WEB.replace("kind: Deployment", "kind: ReplicaSet");
    let by = |controller: &str, owner: &str| {
        let request = made(&set, controller, "Deployment", owner, "u-2");
        setup(ENFORCE).around(WEB).judge(&request)
    };
    let ruling = by("deployment-controller", "u-1");
    assert!(ruling.allowed() && !ruling.objections.is_empty());
    assert!(
        ruling
            .objections
            .iter()
            .all(|it| it.effect == Effect::Audit)
    );
    assert!(!by("deployment-controller", "another").allowed());
    assert!(!by("helm-controller", "u-1").allowed());
    let mut forged = made(&set, "deployment-controller", "Deployment", "u-1", "u-2");
    forged.user.name = "ann".to_owned();
    assert!(!setup(ENFORCE).around(WEB).judge(&forged).allowed());
}

#[test]
fn a_rule_or_a_policy_over_pods_holds_for_those_that_controllers_make() {
    let config = "[gate]\nmode = 'enforce'\n[[gate.deny]]\nname = 'freeze'\nverbs = ['create']\nresources = ['pods']\n";
    let daemons = WEB.replace("kind: Deployment", "kind: DaemonSet");
    let pod = made(
        PRIVILEGED,
        "daemon-set-controller",
        "DaemonSet",
        "u-1",
        "u-2",
    );
    let ruling = setup(config).around(&daemons).judge(&pod);
    assert!(!ruling.allowed());
    let denied: Vec<_> = ruling.with_effect(Effect::Deny).collect();
    assert_eq!(denied.len(), 1, "{ruling:?}");
    assert_eq!(denied[0].id, "freeze");
}

#[test]
fn a_broken_glass_holds_for_what_controllers_make_of_the_workload() {
    let config = "[gate]\nmode = 'enforce'\n[gate.break-glass]\ngroups = ['oncall']\n\
        [[gate.deny]]\nname = 'freeze'\nverbs = ['create']\nresources = ['*']\n";
    let (gate, inventory) = setup(config).gate();
    let broken = WEB.replace(
        "uid: u-1",
        "uid: u-1, annotations: {catseye.dev/break-glass: 'until=2027-01-10T12:30:00Z: INC-1'}",
    );
    let set = WEB.replace("kind: Deployment", "kind: ReplicaSet");
    let set = made(&set, "deployment-controller", "Deployment", "u-1", "u-2");
    let pod = made(
        PRIVILEGED,
        "replicaset-controller",
        "ReplicaSet",
        "u-2",
        "u-3",
    );
    assert!(!judged(&gate, &inventory, &set).allowed());
    let mut request = create(&broken);
    assert!(!judged(&gate, &inventory, &request).allowed());
    assert!(!judged(&gate, &inventory, &set).allowed());
    request.user.groups = vec!["oncall".to_owned()];
    assert!(judged(&gate, &inventory, &request).allowed());
    assert!(judged(&gate, &inventory, &set).allowed());
    let ruling = judged(&gate, &inventory, &pod);
    assert!(ruling.allowed());
    assert_eq!(ruling.glass.map(|it| it.reason).as_deref(), Some("INC-1"));
    let mut mended = create(WEB).with_operation(Operation::Update);
    mended.old_object = mended.object.clone();
    judged(&gate, &inventory, &mended);
    assert!(!judged(&gate, &inventory, &set).allowed());
}
