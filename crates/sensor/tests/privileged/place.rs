//! Where it loads: under what limits, and with what missing.

use std::process::Command;

use libtest_mimic::Failed;

use crate::Test;

pub(crate) const TESTS: [(&str, Test); 2] = [
    (
        "it_loads_without_a_memory_lock_limit",
        it_loads_without_a_memory_lock_limit,
    ),
    (
        "without_tracefs_the_required_programs_run",
        without_tracefs_the_required_programs_run,
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
