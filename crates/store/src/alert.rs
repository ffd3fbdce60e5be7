//! Alerts on their way out: written with the incident that they tell, and there until they are settled.
//!
//! A row is an alert for one receiver, told from others by its key. Writing the same again changes
//! nothing, whatever became of the first. What is settled stays for a while, to be looked up.

use jiff::Timestamp;
use serde::Serialize;

use crate::body;
use crate::error::Result;
use crate::sql::{Row, Sql, values};
use crate::store::Store;

/// An alert for one receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertPut {
    /// The receiver's name.
    pub sink: String,
    /// What makes it the same alert: the receiver is told it too.
    pub key: String,
    /// When it was made.
    pub at: Timestamp,
    /// The alert, in the words of who sends it.
    pub body: Vec<u8>,
}

/// What became of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertSettled {
    /// The receiver's name.
    pub sink: String,
    /// Its key.
    pub key: String,
    /// When.
    pub at: Timestamp,
    /// How: `delivered`, `dead`, …
    pub outcome: String,
}

/// An alert that is not settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitingAlert {
    /// Its number: later ones have greater ones.
    pub id: u64,
    /// The receiver's name.
    pub sink: String,
    /// Its key.
    pub key: String,
    /// When it was made.
    pub at: Timestamp,
    /// The alert.
    #[serde(skip)]
    pub body: Vec<u8>,
}

impl Store {
    /// Alerts of a receiver that are not settled, oldest first, at most `limit` with numbers above `after`.
    pub async fn waiting_alerts(
        &self,
        sink: impl Into<String>,
        after: u64,
        limit: usize,
    ) -> Result<Vec<WaitingAlert>> {
        let sink = sink.into();
        self.read(move |sql| waiting(sql, &sink, after, limit))
            .await
    }

    /// How many alerts of each receiver are not settled.
    pub async fn waiting_alert_counts(&self) -> Result<Vec<(String, u64)>> {
        self.read(|sql| {
            let rows = sql.query(
                "SELECT sink, count(*) FROM alert WHERE settled IS NULL GROUP BY sink ORDER BY sink",
                &[],
            )?;
            rows.into_iter()
                .map(|mut row| Ok((row.text(0)?, row.count(1)?)))
                .collect()
        })
        .await
    }

    /// What became of an alert: `None` while it waits, or when there is none.
    pub async fn alert_outcome(
        &self,
        sink: impl Into<String>,
        key: impl Into<String>,
    ) -> Result<Option<String>> {
        let (sink, key) = (sink.into(), key.into());
        self.read(move |sql| {
            let row = sql.query_one(
                "SELECT outcome FROM alert WHERE sink = ?1 AND same_key = ?2 AND settled IS NOT NULL",
                values![&sink, &key],
            )?;
            row.map(|mut row| row.text(0)).transpose()
        })
        .await
    }
}

pub(crate) fn write(sql: &mut dyn Sql, put: &AlertPut, packed: &[u8]) -> Result<()> {
    sql.execute(
        "INSERT INTO alert (sink, same_key, at, settled, outcome, body)
         VALUES (?1, ?2, ?3, NULL, '', ?4) ON CONFLICT (sink, same_key) DO NOTHING",
        values![&put.sink, &put.key, put.at, packed.to_vec()],
    )?;
    Ok(())
}

pub(crate) fn settle(sql: &mut dyn Sql, settled: &AlertSettled) -> Result<()> {
    sql.execute(
        "UPDATE alert SET settled = ?3, outcome = ?4
         WHERE sink = ?1 AND same_key = ?2 AND settled IS NULL",
        values![&settled.sink, &settled.key, settled.at, &settled.outcome],
    )?;
    Ok(())
}

fn waiting(sql: &mut dyn Sql, sink: &str, after: u64, limit: usize) -> Result<Vec<WaitingAlert>> {
    let rows = sql.query(
        "SELECT id, same_key, at, body FROM alert
         WHERE settled IS NULL AND sink = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
        values![sink, after, limit as u64],
    )?;
    let alert = |mut row: Row| {
        Ok(WaitingAlert {
            id: row.count(0)?,
            sink: sink.to_owned(),
            key: row.text(1)?,
            at: row.time(2)?,
            body: body::expand(&row.bytes(3)?)?,
        })
    };
    rows.into_iter().map(alert).collect()
}
