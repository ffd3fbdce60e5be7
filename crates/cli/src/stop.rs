//! Being asked to end: Ctrl-C, or SIGTERM as Kubernetes sends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Waits until the user or the system asks the program to end.
pub(crate) async fn asked() -> std::io::Result<()> {
    Signals::listen()?.any().await
}

/// The same for who cannot wait: a flag that is set once the program was asked to end. From when this returns
/// being asked does not end the program by itself, so whoever takes the flag has to look at it.
pub(crate) fn flag() -> std::io::Result<Arc<AtomicBool>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    // Before the thread: a signal that comes while it starts counts as well.
    let signals = runtime.block_on(async { Signals::listen() })?;
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    std::thread::spawn(move || {
        if runtime.block_on(signals.any()).is_ok() {
            set.store(true, Ordering::Relaxed);
        }
    });
    Ok(flag)
}

/// The signals that ask a program to end, caught from [`Signals::listen`] on.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn any(mut self) -> std::io::Result<()> {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        Ok(())
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "as it is on Unix")]
    fn listen() -> std::io::Result<Self> {
        Ok(Signals)
    }

    async fn any(self) -> std::io::Result<()> {
        tokio::signal::ctrl_c().await
    }
}
