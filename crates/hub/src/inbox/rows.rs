//! The rows themselves: where a clue belongs, and what becomes of a row.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catseye_model::{ObjectKey, Severity};
use jiff::{SignedDuration, Timestamp};

use super::action::{Action, ActionError, Preview};
use super::budget::{Budget, hold_back};
use super::clue::Clue;
use super::incident::{
    ActorRef, Comment, Incident, Moment, Rank, Source, State, StateChange, StateKind, Subject,
};
use super::told::{Due, Told, due};
use super::{rank, words};
use crate::facts::is_held;
use crate::paths::{Fix, Way};
use catseye_report::alert::Reason;

/// Without evidence for so long, what an actor does next is another matter.
const QUIET: SignedDuration = SignedDuration::from_hours(6);
/// What one row may span.
const LONGEST: SignedDuration = SignedDuration::from_hours(36);
/// What is about a workload and nobody's doing belongs together for so long.
const ABOUT_A_WORKLOAD: SignedDuration = SignedDuration::from_hours(24 * 7);
/// What was settled is looked for so long when it returns.
const RETURNS: SignedDuration = SignedDuration::from_hours(24 * 30);
const MOST_MOMENTS: usize = 60;
const MOST_SUBJECTS: usize = 20;
const MOST_SESSIONS: usize = 16;
/// Rows that are held; of more, settled and mild ones go first.
pub(crate) const MOST_ROWS: usize = 5000;
/// So many more go at once, so that not every new row has to look for one.
const ROOM: usize = 250;

/// What is known of the objects that rows are about.
pub(crate) trait Facts {
    /// The subject as it is now: whether it is there, whose it is, what is wrong with it.
    fn describe(&self, subject: &mut Subject);

    /// The workload that an object is, or is part of.
    fn workload_of(&self, _: &ObjectKey) -> Option<ObjectKey> {
        None
    }

    /// The workloads whose pods run as a service account.
    fn workloads_of_account(&self, _namespace: &str, _name: &str) -> Vec<ObjectKey> {
        Vec::new()
    }
}

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Touched {
    Updated,
    Reopened,
    Opened,
}

#[derive(Debug, Default)]
pub(crate) struct Rows {
    by_id: BTreeMap<String, Arc<Incident>>,
    /// Where clues that go on growing were put.
    origins: BTreeMap<String, String>,
    budget: Budget,
}

impl Rows {
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Incident>> {
        self.by_id.values()
    }

    pub(crate) fn get(&self, id: &str) -> Option<Arc<Incident>> {
        self.by_id.get(id).cloned()
    }

    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Puts back a row that was stored.
    pub(crate) fn restore(&mut self, row: Incident) {
        self.by_id.insert(row.id.clone(), Arc::new(row));
    }

    /// Puts a clue where it belongs. Gives the row's id and what happened to it; `None` where nothing
    /// about the row is new.
    pub(crate) fn take(
        &mut self,
        clue: Clue,
        facts: &dyn Facts,
        now: Timestamp,
    ) -> Option<(String, Touched)> {
        let (first, last) = (clue.first()?, clue.last()?);
        let worst = clue.moments.iter().map(|moment| moment.severity).max()?;
        if worst < Severity::Low {
            return None;
        }
        let held = self.place_of(&clue, facts, first, last);
        let (mut row, mut touched) = match held {
            Some(id) => (Incident::clone(self.by_id.get(&id)?), Touched::Updated),
            None => (
                empty(id_of(&clue, first, &self.by_id), first, now),
                Touched::Opened,
            ),
        };
        if let Some(origin) = &clue.origin {
            self.origins.insert(origin.clone(), row.id.clone());
        }
        let before = row.clone();
        let settled = row.history.last().map(|change| change.time);
        let is_back = row.state == State::Resolved && settled.is_none_or(|time| last > time);
        if is_back {
            touched = Touched::Reopened;
            row.state = State::Open;
            row.history.push(StateChange {
                time: now,
                by: "catseye".to_owned(),
                to: State::Open,
                because: "it is back".to_owned(),
            });
        }
        merge(&mut row, clue);
        render(&mut row, facts);
        if touched == Touched::Updated && row == before {
            return None;
        }
        row.version += 1;
        row.updated = now;
        let id = row.id.clone();
        self.by_id.insert(id.clone(), Arc::new(row));
        self.forget();
        Some((id, touched))
    }

    /// Where a clue belongs.
    fn place_of(
        &self,
        clue: &Clue,
        facts: &dyn Facts,
        first: Timestamp,
        last: Timestamp,
    ) -> Option<String> {
        if let Some(origin) = &clue.origin {
            let known = self.origins.get(origin).cloned();
            let own = || self.by_id.contains_key(origin).then(|| origin.clone());
            if let Some(id) = known.or_else(own) {
                return Some(id);
            }
        }
        let ids: BTreeSet<&str> = clue
            .moments
            .iter()
            .map(|moment| moment.id.as_str())
            .collect();
        let concerns = |row: &Incident| match (&clue.actor, &row.actor) {
            (Some(new), Some(known)) => new.name == known.name,
            (None, None) => shares_a_subject(row, clue),
            _ => false,
        };
        let holds = |row: &Incident, id: &str| row.timeline.iter().any(|moment| moment.id == id);
        let mut found: Option<(u8, Timestamp, &Incident)> = None;
        for row in self.by_id.values() {
            if !concerns(row) {
                continue;
            }
            let quiet = if clue.actor.is_some() {
                QUIET
            } else {
                ABOUT_A_WORKLOAD
            };
            let near = first.duration_since(row.last) <= quiet
                && row.first.duration_since(last) <= quiet
                && (clue.actor.is_none() || last.duration_since(row.first) <= LONGEST);
            let fits = match row.state {
                State::Open | State::Acknowledged => near.then_some(3),
                State::Accepted { .. } | State::FalsePositive { .. } => {
                    (ids.iter().all(|id| holds(row, id))
                        && (clue.actor.is_none() || shares_a_subject(row, clue)))
                    .then_some(2)
                }
                State::Resolved => (ids.iter().any(|id| holds(row, id))
                    && shares_a_subject(row, clue)
                    && first.duration_since(row.last) <= RETURNS)
                    .then_some(1),
            };
            let Some(fit) = fits else { continue };
            if found.is_none_or(|(best, time, _)| (fit, row.last) > (best, time)) {
                found = Some((fit, row.last, row));
            }
        }
        let found = found.map(|(.., row)| row.id.clone());
        found.or_else(|| self.where_it_ran(clue, facts, first, last))
    }

    /// The row about the workload that a program ran in: what sensors see there and what is done with it, or
    /// by its account, is one matter.
    fn where_it_ran(
        &self,
        clue: &Clue,
        facts: &dyn Facts,
        first: Timestamp,
        last: Timestamp,
    ) -> Option<String> {
        let is_sensed = |moments: &[Moment]| moments.iter().any(|it| it.source == Source::Runtime);
        let sensed = is_sensed(&clue.moments);
        let mut near = self.by_id.values().filter(|row| {
            row.state.is_active()
                && (sensed || is_sensed(&row.timeline))
                && first.duration_since(row.last) <= QUIET
                && row.first.duration_since(last) <= QUIET
                && last.duration_since(row.first) <= LONGEST
        });
        // Most of the time there is none, and nothing needs to be looked up.
        let first_row = near.next()?;
        let objects = clue.subjects.iter().map(|(object, role)| (object, &**role));
        let concerned = workloads(clue.actor.as_ref(), objects, facts);
        std::iter::once(first_row)
            .chain(near)
            .filter(|row| {
                let subjects = row.subjects.iter();
                let objects = subjects.map(|it| (&it.object, it.role.as_str()));
                let known = workloads(row.actor.as_ref(), objects, facts);
                known.intersection(&concerned).next().is_some()
            })
            .max_by_key(|row| (row.severity, row.last))
            .map(|row| row.id.clone())
    }

    /// Settled rows go first when there are too many.
    fn forget(&mut self) {
        if self.by_id.len() <= MOST_ROWS {
            return;
        }
        let mut least: Vec<(bool, Severity, Timestamp, String)> = self
            .by_id
            .values()
            .map(|row| {
                let is_active = row.state.is_active();
                (is_active, row.severity, row.last, row.id.clone())
            })
            .collect();
        least.sort_unstable();
        least.truncate(self.by_id.len() - MOST_ROWS + ROOM);
        for (.., id) in least {
            self.by_id.remove(&id);
        }
        let by_id = &self.by_id;
        self.origins.retain(|_, row| by_id.contains_key(row));
    }

    /// Renders rows anew, because what is known of their objects is another. Gives those that changed.
    pub(crate) fn refresh(&mut self, facts: &dyn Facts, now: Timestamp) -> Vec<String> {
        let mut changed = Vec::new();
        for (id, row) in &mut self.by_id {
            if !row.state.is_active() {
                continue;
            }
            let mut next = Incident::clone(row);
            render(&mut next, facts);
            if next != **row {
                next.version += 1;
                next.updated = now;
                *row = Arc::new(next);
                changed.push(id.clone());
            }
        }
        changed
    }

    /// Notes where a row leads on to, and what closes that.
    pub(crate) fn lead_on(
        &mut self,
        id: &str,
        onward: Option<(Way, Option<Fix>)>,
        facts: &dyn Facts,
        now: Timestamp,
    ) -> bool {
        let Some(row) = self.by_id.get_mut(id) else {
            return false;
        };
        let mut next = Incident::clone(row);
        (next.path, next.fix) = match onward {
            Some((way, fix)) => (Some(way), fix),
            None => (None, None),
        };
        render(&mut next, facts);
        if next == **row {
            return false;
        }
        next.version += 1;
        next.updated = now;
        *row = Arc::new(next);
        true
    }

    /// Opens what was accepted until a day that has come, and keeps to the budget of noise. Gives the
    /// rows that changed, and whether they were opened.
    pub(crate) fn tick(&mut self, per_day: u32, now: Timestamp) -> Vec<(String, Touched)> {
        let mut changed = Vec::new();
        let due: Vec<String> = self
            .by_id
            .values()
            .filter(|row| matches!(row.state, State::Accepted { expires, .. } if expires <= now))
            .map(|row| row.id.clone())
            .collect();
        for id in due {
            self.settle(
                &id,
                State::Open,
                "catseye",
                "the day until which it was accepted has come",
                now,
            );
            changed.push((id, Touched::Reopened));
        }
        let (flips, budget) = hold_back(&self.by_id, per_day, now);
        self.budget = budget;
        for (id, held) in flips {
            if let Some(row) = self.by_id.get_mut(&id) {
                let row = Arc::make_mut(row);
                row.held_back = held;
                row.version += 1;
                row.updated = now;
            }
            changed.push((id, Touched::Updated));
        }
        changed
    }

    /// The rows of which something is to be told now, or to count as told where there is no reason.
    pub(crate) fn due(&mut self, now: Timestamp) -> Vec<(Arc<Incident>, Option<Reason>)> {
        let mut found = Vec::new();
        for row in self.by_id.values_mut() {
            let reason = match due(row, now) {
                Due::Nothing => continue,
                Due::Silently => None,
                Due::Tell(reason) => Some(reason),
            };
            let told = Told::of(row);
            Arc::make_mut(row).told = Some(told);
            found.push((row.clone(), reason));
        }
        found
    }

    /// Resolves what is about nothing but drift that is gone. `is_news` says of an object that this was
    /// learned just now. Gives the rows that changed.
    pub(crate) fn resolve_drift(
        &mut self,
        is_news: &dyn Fn(&ObjectKey) -> bool,
        is_gone: &dyn Fn(&ObjectKey) -> bool,
        now: Timestamp,
    ) -> Vec<String> {
        let is_over = |row: &Incident| {
            // Of a row that is full, something was forgotten that may still stand.
            row.timeline.len() < MOST_MOMENTS
                && row.subjects.len() < MOST_SUBJECTS
                && row.timeline.iter().all(|it| it.source == Source::Drift)
                && row.subjects.iter().any(|it| is_news(&it.object))
                && row.subjects.iter().all(|it| is_gone(&it.object))
        };
        let over: Vec<String> = self
            .by_id
            .values()
            .filter(|row| row.state.is_active() && is_over(row))
            .map(|row| row.id.clone())
            .collect();
        for id in &over {
            self.settle(id, State::Resolved, "catseye", "as desired again", now);
        }
        over
    }

    /// What an action would hide.
    pub(crate) fn preview(&self, id: &str, action: &Action) -> Result<Preview, ActionError> {
        let row = self
            .by_id
            .get(id)
            .ok_or_else(|| ActionError::NoSuchIncident(id.to_owned()))?;
        let (hides, until) = match action {
            Action::Accept { expires, .. } => (true, format!(" until {expires}")),
            Action::FalsePositive { .. } => (true, String::new()),
            _ => (false, String::new()),
        };
        let who = row.actor.as_ref().map_or_else(
            || "whoever does it".to_owned(),
            |actor| words::short(&actor.name),
        );
        if !hides {
            let says = match action {
                Action::Resolve => {
                    "Closes this incident; it opens again when the like happens again.".to_owned()
                }
                Action::Validate => {
                    "Says that this is meant; a change to it asks again.".to_owned()
                }
                _ => "Hides nothing.".to_owned(),
            };
            return Ok(Preview {
                says,
                ..Preview::default()
            });
        }
        let mut patterns: Vec<String> = Vec::new();
        for moment in &row.timeline {
            let pattern = format!("{} [{}] by {who}", moment.title, moment.id);
            if !patterns.contains(&pattern) {
                patterns.push(pattern);
            }
        }
        let ids: BTreeSet<&str> = row.timeline.iter().map(|it| it.id.as_str()).collect();
        let alike: Vec<String> =
            self.by_id
                .values()
                .filter(|other| other.id != row.id && other.state.is_active())
                .filter(|other| {
                    other.actor.as_ref().map(|it| &it.name) == row.actor.as_ref().map(|it| &it.name)
                        && other
                            .timeline
                            .iter()
                            .all(|moment| ids.contains(moment.id.as_str()))
                        && row.subjects.iter().any(|subject| {
                            other.subjects.iter().any(|it| it.object == subject.object)
                        })
                })
                .map(|other| other.id.clone())
                .collect();
        Ok(Preview {
            says: format!(
                "Hides this incident{until}, and from now on any by {who} on the same objects whose \
                 evidence is only of these {} kinds. Anything else still opens an incident.",
                patterns.len()
            ),
            hides: alike,
            patterns,
        })
    }

    /// Does what a person does. `because` is what they say, where the action itself asks for no reason.
    pub(crate) fn act(
        &mut self,
        id: &str,
        action: Action,
        because: Option<&str>,
        by: &str,
        expected: Option<u64>,
        now: Timestamp,
    ) -> Result<Vec<String>, ActionError> {
        let row = self
            .by_id
            .get(id)
            .ok_or_else(|| ActionError::NoSuchIncident(id.to_owned()))?;
        if let Some(expected) = expected
            && expected != row.version
        {
            return Err(ActionError::Changed {
                is: row.version,
                expected,
            });
        }
        let said = |reason: &str| !reason.trim().is_empty();
        let alike = self.preview(id, &action)?.hides;
        let mut changed = vec![id.to_owned()];
        match action {
            Action::Acknowledge => {
                self.settle(id, State::Acknowledged, by, because.unwrap_or("taken"), now);
            }
            Action::Resolve => {
                self.settle(id, State::Resolved, by, because.unwrap_or("done"), now);
            }
            Action::Reopen => {
                self.settle(id, State::Open, by, because.unwrap_or("opened again"), now);
            }
            Action::Validate => {
                self.settle(
                    id,
                    State::Resolved,
                    by,
                    because.unwrap_or("it is meant"),
                    now,
                );
                if let Some(row) = self.by_id.get_mut(id) {
                    Arc::make_mut(row).to_validate = false;
                }
            }
            Action::Accept { reason, expires } => {
                if !said(&reason) {
                    return Err(ActionError::NoReason);
                }
                if expires <= now {
                    return Err(ActionError::Expired(expires));
                }
                for id in alike {
                    let state = State::Accepted {
                        reason: reason.clone(),
                        expires,
                    };
                    self.settle(&id, state, by, &reason, now);
                    changed.push(id);
                }
                let because = reason.clone();
                self.settle(id, State::Accepted { reason, expires }, by, &because, now);
            }
            Action::FalsePositive { reason } => {
                if !said(&reason) {
                    return Err(ActionError::NoReason);
                }
                for id in alike {
                    let state = State::FalsePositive {
                        reason: reason.clone(),
                    };
                    self.settle(&id, state, by, &reason, now);
                    changed.push(id);
                }
                let because = reason.clone();
                self.settle(id, State::FalsePositive { reason }, by, &because, now);
            }
            Action::Comment { text } => {
                if !said(&text) {
                    return Err(ActionError::NoReason);
                }
                if let Some(row) = self.by_id.get_mut(id) {
                    let row = Arc::make_mut(row);
                    row.comments.push(Comment {
                        time: now,
                        by: by.to_owned(),
                        text,
                    });
                    row.version += 1;
                    row.updated = now;
                }
            }
        }
        Ok(changed)
    }

    fn settle(&mut self, id: &str, to: State, by: &str, because: &str, now: Timestamp) {
        let Some(row) = self.by_id.get_mut(id) else {
            return;
        };
        let row = Arc::make_mut(row);
        row.history.push(StateChange {
            time: now,
            by: by.to_owned(),
            to: to.clone(),
            because: because.to_owned(),
        });
        row.held_back &= to.kind() == StateKind::Open;
        row.state = to;
        row.version += 1;
        row.updated = now;
    }
}

/// The workloads that somebody held or ran in, and the one that an account belongs to.
fn workloads<'a>(
    actor: Option<&ActorRef>,
    objects: impl Iterator<Item = (&'a ObjectKey, &'a str)>,
    facts: &dyn Facts,
) -> BTreeSet<ObjectKey> {
    let mut found: BTreeSet<ObjectKey> = objects
        .filter(|(_, role)| is_held(role))
        .filter_map(|(object, _)| facts.workload_of(object))
        .collect();
    let account = actor
        .and_then(|actor| actor.name.strip_prefix("system:serviceaccount:"))
        .and_then(|rest| rest.split_once(':'));
    if let Some((namespace, name)) = account
        // Of an account that several share nobody knows whose call it was.
        && let [one] = facts.workloads_of_account(namespace, name).as_slice()
    {
        found.insert(one.clone());
    }
    found
}

fn shares_a_subject(row: &Incident, clue: &Clue) -> bool {
    clue.subjects.is_empty()
        || row.subjects.iter().any(|subject| {
            clue.subjects
                .iter()
                .any(|(object, _)| *object == subject.object)
        })
}

fn empty(id: String, first: Timestamp, now: Timestamp) -> Incident {
    Incident {
        id,
        version: 0,
        state: State::Open,
        title: String::new(),
        why_now: String::new(),
        severity: Severity::Info,
        rank: Rank::default(),
        held_back: false,
        to_validate: false,
        sources: Vec::new(),
        actor: None,
        subjects: Vec::new(),
        owner: None,
        application: None,
        tactics: Vec::new(),
        techniques: Vec::new(),
        sessions: Vec::new(),
        timeline: Vec::new(),
        path: None,
        fix: None,
        advice: Vec::new(),
        first,
        last: first,
        known_since: now,
        updated: now,
        comments: Vec::new(),
        history: Vec::new(),
        scene: None,
        told: None,
    }
}

/// Puts the evidence of a clue among that of a row.
fn merge(row: &mut Incident, clue: Clue) {
    if row.actor.is_none() {
        row.actor = clue.actor;
    }
    for moment in clue.moments {
        let same = |known: &&mut Moment| {
            known.source == moment.source
                && known.id == moment.id
                && known.title == moment.title
                // One rule says the same of whatever it sees, a change is about one object.
                && (clue.origin.is_some() || known.targets == moment.targets)
        };
        if let Some(known) = row.timeline.iter_mut().find(same) {
            let (first, last) = (known.first.min(moment.first), known.last.max(moment.last));
            let count = if clue.origin.is_some() {
                known.count.max(moment.count)
            } else if known.events == moment.events && known.last == moment.last {
                known.count
            } else {
                known.count + moment.count
            };
            *known = moment;
            (known.first, known.last, known.count) = (first, last, count);
        } else if row.timeline.len() < MOST_MOMENTS {
            row.timeline.push(moment);
        }
    }
    row.timeline.sort_by(|a, b| {
        a.first
            .cmp(&b.first)
            .then_with(|| b.severity.cmp(&a.severity))
    });
    for (object, role) in clue.subjects {
        let has_room = row.subjects.len() < MOST_SUBJECTS;
        match row.subjects.iter_mut().find(|known| known.object == object) {
            Some(known) if known.role == "read" => known.role = role,
            None if has_room => row.subjects.push(Subject {
                object,
                role,
                owner: None,
                application: None,
                exists: false,
                findings: Vec::new(),
            }),
            _ => {}
        }
    }
    for session in clue.sessions {
        let has_room = row.sessions.len() < MOST_SESSIONS;
        match row.sessions.iter_mut().find(|known| {
            known.source == session.source
                && known.agent == session.agent
                && known.first == session.first
        }) {
            Some(known) => *known = session,
            None if has_room => row.sessions.push(session),
            None => {}
        }
    }
    for advice in clue.advice {
        if !row.advice.contains(&advice) {
            row.advice.push(advice);
        }
    }
    row.to_validate |= clue.to_validate;
    if let Some(scene) = &clue.scene {
        row.scene.get_or_insert_default().join(scene);
    }
}

/// Everything about a row that follows from its evidence and from what is known of its objects.
fn render(row: &mut Incident, facts: &dyn Facts) {
    for subject in &mut row.subjects {
        facts.describe(subject);
    }
    let (severity, chain) = rank::severity(&row.timeline);
    row.first = row
        .timeline
        .iter()
        .map(|it| it.first)
        .min()
        .unwrap_or(row.first);
    row.last = row
        .timeline
        .iter()
        .map(|it| it.last)
        .max()
        .unwrap_or(row.last);
    if severity != row.severity {
        row.severity = severity;
        row.known_since = row.last;
    }
    row.tactics.clear();
    row.techniques.clear();
    let mut sources: BTreeSet<Source> = BTreeSet::new();
    for moment in &row.timeline {
        sources.insert(moment.source);
        for (list, word) in [
            (&mut row.tactics, &moment.tactic),
            (&mut row.techniques, &moment.technique),
        ] {
            if let Some(word) = word
                && !list.contains(word)
            {
                list.push(word.clone());
            }
        }
    }
    if row
        .subjects
        .iter()
        .any(|it| it.exists && !it.findings.is_empty())
    {
        sources.insert(Source::Posture);
    }
    row.sources = sources.into_iter().collect();
    row.owner = row.subjects.iter().find_map(|it| it.owner.clone());
    row.application = row.subjects.iter().find_map(|it| it.application.clone());
    row.rank = rank::rank(row, chain);
    row.title = words::title(row);
    row.why_now = words::why_now(row, chain);
}

/// The id of a new row: that of the clue's origin, else of who or what and when.
fn id_of(clue: &Clue, first: Timestamp, rows: &BTreeMap<String, Arc<Incident>>) -> String {
    if let Some(origin) = &clue.origin
        && !rows.contains_key(origin)
    {
        return origin.clone();
    }
    let mut text = clue
        .actor
        .as_ref()
        .map_or(String::new(), |it| it.name.clone());
    for (object, _) in &clue.subjects {
        text.push('\n');
        text.push_str(&name_of(object));
    }
    for moment in &clue.moments {
        text.push_str(&moment.id);
    }
    let mut hash: u32 = 0x811c_9dc5;
    for byte in text.bytes().chain(first.as_microsecond().to_be_bytes()) {
        hash ^= u32::from(byte);
        hash = hash.wrapping_mul(0x0100_0193);
    }
    format!("INC-{hash:08x}")
}

fn name_of(object: &ObjectKey) -> String {
    object.to_string()
}
