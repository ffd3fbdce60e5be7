//! Programs: every exec is seen, whatever its way.

use std::process::Command;

use catseye_event::runtime::{Activity, FileOrigin, RuntimeEvent};
use catseye_sensor::kernel::{Outcome, Tier};
use libtest_mimic::Failed;

use crate::Test;
use crate::watch::{Watch, actor, settings, unique};

pub(crate) const TESTS: [(&str, Test); 9] = [
    ("every_required_hook_attaches", every_required_hook_attaches),
    (
        "an_exec_tells_file_arguments_and_who_started_it",
        an_exec_tells_file_arguments_and_who_started_it,
    ),
    (
        "a_script_tells_its_interpreter_and_itself",
        a_script_tells_its_interpreter_and_itself,
    ),
    (
        "the_shortest_processes_are_seen_all",
        the_shortest_processes_are_seen_all,
    ),
    (
        "an_exec_by_another_thread_is_the_process",
        an_exec_by_another_thread_is_the_process,
    ),
    (
        "a_program_in_memory_is_told_as_such",
        a_program_in_memory_is_told_as_such,
    ),
    ("an_exit_tells_code_or_signal", an_exit_tells_code_or_signal),
    ("what_runs_already_is_known", what_runs_already_is_known),
    (
        "equal_execs_are_folded_and_counted",
        equal_execs_are_folded_and_counted,
    ),
];

fn every_required_hook_attaches() -> Result<(), Failed> {
    let watch = Watch::start();
    for attachment in watch.sensor.attachments() {
        if attachment.hook.tier == Tier::Required {
            assert_eq!(
                attachment.outcome,
                Outcome::Attached,
                "{}",
                attachment.hook.program
            );
        }
    }
    Ok(())
}

fn an_exec_tells_file_arguments_and_who_started_it() -> Result<(), Failed> {
    let mut watch = Watch::start();
    let word = unique("exec");
    let script = format!("/bin/echo '' {word} 'two words'; :");
    Command::new("/bin/sh").args(["-c", &script]).output()?;
    let event = watch.exec(&word);
    let process = event.process.expect("an exec has a process");
    assert!(
        process.executable.ends_with("bin/echo"),
        "{}",
        process.executable
    );
    assert_eq!(process.argv, ["/bin/echo", "", &word, "two words"]);
    assert_eq!(process.uid, Some(0));
    let parent = process.parent().expect("a shell started it");
    assert!(parent.executable.ends_with("/dash") || parent.executable.ends_with("/bash"));
    assert_eq!(parent.argv[1], "-c");
    let above = &process.ancestors[1];
    assert_eq!(above.pid, std::process::id());
    assert!(
        above.executable.contains("privileged"),
        "{}",
        above.executable
    );
    Ok(())
}

fn a_script_tells_its_interpreter_and_itself() -> Result<(), Failed> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("run.sh");
    std::fs::write(&script, "#!/bin/sh\nexit 3\n")?;
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755))?;
    let mut watch = Watch::start();
    let word = unique("script");
    Command::new(&script).arg(&word).status()?;
    let event = watch.exec(&word);
    let process = event.process.expect("an exec has a process");
    assert!(process.executable.starts_with("/usr/bin/") || process.executable.starts_with("/bin/"));
    let Activity::Exec(exec) = event.what else {
        unreachable!("exec() finds execs")
    };
    assert_eq!(exec.asked, script.to_string_lossy());
    Ok(())
}

fn the_shortest_processes_are_seen_all() -> Result<(), Failed> {
    let mut watch = Watch::start();
    let word = unique("short");
    for number in 0..200 {
        Command::new("/bin/true")
            .arg(&word)
            .arg(number.to_string())
            .status()?;
    }
    watch.exec(&word);
    let last = |event: &RuntimeEvent| {
        event
            .process
            .as_ref()
            .is_some_and(|it| it.argv.get(1) == Some(&word) && it.argv[2] == "199")
    };
    watch.until("the last process", last);
    let seen = watch
        .told
        .iter()
        .filter(|event| crate::watch::is_exec(event, &word))
        .count();
    assert_eq!(seen, 200);
    Ok(())
}

fn an_exec_by_another_thread_is_the_process() -> Result<(), Failed> {
    let mut watch = Watch::start();
    let word = unique("thread");
    let child = actor(&["thread-exec", &word]).spawn()?;
    let pid = child.id();
    crate::watch::wait(child);
    let is_echo = |event: &RuntimeEvent| {
        crate::watch::is_exec(event, &word)
            && event
                .process
                .as_ref()
                .is_some_and(|it| it.executable.ends_with("echo"))
    };
    let event = watch.until("the exec by a thread", is_echo);
    let process = event.process.expect("an exec has a process");
    assert_eq!(process.pid, pid);
    assert_ne!(process.tid, pid);
    assert_ne!(process.tid, 0);
    Ok(())
}

fn a_program_in_memory_is_told_as_such() -> Result<(), Failed> {
    let mut watch = Watch::start();
    let word = unique("memory");
    actor(&["memfd-exec", &word]).output()?;
    let is_memory = |event: &RuntimeEvent| {
        let process = event.process.as_ref();
        crate::watch::is_exec(event, &word)
            && process.is_some_and(|it| it.origin == FileOrigin::Memfd)
    };
    let event = watch.until("the program in memory", is_memory);
    let process = event.process.expect("an exec has a process");
    assert_eq!(process.executable, "memfd:payload");
    assert_eq!(process.argv, ["echo", &word]);
    Ok(())
}

fn an_exit_tells_code_or_signal() -> Result<(), Failed> {
    let mut watch = Watch::start();
    let coded = Command::new("/bin/sh").args(["-c", "exit 7"]).spawn()?;
    let coded_pid = coded.id();
    crate::watch::wait(coded);
    let mut killed = Command::new("/bin/sleep").arg("60").spawn()?;
    let killed_pid = killed.id();
    killed.kill()?;
    killed.wait()?;
    let exit = |watch: &mut Watch, pid: u32| {
        let event = watch.until("an exit", |event| {
            matches!(event.what, Activity::Exit(_))
                && event.process.as_ref().is_some_and(|it| it.pid == pid)
        });
        let Activity::Exit(exit) = event.what else {
            unreachable!("asked for exits")
        };
        exit
    };
    assert_eq!(exit(&mut watch, coded_pid).code, Some(7));
    assert_eq!(exit(&mut watch, killed_pid).signal, Some(9));
    Ok(())
}

fn what_runs_already_is_known() -> Result<(), Failed> {
    let word = unique("running");
    // The shell stays and starts something after the sensor did.
    let script = format!("read line; /bin/echo {word}; :");
    let mut child = Command::new("/bin/sh")
        .args(["-c", &script])
        .stdin(std::process::Stdio::piped())
        .spawn()?;
    let pid = child.id();
    let mut watch = Watch::start();
    let found = watch.sensor.found();
    let own = found
        .iter()
        .find(|event| event.process.as_ref().is_some_and(|it| it.pid == pid));
    let own = own.expect("the shell runs already");
    // Its input ends here, and so does its wait.
    drop(child.stdin.take());
    let event = watch.exec(&word);
    crate::watch::wait(child);
    let process = event.process.expect("an exec has a process");
    let parent = process.parent().expect("the shell started it");
    assert_eq!(parent.pid, pid);
    assert_eq!(
        parent.exec_id,
        own.process.as_ref().expect("a process").exec_id
    );
    assert_eq!(parent.argv[1], "-c");
    Ok(())
}

fn equal_execs_are_folded_and_counted() -> Result<(), Failed> {
    use catseye_sensor::record::Kind;
    let mut settings = settings();
    settings.fold_execs = std::time::Duration::from_mins(1);
    let mut watch = Watch::with(settings);
    let word = unique("folded");
    for _ in 0..10 {
        Command::new("/bin/true").arg(&word).status()?;
    }
    // What differs only behind much that is equal is told, too.
    let padding = "x".repeat(300);
    for end in ["one", "two"] {
        Command::new("/bin/true")
            .args([&word, &padding, end])
            .status()?;
    }
    Command::new("/bin/true").args([&word, "other"]).status()?;
    let other = |event: &RuntimeEvent| {
        event
            .process
            .as_ref()
            .is_some_and(|it| it.argv.get(2).is_some_and(|it| it == "other"))
    };
    watch.until("the exec that differs", other);
    let seen = watch
        .told
        .iter()
        .filter(|event| crate::watch::is_exec(event, &word))
        .count();
    assert_eq!(seen, 4);
    assert!(watch.sensor.counts()?[&Kind::Exec].folded >= 9);
    // Which program it was is known of those, too: an exit is that of `true` and not of who forked.
    let exits = watch.told.iter().filter(|event| {
        let process = event.process.as_ref();
        matches!(event.what, Activity::Exit(_))
            && process.is_some_and(|it| it.program() == "true" && it.argv.is_empty())
    });
    assert!(exits.count() >= 9);
    Ok(())
}
