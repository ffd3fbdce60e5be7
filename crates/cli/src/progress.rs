//! Progress on standard error for work that takes longer than a moment, on terminals only.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// How long work runs before anything is shown, and how often it is shown.
const STEP: Duration = Duration::from_millis(250);

/// What is being done, and how far it is.
pub(crate) struct Progress {
    what: &'static str,
    total: usize,
    done: AtomicUsize,
    over: AtomicBool,
}

impl Progress {
    /// Counts one step.
    pub(crate) fn step(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// Says how far the work is, where it is not counted in steps.
    pub(crate) fn at(&self, done: usize) {
        self.done.store(done, Ordering::Relaxed);
    }
}

/// Runs `work`, showing `WHAT 120/3000` meanwhile.
pub(crate) fn shown<T>(what: &'static str, total: usize, work: impl FnOnce(&Progress) -> T) -> T {
    let progress = Progress {
        what,
        total,
        done: AtomicUsize::new(0),
        over: AtomicBool::new(false),
    };
    if !std::io::stderr().is_terminal() {
        return work(&progress);
    }
    thread::scope(|scope| {
        let painter = scope.spawn(|| paint(&progress));
        let result = work(&progress);
        progress.over.store(true, Ordering::Relaxed);
        painter.thread().unpark();
        result
    })
}

fn paint(progress: &Progress) {
    let mut painted = false;
    loop {
        thread::park_timeout(STEP);
        let mut stderr = std::io::stderr();
        if progress.over.load(Ordering::Relaxed) {
            if painted {
                // Progress is a courtesy: a terminal that cannot be written to loses nothing else.
                let _ = write!(stderr, "\r\x1b[K");
            }
            return;
        }
        let done = progress.done.load(Ordering::Relaxed);
        let _ = write!(
            stderr,
            "\r\x1b[K{} {done}/{}",
            progress.what, progress.total
        );
        let _ = stderr.flush();
        painted = true;
    }
}
