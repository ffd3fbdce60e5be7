//! Who did what through the hub: its own audit log. Rows are added, never changed.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;

use crate::body;
use crate::error::Result;
use crate::sql::{Row, Sql, Where, values};
use crate::store::Store;

/// Something that a person, or a program with a token, did or tried.
#[derive(Debug, Clone, PartialEq)]
pub struct UserAction {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What, such as `incident.accept`.
    pub verb: String,
    /// To what, such as `incident 17`.
    pub target: String,
    /// How it ended, such as `allowed` or `refused`.
    pub outcome: String,
    /// From where; empty when unknown.
    pub source_ip: String,
    /// Everything else, without secrets.
    pub detail: Json,
}

/// An action with its place in the log.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StoredAction {
    /// Its number: later actions have greater ones.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What.
    pub verb: String,
    /// To what.
    pub target: String,
    /// How it ended.
    pub outcome: String,
    /// From where.
    pub source_ip: String,
    /// Everything else.
    pub detail: Json,
}

/// Which actions; the default is all.
#[derive(Debug, Clone, Default)]
pub struct ActionFilter {
    /// Only of this actor.
    pub actor: Option<String>,
    /// Only this verb.
    pub verb: Option<String>,
    /// Only to this target.
    pub target: Option<String>,
    /// Only at or after this.
    pub since: Option<Timestamp>,
    /// Only before this.
    pub before: Option<Timestamp>,
}

impl Store {
    /// Adds an action; answers its number.
    pub async fn record_action(&self, action: UserAction) -> Result<u64> {
        self.write(move |sql| write(sql, &action)).await
    }

    /// Actions, newest first, at most `limit`, with numbers below `below` (the last one of the page before).
    pub async fn actions(
        &self,
        filter: ActionFilter,
        below: Option<u64>,
        limit: usize,
    ) -> Result<Vec<StoredAction>> {
        self.read(move |sql| list(sql, &filter, below, limit)).await
    }
}

pub(crate) fn write(sql: &mut dyn Sql, action: &UserAction) -> Result<u64> {
    let row = sql.query_one(
        "INSERT INTO user_action (at, actor, verb, target, outcome, source_ip, detail)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
        values![
            action.at,
            &action.actor,
            &action.verb,
            &action.target,
            &action.outcome,
            &action.source_ip,
            body::pack(&action.detail)?,
        ],
    )?;
    row.map_or(Ok(0), |row| row.count(0))
}

fn list(
    sql: &mut dyn Sql,
    filter: &ActionFilter,
    below: Option<u64>,
    limit: usize,
) -> Result<Vec<StoredAction>> {
    let mut condition = Where::default();
    let columns = [
        ("actor = ?", &filter.actor),
        ("verb = ?", &filter.verb),
        ("target = ?", &filter.target),
    ];
    for (test, wanted) in columns {
        if let Some(wanted) = wanted {
            condition.and(test, values![wanted]);
        }
    }
    if let Some(since) = filter.since {
        condition.and("at >= ?", values![since]);
    }
    if let Some(before) = filter.before {
        condition.and("at < ?", values![before]);
    }
    if let Some(below) = below {
        condition.and("id < ?", values![below]);
    }
    let number = condition.push(limit as u64);
    let rows = sql.query(
        &format!(
            "SELECT id, at, actor, verb, target, outcome, source_ip, detail FROM user_action{}
             ORDER BY id DESC LIMIT ?{number}",
            condition.clause()
        ),
        &condition.values,
    )?;
    let action = |mut row: Row| {
        Ok(StoredAction {
            id: row.count(0)?,
            at: row.time(1)?,
            actor: row.text(2)?,
            verb: row.text(3)?,
            target: row.text(4)?,
            outcome: row.text(5)?,
            source_ip: row.text(6)?,
            detail: body::unpack(&row.bytes(7)?)?,
        })
    };
    rows.into_iter().map(action).collect()
}
