//! Being asked to end: Ctrl-C, or SIGTERM as Kubernetes sends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Waits until the user or the system asks the program to end.
pub(crate) async fn asked() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// The same for who cannot wait: a flag that is set once the program was asked to end. From then on being
/// asked does not end the program by itself, so whoever takes the flag has to look at it.
pub(crate) fn flag() -> std::io::Result<Arc<AtomicBool>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    std::thread::spawn(move || {
        if runtime.block_on(asked()).is_ok() {
            set.store(true, Ordering::Relaxed);
        }
    });
    Ok(flag)
}
