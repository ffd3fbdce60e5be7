//! Where it loads: under what limits, and with what missing.

use std::path::Path;
use std::process::Command;

use catseye_event::runtime::{Activity, FileOperation};
use catseye_sensor::kernel::{Outcome, Settings};
use catseye_sensor::proc::Hierarchy;
use libtest_mimic::Failed;

use crate::Test;
use crate::group::{Group, uid};
use crate::watch::{Watch, actor, settings, unique};

pub(crate) const TESTS: [(&str, Test); 5] = [
    (
        "it_loads_without_a_memory_lock_limit",
        it_loads_without_a_memory_lock_limit,
    ),
    (
        "without_tracefs_the_required_programs_run",
        without_tracefs_the_required_programs_run,
    ),
    (
        "on_version_one_the_memory_controller_tells_containers",
        on_version_one_the_memory_controller_tells_containers,
    ),
    ("watched_calls_are_told", watched_calls_are_told),
    (
        "a_refusal_is_recorded_and_the_rest_runs",
        a_refusal_is_recorded_and_the_rest_runs,
    ),
];

/// The actor loads a sensor under a limit of nothing.
fn it_loads_without_a_memory_lock_limit() -> Result<(), Failed> {
    let own = std::env::current_exe()?;
    let script = format!("ulimit -l 0 && exec {} act start-sensor", own.display());
    let output = Command::new("/bin/sh").args(["-c", &script]).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.trim(), "required 15 of 15, calls 0 of 0");
    Ok(())
}

/// In a mount namespace where nothing is mounted at tracefs' places.
fn without_tracefs_the_required_programs_run() -> Result<(), Failed> {
    let own = std::env::current_exe()?;
    let script = format!(
        "mount -t tmpfs none /sys/kernel/tracing; umount -l /sys/kernel/debug 2>/dev/null; \
         mount -t tmpfs none /sys/kernel/debug; exec {} act start-sensor calls",
        own.display()
    );
    let output = Command::new("unshare")
        .args(["-m", "/bin/sh", "-c", &script])
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        said.trim(),
        "required 15 of 15, calls 0 of 19",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// The memory controller's hierarchy, where the machine has one beside version 2.
fn version_one() -> Option<Hierarchy> {
    let mounts = std::fs::read_to_string("/proc/self/mounts").ok()?;
    let one: Vec<&str> = mounts
        .lines()
        .filter(|line| !line.contains(" cgroup2 "))
        .collect();
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    Hierarchy::among(&one.join("\n"), &groups)
}

fn on_version_one_the_memory_controller_tells_containers() -> Result<(), Failed> {
    let Some(hierarchy) = version_one() else {
        // Required nowhere: a machine of version 2 alone cannot have it.
        println!("skipped: no hierarchy of version 1");
        return Ok(());
    };
    let pod = uid(40);
    let mut watch = Watch::with(Settings {
        hierarchy: Some(hierarchy.clone()),
        ..settings()
    });
    let refused = watch
        .sensor
        .attachments()
        .iter()
        .filter(|it| matches!(it.outcome, Outcome::Refused(_)))
        .count();
    // Nothing is told by cgroup hooks, which know version 2 only.
    assert_eq!(refused, 8);
    let group = Group::under(&hierarchy, &format!("kubepods/besteffort/pod{pod}/web"));
    let word = unique("one");
    group.command("/bin/echo", &[&word]).output()?;
    let event = watch.until("the exec", |event| {
        crate::watch::is_exec(event, &word)
            && event
                .process
                .as_ref()
                .is_some_and(|it| it.executable.ends_with("echo"))
    });
    assert_eq!(event.subject.pod_uid, pod);
    assert_eq!(event.subject.container_id, "web");
    Ok(())
}

/// Single calls are found through tracefs, which a minimal system does not mount.
fn mount_tracefs() -> Result<(), Failed> {
    if !std::path::Path::new("/sys/kernel/tracing/events").exists() {
        let status = Command::new("mount")
            .args(["-t", "tracefs", "tracefs", "/sys/kernel/tracing"])
            .status()?;
        assert!(status.success(), "tracefs cannot be mounted");
    }
    Ok(())
}

fn watched_calls_are_told() -> Result<(), Failed> {
    mount_tracefs()?;
    let mut watch = Watch::with(Settings {
        calls: true,
        capabilities: true,
        ..settings()
    });
    let attached = |watch: &Watch, program: &str| {
        let mut all = watch.sensor.attachments().iter();
        all.any(|it| it.hook.program == program && it.outcome == Outcome::Attached)
    };
    assert!(
        attached(&watch, "on_unshare"),
        "{:?}",
        watch.sensor.attachments()
    );
    let word = unique("calls");
    let script = format!(
        "cat /etc/shadow > /dev/null; ln -s /x /tmp/{word}; rm /tmp/{word}; mount -t tmpfs none /mnt"
    );
    Command::new("unshare")
        .args(["-m", "/bin/sh", "-c", &script])
        .status()?;
    crate::watch::wait(
        actor(&["memfd-exec", &word])
            .stdout(std::process::Stdio::null())
            .spawn()?,
    );
    watch.until("the new namespace", |event| {
        matches!(&event.what, Activity::Namespace(it) if it.call == "unshare" && it.kinds == ["mount"])
    });
    watch.until("the sensitive file", |event| {
        matches!(&event.what, Activity::File(it) if it.path == "/etc/shadow")
            && event
                .process
                .as_ref()
                .is_some_and(|it| it.executable.ends_with("/cat"))
    });
    watch.until(
        "the mount",
        |event| matches!(&event.what, Activity::Mount(it) if it.target == "/mnt"),
    );
    watch.until(
        "the link",
        |event| matches!(&event.what, Activity::File(it) if it.operation == FileOperation::Symlink),
    );
    watch.until("the file in memory", |event| {
        matches!(&event.what, Activity::Call(it) if it.function == "memfd_create" && it.arguments[0] == "payload")
    });
    if attached(&watch, "on_capability") {
        watch.until("the capability", |event| {
            matches!(&event.what, Activity::Capability(it) if it.name == "CAP_SYS_ADMIN" && it.granted)
        });
    }
    Ok(())
}

fn a_refusal_is_recorded_and_the_rest_runs() -> Result<(), Failed> {
    let watch = Watch::with(Settings {
        capabilities: true,
        ..settings()
    });
    let module = watch
        .sensor
        .attachments()
        .iter()
        .find(|it| it.hook.program == "on_module");
    let module = module.expect("a hook of the table");
    let has_modules = Path::new("/proc/modules").exists();
    match &module.outcome {
        Outcome::Attached => assert!(has_modules),
        Outcome::Refused(reason) => assert!(!has_modules && !reason.is_empty(), "{reason}"),
        Outcome::NotAsked => panic!("it was asked for"),
    }
    Ok(())
}
