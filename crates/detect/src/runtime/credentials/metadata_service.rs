//! The cloud's metadata service is asked.

use crate::runtime::prelude::*;

runtime_rule! {
    /// The cloud's metadata service is asked
    ///
    /// The metadata service gives whoever asks from the node the node's own cloud identity, which may read
    /// the registry, the disks and often much more.
    ///
    /// **Benign:** Cloud SDKs, where pods may have the node's identity: give them one of their own
    /// (workload identity) and refuse the rest by a NetworkPolicy.
    ///
    /// **Respond:** See what the identity of the node may do, and in the cloud's log what it did since.
    "RUN-040" {
        severity: Medium,
        attack: CredentialAccess "T1552.005",
        on: ["flow", "dns"],
        fires: [
            r"{flow: {peer: 169.254.169.254, port: 80}, process: curl}",
            r"{dns: {name: metadata.google.internal, qtype: A}, process: wget}",
            r#"{flow: {peer: "fd00:ec2::254", port: 80}, process: python3}"#,
        ],
        quiet: [
            r"{flow: {peer: 169.254.169.254, port: 80}, process: kubelet, at: host}",
            r"{flow: {peer: 169.254.20.10, port: 53, transport: udp}}",
            r"{flow: {peer: 169.254.169.254, port: 53, transport: udp}}",
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    if !scene.in_container() {
        return;
    }
    let asked = match (scene.flow(), scene.dns()) {
        // On port 53 the same address is the name server of some clouds.
        (Some(flow), _) => {
            flow.direction == Direction::Out
                && flow.port != 53
                && places::is_metadata_address(flow.peer)
        }
        (_, Some(dns)) => {
            !dns.is_answer()
                && matches!(
                    dns.name.as_str(),
                    "metadata.google.internal" | "metadata.azure.internal"
                )
        }
        _ => false,
    };
    if asked {
        found.say(format!(
            "{} asked the metadata service of the cloud",
            scene.who()
        ));
        if programs::is_by_hand(scene.program()) {
            found.at(Severity::High);
        }
    }
}
