//! Running a renderer (`helm`, `kubectl`) with a time limit.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Rendering is text work; what takes longer waits for something that will not come.
const LIMIT: Duration = Duration::from_mins(1);

/// Why there is no rendered text.
#[derive(Debug)]
pub(super) enum Failure {
    /// The program is not installed.
    NotInstalled,
    /// It failed; the last line of what it said.
    Failed(String),
}

/// Runs the command and returns its standard output.
pub(super) fn run(mut command: Command) -> Result<String, Failure> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|err| match err.kind() {
            std::io::ErrorKind::NotFound => Failure::NotInstalled,
            _ => Failure::Failed(err.to_string()),
        })?;
    let (Some(mut stdout), Some(mut stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(Failure::Failed("its output cannot be read".to_owned()));
    };
    // Both pipes are drained while the program runs, or a long answer would block it.
    let answer = thread::spawn(move || {
        let mut bytes = Vec::new();
        stdout.read_to_end(&mut bytes).map(|_| bytes)
    });
    let complaint = thread::spawn(move || {
        let mut bytes = Vec::new();
        stderr.read_to_end(&mut bytes).map(|_| bytes)
    });
    let start = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if start.elapsed() < LIMIT => thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                // It is given up either way; a child that cannot be killed dies with its pipes.
                let _ = child.kill();
                let _ = child.wait();
                return Err(Failure::Failed(format!(
                    "gave no answer in {} s",
                    LIMIT.as_secs()
                )));
            }
            Err(err) => return Err(Failure::Failed(err.to_string())),
        }
    };
    let joined = |thread: thread::JoinHandle<std::io::Result<Vec<u8>>>| {
        thread.join().ok().and_then(Result::ok).unwrap_or_default()
    };
    let (answer, complaint) = (joined(answer), joined(complaint));
    if status.success() {
        return String::from_utf8(answer)
            .map_err(|_| Failure::Failed("its output is not UTF-8 text".to_owned()));
    }
    let complaint = String::from_utf8_lossy(&complaint);
    let last = complaint.lines().rev().find(|line| !line.trim().is_empty());
    Err(Failure::Failed(shortened(
        last.unwrap_or("it failed without a word"),
    )))
}

/// The gist of a log line: not too long, and without the logger's own prefix
/// (`E1121 08:40:33 run.go:72] "command failed" err="GIST"`), which holds the time.
fn shortened(line: &str) -> String {
    let gist = line
        .split_once("err=\"")
        .map_or(line, |(_, gist)| gist.trim_end_matches('"'))
        .trim();
    let mut shortened: String = gist.chars().take(200).collect();
    if shortened.len() < gist.len() {
        shortened.push('…');
    }
    shortened
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn the_time_of_a_failure_is_left_out() {
        let line =
            r#"E1121 08:40:33.502232   31926 run.go:72] "command failed" err="no such base""#;
        assert_eq!(shortened(line), "no such base");
        assert_eq!(
            shortened("Error: chart metadata is missing"),
            "Error: chart metadata is missing"
        );
        assert_eq!(shortened(&"é".repeat(300)).chars().count(), 201);
    }
}
