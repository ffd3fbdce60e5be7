//! A hub on the network: listens, speaks TLS, bounds what a client may do, and hands requests on.
//!
//! ```text
//!  listener ─► connections (bounded) ─► TLS ─► HTTP/1.1 with deadlines ─► router ─► API, /audit, /metrics, dashboard
//! ```

mod connection;
mod front;
mod patient;
mod tls;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use catseye_store::Store;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::admit::Admit;
use crate::auth::{Access, Token};
use crate::edge::{Edge, EdgeConfig};
use crate::hub::Hub;
use crate::intake::sensor::{SensorIntake, SensorIntakeConfig};
use crate::intake::{Intake, IntakeConfig, SpoolError};

pub use front::router;
pub use tls::{Tls, TlsError};

/// How long open requests may take once the hub ends.
const ENDING: Duration = Duration::from_secs(5);

/// How a hub is put on the network.
#[derive(Debug)]
pub struct ServeConfig {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How people are known.
    pub access: Access,
    /// How connections are encrypted.
    pub tls: Tls,
    /// The store, for events, history and the log of what users do.
    pub store: Option<Store>,
    /// How audit events come in by webhook; `None` when they do not.
    pub intake: Option<IntakeConfig>,
    /// How batches of node sensors come in; `None` when they do not.
    pub sensors: Option<SensorIntakeConfig>,
    /// Who judges requests before they are stored; `None` when nobody does.
    pub admit: Option<Admit>,
    /// What the hub runs on: `live`, `replay` or `files`.
    pub mode: String,
    /// The configuration in effect, as TOML without secrets, and the file that it comes from.
    pub config: (String, Option<String>),
    /// Connections at a time.
    pub most_connections: usize,
}

impl ServeConfig {
    /// For a laptop: loopback, plain HTTP, a token of its own.
    pub fn local(listen: SocketAddr, token: Token) -> Self {
        ServeConfig {
            listen,
            access: Access::Printed(token),
            tls: Tls::Off,
            store: None,
            intake: None,
            sensors: None,
            admit: None,
            mode: "replay".to_owned(),
            config: (String::new(), None),
            most_connections: 512,
        }
    }
}

/// Why a hub could not be put on the network.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Plain HTTP or the printed token beyond this machine.
    #[error(
        "{0} is reachable from other machines: a printed token and plain HTTP are for 127.0.0.1 and [::1] only"
    )]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error("failed to listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// No certificate.
    #[error("failed to set up TLS")]
    Tls(#[from] TlsError),
    /// The intake's folder cannot be used.
    #[error("failed to open the intake")]
    Intake(#[from] SpoolError),
}

/// A hub on the network.
#[derive(Debug)]
pub struct Running {
    edge: Edge,
    address: SocketAddr,
    encrypted: bool,
    token: Option<Token>,
    task: JoinHandle<()>,
}

/// Puts a hub on the network. It serves until [`Running::end`].
pub async fn serve(hub: Hub, config: ServeConfig) -> Result<Running, ServeError> {
    let ServeConfig {
        listen,
        access,
        tls,
        store,
        intake,
        sensors,
        admit,
        mode,
        config,
        most_connections,
    } = config;
    let is_local = matches!(access, Access::Printed(_)) || matches!(tls, Tls::Off);
    if is_local && !listen.ip().is_loopback() {
        return Err(ServeError::NotLoopback(listen));
    }
    let token = match &access {
        Access::Printed(token) => Some(token.clone()),
        Access::Cluster(_) => None,
    };
    let acceptor = tls.acceptor()?;
    let encrypted = acceptor.is_some();
    let intake = match intake {
        Some(intake) => {
            let hub = hub.clone();
            // It asks the store how far was judged, and waits for the answer.
            let opened = tokio::task::spawn_blocking(move || Intake::open(hub, intake)).await;
            Some(opened.map_err(|err| SpoolError::Thread(std::io::Error::other(err)))??)
        }
        None => None,
    };
    let sensors = match sensors {
        Some(sensors) => Some(SensorIntake::open(hub.clone(), sensors)?),
        None => None,
    };
    let fail = |source| ServeError::Listen {
        address: listen,
        source,
    };
    let listener = match TcpListener::bind(listen).await {
        // "Everywhere" on a machine without IPv6.
        Err(_) if listen.ip() == std::net::Ipv6Addr::UNSPECIFIED => {
            TcpListener::bind((std::net::Ipv4Addr::UNSPECIFIED, listen.port())).await
        }
        other => other,
    }
    .map_err(fail)?;
    let address = listener.local_addr().map_err(fail)?;
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let edge = Edge::new(
        hub,
        EdgeConfig {
            access,
            store,
            intake,
            sensors,
            admit,
            mode,
            config,
            answers_at_once: cores * 2,
            encrypted,
        },
    );
    let serving = connection::Serving {
        edge: edge.clone(),
        router: router(edge.clone()),
        acceptor,
        most: Arc::new(tokio::sync::Semaphore::new(most_connections.max(1))),
    };
    let task = tokio::spawn(serving.run(listener));
    Ok(Running {
        edge,
        address,
        encrypted,
        token,
        task,
    })
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address for a browser; with the printed token behind `#`, where no server or log sees it.
    pub fn url(&self) -> String {
        let scheme = if self.encrypted { "https" } else { "http" };
        let place = self
            .token
            .as_ref()
            .map_or(String::new(), |token| format!("/#token={}", token.reveal()));
        format!("{scheme}://{}{place}", self.address)
    }

    /// What every request can reach.
    pub fn edge(&self) -> &Edge {
        &self.edge
    }

    /// Stops listening, ends streams, and lets open requests finish for a few seconds.
    pub async fn end(self) {
        self.edge.ending.send_replace(true);
        if let Some(intake) = &self.edge.intake {
            intake.end();
        }
        if let Some(sensors) = &self.edge.sensors {
            sensors.end();
        }
        let _ = tokio::time::timeout(ENDING, self.task).await;
    }
}

/// The folder of the intake's spool within the hub's own.
pub fn spool_folder(state: &std::path::Path) -> PathBuf {
    state.join("intake")
}
