//! Rules over who does what: denied for a while, so many times, or more often than so many times.

use std::collections::HashMap;
use std::fmt::Write as _;

use catseye_model::Fields as _;
use catseye_policy::glob;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::config::InvalidConfig;
use super::exemption::{never_judged, never_judged_in};
use crate::request::{Operation, Request};

/// How many actors are counted for a rule at a time.
const MOST_ACTORS: usize = 4096;
/// How many of them go at once where there are more: those who did nothing for the longest time.
const GOING: usize = MOST_ACTORS / 8;

/// A rule. Every list that is empty means all; names may hold `*`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct DenyRule {
    /// Its name, for the log.
    pub name: String,
    /// What whoever is refused reads.
    pub message: String,
    /// User names.
    pub users: Vec<String>,
    /// Groups, whole.
    pub groups: Vec<String>,
    /// User names that the rule is not about.
    pub except_users: Vec<String>,
    /// `create`, `update` (also patches), `delete`, `connect`.
    pub verbs: Vec<String>,
    /// Resources such as `secrets`, `pods/exec`, `deployments.apps`.
    pub resources: Vec<String>,
    /// Namespaces; cluster-scoped objects are met only where there are none.
    pub namespaces: Vec<String>,
    /// Names of objects.
    pub names: Vec<String>,
    /// The rule begins at this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// The rule ends at this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Every actor may do it so many times within the window; only what is more is denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow: Option<u32>,
    /// The window of `allow`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within_minutes: Option<u32>,
    /// The rule denies at most so many requests, and is spent then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u32>,
}

/// What rules have counted so far. Times are those of the requests.
#[derive(Debug, Default)]
pub struct Tallies {
    /// By rule and by actor, the times within the rule's window, oldest first.
    done: HashMap<usize, HashMap<String, Vec<Timestamp>>>,
    /// By rule, how many requests it has denied.
    denied: HashMap<usize, u32>,
}

impl DenyRule {
    pub(crate) fn checked(&self) -> Result<(), InvalidConfig> {
        let field = format!("deny {:?}", self.name);
        if self.name.is_empty() {
            return Err(InvalidConfig::new("deny", "every rule has a name"));
        }
        if self.verbs.is_empty() && self.resources.is_empty() && self.users.is_empty() {
            let message =
                "say at least one of users, verbs and resources: this would deny everything";
            return Err(InvalidConfig::new(field, message));
        }
        for verb in &self.verbs {
            if operation(verb).is_none() {
                let message = format!("verb {verb:?}: write create, update, delete or connect");
                return Err(InvalidConfig::new(field, message));
            }
        }
        for named in &self.resources {
            let (group, resource, subresource) = parts(named);
            if let Some(why) = never_judged(group, resource, subresource) {
                let message = format!("{named} is never judged ({why}): leave it out");
                return Err(InvalidConfig::new(field, message));
            }
        }
        for namespace in &self.namespaces {
            if let Some(why) = never_judged_in(namespace) {
                let message = format!("{namespace} is never judged ({why}): leave it out");
                return Err(InvalidConfig::new(field, message));
            }
        }
        if self.allow.is_some() != self.within_minutes.is_some() {
            return Err(InvalidConfig::new(
                field,
                "allow and within-minutes go together",
            ));
        }
        Ok(())
    }

    /// True for requests that the rule is about, at a time at which it holds.
    pub(crate) fn meets(&self, request: &Request, now: Timestamp) -> bool {
        let fits = |list: &[String], text: &str| {
            list.is_empty() || list.iter().any(|pattern| glob::matches(pattern, text))
        };
        let user = &request.user;
        let is_someone = (self.users.is_empty() && self.groups.is_empty())
            || (!self.users.is_empty() && fits(&self.users, &user.name))
            || self.groups.iter().any(|group| user.groups.contains(group));
        is_someone
            && !self
                .except_users
                .iter()
                .any(|pattern| glob::matches(pattern, &user.name))
            && self.from.is_none_or(|from| from <= now)
            && self.until.is_none_or(|until| now < until)
            && (self.verbs.is_empty()
                || self
                    .verbs
                    .iter()
                    .any(|verb| operation(verb) == Some(request.operation)))
            && (self.resources.is_empty()
                || self.resources.iter().any(|named| names(named, request)))
            && (self.namespaces.is_empty()
                || (!request.namespace.is_empty() && fits(&self.namespaces, &request.namespace)))
            && fits(&self.names, name_of(request))
    }

    /// What is said to whoever is refused.
    pub(crate) fn words(&self) -> String {
        let mut words = if self.message.is_empty() {
            format!("rule {} denies this", self.name)
        } else {
            self.message.clone()
        };
        if let (Some(allow), Some(minutes)) = (self.allow, self.within_minutes) {
            // Writing to a string never fails.
            let _ = write!(words, " (more than {allow} times within {minutes} min)");
        }
        if let Some(until) = self.until {
            let _ = write!(words, " (until {until})");
        }
        words
    }
}

impl Tallies {
    /// Whether a rule that meets a request denies it, counting it. A dry run counts nothing.
    pub(crate) fn denies(
        &mut self,
        place: usize,
        rule: &DenyRule,
        request: &Request,
        now: Timestamp,
    ) -> bool {
        if let (Some(allow), Some(minutes)) = (rule.allow, rule.within_minutes) {
            let begin = now
                .checked_sub(SignedDuration::from_mins(i64::from(minutes)))
                .unwrap_or(Timestamp::MIN);
            let actors = self.done.entry(place).or_default();
            let name = &request.user.name;
            if let Some(times) = actors.get_mut(name) {
                times.retain(|time| *time > begin);
            }
            let times = actors.get(name).map_or(0, Vec::len);
            if times < usize::try_from(allow).unwrap_or(usize::MAX) {
                if !request.dry_run {
                    if times == 0 {
                        make_room(actors, begin);
                    }
                    actors.entry(name.clone()).or_default().push(now);
                }
                return false;
            }
        }
        let Some(most) = rule.at_most else {
            return true;
        };
        let denied = self.denied.entry(place).or_default();
        if *denied >= most {
            return false;
        }
        if !request.dry_run {
            *denied += 1;
        }
        true
    }
}

/// Takes away who did nothing since the beginning of the window, and where too many are left, those who did
/// nothing for the longest time: they begin anew.
fn make_room(actors: &mut HashMap<String, Vec<Timestamp>>, begin: Timestamp) {
    if actors.len() < MOST_ACTORS {
        return;
    }
    actors.retain(|_, times| times.last().is_some_and(|last| *last > begin));
    if actors.len() < MOST_ACTORS {
        return;
    }
    let mut by_time: Vec<(Option<Timestamp>, String)> = actors
        .iter()
        .map(|(name, times)| (times.last().copied(), name.clone()))
        .collect();
    by_time.sort_unstable();
    for (_, name) in by_time.into_iter().take(GOING) {
        actors.remove(&name);
    }
}

fn operation(verb: &str) -> Option<Operation> {
    Some(match verb {
        "create" => Operation::Create,
        "update" | "patch" => Operation::Update,
        "delete" | "deletecollection" => Operation::Delete,
        "connect" => Operation::Connect,
        _ => return None,
    })
}

/// The name of the object. A request names none where a collection is deleted, object by object, and where
/// the API server has made the name up: then the object tells it.
fn name_of(request: &Request) -> &str {
    if !request.name.is_empty() {
        return &request.name;
    }
    [&request.old_object, &request.object]
        .into_iter()
        .find_map(|object| object.text("metadata.name").filter(|name| !name.is_empty()))
        .unwrap_or_default()
}

/// The group, the resource and the subresource of `pods/exec`, `deployments.apps/scale`.
fn parts(named: &str) -> (Option<&str>, &str, &str) {
    let (resource, subresource) = named.split_once('/').unwrap_or((named, ""));
    match resource.split_once('.') {
        Some((resource, group)) => (Some(group), resource, subresource),
        None => (None, resource, subresource),
    }
}

/// Whether `secrets`, `pods/exec`, `pods/*`, `deployments.apps` or `*` names what is asked for.
fn names(named: &str, request: &Request) -> bool {
    let (group, resource, subresource) = parts(named);
    (resource == "*" || resource == request.resource)
        && group.is_none_or(|group| group == request.group)
        && (subresource == "*" || subresource == request.subresource || named == "*")
}

#[cfg(test)]
mod tests {
    use catseye_model::{Completeness, Inventory, Object, json};

    use super::*;

    #[test]
    fn many_actors_push_out_only_those_who_did_nothing_for_the_longest_time() {
        let rule = |minutes| DenyRule {
            allow: Some(1),
            within_minutes: Some(minutes),
            ..DenyRule::default()
        };
        let (long, short) = (rule(600), rule(1));
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}});
        let pod = Object::new(pod, None).unwrap();
        let mut request =
            Request::create(&pod, &Inventory::new(Vec::new(), Completeness::Fragment));
        let mut tallies = Tallies::default();
        let mut denies = |place: usize, user: &str, second: i64| {
            user.clone_into(&mut request.user.name);
            let time = Timestamp::from_second(second).unwrap();
            let rule = if place == 0 { &long } else { &short };
            tallies.denies(place, rule, &request, time)
        };
        assert!(!denies(0, "ann", 0));
        // What another rule counts, and forgets, is nothing to this one.
        for n in 0..5000 {
            assert!(!denies(1, &format!("robot-{n}"), 120));
        }
        assert!(denies(0, "ann", 240));
        for n in 0..MOST_ACTORS - 1 {
            assert!(!denies(0, &format!("robot-{n}"), 300));
        }
        assert!(denies(0, "ann", 301));
        // One more than fits: the oldest go, ann first, and the newest stay counted.
        assert!(!denies(0, "one-more", 302));
        assert!(!denies(0, "ann", 303));
        assert!(denies(0, "one-more", 304));
        let kept = (0..MOST_ACTORS - 1).filter(|n| denies(0, &format!("robot-{n}"), 305));
        assert!(kept.count() >= MOST_ACTORS - 2 * GOING);
    }
}
