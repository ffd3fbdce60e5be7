//! The live state: a cluster, a dump of one, or one as a hub's store remembers it.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use catseye_drift::Ledger;
use catseye_drift::desired::helm::{self, Release};
use catseye_drift::version::is_comparable;
use catseye_drift::{DesiredState, Schemas};
use catseye_hub::drift::LEDGER;
use catseye_model::redact::holds_redacted;
use catseye_model::{Completeness, Inventory, Object, ObjectKey, RedactionKey, Value, redact};
use catseye_report::scan::Level;
use catseye_store::{Collection, ObjectFilter, Options as StoreOptions, Store};
use jiff::Timestamp;

use super::Args;
use crate::intake::live::{self, Session};
use crate::intake::{self, Options};
use crate::output;

/// What was read of the live state.
pub(super) struct State {
    pub(super) inventory: Inventory,
    /// The releases that Helm keeps.
    pub(super) releases: Vec<Release>,
    pub(super) unreadable: bool,
    /// Whether values of Secrets were hashes when they came: a dump of ours.
    pub(super) had_hashes: bool,
    /// The connection; none for a dump.
    pub(super) session: Option<Session>,
    /// Who wrote what, where the store tells that.
    pub(super) ledger: Option<Ledger>,
}

pub(super) fn read(args: &Args, key: &RedactionKey) -> anyhow::Result<State> {
    match (&args.at, &args.store) {
        (Some(at), Some(store)) => of_store(store, *at),
        _ if args.dump.is_empty() => of_cluster(args, key),
        _ => dump(&args.dump, args.helm_releases, key),
    }
}

/// The cluster as a hub's store remembers it. Values of Secrets are hashes under the hub's key.
fn of_store(url: &str, at: Timestamp) -> anyhow::Result<State> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("failed to start the runtime")?;
    let (found, ledger) = runtime.block_on(async {
        let store = Store::open(url, StoreOptions::default())
            .await
            .context("failed to open the store")?;
        let found = store
            .objects_at(at, ObjectFilter::default())
            .collect()
            .await
            .with_context(|| format!("failed to read the cluster as it was at {at}"))?;
        let document = store.document(Collection::BASELINES, LEDGER).await?;
        let ledger = match document {
            Some(document) => {
                let text = String::from_utf8_lossy(&document.body);
                Ledger::read(&text).context("failed to read who wrote what from the store")?
            }
            None => Ledger::new(),
        };
        anyhow::Ok((found, ledger.until(at)))
    })?;
    let mut objects = Vec::with_capacity(found.len());
    for version in found {
        if let Some(body) = version.body
            && let Ok(object) = Object::new(body, None)
        {
            objects.push(object);
        }
    }
    if objects.is_empty() {
        bail!("the store remembers no object at {at}");
    }
    Ok(State {
        inventory: Inventory::new(objects, Completeness::Cluster),
        releases: Vec::new(),
        unreadable: false,
        had_hashes: true,
        session: None,
        ledger: Some(ledger),
    })
}

fn of_cluster(args: &Args, key: &RedactionKey) -> anyhow::Result<State> {
    let session = args.cluster.clone().session()?;
    let listing = session.list(key)?;
    for notice in live::notices(&listing) {
        output::tell(&notice);
    }
    let mut state = State {
        unreadable: !listing.gaps.is_empty(),
        inventory: Inventory::new(Vec::new(), Completeness::Cluster),
        releases: Vec::new(),
        had_hashes: false,
        session: None,
        ledger: None,
    };
    if args.helm_releases {
        let releases = &mut state.releases;
        let visit = |secret: &catseye_model::Value| match helm::open(secret, key) {
            Ok(release) => releases.push(release),
            Err(err) => anstream::eprintln!("a release Secret {err}"),
        };
        session.runtime.block_on(catseye_cluster::visit_secrets(
            &session.client,
            "helm.sh/release.v1",
            visit,
        ))?;
    }
    let completeness = if state.unreadable {
        Completeness::Tree
    } else {
        Completeness::Cluster
    };
    let mut objects = Vec::with_capacity(listing.objects.len());
    for value in listing.objects {
        match Object::new(value, None) {
            Ok(object) => objects.push(object),
            Err(err) => {
                state.unreadable = true;
                anstream::eprintln!("the API server sent what is no object: {err}");
            }
        }
    }
    state.inventory = Inventory::new(objects, completeness);
    state.session = Some(session);
    Ok(state)
}

/// A dump, from files.
pub(super) fn dump(
    files: &[PathBuf],
    helm_releases: bool,
    key: &RedactionKey,
) -> anyhow::Result<State> {
    let options = Options {
        render: false,
        helm_values: Vec::new(),
        dumps: true,
    };
    let read = intake::gather(files, &options)?;
    let mut unreadable = false;
    for notice in &read.notices {
        unreadable |= notice.level == Level::Error;
        if notice.level != Level::Note {
            output::tell(notice);
        }
    }
    let mut releases = Vec::new();
    let mut had_hashes = false;
    let mut objects = Vec::with_capacity(read.objects.len());
    for object in read.objects {
        had_hashes |= object.kind_name() == "Secret" && holds_redacted(object.value());
        if helm_releases && helm::is_release(object.value()) {
            match helm::open(object.value(), key) {
                Ok(release) => releases.push(release),
                Err(err) => anstream::eprintln!("{object} {err}"),
            }
        }
        objects.push(redacted(object, key));
    }
    // A dump that is compared with is meant to show what is there: `kubectl get all` is no cluster.
    Ok(State {
        inventory: Inventory::new(objects, read.completeness),
        releases,
        unreadable,
        had_hashes,
        session: None,
        ledger: None,
    })
}

/// Reads objects once more that the cluster listed in a version of the API that says nothing about the
/// desired one. What the server does not serve in that version stays as it is, and is told as incomparable.
pub(super) fn in_versions_of(
    desired: &DesiredState,
    schemas: &Schemas,
    key: &RedactionKey,
    state: &mut State,
) {
    let Some(session) = &state.session else {
        return;
    };
    let mut again = Vec::new();
    for (_, object) in state.inventory.objects() {
        let Some(wanted) = desired.get(&ObjectKey::of(object)) else {
            continue;
        };
        if is_comparable(wanted.object.value(), object.value(), schemas) {
            continue;
        }
        let version = wanted.object.api_version();
        let Some(resource) = session.serving(object.group(), object.kind_name(), version) else {
            continue;
        };
        let namespace = object.explicit_namespace();
        let read = session.runtime.block_on(catseye_cluster::apply::get(
            &session.client,
            &resource,
            namespace,
            object.name(),
        ));
        match read.map(|value| Object::new(Value::from(value), None)) {
            Ok(Ok(read)) => again.push(redacted(read, key)),
            Ok(Err(err)) => anstream::eprintln!("{object} in version {version}: {err}"),
            Err(err) => anstream::eprintln!("{object} cannot be read in version {version}: {err}"),
        }
    }
    if !again.is_empty() {
        state.inventory = state.inventory.patched(again, &[]).inventory;
    }
}

/// The object with values of Secrets taken out.
pub(super) fn redacted(object: Object, key: &RedactionKey) -> Object {
    if object.kind_name() != "Secret" {
        return object;
    }
    let mut value = object.value().clone();
    redact(&mut value, key);
    match Object::new(value, object.origin().cloned()) {
        Ok(redacted) => redacted,
        Err(_) => object,
    }
}
