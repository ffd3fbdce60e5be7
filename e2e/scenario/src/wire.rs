//! The wire: raw requests to the API server as any of the story's identities.
//!
//! kube-rs reads the configuration, speaks TLS and presents certificates. Everything else that a request
//! shows of its sender is set here: agent, forwarded address, impersonation, token.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catseye_model::Fields;
use http::{Method, Request};
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::cast::{Actor, Identity};
use crate::cluster::Cluster;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `Audit-Id` header, where there is one.
    pub audit_id: Option<String>,
    /// The body, or null when it is no JSON.
    pub body: Value,
}

/// What a request is, once its places are filled in.
#[derive(Debug)]
pub struct Sent<'a> {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub path: &'a str,
    /// The body's media type and bytes.
    pub body: Option<(&'static str, Vec<u8>)>,
    /// An upgrade to a stream under this audit id.
    pub stream: Option<String>,
}

/// A way to the API server with one set of credentials.
///
/// A stream takes a connection of its own: the script hangs up on it, and a pool that lends such a
/// connection again loses the next call.
#[derive(Clone)]
struct Line {
    config: Config,
    client: Client,
}

impl Line {
    fn new(config: Config) -> Result<Self> {
        Ok(Self {
            client: Client::try_from(config.clone())?,
            config,
        })
    }

    fn client_for(&self, sent: &Sent<'_>) -> Result<Client> {
        match sent.stream {
            Some(_) => Ok(Client::try_from(self.config.clone())?),
            None => Ok(self.client.clone()),
        }
    }
}

/// Connections and credentials of everybody.
pub struct Wire {
    /// The cluster.
    pub cluster: Cluster,
    recorder: Client,
    bare: Line,
    people: Mutex<BTreeMap<String, Line>>,
    tokens: Mutex<BTreeMap<String, String>>,
    /// The pods of robots, looked up a moment ago: they call often and seldom move.
    homes: Mutex<BTreeMap<String, (Instant, Value)>>,
    /// What calls kept for later calls: tokens, certificates, names.
    pub kept: Mutex<BTreeMap<String, String>>,
    /// The private keys made for certificate requests, in PEM.
    pub keys: Mutex<BTreeMap<String, String>>,
}

impl Wire {
    /// Connects as the recorder.
    pub async fn open(cluster: Cluster) -> Result<Arc<Self>> {
        let mut config = config_of(&cluster, "recorder").await?;
        let recorder = Client::try_from(config.clone())?;
        config.auth_info = kube::config::AuthInfo::default();
        Ok(Arc::new(Self {
            recorder,
            bare: Line::new(config)?,
            cluster,
            people: Mutex::default(),
            tokens: Mutex::default(),
            homes: Mutex::default(),
            kept: Mutex::default(),
            keys: Mutex::default(),
        }))
    }

    /// Asks as the recorder, whom the audit policy does not log.
    pub async fn ask(&self, path: &str) -> Result<Answer> {
        let sent = Sent {
            method: Method::GET,
            path,
            body: None,
            stream: None,
        };
        exchange(&self.recorder, &Actor::recorder(), sent, None).await
    }

    /// Tells as the recorder.
    pub async fn tell(
        &self,
        method: Method,
        path: &str,
        kind: &'static str,
        object: &Value,
    ) -> Result<Answer> {
        let sent = Sent {
            method,
            path,
            body: Some((kind, serde_json::to_vec(object)?)),
            stream: None,
        };
        exchange(&self.recorder, &Actor::recorder(), sent, None).await
    }

    /// Sends as an actor of the story.
    pub async fn send(&self, actor: &Actor, sent: Sent<'_>) -> Result<Answer> {
        match &actor.identity {
            Identity::Person { name, groups } => {
                let client = self.person(name, groups).await?.client_for(&sent)?;
                exchange(&client, actor, sent, None).await
            }
            Identity::Robot {
                namespace,
                account,
                pod,
            } => {
                let token = self.robot(namespace, account, pod.as_deref()).await?;
                exchange(&self.bare.client_for(&sent)?, actor, sent, Some(&token)).await
            }
            Identity::Token(name) => {
                let token = self.kept.lock().await.get(name).cloned();
                // A call that kept nothing leaves its thief with an invalid token, and a 401.
                let token = token.unwrap_or_else(|| "none".to_owned());
                exchange(&self.bare.client_for(&sent)?, actor, sent, Some(&token)).await
            }
            Identity::Certificate(name) => {
                let client = self.certificate(name).await?.client_for(&sent)?;
                exchange(&client, actor, sent, None).await
            }
        }
    }

    /// Makes ready the credentials of an actor, so that its first call takes no longer than the others.
    pub async fn prepare(&self, actor: &Actor) -> Result<()> {
        match &actor.identity {
            Identity::Person { name, groups } => self.person(name, groups).await.map(drop),
            Identity::Robot {
                namespace,
                account,
                pod,
            } => {
                let prepared = self.robot(namespace, account, pod.as_deref()).await;
                prepared.map(drop)
            }
            Identity::Token(_) | Identity::Certificate(_) => Ok(()),
        }
    }

    async fn person(&self, name: &str, groups: &[String]) -> Result<Line> {
        let mut people = self.people.lock().await;
        if let Some(client) = people.get(name) {
            return Ok(client.clone());
        }
        let mut arguments = vec!["user".to_owned(), "--name".to_owned(), name.to_owned()];
        for group in groups {
            arguments.extend(["--group".to_owned(), group.clone()]);
        }
        self.cluster.program(arguments).await?;
        let client = Line::new(config_of(&self.cluster, name).await?)?;
        people.insert(name.to_owned(), client.clone());
        Ok(client)
    }

    /// A token as the kubelet would mint it for a pod; the API server refuses it once the pod is gone.
    async fn robot(&self, namespace: &str, account: &str, pod: Option<&str>) -> Result<String> {
        let mut spec = json!({"expirationSeconds": 7200});
        let mut holder = String::new();
        if let Some(app) = pod {
            let pod = self.home(namespace, app).await?;
            if !pod.is_null() {
                pod.text("metadata.uid")
                    .unwrap_or_default()
                    .clone_into(&mut holder);
                spec["boundObjectRef"] = json!({"apiVersion": "v1", "kind": "Pod",
                    "name": pod.at("metadata.name"), "uid": holder});
            }
        }
        let key = format!("{namespace}/{account}/{holder}");
        if let Some(token) = self.tokens.lock().await.get(&key) {
            return Ok(token.clone());
        }
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token");
        let request =
            json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec});
        let answer = self.tell(Method::POST, &path, JSON, &request).await?;
        let token = answer.body.text("status.token").with_context(|| {
            format!(
                "a token of {namespace}/{account}: {} {}",
                answer.status, answer.body
            )
        })?;
        self.tokens.lock().await.insert(key, token.to_owned());
        Ok(token.to_owned())
    }

    async fn certificate(&self, name: &str) -> Result<Line> {
        let mut people = self.people.lock().await;
        let place = format!("certificate {name}");
        if let Some(client) = people.get(&place) {
            return Ok(client.clone());
        }
        let certificate = self.kept.lock().await.get(name).cloned();
        let key = self.keys.lock().await.get(name).cloned();
        let mut config = config_of(&self.cluster, "recorder").await?;
        config.auth_info = kube::config::AuthInfo {
            client_certificate_data: Some(certificate.context("no certificate was kept")?),
            client_key_data: Some(STANDARD.encode(key.context("no key was made")?).into()),
            ..kube::config::AuthInfo::default()
        };
        let client = Line::new(config)?;
        people.insert(place, client.clone());
        Ok(client)
    }

    /// The pod that a robot calls from, or null.
    pub async fn home(&self, namespace: &str, app: &str) -> Result<Value> {
        let key = format!("{namespace}/{app}");
        if let Some((then, pod)) = self.homes.lock().await.get(&key)
            && then.elapsed() < MEMORY
        {
            return Ok(pod.clone());
        }
        let mut pods = self.pods(namespace, app).await?;
        let pod = if pods.is_empty() {
            Value::Null
        } else {
            pods.swap_remove(0)
        };
        let mut homes = self.homes.lock().await;
        homes.insert(key, (Instant::now(), pod.clone()));
        Ok(pod)
    }

    /// The live pods of an app, in the order of their names.
    pub async fn pods(&self, namespace: &str, app: &str) -> Result<Vec<Value>> {
        let path = format!(
            "/api/v1/namespaces/{namespace}/pods?labelSelector=app.kubernetes.io%2Fname%3D{app}"
        );
        let mut answer = self.ask(&path).await?;
        let Value::Array(mut pods) = answer.body["items"].take() else {
            return Ok(Vec::new());
        };
        pods.retain(|pod| {
            !pod.has("metadata.deletionTimestamp") && pod.text("status.phase") == Some("Running")
        });
        Ok(pods)
    }
}

impl Actor {
    /// The identity behind the scenes.
    fn recorder() -> Self {
        Self {
            identity: Identity::Person {
                name: "recorder".to_owned(),
                groups: Vec::new(),
            },
            agent: "recorder".to_owned(),
            address: String::new(),
            acts_as: None,
        }
    }
}

/// How long a robot's pod is remembered.
const MEMORY: Duration = Duration::from_secs(1);

/// The media type of plain objects.
pub const JSON: &str = "application/json";

async fn config_of(cluster: &Cluster, name: &str) -> Result<Config> {
    let path = cluster
        .dir
        .join("kubeconfigs")
        .join(format!("{name}.kubeconfig"));
    let kubeconfig = Kubeconfig::read_from(&path).with_context(|| format!("{}", path.display()))?;
    Ok(Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?)
}

async fn exchange(
    client: &Client,
    actor: &Actor,
    sent: Sent<'_>,
    token: Option<&str>,
) -> Result<Answer> {
    let mut request = Request::builder()
        .method(sent.method)
        .uri(sent.path)
        .header("User-Agent", &actor.agent)
        .header("Accept", JSON);
    if !actor.address.is_empty() {
        request = request.header("X-Forwarded-For", &actor.address);
    }
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    if let Some((user, groups)) = &actor.acts_as {
        request = request.header("Impersonate-User", user);
        for group in groups {
            request = request.header("Impersonate-Group", group);
        }
    }
    if let Some(audit_id) = &sent.stream {
        let protocol = if sent.path.contains("/portforward?") {
            "SPDY/3.1+portforward.k8s.io"
        } else {
            "v5.channel.k8s.io"
        };
        request = request
            .header("Audit-ID", audit_id)
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header(
                "Sec-WebSocket-Key",
                STANDARD.encode(&audit_id.as_bytes()[..16]),
            )
            .header("Sec-WebSocket-Protocol", protocol);
    }
    let body = match sent.body {
        Some((kind, bytes)) => {
            request = request.header("Content-Type", kind);
            Body::from(bytes)
        }
        None => Body::empty(),
    };
    let response = client.send(request.body(body)?).await?;
    let header = response.headers().get("audit-id");
    let audit_id = header.and_then(|id| id.to_str().ok()).map(str::to_owned);
    let status = response.status().as_u16();
    // An upgraded connection carries a stream, which the script does not read: it hangs up.
    let body = if status == 101 {
        Value::Null
    } else {
        let bytes = response.into_body().collect_bytes().await?;
        serde_json::from_slice(&bytes).unwrap_or(Value::Null)
    };
    Ok(Answer {
        status,
        audit_id: sent.stream.or(audit_id),
        body,
    })
}
