//! A scripted API server: the answers of some paths in turn, and what it was asked.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use catseye_cluster::Client;
use futures_util::{Stream, StreamExt as _, stream};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::StreamBody;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::time::Instant;
use tower_test::mock;

type Frames = Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, io::Error>> + Send>>;
type Answered = Response<StreamBody<Frames>>;

/// One answer.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// A status and a body.
    Json(u16, Value),
    /// A failure that says when to come again.
    Later(u16, u64),
    /// A watch: these bytes, and then the end.
    Ends(String),
    /// A watch: these bytes, and then silence.
    Hangs(String),
    /// No answer: the connection breaks.
    Broken,
}

/// What was asked: the path with its query, and when, since the server began.
pub(crate) type Asked = Vec<(String, Duration)>;

/// A scripted API server. A path without a query answers whatever the query is.
#[derive(Clone, Default)]
pub(crate) struct Server {
    scripts: Arc<Mutex<BTreeMap<String, VecDeque<Answer>>>>,
    asked: Arc<Mutex<Asked>>,
}

impl Server {
    /// A server of some kinds: discovery is answered, all else is scripted.
    pub(crate) fn of(kinds: &[(&str, &str)]) -> Self {
        let server = Server::default();
        server.serves(kinds);
        server
    }

    /// Says anew which kinds the core group and `example.org/v1` serve: plural names and kinds.
    pub(crate) fn serves(&self, kinds: &[(&str, &str)]) {
        let of = |wanted: bool| -> Vec<Value> {
            kinds
                .iter()
                .filter(|(plural, _)| plural.contains('.') == wanted)
                .map(|(plural, kind)| {
                    let name = plural.split('.').next().unwrap_or_default();
                    json!({"name": name, "singularName": "", "namespaced": true, "kind": kind,
                        "verbs": ["list", "watch"]})
                })
                .collect()
        };
        let custom = of(true);
        let groups: Vec<Value> = if custom.is_empty() {
            Vec::new()
        } else {
            let version = json!({"groupVersion": "example.org/v1", "version": "v1"});
            vec![json!({"name": "example.org", "versions": [version], "preferredVersion": version})]
        };
        let list = |version: &str, resources: Vec<Value>| json!({"kind": "APIResourceList", "groupVersion": version, "resources": resources});
        self.always("/version", json!({"major": "1", "minor": "36", "gitVersion": "v1.36.0", "gitCommit": "", "gitTreeState": "", "buildDate": "", "goVersion": "", "compiler": "", "platform": ""}));
        self.always("/apis", json!({"kind": "APIGroupList", "groups": groups}));
        self.always("/api/v1", list("v1", of(false)));
        self.always("/apis/example.org/v1", list("example.org/v1", custom));
    }

    fn always(&self, path: &str, body: Value) {
        let mut scripts = self.scripts.lock().expect("no test panicked");
        // More often than any test asks.
        let answers = std::iter::repeat_n(Answer::Json(200, body), 50).collect();
        scripts.insert(path.to_owned(), answers);
    }

    /// Adds answers of a path.
    pub(crate) fn answers(&self, path: &str, answers: Vec<Answer>) {
        let mut scripts = self.scripts.lock().expect("no test panicked");
        scripts.entry(path.to_owned()).or_default().extend(answers);
    }

    /// What was asked of paths that begin so.
    pub(crate) fn asked(&self, path: &str) -> Asked {
        let asked = self.asked.lock().expect("no test panicked");
        asked
            .iter()
            .filter(|(url, _)| url.starts_with(path))
            .cloned()
            .collect()
    }

    /// A client of it. A path that has no answers left is never answered.
    pub(crate) fn client(&self) -> Client {
        let (service, mut handle) = mock::pair::<Request<Body>, Answered>();
        let server = self.clone();
        tokio::spawn(async move {
            let began = Instant::now();
            let mut unanswered = Vec::new();
            while let Some((request, send)) = handle.next_request().await {
                let path = request.uri().path().to_owned();
                let url = request.uri().to_string();
                server
                    .asked
                    .lock()
                    .expect("no test panicked")
                    .push((url, began.elapsed()));
                let answer = server
                    .scripts
                    .lock()
                    .expect("no test panicked")
                    .get_mut(&path)
                    .and_then(VecDeque::pop_front);
                match answer {
                    Some(Answer::Broken) => {
                        send.send_error(io::Error::from(io::ErrorKind::ConnectionRefused));
                    }
                    Some(answer) => send.send_response(response(answer)),
                    None => unanswered.push(send),
                }
            }
        });
        Client::new(service, "default")
    }
}

fn response(answer: Answer) -> Answered {
    let (status, retry_after, text, hangs) = match answer {
        Answer::Json(status, body) => (status, None, body.to_string(), false),
        Answer::Later(status, seconds) => {
            let body = json!({"kind": "Status", "status": "Failure", "code": status,
                "message": "too many requests"});
            (status, Some(seconds), body.to_string(), false)
        }
        Answer::Ends(text) => (200, None, text, false),
        Answer::Hangs(text) => (200, None, text, true),
        Answer::Broken => unreachable!("answered by no response"),
    };
    // Chunks end anywhere: seven bytes at a time cut every line and every character.
    let chunks: Vec<Bytes> = text
        .as_bytes()
        .chunks(7)
        .map(Bytes::copy_from_slice)
        .collect();
    let frames = stream::iter(chunks).map(|chunk| Ok(Frame::data(chunk)));
    let frames: Frames = if hangs {
        Box::pin(frames.chain(stream::pending()))
    } else {
        Box::pin(frames)
    };
    let mut response = Response::builder().status(status);
    if let Some(seconds) = retry_after {
        response = response.header("Retry-After", seconds);
    }
    response.body(StreamBody::new(frames)).expect("a response")
}

/// An object: its name, uid and version.
pub(crate) fn object(name: &str, uid: &str, version: &str) -> Value {
    json!({"metadata": {"namespace": "shop", "name": name, "uid": uid, "resourceVersion": version}})
}

/// A whole list.
pub(crate) fn list(version: &str, items: &[Value]) -> Answer {
    Answer::Json(
        200,
        json!({"kind": "List", "metadata": {"resourceVersion": version}, "items": items}),
    )
}

/// A line of a watch.
pub(crate) fn event(kind: &str, object: &Value) -> String {
    format!("{}\n", json!({"type": kind, "object": object}))
}

/// A line that says how far the server has come.
pub(crate) fn bookmark(version: &str) -> String {
    event(
        "BOOKMARK",
        &json!({"kind": "Pod", "metadata": {"resourceVersion": version}}),
    )
}

/// A failure in the server's form.
pub(crate) fn failure(code: u16, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": message})
}
