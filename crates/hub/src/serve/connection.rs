//! Connections: how many, how long they may take, and how they end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::patient::Patient;
use crate::edge::Edge;
use crate::intake::sensor::SensorCertificate;

/// How long a client may take to send the head of a request, and between two requests.
const HEAD_TIME: Duration = Duration::from_secs(15);
/// How long a TLS handshake may take.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// The largest head of a request; service-account tokens alone are over a kilobyte.
const HEAD_BYTES: usize = 64 << 10;
/// How long to rest when no connection can be accepted: file descriptors have run out.
const REST: Duration = Duration::from_millis(100);

pub(super) struct Serving {
    pub(super) edge: Edge,
    pub(super) router: Router,
    pub(super) acceptor: Option<TlsAcceptor>,
    pub(super) most: Arc<Semaphore>,
}

impl Serving {
    /// Accepts until the hub ends, then waits for what is open.
    pub(super) async fn run(self, listener: TcpListener) {
        let serving = Arc::new(self);
        let mut ending = serving.edge.ending.subscribe();
        let mut open = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = ending.wait_for(|ending| *ending) => break,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(err) => {
                    tracing::warn!(error = %err, "failed to accept a connection");
                    tokio::time::sleep(REST).await;
                    continue;
                }
            };
            while open.try_join_next().is_some() {}
            let Ok(turn) = serving.most.clone().try_acquire_owned() else {
                // Dropped at once: an answer would cost what there is too little of.
                let metrics = &serving.edge.metrics;
                metrics.refused_connections.fetch_add(1, Ordering::Relaxed);
                continue;
            };
            let serving = serving.clone();
            open.spawn(async move {
                serving
                    .edge
                    .metrics
                    .connections
                    .fetch_add(1, Ordering::Relaxed);
                serving.one(stream).await;
                serving
                    .edge
                    .metrics
                    .connections
                    .fetch_sub(1, Ordering::Relaxed);
                drop(turn);
            });
        }
        drop(listener);
        while open.join_next().await.is_some() {}
    }

    async fn one(&self, stream: TcpStream) {
        // Answers are written whole; waiting for more would only add to their time.
        let _ = stream.set_nodelay(true);
        let Some(acceptor) = &self.acceptor else {
            return self.speak(stream, self.router.clone()).await;
        };
        if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE_TIME, acceptor.accept(stream)).await
        {
            // Only sensors have certificates that the verifier lets pass.
            let is_sensor = stream.get_ref().1.peer_certificates().is_some();
            let router = if is_sensor {
                self.router.clone().layer(Extension(SensorCertificate))
            } else {
                self.router.clone()
            };
            self.speak(stream, router).await;
        } else {
            let metrics = &self.edge.metrics;
            metrics.failed_handshakes.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn speak<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        &self,
        stream: S,
        router: Router,
    ) {
        let service = TowerToHyperService::new(router);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(TokioIo::new(Patient::new(stream)), service);
        let mut connection = std::pin::pin!(connection);
        let mut ending = self.edge.ending.subscribe();
        tokio::select! {
            // What a client does wrong is its own affair, and counted by the answers it gets.
            _ = connection.as_mut() => return,
            _ = ending.wait_for(|ending| *ending) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}
