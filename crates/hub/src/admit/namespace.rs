//! Namespaces that the hub has not heard of yet: policies choose by their labels, so one that is not known
//! is asked for, as the API server does for its own policies, and never taken for one without labels.

use std::fmt;
use std::time::Duration;

use catseye_admission::Request;
use catseye_admission::gate::{Mode, exemption};
use catseye_cluster::Client;
use catseye_model::{Kind, Object};

use super::Admit;
use crate::world::World;

/// How long the API server may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// A namespace that is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the namespace {name} is not known yet, and policies choose by its labels: {why}")]
pub struct UnknownNamespace {
    /// Its name.
    pub name: String,
    /// Why it could not be asked for.
    pub why: String,
}

/// The cluster that is asked.
pub(super) struct Live(pub(super) Option<Client>);

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Live({})", self.0.is_some())
    }
}

impl Live {
    fn namespace(&self, name: &str) -> Result<Object, String> {
        let Some(client) = &self.0 else {
            return Err("there is no cluster to ask".to_owned());
        };
        let runtime = tokio::runtime::Handle::try_current().map_err(|err| err.to_string())?;
        let asked = catseye_cluster::namespace(client, name);
        let answered = runtime
            .block_on(async { tokio::time::timeout(PATIENCE, asked).await })
            .map_err(|_| "the API server does not answer".to_owned())?
            .map_err(|err| err.to_string())?;
        Object::new(answered, None).map_err(|err| err.to_string())
    }
}

impl Admit {
    /// The namespace of a request, where policies may look at it and the world does not have it.
    pub(super) fn unknown_namespace(
        &self,
        world: &World,
        request: &Request,
    ) -> Result<Option<Object>, UnknownNamespace> {
        let (gate, name) = (&self.0.gate, request.namespace.as_str());
        let is_namespace = request.group.is_empty() && request.resource == "namespaces";
        let is_asked = !name.is_empty()
            && !is_namespace
            && !gate.policies().policies().is_empty()
            && gate.config().mode_of(name) != Mode::Off
            && exemption(request, "").is_none();
        if !is_asked || world.inventory().find(Kind::Namespace, "", name).is_some() {
            return Ok(None);
        }
        let found = self.0.live.namespace(name);
        found.map(Some).map_err(|why| UnknownNamespace {
            name: name.to_owned(),
            why,
        })
    }
}
