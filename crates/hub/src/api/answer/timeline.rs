//! How much happened when.

use jiff::Timestamp;

use crate::api::ask::Ask;
use crate::api::contract::problem::Problem;
use crate::api::contract::timeline::{Bucket, Mark, Timeline, TimelineQuery};
use crate::inbox::{Filter, StateKind};

/// What stands out, at most.
const MOST_MARKS: usize = 200;

pub(in crate::api) fn timeline(ask: &Ask, query: TimelineQuery) -> Result<Timeline, Problem> {
    let hub = &ask.edge.hub;
    let count = match query.buckets {
        None => 120,
        Some(count) if (1..=500).contains(&count) => count,
        Some(count) => return Err(Problem::bad(format!("buckets={count}: write 1 to 500"))),
    };
    let filter = Filter {
        states: vec![
            StateKind::Open,
            StateKind::Acknowledged,
            StateKind::Resolved,
            StateKind::Accepted,
            StateKind::FalsePositive,
        ],
        held_back: true,
        limit: 100_000,
        ..Filter::default()
    };
    let incidents = hub.inbox().list(&filter).incidents;
    let stats = match &ask.edge.store {
        Some(store) => Some(
            ask.wait(store.event_stats())
                .map_err(|err| Problem::internal("count the events", &err))?,
        ),
        None => None,
    };
    let oldest = incidents.iter().map(|incident| incident.first).min();
    let kept = stats.and_then(|stats| stats.oldest);
    let to = query.to.unwrap_or_else(|| hub.now());
    let from = query
        .from
        .or(oldest.into_iter().chain(kept).min())
        .unwrap_or(to);
    if from > to {
        return Err(Problem::bad(format!("from={from} is after to={to}")));
    }
    let span = (to.as_microsecond() - from.as_microsecond()).max(i64::from(count));
    let step = span / i64::from(count) + 1;
    let mut buckets: Vec<Bucket> = (0..i64::from(count))
        .map(|number| Bucket {
            from: Timestamp::from_microsecond(from.as_microsecond() + number * step).unwrap_or(to),
            events: 0,
            changes: 0,
            incidents: 0,
            worst: None,
        })
        .collect();
    let place = |time: Timestamp| {
        let after = time.as_microsecond() - from.as_microsecond();
        usize::try_from(after.div_euclid(step)).ok()
    };
    if let Some(store) = &ask.edge.store {
        let changes = ask
            .wait(store.object_changes(from, to, step))
            .map_err(|err| Problem::internal("count the changes", &err))?;
        for (number, count) in changes {
            let number = usize::try_from(number).unwrap_or(usize::MAX);
            if let Some(bucket) = buckets.get_mut(number) {
                bucket.changes = count;
            }
        }
    }
    let mut marks = Vec::new();
    for incident in &incidents {
        let Some(bucket) = place(incident.known_since).and_then(|place| buckets.get_mut(place))
        else {
            continue;
        };
        bucket.incidents += 1;
        bucket.worst = bucket.worst.max(Some(incident.severity.into()));
        marks.push(Mark {
            time: incident.known_since,
            kind: "incident".to_owned(),
            text: incident.title.clone(),
            href: format!("/incidents/{}", incident.id),
            severity: Some(incident.severity.into()),
        });
        for moment in &incident.timeline {
            if let Some(bucket) = place(moment.first).and_then(|place| buckets.get_mut(place)) {
                bucket.events += moment.count;
            }
        }
    }
    marks.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| a.time.cmp(&b.time))
    });
    marks.truncate(MOST_MARKS);
    marks.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| a.href.cmp(&b.href)));
    Ok(Timeline {
        from,
        to,
        kept_since: kept,
        buckets,
        marks,
    })
}
