//! What this program does when it is started with `act NAME`.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, UdpSocket};
use std::os::fd::AsRawFd as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Duration;

pub(crate) fn act(words: &[String]) {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["in-group", group, program, rest @ ..] => in_group(group, program, rest),
        ["thread-exec", word] => thread_exec(word),
        ["memfd-exec", word] => memfd_exec(word),
        ["connect", address] => connect(address),
        ["knock", address] => knock(address),
        ["flood", count] => flood(count.parse().expect("a count")),
        ["connects", address, count] => connects(address, count.parse().expect("a count")),
        ["ask", server, name] => ask(server, name),
        ["send", address, count] => send(address, count.parse().expect("a count")),
        ["start-sensor", rest @ ..] => start_sensor(!rest.is_empty()),
        other => panic!("no act {other:?}"),
    }
}

/// Moves into a cgroup and becomes another program.
fn in_group(group: &str, program: &str, rest: &[&str]) {
    std::fs::write(format!("{group}/cgroup.procs"), "0").expect("a cgroup that takes processes");
    let refused = Command::new(program).args(rest).exec();
    panic!("{program}: {refused}");
}

/// Becomes another program from a thread that is not the first.
fn thread_exec(word: &str) {
    let word = word.to_owned();
    let thread = std::thread::spawn(move || {
        let refused = Command::new("/bin/echo").arg(&word).exec();
        panic!("{refused}");
    });
    let _ = thread.join();
}

/// Runs a program from memory.
fn memfd_exec(word: &str) {
    let file = rustix::fs::memfd_create("payload", rustix::fs::MemfdFlags::empty())
        .expect("a file in memory");
    let mut file = std::fs::File::from(file);
    let program = std::fs::read("/bin/echo").expect("/bin/echo");
    file.write_all(&program).expect("room in memory");
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let refused = Command::new(path).arg0("echo").arg(word).exec();
    panic!("{refused}");
}

/// Connects, sends four bytes, and reads to the end. Says how it went.
fn connect(address: &str) {
    let outcome = TcpStream::connect(address).and_then(|mut stream| {
        stream.write_all(b"ping")?;
        stream.shutdown(std::net::Shutdown::Write)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)
    });
    match outcome {
        Ok(_) => println!("ok"),
        Err(err) => println!("{:?}", err.raw_os_error().unwrap_or_default()),
    }
}

/// Connects and no more. Says how it went.
fn knock(address: &str) {
    match TcpStream::connect(address) {
        Ok(_) => println!("ok"),
        Err(err) => println!("{:?}", err.raw_os_error().unwrap_or_default()),
    }
}

fn connects(address: &str, count: u32) {
    for _ in 0..count {
        drop(TcpStream::connect(address));
    }
}

/// Starts a program that ends at once, again and again.
fn flood(count: u32) {
    for _ in 0..count {
        let child = Command::new("/bin/true").spawn();
        child.and_then(|mut it| it.wait()).expect("/bin/true runs");
    }
}

/// Asks a name server for the address of a name.
fn ask(server: &str, name: &str) {
    let mut message = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        message.push(u8::try_from(label.len()).expect("a short label"));
        message.extend(label.as_bytes());
    }
    message.extend([0, 0, 1, 0, 1]);
    let any = if server.starts_with('[') {
        "[::]:0"
    } else {
        "0.0.0.0:0"
    };
    let socket = UdpSocket::bind(any).expect("a socket");
    socket
        .set_read_timeout(Some(Duration::from_secs(5)))
        .expect("a time");
    socket.connect(server).expect("an address");
    socket.send(&message).expect("a message that goes out");
    let mut answer = [0; 512];
    socket.recv(&mut answer).expect("an answer");
}

/// Sends datagrams of ten bytes without connecting.
fn send(address: &str, count: u32) {
    let any = if address.starts_with('[') {
        "[::]:0"
    } else {
        "0.0.0.0:0"
    };
    let socket = UdpSocket::bind(any).expect("a socket");
    for _ in 0..count {
        match socket.send_to(b"ten bytes.", address) {
            Ok(_) => println!("ok"),
            Err(err) => println!("{:?}", err.raw_os_error().unwrap_or_default()),
        }
    }
}

/// Starts a sensor and says how many programs the kernel took.
fn start_sensor(calls: bool) {
    use catseye_sensor::kernel::{Attachment, Outcome, Sensor, Settings, Tier};
    let settings = Settings {
        calls,
        ..Settings::default()
    };
    let sensor = Sensor::start(settings, catseye_sensor::narrate::Teller::default())
        .expect("the kernel takes the programs");
    let count = |tier: Tier| {
        let of_tier = |it: &&Attachment| it.hook.tier == tier && it.outcome != Outcome::NotAsked;
        let asked: Vec<_> = sensor.attachments().iter().filter(of_tier).collect();
        let attached = asked
            .iter()
            .filter(|it| it.outcome == Outcome::Attached)
            .count();
        format!("{attached} of {}", asked.len())
    };
    println!(
        "required {}, calls {}",
        count(Tier::Required),
        count(Tier::Calls)
    );
}
