//! What ran and talked around an incident, as text.

use std::fmt::Write as _;

use catseye_detect::incident::{Scene, SceneConnection, SceneProcess};
use catseye_event::runtime::{Direction, FileOrigin};

use crate::table::{BOLD, DIM, styled};
use crate::visible::one_line;

/// The processes as a tree, then connections and names.
pub(super) fn write(text: &mut String, scene: &Scene) {
    if !scene.processes.is_empty() {
        let _ = writeln!(text, "  Processes:");
    }
    for process in &scene.processes {
        let words = one_line(&process_words(process));
        let indent = "  ".repeat(process.depth);
        let shown = if process.rules.is_empty() {
            styled(DIM, words)
        } else {
            let rules = process.rules.join(" ");
            format!("{} {}", styled(BOLD, words), styled(DIM, one_line(&rules)))
        };
        let _ = writeln!(text, "    {indent}{shown}");
    }
    if !scene.connections.is_empty() {
        let _ = writeln!(text, "  Connections:");
    }
    for connection in &scene.connections {
        let _ = writeln!(text, "    {}", one_line(&connection_words(connection)));
    }
    if !scene.names.is_empty() {
        let _ = writeln!(text, "  Names asked for:");
    }
    for name in &scene.names {
        let addresses: Vec<String> = name.addresses.iter().map(ToString::to_string).collect();
        let answer = if addresses.is_empty() {
            String::new()
        } else {
            format!(" = {}", addresses.join(", "))
        };
        let words = format!(
            "{} {} by {}{answer}",
            name.first.strftime("%H:%M:%S"),
            name.name,
            name.program
        );
        let _ = writeln!(text, "    {}", one_line(&words));
    }
    if scene.left_out > 0 {
        let words = format!("{} more were left out", scene.left_out);
        let _ = writeln!(text, "    {}", styled(DIM, words));
    }
}

/// `10:00:03 /tmp/x -o pool (written after the container started, as root)`.
pub(super) fn process_words(process: &SceneProcess) -> String {
    let mut words = String::new();
    if let Some(time) = process.time {
        let _ = write!(words, "{} ", time.strftime("%H:%M:%S"));
    }
    words.push_str(if process.command.is_empty() {
        "a process"
    } else {
        &process.command
    });
    let origin = match process.origin {
        FileOrigin::Upper => Some("not of the image"),
        FileOrigin::Memfd => Some("from memory"),
        FileOrigin::Deleted => Some("its file was removed"),
        _ => None,
    };
    let user = (process.user == Some(0)).then_some("as root");
    let notes: Vec<&str> = origin.into_iter().chain(user).collect();
    if !notes.is_empty() {
        let _ = write!(words, " ({})", notes.join(", "));
    }
    words
}

/// `10:00:03 curl → 203.0.113.9:443 TCP (api.example.com), 3 times, refused`.
pub(super) fn connection_words(connection: &SceneConnection) -> String {
    let arrow = match connection.direction {
        Direction::Out => "→",
        Direction::In => "←",
    };
    let mut words = format!(
        "{} {} {arrow} {} {}",
        connection.first.strftime("%H:%M:%S"),
        if connection.program.is_empty() {
            "something"
        } else {
            &connection.program
        },
        connection.peer,
        connection.transport
    );
    if !connection.name.is_empty() {
        let _ = write!(words, " ({})", connection.name);
    }
    if connection.count > 1 {
        let _ = write!(words, ", {} times", connection.count);
    }
    if connection.sent + connection.received > 0 {
        let _ = write!(
            words,
            ", {} bytes sent, {} received",
            connection.sent, connection.received
        );
    }
    if connection.denied {
        words.push_str(", refused by a policy");
    }
    words
}
