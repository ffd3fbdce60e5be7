//! Containers: whose event it is, known before their first program.

use std::path::Path;
use std::process::{Command, Stdio};

use catseye_event::runtime::{Activity, ContainerState, FileOrigin, RuntimeEvent};
use libtest_mimic::Failed;

use crate::Test;
use crate::group::{Group, uid};
use crate::watch::{Watch, unique};

pub(crate) const TESTS: [(&str, Test); 5] = [
    (
        "a_program_in_a_pod_is_the_pods",
        a_program_in_a_pod_is_the_pods,
    ),
    (
        "the_container_is_known_before_its_first_program",
        the_container_is_known_before_its_first_program,
    ),
    (
        "no_event_is_put_down_to_another_container",
        no_event_is_put_down_to_another_container,
    ),
    (
        "a_container_of_runc_is_told_whole",
        a_container_of_runc_is_told_whole,
    ),
    (
        "a_file_written_after_the_image_is_told_as_such",
        a_file_written_after_the_image_is_told_as_such,
    ),
];

fn a_program_in_a_pod_is_the_pods() -> Result<(), Failed> {
    let pod = uid(1);
    let group = Group::new(&format!("kubepods/besteffort/pod{pod}/web"));
    let mut watch = Watch::start();
    let word = unique("pod");
    group.command("/bin/echo", &[&word]).output()?;
    let is_echo = |event: &RuntimeEvent| {
        crate::watch::is_exec(event, &word)
            && event
                .process
                .as_ref()
                .is_some_and(|it| it.executable.ends_with("echo"))
    };
    let event = watch.until("the exec in the pod", is_echo);
    assert_eq!(event.subject.pod_uid, pod);
    assert_eq!(event.subject.container_id, "web");
    assert_eq!(event.subject.cgroup, Some(group.id()));
    Ok(())
}

fn the_container_is_known_before_its_first_program() -> Result<(), Failed> {
    let pod = uid(2);
    let mut watch = Watch::start();
    let word = unique("first");
    let group = Group::new(&format!("kubepods/burstable/pod{pod}/4f0c"));
    group.command("/bin/true", &[&word]).status()?;
    let is_true = |event: &RuntimeEvent| {
        crate::watch::is_exec(event, &word)
            && event
                .process
                .as_ref()
                .is_some_and(|it| it.executable.ends_with("true"))
    };
    let event = watch.until("the exec", is_true);
    assert_eq!(event.subject.container_id, "4f0c");
    let began = watch.told.iter().position(|event| {
        matches!(&event.what, Activity::Container(change) if change.state == ContainerState::Started)
            && event.subject.pod_uid == pod
    });
    let ran = watch.told.iter().position(is_true);
    assert!(began < ran && began.is_some(), "{began:?} {ran:?}");
    drop(group);
    watch.until("the end of the container", |event| {
        matches!(&event.what, Activity::Container(change) if change.state == ContainerState::Stopped)
            && event.subject.pod_uid == pod
    });
    Ok(())
}

/// How many containers come and go; ten thousand when the environment says so.
fn rounds() -> u32 {
    let asked = std::env::var("CATSEYE_SENSOR_CONTAINERS").ok();
    asked.and_then(|asked| asked.parse().ok()).unwrap_or(500)
}

fn no_event_is_put_down_to_another_container() -> Result<(), Failed> {
    let mut watch = Watch::start();
    let mark = unique("round");
    let rounds = rounds();
    let (mut right, mut wrong) = (0, Vec::new());
    let mut check = |told: &mut Vec<RuntimeEvent>| {
        for event in told.drain(..) {
            let Some(process) = &event.process else {
                continue;
            };
            let is_ours =
                process.executable.ends_with("true") && process.argv.get(1) == Some(&mark);
            if !is_ours || !matches!(event.what, Activity::Exec(_)) {
                continue;
            }
            if process.argv[2] == event.subject.container_id {
                right += 1;
            } else {
                wrong.push(crate::watch::line(&event));
            }
        }
    };
    let root = Group::new(&format!("kubepods/besteffort/pod{}", uid(3)));
    for number in 0..rounds {
        let name = format!("c{number}");
        let path = root.path.join(&name);
        std::fs::create_dir(&path)?;
        // The child is in the container before it runs anything.
        let script = format!(
            "echo 0 > {}/cgroup.procs && exec /bin/true {mark} {name}",
            path.display()
        );
        Command::new("/bin/sh").args(["-c", &script]).status()?;
        std::fs::remove_dir(&path)?;
        if number % 7 == 0 {
            let told = &mut watch.told;
            watch
                .sensor
                .poll(std::time::Duration::ZERO, &mut |event| told.push(event))?;
            check(&mut watch.told);
        }
    }
    watch.settle();
    check(&mut watch.told);
    assert!(
        wrong.is_empty(),
        "{} wrong, the first: {}",
        wrong.len(),
        wrong[0]
    );
    assert_eq!(right, rounds);
    println!("{rounds} containers, all told right");
    Ok(())
}

/// A container by runc in an overlay of a busybox, or why there can be none.
fn run_in_container(pod: &str, id: &str, script: &str) -> Result<Result<(), String>, Failed> {
    let busybox = ["/bin/busybox", "/usr/bin/busybox"]
        .into_iter()
        .find(|path| Path::new(path).exists());
    let Some(busybox) = busybox else {
        return Ok(Err("no busybox (apt install busybox-static)".to_owned()));
    };
    let has_runc = Command::new("runc").arg("--version").output().is_ok();
    if !has_runc {
        return Ok(Err("no runc (apt install runc)".to_owned()));
    }
    let bundle = tempfile::tempdir()?;
    let folder = |name: &str| {
        let path = bundle.path().join(name);
        std::fs::create_dir_all(&path).map(|()| path)
    };
    let lower = folder("lower")?;
    for name in ["bin", "tmp", "proc", "dev", "sys"] {
        std::fs::create_dir_all(lower.join(name))?;
    }
    std::fs::copy(busybox, lower.join("bin/busybox"))?;
    for applet in ["sh", "cp", "echo", "cat"] {
        std::os::unix::fs::symlink("busybox", lower.join("bin").join(applet))?;
    }
    let (upper, work, merged) = (folder("upper")?, folder("work")?, folder("rootfs")?);
    let options = format!(
        "lowerdir={},upperdir={},workdir={}",
        lower.display(),
        upper.display(),
        work.display()
    );
    let options = std::ffi::CString::new(options)?;
    rustix::mount::mount(
        "overlay",
        &merged,
        "overlay",
        rustix::mount::MountFlags::empty(),
        options.as_c_str(),
    )?;
    let config = serde_json::json!({
        "ociVersion": "1.0.2",
        "process": {
            "terminal": false,
            "user": {"uid": 0, "gid": 0},
            "args": ["/bin/sh", "-c", script],
            "env": ["PATH=/bin"],
            "cwd": "/",
        },
        "root": {"path": "rootfs", "readonly": false},
        "hostname": "web",
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"},
        ],
        "linux": {
            "cgroupsPath": format!("/kubepods/besteffort/pod{pod}/{id}"),
            "namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "network"}, {"type": "uts"}],
        },
    });
    std::fs::write(bundle.path().join("config.json"), config.to_string())?;
    let output = Command::new("runc")
        .args(["run", "--bundle"])
        .arg(bundle.path())
        .arg(id)
        .stdin(Stdio::null())
        .output()?;
    rustix::mount::unmount(&merged, rustix::mount::UnmountFlags::DETACH)?;
    // Pods are not removed by runc.
    drop(Group::new(&format!("kubepods/besteffort/pod{pod}")));
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(Ok(()))
}

/// What a skip is: told, and a failure where skips are.
fn skip(reason: &str) -> Result<(), Failed> {
    if std::env::var_os("CATSEYE_REQUIRE_BPF").is_some_and(|value| value == "1") {
        return Err(format!("cannot run: {reason}").into());
    }
    println!("skipped: {reason}");
    Ok(())
}

/// 64 digits, as runtimes name containers.
fn container_id(number: u64) -> String {
    format!("{number:064x}")
}

fn a_container_of_runc_is_told_whole() -> Result<(), Failed> {
    let pod = uid(4);
    let id = container_id(catseye_sensor::proc::since_boot());
    let word = unique("runc");
    let mut watch = Watch::start();
    if let Err(reason) = run_in_container(&pod, &id, &format!("/bin/busybox echo {word}; :"))? {
        return skip(&reason);
    }
    let event = watch.exec(&word);
    let is_echo = |event: &RuntimeEvent| {
        crate::watch::is_exec(event, &word)
            && event
                .process
                .as_ref()
                .is_some_and(|it| it.argv.get(1).is_some_and(|it| it == "echo"))
    };
    let _ = event;
    let event = watch.until("busybox in the container", is_echo);
    assert_eq!(event.subject.pod_uid, pod);
    assert_eq!(event.subject.container_id, id);
    let process = event.process.expect("an exec has a process");
    // As the container sees it: nothing of the node's folders.
    assert_eq!(process.executable, "/bin/busybox");
    assert_eq!(process.origin, FileOrigin::Image);
    assert!(
        process.inner_pid.is_some_and(|pid| pid < 10),
        "{:?}",
        process.inner_pid
    );
    let parent = process.parent().expect("the shell started it");
    assert_eq!(parent.executable, "/bin/busybox");
    assert_eq!(parent.argv[0], "/bin/sh");
    Ok(())
}

fn a_file_written_after_the_image_is_told_as_such() -> Result<(), Failed> {
    let pod = uid(5);
    let id = container_id(catseye_sensor::proc::since_boot());
    let word = unique("upper");
    let mut watch = Watch::start();
    let script = format!("cp /bin/busybox /tmp/echo && /tmp/echo {word}; :");
    if let Err(reason) = run_in_container(&pod, &id, &script)? {
        return skip(&reason);
    }
    let is_dropped = |event: &RuntimeEvent| {
        crate::watch::is_exec(event, &word)
            && event
                .process
                .as_ref()
                .is_some_and(|it| it.executable == "/tmp/echo")
    };
    let event = watch.until("the dropped program", is_dropped);
    assert_eq!(event.subject.container_id, id);
    assert_eq!(event.process.expect("a process").origin, FileOrigin::Upper);
    Ok(())
}
