//! Findings: what is wrong now, since when, and how that developed.
//!
//! A finding is present from its first report until a report of its scope no longer holds it. Each such
//! time is a span; trends are counted from spans, so they are exact for every day that is kept.

use std::collections::BTreeSet;

use catseye_model::Severity;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::body;
use crate::error::{Error, Result};
use crate::incident::{Fingerprint, severity_number, severity_of};
use crate::object::OPEN;
use crate::sql::{Row, Sql, Value, Where, beginning, containing, values};
use crate::store::Store;

/// `last_seen` of a finding that stays the same moves at most this often, in microseconds: writing every
/// finding at every scan would be most of what the store writes.
const CONFIRMED_EVERY: i64 = 3_600_000_000;

/// A finding as a scan reports it.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingReport {
    /// What makes another report the same finding.
    pub fingerprint: Fingerprint,
    /// The check, such as `POD-001`.
    pub check_id: String,
    /// How bad.
    pub severity: Severity,
    /// The area of the check, such as `workload`.
    pub area: String,
    /// The object, such as `Deployment shop/cart`.
    pub subject: String,
    /// The namespace of the object; empty when it has none.
    pub namespace: String,
    /// What is wrong, in one line.
    pub title: String,
    /// Everything else.
    pub body: Json,
}

/// What a report speaks for: findings of it that are not in it are resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindingScope {
    /// Everything: a whole scan.
    Everything,
    /// These subjects: what was judged again after a change.
    Subjects(Vec<String>),
}

/// What was found, about what.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingsUpdate {
    /// When.
    pub at: Timestamp,
    /// About what.
    pub scope: FindingScope,
    /// All findings of the scope.
    pub present: Vec<FindingReport>,
}

/// A finding that is or was present.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StoredFinding {
    /// What makes another report the same finding.
    pub fingerprint: Fingerprint,
    /// The check.
    pub check_id: String,
    /// How bad.
    pub severity: Severity,
    /// The area of the check.
    pub area: String,
    /// The object.
    pub subject: String,
    /// The namespace of the object.
    pub namespace: String,
    /// What is wrong, in one line.
    pub title: String,
    /// When it was reported first, ever.
    pub first_seen: Timestamp,
    /// When it was confirmed last, to the hour.
    pub last_seen: Timestamp,
    /// Since when it is gone; `None` while it is present.
    pub resolved: Option<Timestamp>,
    /// Everything else, as of the last report.
    pub body: Json,
}

/// What an update changed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct FindingsChanged {
    /// New, or back.
    pub appeared: Vec<Fingerprint>,
    /// Gone.
    pub resolved: Vec<Fingerprint>,
}

/// Which findings; the default is all that are present.
#[derive(Debug, Clone, Default)]
pub struct FindingFilter {
    /// Those that are gone too.
    pub resolved_too: bool,
    /// Those that were present at this time instead of now. Their bodies are the latest.
    pub at: Option<Timestamp>,
    /// Only this bad or worse.
    pub min_severity: Option<Severity>,
    /// Only of this check.
    pub check_id: Option<String>,
    /// Only of this area.
    pub area: Option<String>,
    /// Only in this namespace.
    pub namespace: Option<String>,
    /// Only subjects that begin so.
    pub subject_prefix: Option<String>,
    /// Only with this text in title or subject; upper and lower case are the same in ASCII.
    pub text: Option<String>,
}

/// Where the next page of findings begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingCursor {
    severity: i64,
    fingerprint: String,
}

/// A page of findings: worst first, then by fingerprint.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingPage {
    /// The findings.
    pub findings: Vec<StoredFinding>,
    /// Where the next page begins; `None` when this was the last.
    pub next: Option<FindingCursor>,
}

/// The findings of a day, a severity and an area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrendPoint {
    /// The day, in UTC.
    pub day: Date,
    /// How bad.
    pub severity: Severity,
    /// The area of the check.
    pub area: String,
    /// Present at the end of the day.
    pub present: u64,
    /// Appeared on that day.
    pub appeared: u64,
    /// Gone on that day.
    pub resolved: u64,
}

impl Store {
    /// A page of findings.
    pub async fn findings(
        &self,
        filter: FindingFilter,
        after: Option<FindingCursor>,
        limit: usize,
    ) -> Result<FindingPage> {
        self.read(move |sql| list(sql, &filter, after.as_ref(), limit))
            .await
    }

    /// One finding, present or gone.
    pub async fn finding(&self, fingerprint: Fingerprint) -> Result<Option<StoredFinding>> {
        self.read(move |sql| {
            let row = sql.query_one(
                &format!("SELECT {COLUMNS} FROM finding f WHERE f.fingerprint = ?1"),
                values![&fingerprint.0],
            )?;
            row.map(finding_of).transpose()
        })
        .await
    }

    /// Counts by day, severity and area, from the first day to the last, both included. Points without
    /// any count are left out.
    pub async fn finding_trend(&self, first: Date, last: Date) -> Result<Vec<TrendPoint>> {
        self.read(move |sql| trend(sql, first, last)).await
    }
}

const COLUMNS: &str = "f.fingerprint, f.check_id, f.severity, f.area, f.subject, f.namespace, f.title, \
                       f.first_seen, f.last_seen, f.resolved, f.body";

fn finding_of(mut row: Row) -> Result<StoredFinding> {
    Ok(StoredFinding {
        fingerprint: Fingerprint(row.text(0)?),
        check_id: row.text(1)?,
        severity: severity_of(row.int(2)?)?,
        area: row.text(3)?,
        subject: row.text(4)?,
        namespace: row.text(5)?,
        title: row.text(6)?,
        first_seen: row.time(7)?,
        last_seen: row.time(8)?,
        resolved: row.time_or_null(9)?,
        body: body::unpack(&row.bytes(10)?)?,
    })
}

fn list(
    sql: &mut dyn Sql,
    filter: &FindingFilter,
    after: Option<&FindingCursor>,
    limit: usize,
) -> Result<FindingPage> {
    let mut condition = Where::default();
    if let Some(at) = filter.at {
        condition.and(
            "EXISTS (SELECT 1 FROM finding_span s WHERE s.fingerprint = f.fingerprint
               AND s.began <= ? AND s.ended > ?)",
            values![at, at],
        );
    } else if !filter.resolved_too {
        condition.and("f.resolved IS NULL", &[]);
    }
    if let Some(least) = filter.min_severity {
        condition.and("f.severity >= ?", values![severity_number(least)]);
    }
    let columns = [
        ("f.check_id = ?", &filter.check_id),
        ("f.area = ?", &filter.area),
        ("f.namespace = ?", &filter.namespace),
    ];
    for (test, wanted) in columns {
        if let Some(wanted) = wanted {
            condition.and(test, values![wanted]);
        }
    }
    if let Some(prefix) = &filter.subject_prefix {
        condition.and("f.subject LIKE ? ESCAPE '!'", &[beginning(prefix)]);
    }
    if let Some(text) = &filter.text {
        let pattern = containing(&text.to_ascii_lowercase());
        condition.and(
            "(lower(f.title) LIKE ? ESCAPE '!' OR lower(f.subject) LIKE ? ESCAPE '!')",
            &[pattern.clone(), pattern],
        );
    }
    if let Some(last) = after {
        condition.and(
            "(f.severity < ? OR (f.severity = ? AND f.fingerprint > ?))",
            values![last.severity, last.severity, &last.fingerprint],
        );
    }
    let number = condition.push(limit.saturating_add(1) as u64);
    let rows = sql.query(
        &format!(
            "SELECT {COLUMNS} FROM finding f{} ORDER BY f.severity DESC, f.fingerprint LIMIT ?{number}",
            condition.clause()
        ),
        &condition.values,
    )?;
    let more = rows.len() > limit;
    let mut findings = Vec::with_capacity(rows.len());
    for row in rows.into_iter().take(limit) {
        findings.push(finding_of(row)?);
    }
    let next = match findings.last() {
        Some(last) if more => Some(FindingCursor {
            severity: severity_number(last.severity),
            fingerprint: last.fingerprint.0.clone(),
        }),
        _ => None,
    };
    Ok(FindingPage { findings, next })
}

/// Writes what was found; resolves what of the scope was not.
pub(crate) fn write(sql: &mut dyn Sql, update: &FindingsUpdate) -> Result<FindingsChanged> {
    let mut changed = FindingsChanged::default();
    let mut present = BTreeSet::new();
    for report in &update.present {
        // Of two reports with one fingerprint the first counts.
        if present.insert(report.fingerprint.0.as_str()) && write_one(sql, report, update.at)? {
            changed.appeared.push(report.fingerprint.clone());
        }
    }
    for known in present_in(sql, &update.scope)? {
        if !present.contains(known.as_str()) {
            resolve(sql, &known, update.at)?;
            changed.resolved.push(Fingerprint(known));
        }
    }
    Ok(changed)
}

fn present_in(sql: &mut dyn Sql, scope: &FindingScope) -> Result<Vec<String>> {
    let mut known = Vec::new();
    let mut take = |rows: Vec<Row>| -> Result<()> {
        for mut row in rows {
            known.push(row.text(0)?);
        }
        Ok(())
    };
    match scope {
        FindingScope::Everything => take(sql.query(
            "SELECT fingerprint FROM finding WHERE resolved IS NULL ORDER BY fingerprint",
            &[],
        )?)?,
        FindingScope::Subjects(subjects) => {
            let subjects: BTreeSet<&String> = subjects.iter().collect();
            for subject in subjects {
                take(sql.query(
                    "SELECT fingerprint FROM finding WHERE subject = ?1 AND resolved IS NULL
                     ORDER BY fingerprint",
                    values![subject],
                )?)?;
            }
        }
    }
    Ok(known)
}

/// Answers whether it was not present before.
fn write_one(sql: &mut dyn Sql, report: &FindingReport, at: Timestamp) -> Result<bool> {
    let hash = body::hash(&[
        report.check_id.as_bytes(),
        report.severity.as_str().as_bytes(),
        report.area.as_bytes(),
        report.subject.as_bytes(),
        report.title.as_bytes(),
        &body::text(&report.body),
    ]);
    let known = sql.query_one(
        "SELECT last_seen, resolved, body_hash FROM finding WHERE fingerprint = ?1",
        values![&report.fingerprint.0],
    )?;
    let severity = severity_number(report.severity);
    let (was_present, same, last_seen) = match known {
        None => (false, false, i64::MIN),
        Some(mut row) => (
            row.int_or_null(1)?.is_none(),
            row.bytes(2)? == hash,
            row.int(0)?,
        ),
    };
    let seen = at.as_microsecond();
    if was_present && same && seen.saturating_sub(last_seen) < CONFIRMED_EVERY {
        return Ok(false);
    }
    sql.execute(
        "INSERT INTO finding (fingerprint, check_id, severity, area, subject, namespace, title,
           first_seen, last_seen, resolved, body_hash, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, NULL, ?9, ?10)
         ON CONFLICT (fingerprint) DO UPDATE SET check_id = excluded.check_id,
           severity = excluded.severity, area = excluded.area, subject = excluded.subject,
           namespace = excluded.namespace, title = excluded.title, last_seen = excluded.last_seen,
           resolved = NULL, body_hash = excluded.body_hash, body = excluded.body",
        values![
            &report.fingerprint.0,
            &report.check_id,
            severity,
            &report.area,
            &report.subject,
            &report.namespace,
            &report.title,
            seen,
            hash,
            body::pack(&report.body)?,
        ],
    )?;
    if was_present {
        // Its severity may have changed; the span counts as what it is now.
        sql.execute(
            "UPDATE finding_span SET severity = ?2, area = ?3 WHERE fingerprint = ?1 AND ended = ?4",
            values![&report.fingerprint.0, severity, &report.area, OPEN],
        )?;
    } else {
        sql.execute(
            "INSERT INTO finding_span (fingerprint, began, ended, severity, area)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (fingerprint, began) DO UPDATE SET ended = excluded.ended",
            values![&report.fingerprint.0, seen, OPEN, severity, &report.area],
        )?;
    }
    Ok(!was_present)
}

fn resolve(sql: &mut dyn Sql, fingerprint: &str, at: Timestamp) -> Result<()> {
    sql.execute(
        "UPDATE finding SET resolved = ?2 WHERE fingerprint = ?1",
        values![fingerprint, at],
    )?;
    sql.execute(
        "UPDATE finding_span SET ended = ?2 WHERE fingerprint = ?1 AND ended = ?3",
        values![fingerprint, at, OPEN],
    )?;
    Ok(())
}

fn trend(sql: &mut dyn Sql, first: Date, last: Date) -> Result<Vec<TrendPoint>> {
    let mut points = Vec::new();
    let mut day = first;
    while day <= last {
        let next = day.checked_add(1.day()).map_err(|err| out_of_range(&err))?;
        let (start, end) = (midnight(day)?, midnight(next)?);
        let rows = sql.query(
            "SELECT severity, area,
               coalesce(sum(CASE WHEN ended >= ?2 THEN 1 ELSE 0 END), 0),
               coalesce(sum(CASE WHEN began >= ?1 THEN 1 ELSE 0 END), 0),
               coalesce(sum(CASE WHEN ended < ?2 THEN 1 ELSE 0 END), 0)
             FROM finding_span WHERE began < ?2 AND ended >= ?1
             GROUP BY severity, area ORDER BY severity DESC, area",
            &[Value::from(start), Value::from(end)],
        )?;
        for mut row in rows {
            points.push(TrendPoint {
                day,
                severity: severity_of(row.int(0)?)?,
                area: row.text(1)?,
                present: row.count(2)?,
                appeared: row.count(3)?,
                resolved: row.count(4)?,
            });
        }
        day = next;
    }
    Ok(points)
}

fn midnight(day: Date) -> Result<Timestamp> {
    let zoned = day
        .to_zoned(TimeZone::UTC)
        .map_err(|err| out_of_range(&err))?;
    Ok(zoned.timestamp())
}

fn out_of_range(err: &jiff::Error) -> Error {
    Error::invalid(err.to_string())
}
