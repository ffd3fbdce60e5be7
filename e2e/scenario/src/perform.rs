//! Performing the timetable on the cluster.
//!
//! Every act begins at its moment, or as soon after as its actor has ended the one before; nothing else
//! decides which calls are made, so one seed gives one set of calls for every actor. The story waits for
//! whoever is behind, so a busy machine does not move an act to another hour.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex as Lock, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use http::Method;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use crate::call::{Call, Mark, Payload};
use crate::cast::Identity;
use crate::clock::{Clock, Moment};
use crate::dice::Dice;
use crate::ledger::{Entry, Label, Ledger};
use crate::live;
use crate::record;
use crate::timetable::{Act, Deal, Timetable};
use crate::wire::{JSON, Sent, Wire};

/// What a run needs to know.
pub struct Stage<'a> {
    /// The connections.
    pub wire: Arc<Wire>,
    /// The clock that runs from now.
    pub clock: Arc<Lock<Clock>>,
    /// The seed, for ids of streams.
    pub seed: u64,
    /// Where the ledger and the snapshots go.
    pub out: &'a Path,
}

struct Run {
    wire: Arc<Wire>,
    clock: Arc<Lock<Clock>>,
    /// For when acts were planned that are not over yet, and how many for each moment.
    open: Lock<BTreeMap<Moment, usize>>,
    ledger: Ledger,
    streams: Mutex<Dice>,
    late: AtomicI64,
    steps: Mutex<BTreeMap<String, Arc<AtomicU32>>>,
}

/// How a story was played.
#[derive(Debug, Clone)]
pub struct Played {
    /// How the story ran.
    pub clock: Clock,
    /// The real instant at which the last act was over.
    pub end: Timestamp,
    /// By how much the latest sitting was late, in seconds of the story.
    pub late: i64,
}

/// Performs all acts.
pub async fn perform(stage: Stage<'_>, timetable: Timetable) -> Result<Played> {
    let run = Arc::new(Run {
        wire: stage.wire,
        clock: stage.clock,
        open: Lock::default(),
        ledger: Ledger::create(&stage.out.join("ledger.jsonl"))?,
        streams: Mutex::new(Dice::new(stage.seed, "streams")),
        late: AtomicI64::new(0),
        steps: Mutex::default(),
    });
    let mut acts = JoinSet::new();
    let mut queues: BTreeMap<String, UnboundedSender<Sitting>> = BTreeMap::new();
    for act in timetable.acts {
        run.until(act.at).await;
        while let Some(done) = acts.try_join_next() {
            done??;
        }
        let Act { at, deal } = act;
        let open = run.open(at);
        match deal {
            // A program reads several things at once; its writes, like people's sittings, wait for each other.
            Deal::Calls(calls) if is_robot_reading(&calls) => {
                let run = Arc::clone(&run);
                acts.spawn(async move { run.sitting(open, calls).await });
            }
            Deal::Calls(calls) => {
                let queue = queues.entry(queue_of(&calls)).or_insert_with(|| {
                    let (queue, waiting) = unbounded_channel();
                    acts.spawn(Arc::clone(&run).play(waiting));
                    queue
                });
                // Refused only after that player failed, which the join above reports.
                drop(queue.send((open, calls)));
            }
            Deal::Join(node) => {
                let run = Arc::clone(&run);
                acts.spawn(async move {
                    let _open = open;
                    let arguments = ["node", "--name", &node].map(str::to_owned).to_vec();
                    run.wire.cluster.program(arguments).await
                });
            }
            Deal::Snapshot(name) => {
                let path = stage.out.join(format!("{name}.jsonl"));
                let run = Arc::clone(&run);
                acts.spawn(async move {
                    let _open = open;
                    record::snapshot(&run.wire, &path).await
                });
            }
        }
    }
    drop(queues);
    while !acts.is_empty() {
        while let Some(done) = acts.try_join_next() {
            done??;
        }
        run.tell();
        tokio::time::sleep(TICK).await;
    }
    run.ledger.flush()?;
    let clock = held(&run.clock).clone();
    Ok(Played {
        clock,
        end: Timestamp::now(),
        late: run.late.load(Ordering::Relaxed),
    })
}

/// How often the story is told how it goes.
const TICK: Duration = Duration::from_millis(4);

/// A sitting that waits for its actor.
type Sitting = (Open, Vec<Call>);

/// An act that is not over: the story waits for it until this is dropped.
struct Open {
    run: Arc<Run>,
    at: Moment,
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut open = held(&self.run.open);
        if let Some(count) = open.get_mut(&self.at) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.at);
            }
        }
    }
}

/// What a lock guards; who panicked while holding it left nothing half done.
pub(crate) fn held<T>(lock: &Lock<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_robot_reading(calls: &[Call]) -> bool {
    calls.iter().all(|call| {
        let robot = matches!(call.actor.identity, Identity::Robot { .. });
        robot && call.method == Method::GET
    })
}

/// Whose sittings follow each other: an actor's, and a thief's apart from those of the robbed.
fn queue_of(calls: &[Call]) -> String {
    calls.first().map_or_else(String::new, |call| {
        let hostile = call.mark.as_ref().map_or("", |mark| mark.scenario);
        format!("{}/{hostile}", call.actor.name())
    })
}

impl Run {
    async fn play(self: Arc<Self>, mut waiting: UnboundedReceiver<Sitting>) -> Result<()> {
        while let Some((open, calls)) = waiting.recv().await {
            self.sitting(open, calls).await?;
        }
        Ok(())
    }

    fn open(self: &Arc<Self>, at: Moment) -> Open {
        *held(&self.open).entry(at).or_default() += 1;
        Open {
            run: Arc::clone(self),
            at,
        }
    }

    /// Tells the story how it goes; gives how far it is.
    fn tell(&self) -> Moment {
        let oldest = held(&self.open).first_key_value().map(|(at, _)| *at);
        held(&self.clock).advance(Timestamp::now(), oldest)
    }

    async fn until(&self, at: Moment) {
        while self.tell() < at {
            tokio::time::sleep(TICK).await;
        }
    }

    async fn sitting(&self, open: Open, calls: Vec<Call>) -> Result<()> {
        let at = open.at;
        let mut sitting = live::Sitting::default();
        let mut anchor = Timestamp::now();
        let late = held(&self.clock).reached(anchor).0 - at.0;
        self.late.fetch_max(late, Ordering::Relaxed);
        for call in calls {
            let what = format!("{:?}: {} {}", at, call.method, call.path);
            self.call(&mut sitting, &mut anchor, call)
                .await
                .with_context(|| what)?;
        }
        Ok(())
    }

    async fn call(
        &self,
        sitting: &mut live::Sitting,
        anchor: &mut Timestamp,
        call: Call,
    ) -> Result<()> {
        let path = sitting.fill(&self.wire, &call.path).await?;
        let mut actor = call.actor.clone();
        actor.address = sitting.fill(&self.wire, &actor.address).await?;
        let body = self.body(sitting, &path, &call.payload).await?;
        // What the cluster took to do is the story's time; what the sitting takes is real time.
        if std::mem::take(&mut sitting.waited) {
            *anchor = Timestamp::now();
        }
        let stream = match call.payload {
            Payload::Stream => Some(self.streams.lock().await.uuid()),
            _ => None,
        };
        let sent = Sent {
            method: call.method.clone(),
            path: &path,
            body,
            stream,
        };
        let answer = self.wire.send(&actor, sent).await?;
        if let Some((name, pointer)) = &call.keep
            && let Some(text) = answer.body.pointer(pointer).and_then(Value::as_str)
        {
            let mut kept = self.wire.kept.lock().await;
            kept.insert(name.clone(), text.to_owned());
        }
        let audit_id = answer.audit_id.ok_or_else(|| anyhow!("no Audit-Id"))?;
        let label = match &call.mark {
            Some(mark) => Some(self.label(mark, &call, &audit_id, &path).await),
            None => None,
        };
        self.ledger.note(&Entry {
            audit_id,
            actor: actor.name(),
            anchor: *anchor,
            method: call.method.to_string(),
            path,
            status: answer.status,
            expected: call.expect.holds(answer.status),
            label,
        })
    }

    async fn label(&self, mark: &Mark, call: &Call, audit_id: &str, path: &str) -> Label {
        let run = format!("{}/{}", mark.scenario, mark.variant);
        let counter = Arc::clone(self.steps.lock().await.entry(run).or_default());
        Label {
            audit_id: audit_id.to_owned(),
            kind: mark.deed,
            scenario: mark.scenario.to_owned(),
            variant: mark.variant.to_owned(),
            step: counter.fetch_add(1, Ordering::Relaxed) + 1,
            actor: call.actor.name(),
            call: format!("{} {path}", call.method),
            technique: mark.technique.map(str::to_owned),
        }
    }

    async fn body(
        &self,
        sitting: &mut live::Sitting,
        path: &str,
        payload: &Payload,
    ) -> Result<Option<(&'static str, Vec<u8>)>> {
        let (kind, value) = match payload {
            Payload::Nothing | Payload::Stream => return Ok(None),
            Payload::Json(value) => (JSON, value.clone()),
            Payload::Merge(value) => ("application/merge-patch+json", value.clone()),
            Payload::Strategic(value) => ("application/strategic-merge-patch+json", value.clone()),
            Payload::JsonPatch(value) => ("application/json-patch+json", value.clone()),
            Payload::Apply(value) => ("application/apply-patch+yaml", value.clone()),
            Payload::Rewrite(change) => {
                let plain = path.split('?').next().unwrap_or(path);
                let mut live = self.wire.ask(plain).await?.body;
                merge(&mut live, change);
                (JSON, live)
            }
        };
        let text = sitting.fill(&self.wire, &value.to_string()).await?;
        Ok(Some((kind, text.into_bytes())))
    }
}

/// RFC 7386.
fn merge(target: &mut Value, change: &Value) {
    let Value::Object(fields) = change else {
        *target = change.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    for (name, value) in fields {
        if value.is_null() {
            if let Some(target) = target.as_object_mut() {
                target.remove(name);
            }
        } else {
            merge(&mut target[name.as_str()], value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn merging_replaces_adds_and_removes() {
        let mut live = json!({"a": {"b": 1, "c": 2}, "d": [1]});
        merge(&mut live, &json!({"a": {"b": null, "e": 3}, "d": [2]}));
        assert_eq!(live, json!({"a": {"c": 2, "e": 3}, "d": [2]}));
    }
}
