//! A request judged by everything that a team has set up.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use catseye_cel::authorizer::Authorizer;
use catseye_checks::check::Check;
use catseye_checks::{Changed, Judge, Run, Selection};
use catseye_model::{
    Finding, Inventory, Kind, Object, ObjectId, Place, PodView, RedactionKey, Severity, Value,
    redact,
};
use catseye_policy::exception::Subject;
use catseye_policy::{Exceptions, glob};
use jiff::Timestamp;

use super::break_glass::{self, Glass};
use super::config::{Config, Mode};
use super::deny_rule::Tallies;
use super::exemption::exemption;
use super::images::SignedImages;
use super::neighbourhood::{Neighbourhood, group_of};
use super::owner::{Glasses, owner_of};
use super::ruling::{Effect, Objection, Origin, Ruling};
use super::signature::Signed;
use crate::judge::Denial;
use crate::pruned::LEVELS;
use crate::request::{Operation, Request};
use crate::set::PolicySet;

/// Neighbours that are judged anew when something changes that reaches them.
const MOST_NEIGHBOURS: usize = 60;
/// The longest fix in a message, in characters.
const LONGEST_FIX: usize = 240;

/// Kinds that decide what others can be reached by, or may do.
const REACHING: [Kind; 14] = [
    Kind::Service,
    Kind::Ingress,
    Kind::NetworkPolicy,
    Kind::Gateway,
    Kind::HttpRoute,
    Kind::GrpcRoute,
    Kind::TcpRoute,
    Kind::TlsRoute,
    Kind::UdpRoute,
    Kind::OpenShiftRoute,
    Kind::VirtualService,
    Kind::ServiceAccount,
    Kind::Role,
    Kind::RoleBinding,
];

/// What a gate is made of besides its configuration.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Admission policies and bindings.
    pub policies: PolicySet,
    /// What the team has accepted.
    pub exceptions: Exceptions,
    /// The team's own baseline, for the checks.
    pub checks: catseye_checks::Config,
    /// Images that are signed.
    pub signed: Signed,
}

/// The gate: configuration, checks, policies, rules and what rules have counted.
#[derive(Debug)]
pub struct Gate {
    config: Config,
    loaded: Loaded,
    images: SignedImages,
    /// The checks that count, by kind.
    selection: Selection,
    /// Those that say of a workload how it is reached and what it may do.
    around: Selection,
    own_namespace: String,
    key: RedactionKey,
    tallies: Mutex<Tallies>,
    glasses: Mutex<Glasses>,
}

impl Gate {
    /// A gate of a hub that runs in `own_namespace`; empty where it runs in none. Checks see the values
    /// of Secrets redacted by `key`, policies as they are.
    pub fn new(config: Config, loaded: Loaded, own_namespace: &str, key: RedactionKey) -> Self {
        let counts = |check: &&'static Check| {
            let named = |list: &[String]| list.iter().any(|id| id.eq_ignore_ascii_case(check.id));
            // A place may be graver than its check, so the checks are not chosen by severity alone.
            !named(&config.passed_over)
        };
        let selection = Selection::new(catseye_checks::all().filter(counts));
        let around = Selection::new(selection.checks().iter().copied().filter(|check| {
            matches!(check.run, Run::Pods(_))
                && ["network", "rbac", "secrets"].contains(&check.area())
        }));
        Gate {
            images: SignedImages {
                config: config.images.clone(),
                signed: loaded.signed.clone(),
            },
            config,
            loaded,
            selection,
            around,
            own_namespace: own_namespace.to_owned(),
            key,
            tallies: Mutex::default(),
            glasses: Mutex::default(),
        }
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The policies.
    pub fn policies(&self) -> &PolicySet {
        &self.loaded.policies
    }

    /// The kinds of parameters of policies.
    pub(crate) fn param_kinds(&self) -> impl Iterator<Item = Kind> {
        let kinds = self.loaded.policies.param_kinds();
        kinds.map(|(api_version, kind)| Kind::of(group_of(api_version), kind))
    }

    /// The namespaces whose objects a request in a namespace is judged by.
    pub fn read_namespaces<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'a str> {
        let elsewhere = self.params_elsewhere().map(|(_, namespace)| namespace);
        ["", namespace].into_iter().chain(elsewhere)
    }

    /// The kinds of which anything that changes may matter to policies, also what controllers tell of them.
    pub fn read_kinds(&self) -> impl Iterator<Item = Kind> {
        let has_policies = !self.loaded.policies.policies().is_empty();
        let definitions = has_policies.then_some(Kind::CustomResourceDefinition);
        self.param_kinds().chain(definitions)
    }

    /// Where parameters of policies stand that are in a namespace of their own.
    pub(crate) fn params_elsewhere(&self) -> impl Iterator<Item = (Kind, &str)> {
        self.loaded.policies.params_elsewhere()
    }

    /// Judges a request among its neighbours. `authorizer` answers what policies ask about the one who
    /// asks; `now` is the time of the request.
    pub fn judge(
        &self,
        request: &Request,
        around: &Neighbourhood,
        authorizer: Arc<dyn Authorizer>,
        now: Timestamp,
    ) -> Ruling {
        let owner = owner_of(request, &around.inventory);
        self.judge_under(owner, request, around, authorizer, now)
    }

    /// The same, where the caller has looked for the [owner](owner_of) among all objects: a neighbourhood
    /// leaves out what others stand for, such as the `ReplicaSets` of a Deployment.
    pub fn judge_under(
        &self,
        owner: Option<&Object>,
        request: &Request,
        around: &Neighbourhood,
        authorizer: Arc<dyn Authorizer>,
        now: Timestamp,
    ) -> Ruling {
        let mut ruled = Vec::new();
        let is_judged = exemption(request, &self.own_namespace).is_none()
            && self.exempt_by_configuration(request).is_none()
            && self.config.mode_of(&request.namespace) != Mode::Off;
        if is_judged {
            self.by_rules(request, now, &mut ruled);
        }
        let glass = self.glass_of_owner(request, now);
        let mut ruling = self.ruling(request, around, authorizer, now, ruled, glass);
        if ruling.exempt.is_none() {
            self.keep_glass(request, &ruling, now);
        }
        if owner.is_some() {
            // Checks and images were judged at the owner's template. Policies may be about pods alone, and
            // rules are about acts, so nothing was said of those yet.
            for objection in &mut ruling.objections {
                if matches!(objection.origin, Origin::Check | Origin::Image) {
                    objection.effect = objection.effect.min(Effect::Audit);
                }
            }
            ruling.sort();
        }
        ruling
    }

    /// Objects to a request of which a part was too deep to be read, as far as its namespace's mode goes.
    pub fn object_to_depth(ruling: &mut Ruling) {
        if ruling.exempt.is_some() {
            return;
        }
        ruling.objections.push(Objection {
            origin: Origin::Check,
            id: "object-depth".to_owned(),
            message: format!(
                "the object nests deeper than {LEVELS} levels and cannot be judged whole"
            ),
            field: String::new(),
            fix: "keep such data as text, or in fewer levels".to_owned(),
            severity: Severity::High,
            elsewhere: None,
            accepted: None,
            effect: most(ruling),
        });
        ruling.sort();
    }

    fn glass_of_owner(&self, request: &Request, now: Timestamp) -> Option<Glass> {
        let glasses = self.glasses.lock().unwrap_or_else(PoisonError::into_inner);
        glasses.handed_on(request, now)
    }

    fn keep_glass(&self, request: &Request, ruling: &Ruling, now: Timestamp) {
        let mut glasses = self.glasses.lock().unwrap_or_else(PoisonError::into_inner);
        match (&ruling.glass, &ruling.glass_refused) {
            (Some(glass), _) => glasses.remember(request, glass, now),
            (None, None) => glasses.forget(request),
            // Somebody else changes the object; the glass was broken by one who may.
            (None, Some(_)) => {}
        }
    }

    /// Judges what is there already, as if it were created now. Rules are about acts, so none is asked.
    pub fn judge_standing(
        &self,
        request: &Request,
        around: &Neighbourhood,
        authorizer: Arc<dyn Authorizer>,
        now: Timestamp,
    ) -> Ruling {
        self.ruling(request, around, authorizer, now, Vec::new(), None)
    }

    fn ruling(
        &self,
        request: &Request,
        around: &Neighbourhood,
        authorizer: Arc<dyn Authorizer>,
        now: Timestamp,
        mut objections: Vec<Objection>,
        handed_on: Option<Glass>,
    ) -> Ruling {
        if let Some(why) = exemption(request, &self.own_namespace) {
            return Ruling::exempt(why);
        }
        if let Some(why) = self.exempt_by_configuration(request) {
            return Ruling::exempt(why);
        }
        let mode = self.config.mode_of(&request.namespace);
        let mut ruling = Ruling {
            mode,
            ..Ruling::default()
        };
        if mode == Mode::Off {
            ruling.exempt = Some("admission is off here".to_owned());
            return ruling;
        }
        self.by_policies(request, around, authorizer, &mut objections, &mut ruling);
        self.by_checks(request, around, now, &mut objections, &mut ruling);
        match (handed_on, self.config.break_glass.of(request, now)) {
            (Some(glass), _) | (None, Some(Ok(glass))) => ruling.glass = Some(glass),
            (None, Some(Err(why))) => ruling.glass_refused = Some(why),
            (None, None) => {}
        }
        let most = most(&ruling);
        for objection in &mut objections {
            objection.effect = if objection.accepted.is_some() {
                Effect::Accepted
            } else {
                objection.effect.min(most)
            };
        }
        ruling.objections = objections;
        ruling.sort();
        ruling
    }

    /// The object that is judged: without the values of a Secret, and without the glass.
    fn read(&self, value: &Value) -> Option<Object> {
        let mut value = break_glass::without(value);
        redact(&mut value, &self.key);
        Object::new(value, None).ok()
    }

    fn exempt_by_configuration(&self, request: &Request) -> Option<String> {
        let exempt = &self.config.exempt;
        let fits =
            |list: &[String], text: &str| list.iter().any(|pattern| glob::matches(pattern, text));
        if !request.namespace.is_empty() && fits(&exempt.namespaces, &request.namespace) {
            return Some(format!("namespace {} is exempt", request.namespace));
        }
        if fits(&exempt.users, &request.user.name) {
            return Some(format!("user {} is exempt", request.user.name));
        }
        let group = exempt
            .groups
            .iter()
            .find(|group| request.user.groups.contains(group))?;
        Some(format!("group {group} is exempt"))
    }

    fn by_rules(&self, request: &Request, now: Timestamp, into: &mut Vec<Objection>) {
        for (place, rule) in self.config.deny.iter().enumerate() {
            if !rule.meets(request, now) {
                continue;
            }
            let denies = self
                .tallies
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .denies(place, rule, request, now);
            if denies {
                into.push(Objection {
                    origin: Origin::Rule,
                    id: rule.name.clone(),
                    message: rule.words(),
                    field: String::new(),
                    fix: String::new(),
                    severity: Severity::High,
                    elsewhere: None,
                    accepted: None,
                    effect: Effect::Deny,
                });
            }
        }
    }

    fn by_policies(
        &self,
        request: &Request,
        around: &Neighbourhood,
        authorizer: Arc<dyn Authorizer>,
        into: &mut Vec<Objection>,
        ruling: &mut Ruling,
    ) {
        if self.loaded.policies.policies().is_empty() {
            return;
        }
        let mut surroundings = around.surroundings(&self.loaded.policies).clone();
        surroundings.authorizer = authorizer;
        let verdict = self.loaded.policies.judge(request, &surroundings);
        let mut add = |denials: &[Denial], effect| {
            for denial in denials {
                into.push(Objection {
                    origin: Origin::Policy,
                    id: denial.policy.clone(),
                    message: denial.message.clone(),
                    field: String::new(),
                    fix: String::new(),
                    severity: Severity::High,
                    elsewhere: None,
                    accepted: None,
                    effect,
                });
            }
        };
        add(&verdict.denials, Effect::Deny);
        add(&verdict.warnings, Effect::Warn);
        add(&verdict.audits, Effect::Audit);
        for denial in verdict.ignored {
            ruling
                .unknown
                .push(format!("{}: {}", denial.policy, denial.message));
        }
    }

    fn by_checks(
        &self,
        request: &Request,
        around: &Neighbourhood,
        now: Timestamp,
        into: &mut Vec<Objection>,
        ruling: &mut Ruling,
    ) {
        let is_whole =
            request.subresource.is_empty() || request.subresource == "ephemeralcontainers";
        if !is_whole || request.operation == Operation::Connect {
            return;
        }
        let (after, removed) = match request.operation {
            Operation::Delete => (None, Some(&request.old_object)),
            _ => (Some(&request.object), None),
        };
        let read = |value: &Value| self.read(value);
        let known = |object: &Object| {
            let inventory = &around.inventory;
            inventory
                .named(object.kind(), object.namespace(), object.name())
                .find(|(_, held)| {
                    held.kind_name() == object.kind_name() && held.group() == object.group()
                })
                .map(|(id, _)| id)
        };
        let mut upserts = Vec::new();
        let mut removals = Vec::new();
        let kind = match (after.and_then(read), removed.and_then(read)) {
            (Some(object), _) => {
                let kind = object.kind();
                upserts.push(object);
                kind
            }
            (None, Some(object)) => {
                removals.extend(known(&object));
                object.kind()
            }
            (None, None) => {
                ruling.unknown.push("the object has no kind".to_owned());
                return;
            }
        };
        let is_reaching = REACHING.contains(&kind);
        if upserts.is_empty() && !is_reaching {
            return;
        }
        let mut changed = Changed::default();
        changed.kinds.insert(kind);
        let patched = around.inventory.patched(upserts, &removals);
        let inventory = &patched.inventory;
        let judge = Judge::of(inventory, &self.loaded.checks, self.selection.clone()).over(
            &around.inventory,
            &around.indexes,
            &changed,
        );
        if let Some(id) = patched.upserted.first() {
            self.at_the_object(request, &judge, *id, around, &changed, now, into);
        }
        if is_reaching {
            let judge = Judge::of(inventory, &self.loaded.checks, self.around.clone()).over(
                &around.inventory,
                &around.indexes,
                &changed,
            );
            self.at_neighbours(&judge, around, now, into);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one step of a judgement")]
    fn at_the_object(
        &self,
        request: &Request,
        judge: &Judge<'_>,
        id: ObjectId,
        around: &Neighbourhood,
        changed: &Changed,
        now: Timestamp,
        into: &mut Vec<Objection>,
    ) {
        let object = judge.inventory().object(id);
        let begin = into.len();
        if let Some(pod) = PodView::of(object) {
            self.images.objections(&pod, into);
        }
        let verdict = judge.verdict_alone(id);
        for finding in &verdict.findings {
            for place in self.counting(finding) {
                into.push(self.objection(object, finding, place, now));
            }
        }
        if into.len() == begin || request.old_object.is_null() {
            return;
        }
        // What was wrong before is not this request's doing.
        let Some(old) = self.read(&request.old_object) else {
            return;
        };
        let mut held = Vec::new();
        if let Some(pod) = PodView::of(&old) {
            self.images.objections(&pod, &mut held);
        }
        let patched = around.inventory.patched(vec![old], &[]);
        if let Some(id) = patched.upserted.first() {
            let judge = Judge::of(
                &patched.inventory,
                &self.loaded.checks,
                self.selection.clone(),
            )
            .over(&around.inventory, &around.indexes, changed);
            let object = patched.inventory.object(*id);
            for finding in judge.verdict_alone(*id).findings {
                for place in self.counting(&finding) {
                    held.push(self.objection(object, &finding, place, now));
                }
            }
        }
        let known: BTreeSet<(&str, &str)> = held
            .iter()
            .map(|objection| (objection.id.as_str(), objection.message.as_str()))
            .collect();
        let mut place = 0;
        into.retain(|objection| {
            place += 1;
            place <= begin || !known.contains(&(&objection.id, &objection.message))
        });
    }

    /// Objections at workloads that this change exposes or gives rights to.
    fn at_neighbours(
        &self,
        judge: &Judge<'_>,
        around: &Neighbourhood,
        now: Timestamp,
        into: &mut Vec<Objection>,
    ) {
        let before = around.before.get_or_init(|| {
            let judge = Judge::of(&around.inventory, &self.loaded.checks, self.around.clone());
            neighbours(&around.inventory)
                .map(|id| {
                    let failing = judge.verdict_alone(id).findings;
                    (id, failing.iter().map(|it| it.check.to_owned()).collect())
                })
                .collect()
        });
        for (id, failing) in before {
            let Some(object) = judge.inventory().get(*id) else {
                continue;
            };
            for finding in judge.verdict_alone(*id).findings {
                if failing.iter().any(|check| check == finding.check) {
                    continue;
                }
                for place in self.counting(&finding) {
                    let mut objection = self.objection(object, &finding, place, now);
                    objection.elsewhere = Some(object.to_string());
                    into.push(objection);
                }
            }
        }
    }

    /// The places of a finding that are grave enough.
    fn counting<'f>(&self, finding: &'f Finding) -> impl Iterator<Item = &'f Place> + use<'f> {
        let named = self
            .config
            .checks
            .iter()
            .any(|id| id.eq_ignore_ascii_case(finding.check));
        let least = self.config.severity;
        finding
            .places
            .iter()
            .filter(move |place| named || place.severity >= least)
    }

    fn objection(
        &self,
        object: &Object,
        finding: &Finding,
        place: &Place,
        now: Timestamp,
    ) -> Objection {
        let check = catseye_checks::find(finding.check);
        let name = check.map(Check::name).unwrap_or_default();
        let subject = Subject {
            check_id: finding.check,
            check_name: &name,
            kind: object.kind_name(),
            namespace: object.namespace(),
            name: object.name(),
            owner: catseye_model::application::owner_named_by(object),
            actor: None,
        };
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let accepted = self
            .loaded
            .exceptions
            .holding(&subject, place, today)
            .map(|exception| exception.reason.clone());
        let mut message = place.message.clone();
        if let Some(container) = &place.container {
            let _ = write!(message, " (container {container})");
        }
        Objection {
            origin: Origin::Check,
            id: finding.check.to_owned(),
            message,
            field: place.path.to_string(),
            fix: check.map_or_else(String::new, |check| short(&check.fix())),
            severity: place.severity,
            elsewhere: None,
            accepted,
            effect: Effect::Deny,
        }
    }
}

/// The gravest effect that an objection may have.
fn most(ruling: &Ruling) -> Effect {
    match ruling.mode {
        _ if ruling.glass.is_some() => Effect::Accepted,
        Mode::Off | Mode::Audit => Effect::Audit,
        Mode::Warn => Effect::Warn,
        Mode::Enforce => Effect::Deny,
    }
}

/// The judged workloads of a small Inventory, not too many.
fn neighbours(inventory: &Inventory) -> impl Iterator<Item = ObjectId> {
    inventory
        .workloads()
        .map(|(id, _)| id)
        .take(MOST_NEIGHBOURS)
}

/// The first paragraph of a fix, without code.
fn short(fix: &str) -> String {
    let mut words = String::new();
    for line in fix.lines() {
        if line.trim().is_empty() || line.starts_with("```") {
            break;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(line.trim());
    }
    let mut short: String = words.chars().take(LONGEST_FIX).collect();
    if short.len() < words.len() {
        short.push('…');
    }
    short.trim_end_matches([':', '.']).to_owned()
}
