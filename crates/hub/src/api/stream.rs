//! `/stream`: server-sent events made of the hub's numbered changes.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use super::contract::problem::Problem;
use super::contract::stream::{Message, MessageKind, StreamQuery};
use super::dispatch::{admit, query};
use super::operation::Permission;
use crate::edge::Edge;
use crate::feed::{Change, ChangeKind, Since};

/// How often a stream without news says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Streams at a time.
const MOST: usize = 200;

/// One open stream.
struct Open {
    edge: Edge,
    /// What is to be sent before anything new.
    waiting: std::collections::VecDeque<(u64, Message)>,
    receiver: broadcast::Receiver<Arc<Change>>,
    ending: watch::Receiver<bool>,
    /// The last number that was sent.
    last: u64,
    kinds: Vec<String>,
    _counted: Counted,
}

/// Counts a stream as long as it is open.
struct Counted(Edge);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.metrics.streams(-1);
    }
}

pub(super) async fn stream(State(edge): State<Edge>, request: Request) -> Response {
    match open(edge, request).await {
        Ok(open) => {
            let events = stream::unfold(open, |mut open| async move {
                let (id, message) = open.next().await?;
                Some((Ok::<_, Infallible>(event(id, &message)), open))
            });
            let alive = KeepAlive::new().interval(HEARTBEAT).text("alive");
            let mut response = Sse::new(events).keep_alive(alive).into_response();
            // nginx would hold messages back until its buffer is full.
            let headers = response.headers_mut();
            headers.insert("x-accel-buffering", http::HeaderValue::from_static("no"));
            response
        }
        Err(problem) => problem.into_response(),
    }
}

async fn open(edge: Edge, request: Request) -> Result<Open, Problem> {
    let headers = request.headers();
    admit(&edge, Permission::View, headers, request.method()).await?;
    let asked: StreamQuery = query(request.uri())?;
    let header = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok());
    let since = match header {
        Some(text) => text.parse().ok(),
        None => asked.last_event_id,
    };
    if edge.metrics.streams(1) > MOST {
        edge.metrics.streams(-1);
        return Err(Problem::new(
            super::contract::problem::Code::TooMany,
            format!("{MOST} streams are open"),
            "close other pages of the dashboard",
        ));
    }
    let counted = Counted(edge.clone());
    let feed = edge.hub.feed();
    // Subscribed before looking back, so that nothing falls between; doubles are left out by number.
    let receiver = feed.subscribe();
    let mut open = Open {
        waiting: std::collections::VecDeque::new(),
        receiver,
        ending: edge.ending.subscribe(),
        last: feed.last(),
        kinds: super::ask::values(asked.kind.as_deref())
            .into_iter()
            .map(str::to_owned)
            .collect(),
        _counted: counted,
        edge: edge.clone(),
    };
    if let Some(seq) = since {
        open.look_back(seq);
    } else {
        // The first message tells a new client from where to go on.
        let message = open.message(MessageKind::World, "");
        open.waiting.push_back((open.last, message));
    }
    Ok(open)
}

impl Open {
    async fn next(&mut self) -> Option<(u64, Message)> {
        loop {
            if let Some((id, message)) = self.waiting.pop_front() {
                return Some((id, message));
            }
            let received = tokio::select! {
                received = self.receiver.recv() => received,
                _ = self.ending.wait_for(|ending| *ending) => return None,
            };
            match received {
                Ok(change) if change.seq <= self.last => {}
                Ok(change) => self.take(&change),
                Err(RecvError::Lagged(_)) => self.look_back(self.last),
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// Puts what came after a number before what is to come.
    fn look_back(&mut self, seq: u64) {
        match self.edge.hub.feed().since(seq) {
            Since::Changes(changes) => {
                for change in changes {
                    self.take(&change);
                }
            }
            Since::Reload(last) => {
                self.last = last;
                let message = self.message(MessageKind::Reload, "");
                self.waiting.push_back((last, message));
            }
        }
    }

    fn take(&mut self, change: &Change) {
        self.last = self.last.max(change.seq);
        let (kind, text) = match change.kind {
            ChangeKind::IncidentOpened => (MessageKind::Incident, "a new incident"),
            ChangeKind::IncidentUpdated => (MessageKind::Incident, "an incident changed"),
            ChangeKind::IncidentReopened => (MessageKind::Incident, "an incident is back"),
            ChangeKind::Objects => (MessageKind::World, "objects changed"),
            ChangeKind::Findings => (MessageKind::World, "findings changed"),
            ChangeKind::Paths => (MessageKind::World, "paths were computed anew"),
            ChangeKind::Flows => (MessageKind::World, "connections were seen"),
            ChangeKind::Coverage => (MessageKind::Health, "coverage changed"),
            ChangeKind::Drift => (MessageKind::Change, "drift changed"),
            ChangeKind::Health => (MessageKind::Change, "health of a workload changed"),
        };
        if !self.kinds.is_empty() && !self.kinds.iter().any(|wanted| wanted == kind.as_str()) {
            return;
        }
        // Of changes of the world that wait, the last one says it all.
        if kind == MessageKind::World {
            self.waiting
                .retain(|(_, waiting)| waiting.kind != MessageKind::World);
        }
        let mut message = self.message(kind, text);
        message.time = change.time;
        message.id.clone_from(&change.subject);
        self.waiting.push_back((change.seq, message));
    }

    fn message(&self, kind: MessageKind, text: &str) -> Message {
        Message {
            kind,
            time: self.edge.hub.now(),
            world: self.edge.hub.world().version(),
            id: String::new(),
            text: text.to_owned(),
        }
    }
}

fn event(id: u64, message: &Message) -> Event {
    let data = serde_json::to_string(message).unwrap_or_default();
    Event::default()
        .id(id.to_string())
        .event(message.kind.as_str())
        .data(data)
}

impl MessageKind {
    /// The word in `event:`.
    pub fn as_str(self) -> &'static str {
        match self {
            MessageKind::World => "world",
            MessageKind::Incident => "incident",
            MessageKind::Change => "change",
            MessageKind::Health => "health",
            MessageKind::Reload => "reload",
        }
    }
}
