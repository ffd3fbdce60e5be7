//! Connections, datagrams, names.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use catseye_event::runtime::{Activity, Direction, RuntimeEvent, Transport};
use libtest_mimic::Failed;

use crate::Test;
use crate::watch::{Watch, actor};

pub(crate) const TESTS: [(&str, Test); 10] = [
    (
        "a_connection_tells_both_sides_bytes_and_latency",
        a_connection_tells_both_sides_bytes_and_latency,
    ),
    ("a_connection_by_ipv6_is_told", a_connection_by_ipv6_is_told),
    (
        "a_refused_connection_is_a_failed_one",
        a_refused_connection_is_a_failed_one,
    ),
    (
        "a_connection_that_is_given_up_is_a_failed_one",
        a_connection_that_is_given_up_is_a_failed_one,
    ),
    (
        "a_connection_made_later_is_one",
        a_connection_made_later_is_one,
    ),
    ("a_reset_is_told", a_reset_is_told),
    (
        "many_equal_connections_are_two_events",
        many_equal_connections_are_two_events,
    ),
    (
        "datagrams_are_counted_with_whose_they_are",
        datagrams_are_counted_with_whose_they_are,
    ),
    (
        "who_listens_takes_what_comes_in",
        who_listens_takes_what_comes_in,
    ),
    (
        "a_name_leads_to_its_connection",
        a_name_leads_to_its_connection,
    ),
];

/// A server that takes `count` connections, reads them to the end and answers four bytes.
fn serve(listener: TcpListener, count: u32) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        for _ in 0..count {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut got = Vec::new();
            stream.read_to_end(&mut got).expect("what was sent");
            stream.write_all(b"pong").expect("an open connection");
        }
    })
}

fn flow(event: &RuntimeEvent, port: u16, direction: Direction) -> bool {
    matches!(&event.what, Activity::Flow(flow) if flow.port == port && flow.direction == direction)
}

fn both_sides(address: &str) -> Result<(), Failed> {
    let listener = TcpListener::bind(address)?;
    let bound = listener.local_addr()?;
    let mut watch = Watch::start();
    let server = serve(listener, 1);
    let child = actor(&["connect", &bound.to_string()]).spawn()?;
    let pid = child.id();
    crate::watch::wait(child);
    server.join().expect("a server that ends");
    let out = watch.until("the way out", |event| {
        flow(event, bound.port(), Direction::Out)
    });
    let Activity::Flow(out_flow) = &out.what else {
        unreachable!("asked for flows")
    };
    assert_eq!(out_flow.peer, bound.ip());
    let process = out.process.as_ref().expect("somebody connected");
    assert_eq!(process.pid, pid);
    assert!(
        process.argv.iter().any(|it| it == "connect"),
        "{:?}",
        process.argv
    );
    watch.until("the way in", |event| {
        flow(event, bound.port(), Direction::In)
    });
    watch.settle();
    let mut way_out = (0, 0, 0, 0, 0);
    let mut way_in = (0, 0, 0);
    for event in &watch.told {
        let Activity::Flow(flow) = &event.what else {
            continue;
        };
        if flow.port != bound.port() {
            continue;
        }
        if flow.direction == Direction::Out {
            way_out.0 += flow.count;
            way_out.1 += flow.sent;
            way_out.2 += flow.received;
            way_out.3 += flow.latency.map_or(0, |latency| latency.count);
            way_out.4 += flow.failed;
        } else {
            way_in.0 += flow.count;
            way_in.1 += flow.sent;
            way_in.2 += flow.received;
        }
    }
    // A connection's acknowledged bytes count its first and last packet too.
    let is_four = |bytes: u64| (4..=6).contains(&bytes);
    assert!(is_four(way_out.1) && is_four(way_out.2), "{way_out:?}");
    assert_eq!((way_out.0, way_out.3, way_out.4), (1, 1, 0));
    assert_eq!(way_in.0, 1);
    assert!(is_four(way_in.1) && is_four(way_in.2), "{way_in:?}");
    Ok(())
}

fn a_connection_tells_both_sides_bytes_and_latency() -> Result<(), Failed> {
    both_sides("127.0.0.1:0")
}

fn a_connection_by_ipv6_is_told() -> Result<(), Failed> {
    both_sides("[::1]:0")
}

fn a_refused_connection_is_a_failed_one() -> Result<(), Failed> {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut watch = Watch::start();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    watch.until("the attempt", |event| flow(event, port, Direction::Out));
    watch.settle();
    let sum = watch.sum(port);
    assert_eq!((sum.count, sum.failed, sum.connected), (1, 1, 0));
    Ok(())
}

/// A listener whose queue is full: who knocks waits.
fn full() -> Result<(rustix::fd::OwnedFd, Vec<TcpStream>, u16), Failed> {
    use rustix::net;
    let socket = net::socket(net::AddressFamily::INET, net::SocketType::STREAM, None)?;
    let any: std::net::SocketAddrV4 = "127.0.0.1:0".parse()?;
    net::bind(&socket, &any)?;
    net::listen(&socket, 0)?;
    let bound: std::net::SocketAddrV4 = net::getsockname(&socket)?.try_into()?;
    let first = TcpStream::connect(bound)?;
    Ok((socket, vec![first], bound.port()))
}

fn a_connection_that_is_given_up_is_a_failed_one() -> Result<(), Failed> {
    let (_socket, _queue, port) = full()?;
    let mut watch = Watch::start();
    let address = format!("127.0.0.1:{port}").parse()?;
    let outcome = TcpStream::connect_timeout(&address, Duration::from_millis(50));
    assert!(outcome.is_err());
    watch.until("the attempt", |event| flow(event, port, Direction::Out));
    watch.settle();
    let sum = watch.sum(port);
    assert_eq!((sum.count, sum.failed, sum.connected), (1, 1, 0));
    Ok(())
}

fn a_connection_made_later_is_one() -> Result<(), Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let mut watch = Watch::start();
    // With a limit on the time, the library connects without waiting and asks later.
    let stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
    drop(stream);
    watch.until("the attempt", |event| {
        flow(event, address.port(), Direction::Out)
    });
    watch.settle();
    let sum = watch.sum(address.port());
    assert_eq!((sum.failed, sum.connected), (0, 1));
    Ok(())
}

fn a_reset_is_told() -> Result<(), Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let mut watch = Watch::start();
    let mut stream = TcpStream::connect(address)?;
    let (served, _) = listener.accept()?;
    rustix::net::sockopt::set_socket_linger(&served, Some(Duration::ZERO))?;
    drop(served);
    let mut nothing = [0];
    assert!(stream.read(&mut nothing).is_err());
    drop(stream);
    watch.until("the attempt", |event| {
        flow(event, address.port(), Direction::Out)
    });
    watch.settle();
    assert_eq!(watch.sum(address.port()).resets, 1);
    Ok(())
}

fn many_equal_connections_are_two_events() -> Result<(), Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || while listener.accept().is_ok() {});
    let mut watch = Watch::start();
    crate::watch::wait(actor(&["connects", &address.to_string(), "500"]).spawn()?);
    watch.until("the first", |event| {
        flow(event, address.port(), Direction::Out)
    });
    watch.settle();
    let out: Vec<u64> = watch
        .told
        .iter()
        .filter(|event| flow(event, address.port(), Direction::Out))
        .filter_map(|event| match &event.what {
            Activity::Flow(flow) => Some(flow.count),
            _ => None,
        })
        .collect();
    assert_eq!(out, [1, 499]);
    Ok(())
}

fn datagrams_are_counted_with_whose_they_are() -> Result<(), Failed> {
    for host in ["127.0.0.1", "[::1]"] {
        let mut watch = Watch::start();
        let server = UdpSocket::bind(format!("{host}:0"))?;
        let address = server.local_addr()?;
        let child = actor(&["send", &address.to_string(), "20"])
            .stdout(std::process::Stdio::null())
            .spawn()?;
        let pid = child.id();
        crate::watch::wait(child);
        let event = watch.until("the datagrams", |event| {
            flow(event, address.port(), Direction::Out)
        });
        assert_eq!(event.process.expect("somebody sent").pid, pid);
        watch.settle();
        let of = |direction: Direction| {
            let mut count = 0;
            for event in &watch.told {
                if let Activity::Flow(it) = &event.what
                    && flow(event, address.port(), direction)
                {
                    assert_eq!(it.transport, Transport::Udp);
                    count += it.count;
                }
            }
            count
        };
        assert_eq!((of(Direction::Out), of(Direction::In)), (20, 20), "{host}");
        // Ten bytes with the headers of UDP and IP.
        let sum = watch.sum(address.port());
        let packet = if address.is_ipv4() { 38 } else { 58 };
        assert_eq!(
            (sum.sent, sum.received),
            (20 * packet, 20 * packet),
            "{host}"
        );
    }
    Ok(())
}

fn a_name_leads_to_its_connection() -> Result<(), Failed> {
    let server = UdpSocket::bind("127.0.0.77:53")?;
    let listener = TcpListener::bind("127.0.0.78:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((size, who)) = server.recv_from(&mut question) {
            let mut answer = question[..size].to_vec();
            answer[2] = 0x81;
            answer[3] = 0x80;
            answer[7] = 1;
            answer.extend(b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\0\0\x4e");
            server.send_to(&answer, who).expect("an answer goes out");
        }
    });
    let mut watch = Watch::start();
    let child = actor(&["ask", "127.0.0.77:53", "Api.Shop.example"]).spawn()?;
    let pid = child.id();
    crate::watch::wait(child);
    TcpStream::connect(address)?;
    let asked = watch.until("the question", |event| {
        matches!(&event.what, Activity::Dns(dns) if dns.name == "api.shop.example" && !dns.is_answer())
    });
    assert_eq!(asked.process.expect("somebody asked").pid, pid);
    let answered = watch.until("the answer", |event| {
        matches!(&event.what, Activity::Dns(dns) if dns.name == "api.shop.example" && dns.is_answer())
    });
    let Activity::Dns(dns) = answered.what else {
        unreachable!("asked for names")
    };
    assert_eq!(dns.answers[0].address, Some(IpAddr::from([127, 0, 0, 78])));
    assert_eq!(dns.rcode.as_deref(), Some("NOERROR"));
    let connected = watch.until("the connection", |event| {
        flow(event, address.port(), Direction::Out)
    });
    let Activity::Flow(flow) = connected.what else {
        unreachable!("asked for flows")
    };
    assert_eq!(flow.name(), Some("api.shop.example"));
    Ok(())
}

fn who_listens_takes_what_comes_in() -> Result<(), Failed> {
    let mut watch = Watch::start();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    watch.until(
        "the listener",
        |event| matches!(&event.what, Activity::Listen(it) if it.address.port() == port),
    );
    crate::watch::wait(
        actor(&["knock", &format!("127.0.0.1:{port}")])
            .stdout(std::process::Stdio::null())
            .spawn()?,
    );
    let event = watch.until("the way in", |event| flow(event, port, Direction::In));
    assert_eq!(
        event.process.expect("somebody listens").pid,
        std::process::id()
    );
    Ok(())
}
