//! From a kubeconfig, or from inside a pod, to a client.

use std::path::PathBuf;

use http::HeaderValue;
use http::header::USER_AGENT;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};

/// Which cluster, and as whom.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// The kubeconfig; without one, `$KUBECONFIG`, `~/.kube/config`, and the pod's service account.
    pub kubeconfig: Option<PathBuf>,
    /// The context in it; without one, its current context.
    pub context: Option<String>,
}

/// Why there is no client. The client library's errors tell their own causes, so they are not
/// given as sources: the chain would say everything twice.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The kubeconfig cannot be read or names what it does not hold.
    #[error("failed to use the kubeconfig: {0}")]
    Kubeconfig(KubeconfigError),
    /// There is no kubeconfig, and this is no pod.
    #[error("found no cluster: name one with --kubeconfig; {0}")]
    Nothing(kube::config::InferConfigError),
    /// The configuration does not make a client: a certificate, a proxy, a credential helper.
    #[error("failed to make a client of the configuration")]
    Client(#[source] kube::Error),
}

/// How we call ourselves where nothing else is said.
const AGENT: &str = concat!("catseye/", env!("CARGO_PKG_VERSION"));

/// Makes a client; nothing is sent yet.
pub async fn connect(target: &Target) -> Result<Client, ConnectError> {
    connect_as(target, AGENT).await
}

/// The same, with another `User-Agent`, which audit logs tell. One that is no text of a header is left out.
pub async fn connect_as(target: &Target, agent: &str) -> Result<Client, ConnectError> {
    let options = KubeConfigOptions {
        context: target.context.clone(),
        ..KubeConfigOptions::default()
    };
    let mut config = match (&target.kubeconfig, &target.context) {
        (Some(file), _) => {
            let kubeconfig = Kubeconfig::read_from(file).map_err(ConnectError::Kubeconfig)?;
            Config::from_custom_kubeconfig(kubeconfig, &options)
                .await
                .map_err(ConnectError::Kubeconfig)?
        }
        (None, Some(_)) => Config::from_kubeconfig(&options)
            .await
            .map_err(ConnectError::Kubeconfig)?,
        (None, None) => Config::infer().await.map_err(ConnectError::Nothing)?,
    };
    if let Ok(agent) = HeaderValue::from_str(agent) {
        config.headers.push((USER_AGENT, agent));
    }
    Client::try_from(config).map_err(ConnectError::Client)
}
