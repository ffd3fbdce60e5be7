//! Incidents: what people act on, one row a fingerprint, with every version they had.
//!
//! ```text
//!            evidence ─► Open ◄──── newer evidence ──── Resolved
//!                         │ ▲                              ▲
//!                         ▼ └── expired ── Accepted        │
//!                    Acknowledged                     a person, or the engine
//!                         FalsePositive: stays, and counts what it hides
//! ```
//!
//! [`crate::Batch::incidents`] brings evidence; [`Store::set_incident_state`] is what people do. A version is
//! written when something changed; a change that only brings evidence and comes within a minute of the
//! version before replaces it, so that a busy incident does not fill the history.

use std::fmt;

use catseye_model::Severity;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::body;
use crate::error::{Error, Result};
use crate::object::OPEN;
use crate::sql::{Row, Sql, Value, Where, beginning, containing, values};
use crate::store::Store;

/// Versions that differ in evidence only and lie closer together than this, in microseconds, are one.
const STEP: i64 = 60_000_000;

/// The number of an incident; given out by the store, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IncidentId(pub u64);

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What makes two reports the same incident or finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What somebody decided about an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum IncidentState {
    /// Nobody has looked.
    Open,
    /// Somebody works on it.
    Acknowledged,
    /// Done. Newer evidence opens it again.
    Resolved,
    /// Known and accepted for a time.
    Accepted {
        /// Why.
        reason: String,
        /// Until when; afterwards newer evidence, or [`Store::reopen_expired`], opens it again.
        until: Timestamp,
    },
    /// Not what it looks like. It stays so, whatever evidence comes.
    FalsePositive {
        /// Why, and what it will hide.
        reason: String,
    },
}

/// The name of a state, without its details: for filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateName {
    /// [`IncidentState::Open`]
    Open,
    /// [`IncidentState::Acknowledged`]
    Acknowledged,
    /// [`IncidentState::Resolved`]
    Resolved,
    /// [`IncidentState::Accepted`]
    Accepted,
    /// [`IncidentState::FalsePositive`]
    FalsePositive,
}

impl StateName {
    /// Every state.
    pub const ALL: [StateName; 5] = [
        StateName::Open,
        StateName::Acknowledged,
        StateName::Resolved,
        StateName::Accepted,
        StateName::FalsePositive,
    ];

    /// The word in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            StateName::Open => "open",
            StateName::Acknowledged => "acknowledged",
            StateName::Resolved => "resolved",
            StateName::Accepted => "accepted",
            StateName::FalsePositive => "false_positive",
        }
    }

    fn read(word: &str) -> Result<StateName> {
        StateName::ALL
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| Error::stored("incident state", format!("no state is called {word:?}")))
    }
}

impl IncidentState {
    /// Its name.
    pub fn name(&self) -> StateName {
        match self {
            IncidentState::Open => StateName::Open,
            IncidentState::Acknowledged => StateName::Acknowledged,
            IncidentState::Resolved => StateName::Resolved,
            IncidentState::Accepted { .. } => StateName::Accepted,
            IncidentState::FalsePositive { .. } => StateName::FalsePositive,
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            IncidentState::Accepted { reason, .. } | IncidentState::FalsePositive { reason } => {
                Some(reason)
            }
            _ => None,
        }
    }

    fn until(&self) -> Option<Timestamp> {
        match self {
            IncidentState::Accepted { until, .. } => Some(*until),
            _ => None,
        }
    }

    fn read(word: &str, reason: Option<String>, until: Option<Timestamp>) -> Result<Self> {
        let reason = reason.unwrap_or_default();
        Ok(match StateName::read(word)? {
            StateName::Open => IncidentState::Open,
            StateName::Acknowledged => IncidentState::Acknowledged,
            StateName::Resolved => IncidentState::Resolved,
            StateName::FalsePositive => IncidentState::FalsePositive { reason },
            StateName::Accepted => IncidentState::Accepted {
                reason,
                until: until
                    .ok_or_else(|| Error::stored("incident state", "it is accepted for ever"))?,
            },
        })
    }
}

/// What the engine knows of an incident: written by [`crate::Batch::incidents`].
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentUpsert {
    /// Which incident.
    pub fingerprint: Fingerprint,
    /// How bad.
    pub severity: Severity,
    /// The order among equals: finite, greater is worse.
    pub score: f64,
    /// What it comes to, in one line.
    pub title: String,
    /// The actor or workload that it is about.
    pub subject: String,
    /// The namespace of the subject; empty when it has none.
    pub namespace: String,
    /// Who owns the subject; empty when nobody is named.
    pub owner: String,
    /// The team of the owner; empty when none is named.
    pub team: String,
    /// The time of the newest evidence: what is newer than a resolution opens the incident again.
    pub last_seen: Timestamp,
    /// When this was found out.
    pub at: Timestamp,
    /// The last decision about it, where whoever writes it knows them all: then it has that state, and evidence
    /// opens nothing by itself.
    pub decided: Option<Transition>,
    /// Everything else.
    pub body: Json,
}

/// What an upsert came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UpsertOutcome {
    /// It is new.
    Created,
    /// It was known, and says something new.
    Updated,
    /// It was resolved, or accepted until a time that has passed, and is open again.
    Reopened,
    /// It was known and says nothing new.
    Unchanged,
}

/// The incident that an upsert met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Upserted {
    /// Its number.
    pub id: IncidentId,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// Its version now.
    pub version: u64,
    /// Its state now.
    pub state: IncidentState,
    /// What happened to it.
    pub outcome: UpsertOutcome,
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Incident {
    /// Its number.
    pub id: IncidentId,
    /// What makes another report the same incident.
    pub fingerprint: Fingerprint,
    /// Grows with every change: what [`Store::set_incident_state`] wants to know.
    pub version: u64,
    /// What was decided about it.
    #[serde(flatten)]
    pub state: IncidentState,
    /// By whom.
    pub state_author: String,
    /// When.
    pub state_since: Timestamp,
    /// How bad.
    pub severity: Severity,
    /// The order among equals.
    pub score: f64,
    /// What it comes to, in one line.
    pub title: String,
    /// The actor or workload that it is about.
    pub subject: String,
    /// The namespace of the subject.
    pub namespace: String,
    /// Who owns the subject.
    pub owner: String,
    /// The team of the owner.
    pub team: String,
    /// When it was first reported.
    pub opened: Timestamp,
    /// How often it came back.
    pub reopened: u64,
    /// The time of the newest evidence.
    pub last_seen: Timestamp,
    /// When it changed last.
    pub updated: Timestamp,
    /// When it was resolved, if it is.
    pub resolved: Option<Timestamp>,
    /// Everything else.
    pub body: Json,
}

/// A decision about an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The state that it shall have.
    pub to: IncidentState,
    /// Who decides.
    pub author: String,
    /// When.
    pub at: Timestamp,
}

/// A change of state that was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StateChange {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub author: String,
    /// The state before; `None` at the beginning.
    pub from: Option<StateName>,
    /// The state after.
    #[serde(flatten)]
    pub to: IncidentState,
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comment {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub author: String,
    /// What.
    pub text: String,
}

/// The order of a list of incidents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentOrder {
    /// Worst first: severity, score, then the one reported first.
    #[default]
    Rank,
    /// Last changed first.
    Updated,
}

/// Which incidents, and in which order; the default is all, worst first.
#[derive(Debug, Clone, Default)]
pub struct IncidentFilter {
    /// Only these states; empty means all.
    pub states: Vec<StateName>,
    /// Only this bad or worse.
    pub min_severity: Option<Severity>,
    /// Only of this owner.
    pub owner: Option<String>,
    /// Only of this team.
    pub team: Option<String>,
    /// Only in this namespace.
    pub namespace: Option<String>,
    /// Only subjects that begin so.
    pub subject_prefix: Option<String>,
    /// Only with this text in title or subject; upper and lower case are the same in ASCII.
    pub text: Option<String>,
    /// Only those with evidence at or after this.
    pub seen_since: Option<Timestamp>,
    /// Only those with evidence before this.
    pub seen_before: Option<Timestamp>,
    /// As they were at this time; `None` is now.
    pub at: Option<Timestamp>,
    /// In which order.
    pub order: IncidentOrder,
}

/// Where the next page of incidents begins. Serialises to a short list: the API may hand it out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentCursor {
    severity: i64,
    score: f64,
    updated: i64,
    id: i64,
}

/// A page of incidents.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentPage {
    /// The incidents.
    pub incidents: Vec<Incident>,
    /// Where the next page begins; `None` when this was the last.
    pub next: Option<IncidentCursor>,
}

impl Store {
    /// An incident as it is now.
    pub async fn incident(&self, id: IncidentId) -> Result<Option<Incident>> {
        self.read(move |sql| current(sql, "i.id = ?2", id.0.into()))
            .await
    }

    /// The incident of a fingerprint, as it is now.
    pub async fn incident_by_fingerprint(
        &self,
        fingerprint: Fingerprint,
    ) -> Result<Option<Incident>> {
        self.read(move |sql| current(sql, "i.fingerprint = ?2", (&fingerprint.0).into()))
            .await
    }

    /// A page of incidents.
    pub async fn incidents(
        &self,
        filter: IncidentFilter,
        after: Option<IncidentCursor>,
        limit: usize,
    ) -> Result<IncidentPage> {
        self.read(move |sql| list(sql, &filter, after.as_ref(), limit))
            .await
    }

    /// How many incidents there are of each state and severity now; worst first within a state.
    pub async fn incident_counts(&self) -> Result<Vec<(StateName, Severity, u64)>> {
        self.read(|sql| {
            let rows = sql.query(
                "SELECT state, severity, count(*) FROM incident_version WHERE valid_until = ?1
                 GROUP BY state, severity",
                values![OPEN],
            )?;
            let mut counts = Vec::with_capacity(rows.len());
            for mut row in rows {
                let state = StateName::read(&row.text(0)?)?;
                counts.push((state, severity_of(row.int(1)?)?, row.count(2)?));
            }
            counts.sort_by_key(|(state, severity, _)| (*state, std::cmp::Reverse(*severity)));
            Ok(counts)
        })
        .await
    }

    /// Every version of an incident that is kept, newest first.
    pub async fn incident_versions(&self, id: IncidentId) -> Result<Vec<Incident>> {
        self.read(move |sql| {
            let rows = sql.query(
                &format!(
                    "SELECT {COLUMNS} FROM incident i JOIN incident_version v ON v.incident_id = i.id
                     WHERE i.id = ?1 ORDER BY v.version DESC"
                ),
                values![id.0],
            )?;
            rows.into_iter().map(incident_of).collect()
        })
        .await
    }

    /// The changes of state of an incident, oldest first.
    pub async fn incident_changes(&self, id: IncidentId) -> Result<Vec<StateChange>> {
        self.read(move |sql| {
            let rows = sql.query(
                "SELECT at, author, from_state, to_state, reason, until FROM incident_change
                 WHERE incident_id = ?1 ORDER BY id",
                values![id.0],
            )?;
            let mut changes = Vec::with_capacity(rows.len());
            for mut row in rows {
                let from = row.text_or_null(2)?;
                let until = row.time_or_null(5)?;
                changes.push(StateChange {
                    at: row.time(0)?,
                    author: row.text(1)?,
                    from: from.as_deref().map(StateName::read).transpose()?,
                    to: IncidentState::read(&row.text(3)?, row.text_or_null(4)?, until)?,
                });
            }
            Ok(changes)
        })
        .await
    }

    /// The comments on an incident, oldest first.
    pub async fn incident_comments(&self, id: IncidentId) -> Result<Vec<Comment>> {
        self.read(move |sql| {
            let rows = sql.query(
                "SELECT at, author, text FROM incident_comment WHERE incident_id = ?1 ORDER BY id",
                values![id.0],
            )?;
            let comment = |mut row: Row| {
                Ok(Comment {
                    at: row.time(0)?,
                    author: row.text(1)?,
                    text: row.text(2)?,
                })
            };
            rows.into_iter().map(comment).collect()
        })
        .await
    }

    /// Decides about an incident. `expected` is the version that the decision was made on; another one
    /// in between is an [`Error::Conflict`]. `None` decides whatever is there.
    pub async fn set_incident_state(
        &self,
        id: IncidentId,
        expected: Option<u64>,
        transition: Transition,
    ) -> Result<Incident> {
        check(&transition)?;
        self.write(move |sql| transit(sql, id, expected, &transition))
            .await
    }

    /// Comments on an incident. That is no new version of it.
    pub async fn comment_on_incident(&self, id: IncidentId, comment: Comment) -> Result<()> {
        if comment.author.is_empty() || comment.text.is_empty() {
            return Err(Error::invalid("a comment needs an author and a text"));
        }
        self.write(move |sql| {
            existing(sql, id)?;
            sql.execute(
                "INSERT INTO incident_comment (incident_id, at, author, text) VALUES (?1, ?2, ?3, ?4)",
                values![id.0, comment.at, &comment.author, &comment.text],
            )?;
            Ok(())
        })
        .await
    }

    /// Opens again what was accepted until before `now`; answers which.
    pub async fn reopen_expired(&self, now: Timestamp) -> Result<Vec<IncidentId>> {
        self.write(move |sql| {
            let rows = sql.query(
                "SELECT incident_id FROM incident_version
                 WHERE valid_until = ?1 AND state = ?2 AND state_until <= ?3 ORDER BY incident_id",
                values![OPEN, StateName::Accepted.as_str(), now],
            )?;
            let mut reopened = Vec::with_capacity(rows.len());
            for row in rows {
                let id = IncidentId(row.count(0)?);
                let transition = Transition {
                    to: IncidentState::Open,
                    author: ENGINE.to_owned(),
                    at: now,
                };
                transit(sql, id, None, &transition)?;
                reopened.push(id);
            }
            Ok(reopened)
        })
        .await
    }
}

/// Who decides when nobody did.
pub const ENGINE: &str = "catseye";

const COLUMNS: &str = "i.id, i.fingerprint, v.version, v.state, v.state_reason, v.state_author, \
    v.state_since, v.state_until, v.severity, v.score, v.title, v.subject, v.namespace, v.owner, v.team, \
    v.opened, v.reopened, v.last_seen, v.updated, v.resolved, v.body";

/// The worst first in `Severity::WORST_FIRST`; stored as its distance from the mildest.
pub(crate) fn severity_number(severity: Severity) -> i64 {
    let worst_first = Severity::WORST_FIRST.iter();
    let place = worst_first.rev().position(|other| *other == severity);
    place.map_or(0, |place| i64::try_from(place).unwrap_or(0))
}

pub(crate) fn severity_of(number: i64) -> Result<Severity> {
    usize::try_from(number)
        .ok()
        .and_then(|place| Severity::WORST_FIRST.iter().rev().nth(place))
        .copied()
        .ok_or_else(|| Error::stored("severity", format!("no severity has the number {number}")))
}

fn incident_of(mut row: Row) -> Result<Incident> {
    let until = row.time_or_null(7)?;
    Ok(Incident {
        id: IncidentId(row.count(0)?),
        fingerprint: Fingerprint(row.text(1)?),
        version: row.count(2)?,
        state: IncidentState::read(&row.text(3)?, row.text_or_null(4)?, until)?,
        state_author: row.text(5)?,
        state_since: row.time(6)?,
        severity: severity_of(row.int(8)?)?,
        score: row.real(9)?,
        title: row.text(10)?,
        subject: row.text(11)?,
        namespace: row.text(12)?,
        owner: row.text(13)?,
        team: row.text(14)?,
        opened: row.time(15)?,
        reopened: row.count(16)?,
        last_seen: row.time(17)?,
        updated: row.time(18)?,
        resolved: row.time_or_null(19)?,
        body: body::unpack(&row.bytes(20)?)?,
    })
}

fn current(sql: &mut dyn Sql, condition: &str, value: Value) -> Result<Option<Incident>> {
    let row = sql.query_one(
        &format!(
            "SELECT {COLUMNS} FROM incident i
             JOIN incident_version v ON v.incident_id = i.id AND v.valid_until = ?1
             WHERE {condition}"
        ),
        &[Value::Int(OPEN), value],
    )?;
    row.map(incident_of).transpose()
}

fn existing(sql: &mut dyn Sql, id: IncidentId) -> Result<Incident> {
    current(sql, "i.id = ?2", id.0.into())?.ok_or_else(|| Error::NotFound {
        what: format!("incident {id}"),
    })
}

fn list(
    sql: &mut dyn Sql,
    filter: &IncidentFilter,
    after: Option<&IncidentCursor>,
    limit: usize,
) -> Result<IncidentPage> {
    let mut condition = Where::default();
    match filter.at {
        None => condition.and("v.valid_until = ?", values![OPEN]),
        Some(at) => {
            condition.and("v.valid_from <= ?", values![at]);
            condition.and("v.valid_until > ?", values![at]);
        }
    }
    let states: Vec<Value> = filter.states.iter().map(|s| s.as_str().into()).collect();
    condition.one_of("v.state", &states);
    if let Some(least) = filter.min_severity {
        condition.and("v.severity >= ?", values![severity_number(least)]);
    }
    let columns = [
        ("v.owner = ?", &filter.owner),
        ("v.team = ?", &filter.team),
        ("v.namespace = ?", &filter.namespace),
    ];
    for (test, wanted) in columns {
        if let Some(wanted) = wanted {
            condition.and(test, values![wanted]);
        }
    }
    if let Some(prefix) = &filter.subject_prefix {
        condition.and("v.subject LIKE ? ESCAPE '!'", &[beginning(prefix)]);
    }
    if let Some(text) = &filter.text {
        let pattern = containing(&text.to_ascii_lowercase());
        condition.and(
            "(lower(v.title) LIKE ? ESCAPE '!' OR lower(v.subject) LIKE ? ESCAPE '!')",
            &[pattern.clone(), pattern],
        );
    }
    if let Some(since) = filter.seen_since {
        condition.and("v.last_seen >= ?", values![since]);
    }
    if let Some(before) = filter.seen_before {
        condition.and("v.last_seen < ?", values![before]);
    }
    let order = match filter.order {
        IncidentOrder::Rank => {
            if let Some(last) = after {
                condition.and(
                    "(v.severity < ? OR (v.severity = ? AND (v.score < ? OR (v.score = ? AND i.id > ?))))",
                    values![last.severity, last.severity, last.score, last.score, last.id],
                );
            }
            "v.severity DESC, v.score DESC, i.id"
        }
        IncidentOrder::Updated => {
            if let Some(last) = after {
                condition.and(
                    "(v.updated < ? OR (v.updated = ? AND i.id > ?))",
                    values![last.updated, last.updated, last.id],
                );
            }
            "v.updated DESC, i.id"
        }
    };
    let number = condition.push(limit.saturating_add(1) as u64);
    let rows = sql.query(
        &format!(
            "SELECT {COLUMNS} FROM incident i JOIN incident_version v ON v.incident_id = i.id{}
             ORDER BY {order} LIMIT ?{number}",
            condition.clause()
        ),
        &condition.values,
    )?;
    let more = rows.len() > limit;
    let mut incidents = Vec::with_capacity(rows.len());
    for row in rows.into_iter().take(limit) {
        incidents.push(incident_of(row)?);
    }
    let next = match incidents.last() {
        Some(last) if more => Some(IncidentCursor {
            severity: severity_number(last.severity),
            score: last.score,
            updated: last.updated.as_microsecond(),
            id: i64::try_from(last.id.0).unwrap_or(i64::MAX),
        }),
        _ => None,
    };
    Ok(IncidentPage { incidents, next })
}

fn check(transition: &Transition) -> Result<()> {
    if transition.author.is_empty() {
        return Err(Error::invalid("a decision needs an author"));
    }
    if transition
        .to
        .reason()
        .is_some_and(|reason| reason.trim().is_empty())
    {
        return Err(Error::invalid(
            "accepting an incident or calling it false needs a reason",
        ));
    }
    if transition
        .to
        .until()
        .is_some_and(|until| until <= transition.at)
    {
        return Err(Error::invalid(
            "an incident is accepted until a time in the future",
        ));
    }
    Ok(())
}

fn transit(
    sql: &mut dyn Sql,
    id: IncidentId,
    expected: Option<u64>,
    transition: &Transition,
) -> Result<Incident> {
    let mut incident = existing(sql, id)?;
    if let Some(expected) = expected
        && expected != incident.version
    {
        return Err(Error::Conflict {
            what: format!("incident {id}"),
            expected,
            found: incident.version,
        });
    }
    if incident.state == transition.to {
        return Ok(incident);
    }
    change_state(sql, &mut incident, transition)?;
    incident.updated = incident.updated.max(transition.at);
    let (hash, _) = newest(sql, id)?;
    write_version(sql, &mut incident, &hash, false)?;
    Ok(incident)
}

/// Sets the state, notes the change; the version is the caller's to write.
fn change_state(sql: &mut dyn Sql, incident: &mut Incident, transition: &Transition) -> Result<()> {
    note_change(sql, incident.id, Some(&incident.state), transition)?;
    let was_closed = incident.resolved.is_some() || incident.state.until().is_some();
    if transition.to == IncidentState::Open && was_closed {
        incident.reopened += 1;
    }
    incident.resolved = match transition.to {
        IncidentState::Resolved => Some(transition.at),
        _ => None,
    };
    incident.state.clone_from(&transition.to);
    incident.state_author.clone_from(&transition.author);
    incident.state_since = transition.at;
    Ok(())
}

fn note_change(
    sql: &mut dyn Sql,
    id: IncidentId,
    from: Option<&IncidentState>,
    transition: &Transition,
) -> Result<()> {
    sql.execute(
        "INSERT INTO incident_change (incident_id, at, author, from_state, to_state, reason, until)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        values![
            id.0,
            transition.at,
            &transition.author,
            from.map(|state| state.name().as_str()),
            transition.to.name().as_str(),
            transition.to.reason(),
            transition.to.until(),
        ],
    )?;
    Ok(())
}

/// The hash of the evidence of the newest version, and since when that version is valid.
fn newest(sql: &mut dyn Sql, id: IncidentId) -> Result<(Vec<u8>, i64)> {
    let row = sql.query_one(
        "SELECT record_hash, valid_from FROM incident_version WHERE incident_id = ?1 AND valid_until = ?2",
        values![id.0, OPEN],
    )?;
    row.map_or(Ok((Vec::new(), i64::MIN)), |mut row| {
        Ok((row.bytes(0)?, row.int(1)?))
    })
}

/// Writes the incident as its next version. `replace` puts it in the place of the one before.
fn write_version(
    sql: &mut dyn Sql,
    incident: &mut Incident,
    record_hash: &[u8],
    replace: bool,
) -> Result<()> {
    let before = incident.version;
    incident.version += 1;
    let mut from = incident.updated.as_microsecond();
    if before > 0 {
        let (_, since) = newest(sql, incident.id)?;
        if replace {
            from = since;
            sql.execute(
                "DELETE FROM incident_version WHERE incident_id = ?1 AND valid_until = ?2",
                values![incident.id.0, OPEN],
            )?;
        } else {
            from = from.max(since.saturating_add(1));
            sql.execute(
                "UPDATE incident_version SET valid_until = ?3 WHERE incident_id = ?1 AND valid_until = ?2",
                values![incident.id.0, OPEN, from],
            )?;
        }
    }
    sql.execute(
        "UPDATE incident SET version = ?2 WHERE id = ?1",
        values![incident.id.0, incident.version],
    )?;
    sql.execute(
        "INSERT INTO incident_version (incident_id, version, valid_from, valid_until, state, state_reason,
           state_author, state_since, state_until, severity, score, title, subject, namespace, owner, team,
           opened, reopened, last_seen, updated, resolved, record_hash, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
           ?21, ?22, ?23)",
        values![
            incident.id.0,
            incident.version,
            from,
            OPEN,
            incident.state.name().as_str(),
            incident.state.reason(),
            &incident.state_author,
            incident.state_since,
            incident.state.until(),
            severity_number(incident.severity),
            incident.score,
            &incident.title,
            &incident.subject,
            &incident.namespace,
            &incident.owner,
            &incident.team,
            incident.opened,
            incident.reopened,
            incident.last_seen,
            incident.updated,
            incident.resolved,
            record_hash,
            body::pack(&incident.body)?,
        ],
    )?;
    Ok(())
}

/// Checks what the back ends would treat differently.
pub(crate) fn check_upsert(upsert: &IncidentUpsert) -> Result<()> {
    if !upsert.score.is_finite() {
        return Err(Error::invalid(
            "the score of an incident is a finite number",
        ));
    }
    if upsert.fingerprint.0.is_empty() {
        return Err(Error::invalid("an incident has a fingerprint"));
    }
    let bytes = body::text(&upsert.body).len();
    if bytes > body::LARGEST {
        return Err(Error::invalid(format!(
            "an incident of {bytes} bytes is too large: the limit is {}",
            body::LARGEST
        )));
    }
    Ok(())
}

fn hash_of(upsert: &IncidentUpsert) -> Vec<u8> {
    body::hash(&[
        upsert.severity.as_str().as_bytes(),
        &upsert.score.to_bits().to_le_bytes(),
        upsert.title.as_bytes(),
        upsert.subject.as_bytes(),
        upsert.namespace.as_bytes(),
        upsert.owner.as_bytes(),
        upsert.team.as_bytes(),
        &body::text(&upsert.body),
    ])
}

/// Makes, updates or opens again.
pub(crate) fn upsert(sql: &mut dyn Sql, upsert: &IncidentUpsert) -> Result<Upserted> {
    let hash = hash_of(upsert);
    let known = current(
        sql,
        "i.fingerprint = ?2",
        Value::from(&upsert.fingerprint.0),
    )?;
    let Some(mut incident) = known else {
        return create(sql, upsert, &hash);
    };
    let newer = upsert.last_seen > incident.last_seen;
    let returns = match &incident.state {
        _ if upsert.decided.is_some() => false,
        IncidentState::Resolved => incident
            .resolved
            .is_some_and(|resolved| upsert.last_seen > resolved),
        IncidentState::Accepted { until, .. } => *until <= upsert.at,
        _ => false,
    };
    let decided = upsert.decided.as_ref();
    let decided = decided.filter(|it| it.to != incident.state);
    let (known_hash, since) = newest(sql, incident.id)?;
    let same = known_hash == hash;
    if same && !newer && !returns && decided.is_none() {
        return Ok(upserted(incident, UpsertOutcome::Unchanged));
    }
    let recent = upsert.at.as_microsecond().saturating_sub(since) < STEP;
    let has_decision = incident.state_since.as_microsecond() == since;
    if returns {
        let transition = Transition {
            to: IncidentState::Open,
            author: ENGINE.to_owned(),
            at: upsert.at,
        };
        change_state(sql, &mut incident, &transition)?;
    }
    let reopens = incident.reopened;
    if let Some(transition) = decided {
        change_state(sql, &mut incident, transition)?;
    }
    let reopens = returns || incident.reopened > reopens;
    let worse = upsert.severity != incident.severity;
    incident.severity = upsert.severity;
    incident.score = upsert.score;
    incident.title.clone_from(&upsert.title);
    incident.subject.clone_from(&upsert.subject);
    incident.namespace.clone_from(&upsert.namespace);
    incident.owner.clone_from(&upsert.owner);
    incident.team.clone_from(&upsert.team);
    incident.last_seen = incident.last_seen.max(upsert.last_seen);
    incident.updated = incident.updated.max(upsert.at);
    incident.body = upsert.body.clone();
    let replace = recent && !returns && decided.is_none() && !worse && !has_decision;
    write_version(sql, &mut incident, &hash, replace)?;
    let outcome = if reopens {
        UpsertOutcome::Reopened
    } else {
        UpsertOutcome::Updated
    };
    Ok(upserted(incident, outcome))
}

fn create(sql: &mut dyn Sql, upsert: &IncidentUpsert, hash: &[u8]) -> Result<Upserted> {
    let row = sql.query_one(
        "INSERT INTO incident (fingerprint, version) VALUES (?1, 0) RETURNING id",
        values![&upsert.fingerprint.0],
    )?;
    let row = row.ok_or_else(|| Error::stored("incident", "no id was given out"))?;
    let mut incident = Incident {
        id: IncidentId(row.count(0)?),
        fingerprint: upsert.fingerprint.clone(),
        version: 0,
        state: IncidentState::Open,
        state_author: ENGINE.to_owned(),
        state_since: upsert.at,
        severity: upsert.severity,
        score: upsert.score,
        title: upsert.title.clone(),
        subject: upsert.subject.clone(),
        namespace: upsert.namespace.clone(),
        owner: upsert.owner.clone(),
        team: upsert.team.clone(),
        opened: upsert.at,
        reopened: 0,
        last_seen: upsert.last_seen,
        updated: upsert.at,
        resolved: None,
        body: upsert.body.clone(),
    };
    let transition = Transition {
        to: IncidentState::Open,
        author: ENGINE.to_owned(),
        at: upsert.at,
    };
    note_change(sql, incident.id, None, &transition)?;
    if let Some(decided) = upsert.decided.as_ref().filter(|it| it.to != incident.state) {
        change_state(sql, &mut incident, decided)?;
    }
    write_version(sql, &mut incident, hash, false)?;
    Ok(upserted(incident, UpsertOutcome::Created))
}

fn upserted(incident: Incident, outcome: UpsertOutcome) -> Upserted {
    Upserted {
        id: incident.id,
        fingerprint: incident.fingerprint,
        version: incident.version,
        state: incident.state,
        outcome,
    }
}
