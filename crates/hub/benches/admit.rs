//! How long the API server waits for the hub: reviews over TLS at a fixed rate, all checks on.
//!
//! ```sh
//! cargo bench -p catseye-hub --bench admit -- 25000 1000 20
//! ```
//!
//! Pods in the cluster, requests a second, seconds. A request's time runs from the moment at which it was
//! due, so that one that waits behind another counts its wait. The client runs in the same process and
//! takes its share of the processors. `--changes N` changes so many objects of the cluster a second meanwhile.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a benchmark reads clocks"
)]

mod cluster;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use catseye_admission::gate::{Config, Gate, Loaded};
use catseye_admission::{Binding, PolicySet};
use catseye_hub::admit::{Admit, AdmitConfig};
use catseye_hub::auth::Token;
use catseye_hub::serve::{ServeConfig, Tls, serve};
use catseye_hub::{Clock, Durability, Hub, HubConfig};
use catseye_model::{Completeness, Object, RedactionKey, Value, json, yaml};
use cluster::{
    DEPLOYMENTS_A_NAMESPACE, PODS_A_DEPLOYMENT, binding, cluster, listed, pod, service, upsert,
    workload,
};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

const CONNECTIONS: usize = 8;

const POLICIES: &str = "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-host-network}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], resources: [pods], operations: [CREATE, UPDATE]}]
  validations: [{expression: '!object.spec.?hostNetwork.orValue(false)', message: no host network}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: images}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], resources: [deployments], operations: [CREATE, UPDATE]}]
  variables: [{name: containers, expression: object.spec.template.spec.containers}]
  validations: [{expression: \"variables.containers.all(c, c.image.startsWith('registry.example/'))\", message: ours}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: owners}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], operations: [CREATE]}]
  validations: [{expression: \"object.metadata.name.matches('^[a-z0-9.:-]+$')\", message: a plain name}]
";

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|it| it.parse().ok());
    let pods: usize = numbers.next().unwrap_or(25_000);
    let rate: usize = numbers.next().unwrap_or(1000);
    let seconds: usize = numbers.next().unwrap_or(20);
    let changes: usize = numbers.next().unwrap_or(0);
    let key = RedactionKey::new([1; 32]);
    let config = HubConfig {
        cluster: "bench".to_owned(),
        completeness: Completeness::Cluster,
        incidents_a_day: 0,
        redaction_key: key.clone(),
        durability: Durability::Gathered,
        settings: catseye_detect::Settings::default(),
    };
    let hub = Hub::open(config, Clock::told(Timestamp::UNIX_EPOCH)).unwrap();
    let objects = cluster(pods);
    let count = objects.len();
    hub.apply(listed(objects)).unwrap();
    hub.lists_are_in();
    hub.settle();
    let gate = Config::read("[gate]\nmode = 'enforce'\nrecheck-minutes = 0\n")
        .unwrap()
        .unwrap();
    let mut policies = PolicySet::default();
    for document in yaml::documents(POLICIES) {
        let object = Object::new(document.content.unwrap(), None).unwrap();
        policies.bind(Binding::everywhere(object.name()));
        policies.add(&object).unwrap();
    }
    let loaded = Loaded {
        policies,
        ..Loaded::default()
    };
    let gate = Gate::new(gate, loaded, "catseye", key.clone());
    let admit = Admit::open(
        hub.clone(),
        AdmitConfig {
            gate,
            key,
            log: None,
            token: Token::known("t"),
            client: None,
        },
    )
    .unwrap();
    let namespaces = pods.div_ceil(PODS_A_DEPLOYMENT * DEPLOYMENTS_A_NAMESPACE);
    let reviews: Vec<bytes::Bytes> = (0..4000).map(|round| review(round, namespaces)).collect();
    judge_alone(&admit, &reviews);
    let folder = tempfile::tempdir().unwrap();
    let server = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let running = server
        .block_on(serve(
            hub.clone(),
            ServeConfig {
                tls: Tls::Own {
                    folder: folder.path().to_owned(),
                    names: vec!["localhost".to_owned()],
                },
                admit: Some(admit.clone()),
                ..ServeConfig::local("127.0.0.1:0".parse().unwrap(), Token::known("t"))
            },
        ))
        .unwrap();
    let ended = Arc::new(AtomicBool::new(false));
    let changing = std::thread::spawn({
        let (hub, ended) = (hub.clone(), ended.clone());
        move || {
            let mut round = 0;
            while changes > 0 && !ended.load(Ordering::Relaxed) {
                // Half of what changes is what controllers tell of Deployments.
                let object = if round % 2 == 0 {
                    pod(round % namespaces, round % 25, round % 10, round + 2)
                } else {
                    let mut deployment = workload(round % namespaces, round % 25, 0);
                    deployment.set(
                        "status",
                        json!({"replicas": 10, "readyReplicas": round % 10, "observedGeneration": round}),
                    );
                    deployment
                };
                hub.apply(vec![upsert(object)]).unwrap();
                round += 1;
                std::thread::sleep(Duration::from_secs(1) / u32::try_from(changes).unwrap());
            }
        }
    });
    let (port, path) = (running.address().port(), admit.path());
    let url = format!("https://localhost:{port}{path}");
    let client = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let authority = folder.path().join("ca.crt");
    let mut times = client.block_on(load(&url, &authority, reviews, rate, seconds));
    ended.store(true, Ordering::Relaxed);
    changing.join().unwrap();
    times.sort();
    let figures = admit.figures();
    println!(
        "{count} objects, {pods} pods; {rate} requests/s for {seconds} s over TLS, {changes} changes/s"
    );
    println!(
        "allowed {}, denied {}, overloaded {}",
        figures.allowed, figures.denied, figures.overloaded
    );
    tell("from due to answered", &times);
    server.block_on(running.end());
}

/// The judgement alone, from body to answer, one after the other.
fn judge_alone(admit: &Admit, reviews: &[bytes::Bytes]) {
    // Neighbourhoods are made by whoever comes first.
    for body in reviews.iter().take(1000) {
        admit.review(body).unwrap();
    }
    let mut times = Vec::new();
    for body in reviews {
        let started = Instant::now();
        std::hint::black_box(admit.review(body).unwrap().to_string());
        times.push(started.elapsed());
    }
    let total: Duration = times.iter().sum();
    times.sort();
    println!(
        "judged alone: {:.0} requests a second on one core",
        times.len() as f64 / total.as_secs_f64()
    );
    tell("from body to answer", &times);
}

fn tell(what: &str, times: &[Duration]) {
    let at = |part: usize| {
        times[(times.len() * part / 1000).min(times.len() - 1)].as_secs_f64() * 1000.0
    };
    println!(
        "{what:<22} p50 {:.3} ms, p90 {:.3} ms, p99 {:.3} ms, p99.9 {:.3} ms, max {:.3} ms ({} requests)",
        at(500),
        at(900),
        at(990),
        at(999),
        at(1000),
        times.len()
    );
}

async fn load(
    url: &str,
    authority: &std::path::Path,
    reviews: Vec<bytes::Bytes>,
    rate: usize,
    seconds: usize,
) -> Vec<Duration> {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(authority).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_only()
        .enable_http1()
        .build();
    let client: Client<_, Full<bytes::Bytes>> =
        Client::builder(TokioExecutor::new()).build(connector);
    let url: http::Uri = url.parse().unwrap();
    let reviews = Arc::new(reviews);
    let next = Arc::new(AtomicUsize::new(0));
    let total = rate * seconds;
    let begin = Instant::now() + Duration::from_millis(100);
    let mut workers = Vec::new();
    for _ in 0..CONNECTIONS {
        let (client, url, reviews, next) =
            (client.clone(), url.clone(), reviews.clone(), next.clone());
        workers.push(tokio::spawn(async move {
            let mut times = Vec::new();
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                if place >= total {
                    return times;
                }
                let due = begin + Duration::from_secs_f64(place as f64 / rate as f64);
                // The timer wakes within a millisecond, which is too late: the rest is spun.
                let early = due.checked_sub(Duration::from_micros(1200)).unwrap();
                tokio::time::sleep_until(early.into()).await;
                while Instant::now() < due {
                    tokio::task::yield_now().await;
                }
                let body = reviews[place % reviews.len()].clone();
                let request = http::Request::post(url.clone())
                    .header("content-type", "application/json")
                    .body(Full::new(body))
                    .unwrap();
                let response = client.request(request).await.unwrap();
                assert!(response.status().is_success(), "{}", response.status());
                response.into_body().collect().await.unwrap();
                // What a new connection costs is paid once, by the first.
                if place >= CONNECTIONS * 4 {
                    times.push(due.elapsed());
                }
            }
        }));
    }
    let mut times = Vec::new();
    for worker in workers {
        times.extend(worker.await.unwrap());
    }
    times
}

/// Half of all are pods that controllers make; the rest is what people and pipelines do.
fn review(round: usize, namespaces: usize) -> bytes::Bytes {
    let namespace = (round * 7919) % namespaces;
    let deployment = (round * 31) % DEPLOYMENTS_A_NAMESPACE;
    let (group, resource, object, old) = match round % 20 {
        0..=10 => (
            "",
            "pods",
            pod(namespace, deployment, 5000 + round, 0),
            None,
        ),
        11..=13 => (
            "apps",
            "deployments",
            workload(namespace, deployment, round + 1),
            Some(workload(namespace, deployment, 0)),
        ),
        14 | 15 => (
            "",
            "configmaps",
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
                "name": format!("new-{round}"), "namespace": format!("ns-{namespace}")}, "data": {"a": "b"}}),
            None,
        ),
        16 => (
            "",
            "services",
            service(namespace, deployment, round * 2),
            Some(service(namespace, deployment, 0)),
        ),
        17 => (
            "rbac.authorization.k8s.io",
            "rolebindings",
            binding(namespace, deployment, round),
            Some(binding(namespace, deployment, 0)),
        ),
        18 => (
            "networking.k8s.io",
            "ingresses",
            ingress(namespace, deployment),
            None,
        ),
        _ => (
            "",
            "pods",
            pod(namespace, deployment, 9000 + round, 0),
            None,
        ),
    };
    let kind = object.get("kind").cloned().unwrap_or_default();
    let review = json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": format!("r-{round}"),
            "operation": if old.is_some() { "UPDATE" } else { "CREATE" },
            "namespace": format!("ns-{namespace}"),
            "name": object.get("metadata").and_then(|it| it.get("name")).cloned().unwrap_or_default(),
            "kind": {"group": group, "version": "v1", "kind": kind},
            "resource": {"group": group, "version": "v1", "resource": resource},
            "userInfo": {"username": "system:serviceaccount:cd:deployer", "groups": ["system:serviceaccounts"]},
            "object": object, "oldObject": old.unwrap_or(Value::Null), "dryRun": false,
            "options": {"apiVersion": "meta.k8s.io/v1", "kind": "CreateOptions"},
        },
    });
    bytes::Bytes::from(review.to_string())
}

fn ingress(namespace: usize, deployment: usize) -> Value {
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {
        "name": format!("app-{deployment}"), "namespace": format!("ns-{namespace}")},
        "spec": {"rules": [{"host": format!("app-{deployment}.ns-{namespace}.example.com"), "http": {"paths": [{
            "path": "/", "pathType": "Prefix",
            "backend": {"service": {"name": format!("app-{deployment}"), "port": {"number": 80}}}}]}}],
            "tls": [{"hosts": [format!("app-{deployment}.ns-{namespace}.example.com")], "secretName": "tls"}]}})
}
