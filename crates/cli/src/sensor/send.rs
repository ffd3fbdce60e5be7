//! From this node to the hub: gathers, keeps on the disk, sends, and goes on where it stopped.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, bail};
use catseye_event::runtime::RuntimeEvent;
use catseye_sensor::transport::{About, Batch, Gathering, Spool};
use http::{Request, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// How many events a batch holds, and how long one waits for more.
const MOST: usize = 2_000;
const PATIENCE: Duration = Duration::from_secs(2);

/// How often what was handed over is put on the disk.
const LOOK: Duration = Duration::from_millis(200);

/// A sensor with nothing to tell says so after so long.
const ALIVE: Duration = Duration::from_secs(30);

/// How long the hub may take to answer.
const ANSWER: Duration = Duration::from_secs(20);

/// The longest pause between attempts.
const LONGEST: Duration = Duration::from_mins(1);

/// Where to, as whom, and how much may wait.
#[derive(Debug, Clone)]
pub(super) struct To {
    /// The address of the hub: `https://catseye.catseye.svc:8443`.
    pub(super) hub: String,
    /// The authority of the hub's certificate.
    pub(super) ca: Option<PathBuf>,
    /// The sensor's own certificate and key, for mutual TLS.
    pub(super) identity: Option<(PathBuf, PathBuf)>,
    /// The file with the token of the intake.
    pub(super) token: Option<PathBuf>,
    /// The folder in which batches wait.
    pub(super) spool: PathBuf,
    /// How many bytes may wait.
    pub(super) most: u64,
}

/// What the sensor's thread sees of the sending.
pub(super) struct Outbox {
    batches: Sender<Batch>,
    sender: std::thread::JoinHandle<()>,
    gathering: Gathering,
    gathered: Instant,
    handed_over: Instant,
    pressed: Arc<AtomicBool>,
    dropped: Arc<AtomicU64>,
    dropped_before: u64,
}

impl Outbox {
    /// Opens the spool and starts to send.
    pub(super) fn open(to: To, node: &str, stream: &str) -> Result<Outbox> {
        let spool = Spool::open(&to.spool, to.most)?;
        let url: Uri = format!("{}/intake/runtime", to.hub.trim_end_matches('/'))
            .parse()
            .context("failed to read the hub's address; write https://HOST:PORT")?;
        if !matches!(url.scheme_str(), Some("http" | "https")) {
            bail!("the hub's address begins with https:// (or http:// on this machine)");
        }
        let client = client(&to)?;
        let (batches, waiting) = channel();
        let pressed = Arc::new(AtomicBool::new(false));
        let dropped = Arc::new(AtomicU64::new(0));
        let sending = Sending {
            identity_of: to.identity.as_ref().and_then(|(it, _)| modified(it)),
            to,
            url,
            client,
            spool,
            pressed: Arc::clone(&pressed),
            dropped: Arc::clone(&dropped),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("failed to start the sender")?;
        let sender = std::thread::Builder::new()
            .name("sender".to_owned())
            .spawn(move || runtime.block_on(sending.run(waiting)))
            .context("failed to start the sender")?;
        Ok(Outbox {
            batches,
            sender,
            gathering: Gathering::new(node, stream, MOST),
            gathered: Instant::now(),
            handed_over: Instant::now(),
            pressed,
            dropped,
            dropped_before: 0,
        })
    }

    /// Sets how the sensor looks, which each batch says.
    pub(super) fn tell(&mut self, about: About) {
        self.gathering.tell(about);
    }

    /// Takes an event in.
    pub(super) fn add(&mut self, event: RuntimeEvent) {
        if let Some(batch) = self.gathering.add(event) {
            self.hand_over(batch);
        }
    }

    /// Hands on what waited long enough.
    pub(super) fn turn(&mut self) {
        if self.gathered.elapsed() < PATIENCE {
            return;
        }
        if let Some(batch) = self.gathering.take() {
            self.hand_over(batch);
        } else if self.handed_over.elapsed() >= ALIVE && !self.is_pressed() {
            self.hand_over(self.gathering.alive());
        }
        self.gathered = Instant::now();
    }

    /// Events that went for want of room since the last call. They were numbered, so the hub counts them by
    /// the gap; nobody has to tell it.
    pub(super) fn lost(&mut self) -> u64 {
        let dropped = self.dropped.load(Ordering::Relaxed);
        dropped - std::mem::replace(&mut self.dropped_before, dropped)
    }

    /// True while the hub cannot keep up: tell less, in larger pieces.
    pub(super) fn is_pressed(&self) -> bool {
        self.pressed.load(Ordering::Relaxed)
    }

    /// Hands on the rest and waits until it is on the disk or sent.
    pub(super) fn end(mut self) {
        if let Some(batch) = self.gathering.take() {
            self.hand_over(batch);
        }
        drop(self.batches);
        // The sender keeps what waits before it sees that nobody hands on any more.
        let _ = self.sender.join();
    }

    fn hand_over(&mut self, batch: Batch) {
        let events = batch.events.len() as u64;
        if self.batches.send(batch).is_err() {
            // The sender ended, which it says itself.
            self.dropped.fetch_add(events, Ordering::Relaxed);
        }
        self.gathered = Instant::now();
        self.handed_over = Instant::now();
    }
}

type Bytes = std::collections::VecDeque<u8>;

struct Sending {
    to: To,
    url: Uri,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    spool: Spool,
    /// When the certificate in use was written.
    identity_of: Option<SystemTime>,
    pressed: Arc<AtomicBool>,
    dropped: Arc<AtomicU64>,
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|it| it.modified()).ok()
}

/// What became of an attempt.
enum Answer {
    Taken,
    /// The hub will never take it, and why.
    Refused(String),
    /// Later, after the time that the hub named.
    Later(String, Option<Duration>),
}

impl Sending {
    /// Takes a renewed certificate into use; the old client stays where there is none to read.
    fn renew(&mut self) {
        let Some((certificate, _)) = &self.to.identity else {
            return;
        };
        let changed = modified(certificate);
        if changed == self.identity_of {
            return;
        }
        match client(&self.to) {
            Ok(client) => {
                self.client = client;
                self.identity_of = changed;
            }
            Err(err) => warn(&format!("{err:#}")),
        }
    }

    async fn run(mut self, waiting: Receiver<Batch>) {
        // What is handed over is on the disk within this time, also while the hub takes its time.
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut pause = Duration::from_secs(1);
        let mut next = Instant::now();
        let mut said = None;
        loop {
            match waiting.recv_timeout(LOOK) {
                Ok(batch) => {
                    self.keep_counted(&batch);
                    self.keep_all(&waiting);
                }
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return,
            }
            if Instant::now() < next {
                continue;
            }
            let kept = match self.spool.first() {
                Ok(Some(kept)) => kept,
                Ok(None) => {
                    self.pressed.store(false, Ordering::Relaxed);
                    continue;
                }
                Err(err) => {
                    warn(&format!("{:#}", anyhow::Error::new(err)));
                    next = Instant::now() + LONGEST;
                    continue;
                }
            };
            self.renew();
            let answer = {
                let post = post(
                    self.client.clone(),
                    self.url.clone(),
                    self.to.token.clone(),
                    kept.bytes,
                );
                tokio::pin!(post);
                loop {
                    tokio::select! {
                        answer = &mut post => break answer,
                        _ = look.tick() => self.keep_all(&waiting),
                    }
                }
            };
            match answer {
                Answer::Taken => {
                    pause = Duration::from_secs(1);
                    said = None;
                    self.acknowledge(kept.number);
                }
                Answer::Refused(why) => {
                    warn(&format!("the hub refused a batch for good: {why}"));
                    self.acknowledge(kept.number);
                }
                Answer::Later(why, named) => {
                    if said.as_ref() != Some(&why) {
                        warn(&format!(
                            "the hub does not take events: {why}; they wait on the disk"
                        ));
                        said = Some(why);
                    }
                    self.pressed.store(true, Ordering::Relaxed);
                    next = Instant::now() + named.unwrap_or(pause).min(LONGEST);
                    pause = (pause * 2).min(LONGEST);
                }
            }
        }
    }

    /// Keeps everything that was handed over: what waits in memory would be lost with the sensor, and has no bound.
    fn keep_all(&mut self, waiting: &Receiver<Batch>) {
        while let Ok(batch) = waiting.try_recv() {
            self.keep_counted(&batch);
        }
    }

    fn keep_counted(&mut self, batch: &Batch) {
        if let Err(err) = self.keep(batch) {
            self.dropped
                .fetch_add(batch.events.len() as u64, Ordering::Relaxed);
            warn(&format!("{err:#}"));
        }
    }

    fn keep(&mut self, batch: &Batch) -> Result<()> {
        let text = batch.to_text()?;
        let packed = zstd::bulk::compress(text.as_bytes(), 1).context("failed to pack a batch")?;
        let events = batch.events.len() as u64;
        self.spool.put(&packed, events, batch.is_precious())?;
        let dropped = self.spool.take_dropped();
        self.dropped.fetch_add(dropped.events, Ordering::Relaxed);
        Ok(())
    }

    fn acknowledge(&mut self, number: u64) {
        if let Err(err) = self.spool.acknowledge(number) {
            warn(&format!("{:#}", anyhow::Error::new(err)));
        }
    }
}

/// One attempt.
async fn post(
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    url: Uri,
    token: Option<PathBuf>,
    bytes: Vec<u8>,
) -> Answer {
    let mut request = Request::post(url)
        .header(header::CONTENT_TYPE, "application/x-ndjson")
        .header(header::CONTENT_ENCODING, "zstd");
    if let Some(path) = &token {
        // Read each time: tokens of service accounts are renewed in place.
        match std::fs::read_to_string(path) {
            Ok(token) => {
                request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.trim()));
            }
            Err(err) => return Answer::Later(format!("{}: {err}", path.display()), None),
        }
    }
    let Ok(request) = request.body(Full::new(Bytes::from(bytes))) else {
        return Answer::Later("the token holds what no header may".to_owned(), None);
    };
    let answer = async {
        let response = match client.request(request).await {
            Ok(response) => response,
            Err(err) => return Answer::Later(innermost(&err), None),
        };
        let status = response.status();
        if status.is_success() {
            return Answer::Taken;
        }
        let named = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .map(Duration::from_secs);
        let body = Limited::new(response.into_body(), 4096).collect().await;
        let body = body.map_or_else(|_| Vec::new(), |body| body.to_bytes().to_vec());
        let words = format!("{status} {}", String::from_utf8_lossy(&body).trim());
        // What is wrong with the batch stays wrong; all else may pass.
        match status.as_u16() {
            400 | 413 | 415 | 422 => Answer::Refused(words),
            _ => Answer::Later(words, named),
        }
    };
    tokio::time::timeout(ANSWER, answer)
        .await
        .unwrap_or_else(|_| Answer::Later("no answer in time".to_owned(), None))
}

fn warn(text: &str) {
    anstream::eprintln!("{}: {text}", crate::output::WARNING.render_word());
}

fn innermost(err: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = err;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// Trusts the authority that was named, else the system's; shows the sensor's certificate if it has one.
fn client(to: &To) -> Result<Client<HttpsConnector<HttpConnector>, Full<Bytes>>> {
    let mut roots = rustls::RootCertStore::empty();
    if let Some(path) = &to.ca {
        for certificate in certificates(path)? {
            roots
                .add(certificate)
                .with_context(|| path.display().to_string())?;
        }
    } else {
        let native = rustls_native_certs::load_native_certs();
        let _ = roots.add_parsable_certificates(native.certs);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("failed to set up TLS")?
        .with_root_certificates(roots);
    let config = match &to.identity {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let key_der = PrivateKeyDer::from_pem_file(key)
                .with_context(|| format!("failed to read {}", key.display()))?;
            builder
                .with_client_auth_cert(certificates(certificate)?, key_der)
                .with_context(|| format!("failed to use {}", certificate.display()))?
        }
    };
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_connect_timeout(Some(Duration::from_secs(10)));
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(config)
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector);
    Ok(Client::builder(TokioExecutor::new()).build(connector))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let failed = || format!("failed to read {}", path.display());
    let found: Vec<_> = CertificateDer::pem_file_iter(path)
        .with_context(failed)?
        .collect::<Result<_, _>>()
        .with_context(failed)?;
    if found.is_empty() {
        bail!("{}: there is no certificate in it", path.display());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::net::TcpListener;

    /// A hub that refuses the first batch for now and takes what comes then.
    fn hub(listener: TcpListener) -> std::thread::JoinHandle<Vec<(String, Batch)>> {
        std::thread::spawn(move || {
            let mut taken = Vec::new();
            for round in 0..3 {
                let (stream, _) = listener.accept().unwrap();
                let mut reader = BufReader::new(stream);
                let mut head = String::new();
                let mut size = 0;
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).unwrap();
                    if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                        size = value.trim().parse().unwrap();
                    }
                    if line.trim().is_empty() {
                        break;
                    }
                    head.push_str(&line);
                }
                let mut body = vec![0; size];
                reader.read_exact(&mut body).unwrap();
                let answer = if round == 0 {
                    "429 Too Many Requests"
                } else {
                    "200 OK"
                };
                let text = format!(
                    "HTTP/1.1 {answer}\r\nretry-after: 0\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                reader.get_mut().write_all(text.as_bytes()).unwrap();
                if round > 0 {
                    let text = zstd::bulk::decompress(&body, 1 << 20).unwrap();
                    let batch = Batch::read(std::str::from_utf8(&text).unwrap()).unwrap();
                    taken.push((head, batch));
                }
            }
            taken
        })
    }

    #[test]
    fn every_event_arrives_once_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let token = folder.path().join("token");
        std::fs::write(&token, "secret-token\n").unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let to = To {
            hub: format!("http://{}", listener.local_addr().unwrap()),
            ca: None,
            identity: None,
            token: Some(token),
            spool: folder.path().join("spool"),
            most: 1 << 20,
        };
        let hub = hub(listener);
        let mut outbox = Outbox::open(to, "node-1", "b1").unwrap();
        let line = r#"{"catseye":1,"time":"2026-11-21T10:00:00Z","what":{"exit":{"code":0}}}"#;
        let event = RuntimeEvent::from_line(line).unwrap();
        for _ in 0..=MOST {
            outbox.add(event.clone());
        }
        let last = outbox.gathering.take().unwrap();
        outbox.hand_over(last);
        let posts = hub.join().unwrap();
        let places: Vec<_> = posts
            .iter()
            .map(|(_, batch)| (batch.first, batch.events.len()))
            .collect();
        assert_eq!(places, [(1, MOST), (MOST as u64 + 1, 1)]);
        assert!(posts[0].0.starts_with("POST /intake/runtime "));
        assert!(posts[0].0.contains("Bearer secret-token"));
        assert_eq!(outbox.lost(), 0);
    }

    #[test]
    fn what_is_handed_over_is_on_the_disk_while_the_hub_does_not_answer() {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let spool = folder.path().join("spool");
        let to = To {
            hub: format!("http://{}", listener.local_addr().unwrap()),
            ca: None,
            identity: None,
            token: None,
            spool: spool.clone(),
            most: 1 << 20,
        };
        let mut outbox = Outbox::open(to, "node-1", "b1").unwrap();
        let line = r#"{"catseye":1,"time":"2026-11-21T10:00:00Z","what":{"exit":{"code":0}}}"#;
        let event = RuntimeEvent::from_line(line).unwrap();
        let mut hand_over = || {
            outbox.add(event.clone());
            let batch = outbox.gathering.take().unwrap();
            outbox.hand_over(batch);
        };
        hand_over();
        // The connection stays open and nobody answers on it.
        let held = listener.accept().unwrap();
        for _ in 0..5 {
            hand_over();
        }
        let deadline = Instant::now() + Duration::from_secs(15);
        let kept = || {
            let files = std::fs::read_dir(&spool).unwrap().flatten();
            files
                .filter(|it| it.path().extension().is_some_and(|it| it == "batch"))
                .count()
        };
        while kept() < 6 {
            assert!(Instant::now() < deadline, "{} of 6 are on the disk", kept());
            std::thread::yield_now();
        }
        drop(held);
    }
}
