//! Undeclared listening port.

use catseye_event::runtime::Transport;
use catseye_model::{Fields as _, Kind};

use crate::runtime::prelude::*;

runtime_rule! {
    /// Undeclared listening port
    ///
    /// The container listens on a port that its pod does not declare. A back door waits so, and so does a
    /// proxy that somebody put there.
    ///
    /// **Benign:** Declaring ports is optional, and metrics or debug ports are often forgotten. Declare
    /// them: policies and people rely on it.
    ///
    /// **Respond:** See which process listens, and whether the image has always done so; declare the port
    /// or close it.
    "RUN-063" {
        severity: Medium,
        attack: Persistence "T1571",
        needs: [Inventory],
        on: ["listen"],
        fires: [
            r#"given: {inventory: [{apiVersion: v1, kind: Pod, metadata: {name: web-0, namespace: shop}, spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}}]}
---
{listen: {transport: tcp, address: "0.0.0.0:4444"}, process: "nc -l 4444"}"#,
        ],
        quiet: [
            r#"given: {inventory: [{apiVersion: v1, kind: Pod, metadata: {name: web-0, namespace: shop}, spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}}]}
---
{listen: {transport: tcp, address: "0.0.0.0:8080"}}
---
{listen: {transport: tcp, address: "127.0.0.1:9999"}}
---
{listen: {transport: udp, address: "0.0.0.0:41234"}}"#,
            r#"given: {inventory: [{apiVersion: v1, kind: Pod, metadata: {name: web-0, namespace: shop}, spec: {containers: [{name: web, image: web}]}}]}
---
{listen: {transport: tcp, address: "0.0.0.0:8080"}}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    let (Activity::Listen(listen), Some(inventory)) = (&scene.event.what, scene.inventory) else {
        return;
    };
    let subject = &scene.event.subject;
    let outside = !listen.address.ip().is_loopback();
    // Clients of UDP bind to a port of the kernel's choice.
    let chosen = listen.transport != Transport::Tcp || listen.address.port() == 0;
    if !scene.in_container() || !outside || chosen {
        return;
    }
    let Some(pod) = inventory.find(Kind::Pod, &subject.namespace, &subject.pod) else {
        return;
    };
    let declared: Vec<i64> = pod
        .value()
        .list("spec.containers")
        .iter()
        .flat_map(|container| container.list("ports"))
        .filter_map(|port| port.integer("containerPort"))
        .collect();
    // Who declares nothing says nothing.
    if declared.is_empty() || declared.contains(&i64::from(listen.address.port())) {
        return;
    }
    found
        .say(format!(
            "{} listens on {}, which the pod does not declare",
            scene.who(),
            listen.address
        ))
        .with("listen.address", listen.address.to_string());
    if programs::is_by_hand(scene.program()) {
        found.at(Severity::High);
    } else {
        found.lower_to(Severity::Low);
    }
}
