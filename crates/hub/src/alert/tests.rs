//! Sinks against real receivers on loopback.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use catseye_model::Severity;
use catseye_report::alert::{Alert, Reason};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::Value;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::*;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    alert: Vec<AlertConfig>,
}

fn configs(text: &str) -> Vec<AlertConfig> {
    toml::from_str::<File>(text)
        .expect("it is a configuration")
        .alert
}

fn alert(id: &str) -> Alert {
    Alert {
        id: id.to_owned(),
        reason: Reason::Opened,
        severity: Severity::High,
        ..Alert::example("prod", Timestamp::UNIX_EPOCH)
    }
}

/// A request as it came.
#[derive(Debug)]
struct Got {
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }
}

type Answers = Arc<Mutex<VecDeque<&'static str>>>;

/// Answers one connection's requests; 204 when the script is over.
async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    answers: Answers,
    got: mpsc::UnboundedSender<Got>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await?;
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            headers.push((name.to_lowercase(), value.to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.map_or(0, |(_, value)| value.parse().expect("a length"));
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        let _ = got.send(Got {
            path,
            headers,
            body,
        });
        let answer = answers.lock().expect("no test panicked").pop_front();
        let answer = answer.unwrap_or("204 No Content\r\n");
        let text = format!("HTTP/1.1 {answer}Content-Length: 0\r\n\r\n");
        stream.write_all(text.as_bytes()).await?;
    }
}

/// A receiver: its address, and what came.
async fn receiver(
    script: &[&'static str],
    tls: Option<TlsAcceptor>,
) -> (String, mpsc::UnboundedReceiver<Got>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("localhost:{}", listener.local_addr().expect("bound").port());
    let (sender, got) = mpsc::unbounded_channel();
    let answers: Answers = Arc::new(Mutex::new(script.iter().copied().collect()));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (answers, sender) = (Arc::clone(&answers), sender.clone());
            let tls = tls.clone();
            tokio::spawn(async move {
                match tls {
                    Some(tls) => match tls.accept(stream).await {
                        Ok(stream) => serve(stream, answers, sender).await,
                        Err(err) => Err(err),
                    },
                    None => serve(stream, answers, sender).await,
                }
            });
        }
    });
    (address, got)
}

async fn next<T>(got: &mut mpsc::UnboundedReceiver<T>) -> T {
    timeout(Duration::from_secs(30), got.recv())
        .await
        .expect("something came in time")
        .expect("the receiver runs")
}

/// A certificate of `localhost` and a server that shows it.
fn certificate(folder: &std::path::Path) -> (String, TlsAcceptor) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("made");
    let file = folder.join("ca.pem");
    std::fs::write(&file, made.cert.pem()).expect("written");
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .expect("a certificate");
    (
        file.display().to_string(),
        TlsAcceptor::from(Arc::new(config)),
    )
}

fn start(text: &str, surroundings: &Surroundings) -> Alerts {
    Alerts::start(&configs(text), surroundings).unwrap_or_else(|err| panic!("{err}"))
}

/// Waits until the counts of a sink are as wanted.
async fn until(alerts: &Alerts, sink: &str, wanted: impl Fn(Counts) -> bool) -> Counts {
    for _ in 0..3000 {
        let counts = alerts.counts()[sink];
        if wanted(counts) {
            return counts;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited in vain: {:?}", alerts.counts()[sink]);
}

#[tokio::test]
async fn a_webhook_over_tls_is_signed_and_carries_headers_from_secrets() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ca, tls) = certificate(folder.path());
    std::fs::write(folder.path().join("secret"), "s3cret-of-the-hook\n").expect("written");
    std::fs::write(folder.path().join("token"), "Bearer t").expect("written");
    let (address, mut got) = receiver(&[], Some(tls)).await;
    let dir = folder.path().display();
    let alerts = start(
        &format!(
            r#"[[alert]]
            name = "soc"
            webhook = {{ url = {{ is = "https://{address}/in" }}, secret = {{ file = "{dir}/secret" }}, ca-file = "{ca}", headers = {{ Authorization = {{ file = "{dir}/token" }} }} }}"#
        ),
        &Surroundings::default(),
    );
    alerts.tell(&alert("INC-1"));
    let request = next(&mut got).await;
    assert_eq!(request.path, "/in");
    assert_eq!(request.header("authorization"), "Bearer t");
    assert_eq!(request.header("webhook-id"), "INC-1-1-opened");
    assert_eq!(request.json()["title"], alert("INC-1").title);
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"s3cret-of-the-hook").expect("a key");
    mac.update(format!("INC-1-1-opened.{}.", request.header("webhook-timestamp")).as_bytes());
    mac.update(&request.body);
    let expected = format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()));
    assert_eq!(request.header("webhook-signature"), expected);
}

#[tokio::test]
async fn a_certificate_nobody_vouches_for_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, tls) = certificate(folder.path());
    let (address, _got) = receiver(&[], Some(tls)).await;
    let alerts = start(
        &format!(
            "[[alert]]\nname = \"soc\"\nwebhook = {{ url = {{ is = \"https://{address}\" }} }}"
        ),
        &Surroundings::default(),
    );
    let said = alerts
        .test(None, "prod", Timestamp::UNIX_EPOCH)
        .await
        .expect("known");
    let err = said["soc"].as_ref().expect_err("refused");
    assert!(
        err.message.contains("certificate") || err.message.contains("Issuer"),
        "{err}"
    );
}

#[tokio::test]
async fn what_fails_is_tried_again_and_what_is_refused_becomes_a_dead_letter_to_send_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = [
        "503 Unavailable\r\n",
        "200 OK\r\n",
        "400 Bad Request\r\n",
        "200 OK\r\n",
    ];
    let (address, mut got) = receiver(&script, None).await;
    let surroundings = Surroundings {
        folder: Some(folder.path().to_owned()),
        ..Surroundings::default()
    };
    let text =
        format!("[[alert]]\nname = \"soc\"\nwebhook = {{ url = {{ is = \"http://{address}\" }} }}");
    let alerts = start(&text, &surroundings);
    alerts.tell(&alert("INC-1"));
    let first = next(&mut got).await;
    let second = next(&mut got).await;
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    alerts.tell(&alert("INC-2"));
    let counts = until(&alerts, "soc", |counts| counts.dead == 1).await;
    assert_eq!((counts.delivered, counts.retried, counts.kept), (1, 1, 1));
    let letter = alerts.dead_letters()["soc"][0].clone();
    assert_eq!((letter.alert.id.as_str(), letter.attempts), ("INC-2", 1));
    assert!(letter.error.contains("400"), "{}", letter.error);
    // Another run finds the letter and sends it.
    drop(alerts);
    let alerts = start(&text, &surroundings);
    assert_eq!(alerts.resend(None).await.expect("known"), (1, 0));
    assert_eq!(alerts.counts()["soc"].kept, 0);
}

#[tokio::test]
async fn a_letter_is_kept_until_it_arrives_and_a_sink_that_is_down_is_asked_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = [
        "200 OK\r\n",
        "400 Bad Request\r\n",
        "503 Unavailable\r\n",
        "200 OK\r\n",
    ];
    let (address, _got) = receiver(&script, None).await;
    let surroundings = Surroundings {
        folder: Some(folder.path().to_owned()),
        ..Surroundings::default()
    };
    let letters = DeadLetters::open(Some(folder.path()), "soc").expect("opened");
    for id in ["INC-1", "INC-2", "INC-3", "INC-4"] {
        letters.keep(&alert(id), 1, "refused");
    }
    let text =
        format!("[[alert]]\nname = \"soc\"\nwebhook = {{ url = {{ is = \"http://{address}\" }} }}");
    let alerts = start(&text, &surroundings);
    assert_eq!(alerts.resend(None).await.expect("known"), (1, 3));
    let kept: Vec<(String, u32)> = DeadLetters::open(Some(folder.path()), "soc")
        .expect("opened")
        .all()
        .into_iter()
        .map(|letter| (letter.alert.id, letter.attempts))
        .collect();
    let expected = [("INC-2", 2), ("INC-3", 2), ("INC-4", 1)];
    assert_eq!(
        kept,
        expected.map(|(id, attempts)| (id.to_owned(), attempts))
    );
}

#[tokio::test]
async fn an_alert_that_is_written_down_is_settled_by_a_letter_that_is_on_the_disk_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = ["400 Bad Request\r\n", "400 Bad Request\r\n"];
    let (address, _got) = receiver(&refused, None).await;
    let surroundings = Surroundings {
        folder: Some(folder.path().to_owned()),
        ..Surroundings::default()
    };
    let text =
        format!("[[alert]]\nname = \"soc\"\nwebhook = {{ url = {{ is = \"http://{address}\" }} }}");
    let alerts = start(&text, &surroundings);
    // Where the letters would be written stands something else.
    let in_the_way = folder.path().join("soc.jsonl.new");
    std::fs::create_dir(&in_the_way).expect("made");
    assert!(alerts.offer("soc", "one".to_owned(), alert("INC-1")));
    until(&alerts, "soc", |counts| {
        counts.dead == 1 && counts.kept == 1
    })
    .await;
    std::fs::remove_dir(&in_the_way).expect("removed");
    assert!(alerts.offer("soc", "two".to_owned(), alert("INC-2")));
    let mut settled = Vec::new();
    for _ in 0..3000 {
        settled.extend(alerts.outcomes().take());
        if !settled.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let settled: Vec<_> = settled.iter().map(|it| (&*it.key, it.outcome)).collect();
    assert_eq!(settled, [("two", "dead")]);
}

#[tokio::test]
async fn a_report_holds_what_an_earlier_run_told() {
    let (address, mut got) = receiver(&[], None).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kubeconfig");
    let cluster = format!(
        r#"{{"apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{{"name": "c", "cluster": {{"server": "http://{address}"}}}}],
        "users": [{{"name": "c", "user": {{}}}}],
        "contexts": [{{"name": "c", "context": {{"cluster": "c", "user": "c"}}}}]}}"#
    );
    std::fs::write(&file, cluster).expect("written");
    let target = catseye_cluster::Target {
        kubeconfig: Some(file),
        context: None,
    };
    let client = catseye_cluster::connect(&target).await.expect("a client");
    let surroundings = Surroundings {
        client: Some(client),
        ..Surroundings::default()
    };
    let alerts = start(
        "[[alert]]\nname = \"reports\"\npolicy-report = {}",
        &surroundings,
    );
    let mild = Alert {
        severity: Severity::Info,
        ..alert("INC-0")
    };
    alerts.remind(&[mild, alert("INC-1")]);
    alerts.tell(&alert("INC-2"));
    let report = next(&mut got).await.json();
    assert_eq!(
        report["results"].as_array().map(Vec::len),
        Some(2),
        "{report:#}"
    );
}

#[tokio::test]
async fn slack_and_alertmanager_get_their_own_forms() {
    let (slack, mut to_slack) = receiver(&[], None).await;
    let (manager, mut to_manager) = receiver(&["500 Broken\r\n"], None).await;
    let alerts = start(
        &format!(
            r#"[[alert]]
            name = "chat"
            slack = {{ url = {{ is = "http://{slack}/services/T/B/x" }}, template = "*{{{{ alert.actor }}}}*" }}
            [[alert]]
            name = "am"
            alertmanager = {{ urls = ["http://{manager}/", "http://{manager}"], labels = {{ team = "sec" }} }}"#
        ),
        &Surroundings::default(),
    );
    alerts.tell(&alert("INC-1"));
    let message = next(&mut to_slack).await.json();
    assert_eq!(
        message["blocks"][1]["text"]["text"],
        "*system:serviceaccount:shop:builder*"
    );
    // The first member failed; the second took it.
    for _ in 0..2 {
        let request = next(&mut to_manager).await;
        assert_eq!(request.path, "/api/v2/alerts");
        assert_eq!(request.json()[0]["labels"]["team"], "sec");
    }
    until(&alerts, "am", |counts| counts.delivered == 1).await;
}

#[tokio::test]
async fn syslog_travels_by_datagram_by_counted_octets_and_over_tls() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ca, tls) = certificate(folder.path());
    let udp = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let plain = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let secure = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let text = format!(
        r#"[[alert]]
        name = "udp"
        syslog = {{ address = "127.0.0.1:{}", format = "ocsf" }}
        [[alert]]
        name = "tcp"
        syslog = {{ address = "127.0.0.1:{}", transport = "tcp", facility = "local0" }}
        [[alert]]
        name = "tls"
        syslog = {{ address = "localhost:{}", transport = "tls", ca-file = "{ca}" }}"#,
        udp.local_addr().expect("bound").port(),
        plain.local_addr().expect("bound").port(),
        secure.local_addr().expect("bound").port(),
    );
    let surroundings = Surroundings {
        host: "hub-0".to_owned(),
        ..Surroundings::default()
    };
    let alerts = start(&text, &surroundings);
    alerts.tell(&alert("INC-1"));
    let mut datagram = vec![0; 65_536];
    let length = timeout(Duration::from_secs(30), udp.recv(&mut datagram))
        .await
        .expect("in time")
        .expect("received");
    let message = String::from_utf8_lossy(&datagram[..length]).into_owned();
    assert!(
        message.starts_with("<107>1 1970-01-01T00:00:00.000000Z hub-0 catseye - opened ["),
        "{message}"
    );
    let (_, body) = message.split_once('\u{feff}').expect("a mark");
    let finding: Value = serde_json::from_str(body).expect("it is JSON");
    assert_eq!(finding["class_uid"], 2004);

    let (mut stream, _) = plain.accept().await.expect("a connection");
    let mut framed = String::new();
    stream.read_to_string(&mut framed).await.expect("read");
    let (length, message) = framed.split_once(' ').expect("a length");
    assert_eq!(length.parse::<usize>().expect("a number"), message.len());
    assert!(message.starts_with("<131>1 "), "{message}");

    let (stream, _) = secure.accept().await.expect("a connection");
    let mut stream = tls.accept(stream).await.expect("TLS");
    let mut framed = String::new();
    stream.read_to_string(&mut framed).await.expect("read");
    assert!(framed.contains(&alert("INC-1").title), "{framed}");
}

#[tokio::test]
async fn a_sink_hears_what_it_is_meant_to_and_a_flood_becomes_one_digest() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("alerts.jsonl");
    let alerts = start(
        &format!(
            "[[alert]]\nname = \"log\"\nminimum = \"medium\"\nnamespaces = [\"!kube-*\"]\nhourly = 30\nfile = {{ path = {file:?} }}"
        ),
        &Surroundings::default(),
    );
    let mut quiet = alert("INC-0");
    quiet.severity = Severity::Low;
    alerts.tell(&quiet);
    let mut system = alert("INC-1");
    system.subjects[0].namespace = "kube-system".to_owned();
    alerts.tell(&system);
    for number in 2..22 {
        alerts.tell(&alert(&format!("INC-{number}")));
    }
    let mut worst = alert("INC-99");
    worst.severity = Severity::Critical;
    alerts.tell(&worst);
    let counts = until(&alerts, "log", |counts| counts.held_back == 18).await;
    assert_eq!(
        (counts.told, counts.passed_over, counts.delivered),
        (23, 2, 3)
    );
    // The program ends: what was held back is told before.
    alerts.finish(Duration::from_secs(10)).await;
    let text = std::fs::read_to_string(&file).expect("written");
    let lines: Vec<Alert> = (text.lines())
        .map(|line| serde_json::from_str(line).expect("an alert"))
        .collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[3].reason, Reason::Digest);
    assert!(
        lines[3]
            .title
            .starts_with("18 alerts were held back; the worst: ")
    );
    assert_eq!(lines[3].severity, Severity::Critical);
}

#[tokio::test]
async fn what_cannot_be_sent_before_the_end_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    // Takes connections and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let surroundings = Surroundings {
        folder: Some(folder.path().to_owned()),
        ..Surroundings::default()
    };
    let text = format!(
        "[[alert]]\nname = \"soc\"\nwebhook = {{ url = {{ is = \"http://127.0.0.1:{port}\" }} }}"
    );
    let alerts = start(&text, &surroundings);
    for number in 0..5 {
        alerts.tell(&alert(&format!("INC-{number}")));
    }
    alerts.finish(Duration::from_millis(50)).await;
    let letters = DeadLetters::open(Some(folder.path()), "soc").expect("opened");
    assert_eq!(letters.len(), 5);
}

#[test]
fn mistakes_in_the_configuration_say_where_they_are_and_never_show_a_secret() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let _guard = runtime.as_ref().expect("a runtime").enter();
    for (text, expected) in [
        (
            "name = \"a b\"\nslack = { url = { is = \"https://x\" } }",
            "alert \"a b\", name: write a name of letters, digits, - and _",
        ),
        (
            "name = \"a\"",
            "alert \"a\": set exactly one of webhook, slack, alertmanager, syslog, file and policy-report",
        ),
        (
            "name = \"a\"\nslack = { url = { is = \"hooks.slack.example/T0SECRET\" } }",
            "alert \"a\", slack.url: write a URL that begins with https:// or http://",
        ),
        (
            "name = \"a\"\nslack = { url = { env = \"CATSEYE_NO_SUCH_VARIABLE\" } }",
            "alert \"a\", slack.url: the environment variable CATSEYE_NO_SUCH_VARIABLE is not set",
        ),
        (
            "name = \"a\"\nsyslog = { address = \"logs\" }",
            "alert \"a\", syslog.address: write host:port",
        ),
        (
            "name = \"a\"\nalertmanager = { urls = [\"https://am\"], labels = { \"a-b\" = \"c\" } }",
            "alert \"a\", alertmanager.labels: \"a-b\" is no name of a label: write letters, digits and _",
        ),
        (
            "name = \"a\"\npolicy-report = {}",
            "alert \"a\", policy-report: reports are written to a cluster, and the hub watches none",
        ),
    ] {
        let configs = configs(&format!("[[alert]]\n{text}"));
        let said = match Alerts::start(&configs, &Surroundings::default()) {
            Ok(_) => panic!("{text} was taken"),
            Err(err) => err.to_string(),
        };
        assert_eq!(said, expected);
        assert!(!format!("{configs:?}").contains("T0SECRET"));
    }
    let unknown = toml::from_str::<File>("[[alert]]\nname = \"a\"\nslak = {}").err();
    let said = unknown.expect("refused").to_string();
    assert!(
        said.contains("unknown field `slak`") && said.contains("line 3"),
        "{said}"
    );
}
