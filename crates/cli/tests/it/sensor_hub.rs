//! The real sensor and the real hub: an attack in a container of runc is one incident, and a hub that is killed
//! in between loses and doubles nothing.
//!
//! Needs root, a kernel that takes programs, runc and busybox; says so and passes where one is missing, and
//! fails with `CATSEYE_REQUIRE_BPF=1`.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const POD: &str = "0c1e77aa-1111-4222-8333-5e1c0558a3a3";

/// Why it cannot run here.
fn missing() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let is_root = status.lines().any(|line| line.starts_with("Uid:\t0\t"));
    if !is_root {
        return Some("it needs root".to_owned());
    }
    if !Path::new("/sys/kernel/btf/vmlinux").exists() {
        return Some("the kernel has no BTF".to_owned());
    }
    if busybox().is_none() {
        return Some("no busybox (apt install busybox-static)".to_owned());
    }
    let runc = Command::new("runc").arg("--version").output();
    runc.is_err()
        .then(|| "no runc (apt install runc)".to_owned())
}

fn busybox() -> Option<&'static str> {
    let mut places = ["/bin/busybox", "/usr/bin/busybox"].into_iter();
    places.find(|path| Path::new(path).exists())
}

/// A process that ends with the test.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Hub {
    process: Started,
    port: u16,
    token: String,
}

impl Hub {
    fn start(objects: &Path, state: &Path, port: u16) -> Hub {
        let mut child = Command::new(env!("CARGO_BIN_EXE_catseye"))
            .arg("serve")
            .arg(objects)
            .arg("--state")
            .arg(state)
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the hub starts");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let token = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once("#token=")?.1.to_owned()))
            .expect("it says its address");
        std::thread::spawn(move || lines.for_each(drop));
        Hub {
            process: Started(child),
            port,
            token,
        }
    }

    fn get(&self, path: &str) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        let request = format!(
            "GET /api/v1{path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {}\r\nconnection: close\r\n\r\n",
            self.token
        );
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("answered");
        let text = String::from_utf8_lossy(&answer);
        let (head, body) = text.split_once("\r\n\r\n").expect("an answer");
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {text}");
        // Written whole, or in chunks whose lines of sizes are no JSON.
        let begin = body.find('{').expect("an object");
        let end = body.rfind('}').expect("an object");
        let body: String = body[begin..=end].to_owned();
        serde_json::from_str(&body).unwrap_or_else(|err| panic!("{path}: {err}: {body}"))
    }
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(90);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn objects() -> String {
    let template = json!({"metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "web:1"}]}});
    let items = [
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop", "uid": "d"},
            "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template}}),
        json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web-1", "namespace": "shop", "uid": "r",
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "d", "controller": true}]},
            "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template}}),
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1-x", "namespace": "shop", "uid": POD,
            "labels": {"app": "web"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1", "uid": "r", "controller": true}]},
            "spec": {"containers": [{"name": "web", "image": "web:1"}]}}),
    ];
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

/// Runs a script in a container of the pod, with a network of its own.
fn contain(folder: &Path, number: usize, script: &str) {
    let bundle = folder.join(format!("bundle-{number}"));
    let root = bundle.join("rootfs");
    for name in [
        "bin",
        "tmp",
        "proc",
        "dev",
        "var/run/secrets/kubernetes.io/serviceaccount",
    ] {
        fs::create_dir_all(root.join(name)).expect("made");
    }
    fs::copy(busybox().expect("looked for"), root.join("bin/busybox")).expect("copied");
    for applet in [
        "sh", "cp", "cat", "ip", "nc", "nslookup", "timeout", "sleep",
    ] {
        std::os::unix::fs::symlink("busybox", root.join("bin").join(applet)).expect("linked");
    }
    let token = root.join("var/run/secrets/kubernetes.io/serviceaccount/token");
    fs::write(token, "none\n").expect("written");
    let all = ["CAP_NET_ADMIN"];
    let id = format!(
        "{:064x}",
        u64::from(std::process::id()) * 10 + number as u64
    );
    let config = json!({
        "ociVersion": "1.0.2",
        "process": {"terminal": false, "user": {"uid": 0, "gid": 0}, "args": ["/bin/sh", "-c", script],
            "env": ["PATH=/bin"], "cwd": "/",
            "capabilities": {"bounding": all, "effective": all, "permitted": all}},
        "root": {"path": "rootfs", "readonly": false},
        "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}],
        "linux": {"cgroupsPath": format!("/kubepods/besteffort/pod{POD}/{id}"),
            "namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "network"}, {"type": "uts"}]},
    });
    fs::write(bundle.join("config.json"), config.to_string()).expect("written");
    let output = Command::new("runc")
        .args(["run", "--bundle"])
        .arg(&bundle)
        .arg(&id)
        .stdin(Stdio::null())
        .output()
        .expect("runc starts");
    assert!(output.status.success(), "{output:?}");
}

/// A port that is free now and stays the hub's over its restart.
fn port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
    listener.local_addr().expect("bound").port()
}

#[test]
fn an_attack_in_a_container_is_one_incident_and_a_killed_hub_loses_and_doubles_nothing() {
    if let Some(reason) = missing() {
        assert!(
            std::env::var_os("CATSEYE_REQUIRE_BPF").is_none_or(|value| value != "1"),
            "cannot run: {reason}"
        );
        eprintln!("skipped: {reason}");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let place = |name: &str| -> PathBuf { folder.path().join(name) };
    fs::write(place("objects.json"), objects()).expect("written");
    let (state, port) = (place("state"), port());
    let hub = Hub::start(&place("objects.json"), &state, port);
    let sensor = Command::new(env!("CARGO_BIN_EXE_catseye"))
        .args([
            "sensor",
            "--hub",
            &format!("http://127.0.0.1:{port}"),
            "--node",
            "node-1",
        ])
        .arg("--token-file")
        .arg(state.join("sensor.token"))
        .arg("--spool")
        .arg(place("spool"))
        .stderr(Stdio::null())
        .spawn()
        .expect("the sensor starts");
    let _sensor = Started(sensor);
    until("the sensor is heard", || {
        let coverage = hub.get("/coverage");
        let sensors = coverage["sensors"].as_array()?.clone();
        sensors.into_iter().find(|it| it["node"] == "node-1")
    });
    contain(
        folder.path(),
        1,
        "ip link set lo up; ip addr add 203.0.113.9/32 dev lo; (nc -l -p 3333 > /dev/null &); sleep 1; \
         cp /bin/busybox /tmp/busybox; echo x | /tmp/busybox nc -w 1 203.0.113.9 3333; \
         timeout 2 nslookup pool.example 203.0.113.9; cat /var/run/secrets/kubernetes.io/serviceaccount/token",
    );
    let found = |hub: &Hub| {
        let list = hub.get("/incidents?state=all&held_back=true&namespace=shop");
        list["items"].as_array().cloned().unwrap_or_default()
    };
    until("the first container's incident", || {
        (!found(&hub).is_empty()).then_some(())
    });
    // The kernel ends it between any two instructions.
    drop(hub.process);
    contain(
        folder.path(),
        2,
        "cp /bin/busybox /tmp/later; /tmp/later busybox sh -c :; :",
    );
    let hub = Hub::start(&place("objects.json"), &state, port);
    let whole = until("what both containers did", || {
        let incidents = found(&hub);
        assert!(incidents.len() <= 1, "{incidents:#?}");
        let id = incidents.first()?["id"].as_str()?.to_owned();
        let incident = hub.get(&format!("/incidents/{id}"));
        let scene = incident["scene"].to_string();
        scene.contains("/tmp/later").then_some(incident)
    });
    assert_eq!(whole["row"]["subjects"][0]["object"]["name"], "web");
    let scene = &whole["scene"];
    assert!(
        scene["processes"].to_string().contains("/tmp/busybox nc"),
        "{scene:#}"
    );
    assert!(
        scene["connections"].to_string().contains("203.0.113.9"),
        "{scene:#}"
    );
    assert!(
        scene["names"].to_string().contains("pool.example"),
        "{scene:#}"
    );
    assert_every_number_once(&hub);
}

/// The events of every stream have the numbers from one on, each once: those of programs' starts are named
/// otherwise, and are as many as there are gaps.
fn assert_every_number_once(hub: &Hub) {
    let mut numbers: BTreeSet<u64> = BTreeSet::new();
    let (mut rows, mut starts, mut cursor) = (0_u64, 0_u64, String::new());
    loop {
        let page = hub.get(&format!(
            "/events?source=runtime&limit=500&from=2020-01-01T00:00:00Z{cursor}"
        ));
        for event in page["items"].as_array().expect("a list") {
            rows += 1;
            if event["verb"] == "exec" {
                starts += 1;
                continue;
            }
            let id = event["id"].as_str().expect("an id");
            let number: u64 = id
                .rsplit(':')
                .next()
                .expect("a number")
                .parse()
                .expect("a number");
            assert!(numbers.insert(number), "{id} is there twice");
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let last = *numbers.last().expect("events");
    // A start may be the last of all.
    assert!(last <= rows, "{rows} events, and the last number is {last}");
    assert!(numbers.len() as u64 + starts == rows && rows - last <= starts);
}
