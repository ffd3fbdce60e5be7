//! The program as its users run it: real processes on real folders.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests make folders and start the program"
)]

mod accepting;
mod access;
mod audit;
mod back_test;
mod drift;
mod errors;
mod formats;
mod hub_config;
mod incidents;
mod install;
mod intake;
mod paths;
mod policy;
mod reach;
mod reference;
mod rules;
mod runtime;
#[cfg(target_os = "linux")]
mod sensor_hub;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What a run of the program gave.
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|err| panic!("{err}\n{}\n{}", self.stdout, self.stderr))
    }

    /// `CHECK OBJECT FILE` of each finding, sorted.
    fn findings(&self) -> Vec<String> {
        let json = self.json();
        let mut findings: Vec<String> = json["findings"]
            .as_array()
            .expect("findings is a list")
            .iter()
            .map(|finding| {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let object = &finding["object"];
                [
                    &finding["check"],
                    &object["kind"],
                    &object["name"],
                    &finding["file"],
                ]
                .map(text)
                .join(" ")
            })
            .collect();
        findings.sort();
        findings
    }

    /// `level kind file:line` of each notice.
    fn notices(&self) -> Vec<String> {
        self.json()["notices"]
            .as_array()
            .expect("notices is a list")
            .iter()
            .map(|notice| {
                let text = |field: &str| notice[field].as_str().unwrap_or("-").to_owned();
                let line = notice["line"].as_u64().unwrap_or(0);
                format!("{} {} {}:{line}", text("level"), text("kind"), text("file"))
            })
            .collect()
    }
}

/// Runs `catseye` in a folder.
fn catseye(folder: &Path, args: &[&str]) -> Ran {
    catseye_reading(folder, args, "")
}

/// Runs `catseye` in a folder, with text on standard input.
fn catseye_reading(folder: &Path, args: &[&str], input: &str) -> Ran {
    run(
        Command::new(env!("CARGO_BIN_EXE_catseye"))
            .args(args)
            .current_dir(folder),
        input,
    )
}

fn run(command: &mut Command, input: &str) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin
        .write_all(input.as_bytes())
        .expect("the program reads its input");
    drop(stdin);
    let output = child.wait_with_output().expect("the program ends");
    Ran {
        code: output.status.code().expect("the program ends by itself"),
        stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("errors are UTF-8"),
    }
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

/// Scans by one check, so that these tests do not change with the catalogue.
fn scan(folder: &TempDir, args: &[&str]) -> Ran {
    let all = [
        &[
            "scan",
            "--check",
            "privileged-container",
            "--format",
            "json",
        ],
        args,
    ]
    .concat();
    catseye(folder.path(), &all)
}

const PRIVILEGED: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: bad
spec:
  containers:
    - name: app
      image: app:1
      securityContext:
        privileged: true
";

const SOUND: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: good}
spec:
  containers: [{name: app, image: app:1}]
";
