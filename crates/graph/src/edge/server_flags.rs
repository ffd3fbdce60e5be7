//! The command lines of the control plane's own programs, where the Inventory shows their pods.

use std::net::IpAddr;

use catseye_model::{Container, FieldPath, Fields, Kind};

use crate::world::{Pods, World};

/// The containers in `kube-system` on the node's network whose program is called so.
pub(super) fn programs<'w, 'a>(
    world: &'w World<'a>,
    program: &'static str,
) -> impl Iterator<Item = (&'w Pods<'a>, &'w Container<'a>)> {
    world
        .pods
        .iter()
        .filter(|pods| pods.namespace() == "kube-system" && pods.view.host_network())
        .flat_map(|pods| {
            pods.view
                .containers
                .iter()
                .map(move |container| (pods, container))
        })
        .filter(move |(_, container)| {
            container
                .words()
                .next()
                .is_some_and(|(_, word)| word.rsplit('/').next().unwrap_or(word) == program)
        })
}

/// The value of a flag, with its place: `--name=value`, `--name value`, or `--name` alone (`true`).
pub(super) fn flag<'a>(container: &Container<'a>, name: &str) -> Option<(FieldPath, &'a str)> {
    let mut words = container.words().peekable();
    let mut found = None;
    while let Some((path, word)) = words.next() {
        let Some(own) = word.trim_start_matches('-').strip_prefix(name) else {
            continue;
        };
        if !word.starts_with('-') {
            continue;
        }
        // The last one given counts.
        match own.strip_prefix('=') {
            Some(value) => found = Some((path, value)),
            None if own.is_empty() => {
                let next = words.peek().map(|(_, next)| *next);
                let value = next.filter(|next| !next.starts_with('-')).unwrap_or("true");
                found = Some((path, value));
            }
            None => {}
        }
    }
    found
}

/// The addresses of the nodes on which these pods run, as far as known.
pub(super) fn addresses(world: &World<'_>, pods: &Pods<'_>) -> Vec<IpAddr> {
    pods.hosts
        .iter()
        .filter_map(|host| world.inventory.find(Kind::Node, "", host))
        .flat_map(|node| node.value().list("status.addresses"))
        .filter(|entry| matches!(entry.text("type"), Some("InternalIP" | "ExternalIP")))
        .filter_map(|entry| entry.text("address")?.parse().ok())
        .collect()
}
