//! A running hub, a client that trusts one authority, and a receiver of alerts.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::Value;

/// Waits until something holds.
pub(crate) fn eventually(what: &str, within: Duration, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + within;
    while !holds() {
        assert!(Instant::now() < deadline, "not within {within:?}: {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// What a run of the program prints.
pub(crate) fn catseye(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_catseye"))
        .args(arguments)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The documents of a YAML text.
pub(crate) fn documents(text: &str) -> Vec<Value> {
    catseye_model::yaml::documents(text)
        .into_iter()
        .map(|document| Value::from(document.content.expect("YAML")))
        .collect()
}

/// A running `catseye serve`.
pub(crate) struct Program {
    child: Child,
    /// Where it listens.
    pub(crate) port: u16,
    said: Arc<Mutex<String>>,
}

impl Program {
    /// Starts it, and returns when it says where it listens.
    pub(crate) fn start(arguments: &[String], environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_catseye"))
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let said = Arc::new(Mutex::new(String::new()));
        let errors = child.stderr.take().expect("piped");
        let heard = said.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                eprintln!("hub: {line}");
                let mut said = heard.lock().expect("no panic");
                said.push_str(&line);
                said.push('\n');
            }
        });
        let mut port = 0;
        eventually("the hub listens", Duration::from_mins(1), || {
            assert!(
                child.try_wait().expect("asked").is_none(),
                "the hub ended: {}",
                said.lock().expect("no panic")
            );
            let said = said.lock().expect("no panic");
            let address = said
                .split_once("the dashboard: ")
                .and_then(|(_, rest)| rest.split("127.0.0.1:").nth(1));
            let digits: String = address
                .unwrap_or_default()
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            port = digits.parse().unwrap_or(0);
            port != 0 && said.ends_with('\n')
        });
        Program { child, port, said }
    }

    /// What it wrote to standard error.
    #[allow(dead_code, reason = "not every test asks")]
    pub(crate) fn said(&self) -> String {
        self.said.lock().expect("no panic").clone()
    }

    /// Kills it at once.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("waited for");
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn end(mut self) {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").arg(pid).status().expect("kill");
        assert!(asked.success());
        let status = self.child.wait().expect("waited for");
        assert!(status.success(), "{status}");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A test that failed leaves none behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client of one hub that trusts one authority.
pub(crate) struct Site {
    port: u16,
    config: Arc<rustls::ClientConfig>,
}

impl Site {
    pub(crate) fn new(port: u16, authority: &[u8]) -> Self {
        let mut roots = rustls::RootCertStore::empty();
        let certificate = CertificateDer::from_pem_slice(authority).expect("PEM");
        roots.add(certificate).expect("an authority");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("protocols")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Site {
            port,
            config: Arc::new(config),
        }
    }

    /// The status and the body.
    pub(crate) fn get(&self, path: &str, token: Option<&str>) -> (u16, String) {
        self.ask("GET", path, token, "")
    }

    /// The status and the body.
    pub(crate) fn post(&self, path: &str, token: Option<&str>, body: &str) -> (u16, String) {
        self.ask("POST", path, token, body)
    }

    /// The answer to a question that is answered.
    pub(crate) fn json(&self, path: &str, token: &str) -> Value {
        let (code, body) = self.get(path, Some(token));
        assert_eq!(code, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap_or_else(|err| panic!("{path}: {err}: {body}"))
    }

    fn ask(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> (u16, String) {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        let wait = Some(Duration::from_mins(1));
        socket.set_read_timeout(wait).expect("set");
        // The name by which the API server asks.
        let name = ServerName::try_from("catseye-hub").expect("a name");
        let mut session =
            rustls::ClientConnection::new(self.config.clone(), name).expect("a session");
        let mut stream = rustls::Stream::new(&mut session, &mut socket);
        let authorization = token.map_or(String::new(), |token| {
            format!("Authorization: Bearer {token}\r\n")
        });
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: catseye-hub\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n{authorization}\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = Vec::new();
        // A server may close without saying so first.
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let code = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        (code.unwrap_or(0), body.to_owned())
    }
}

/// A message that came.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// Takes alerts over HTTP.
pub(crate) struct Receiver {
    pub(crate) port: u16,
    got: Arc<Mutex<Vec<Message>>>,
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let got = Arc::new(Mutex::new(Vec::new()));
        let kept = got.clone();
        std::thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                if let Some(message) = message(&socket) {
                    kept.lock().expect("no panic").push(message);
                }
                let mut socket = socket;
                let _ = socket.write_all(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                );
            }
        });
        Receiver { port, got }
    }

    /// All that came.
    pub(crate) fn got(&self) -> Vec<Message> {
        self.got.lock().expect("no panic").clone()
    }
}

fn message(socket: &TcpStream) -> Option<Message> {
    let mut reader = BufReader::new(socket);
    let mut headers = BTreeMap::new();
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Message {
        headers,
        body: String::from_utf8(body).ok()?,
    })
}
