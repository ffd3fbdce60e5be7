//! `catseye network generate`: the least-privilege firewall, with its proof.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use catseye_flows::{External, Generated, Options, Proof, generate, prove, to_yaml};
use catseye_netpol::Reach;
use clap::ValueEnum;
use serde_json::json;

use super::ObservedArgs;
use crate::output;

/// Write NetworkPolicies that allow exactly what was observed, with the proof that nothing of it breaks
///
/// The policies go to standard output, ready for `kubectl apply`; the proof to standard error: every
/// observed flow is asked again, of the policies as they would then be. Observe for long enough that rare
/// things (backups, renewals, the end of a month) are among it. Exit codes: 0 nothing observed would break,
/// 1 something would, 2 something could not be read.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    observed: ObservedArgs,
    /// Only for workloads of this namespace
    #[arg(long, short, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Only for workloads of this name
    #[arg(long, value_name = "NAME")]
    workload: Option<String>,
    /// How peers outside the cluster that were called by name are allowed
    #[arg(long, value_enum, default_value = "by-port")]
    external: ExternalArg,
    /// Also write which workload may call which names outside, for network plugins that know names
    #[arg(long, value_name = "FILE")]
    contract: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ExternalArg {
    /// Every public address at the port that was used: addresses behind a name change
    ByPort,
    /// The addresses that were seen, and no other
    Exact,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (inventory, whole) = args.observed.cluster()?;
    let reach = Reach::of(&inventory);
    let (map, complete) = args.observed.observe(&inventory, &reach)?;
    let options = Options {
        namespace: args.namespace.clone(),
        workload: args.workload.clone(),
        external: match args.external {
            ExternalArg::ByPort => External::ByPort,
            ExternalArg::Exact => External::Exact,
        },
    };
    let generated = generate(&map, &options);
    let proof = prove(&map, &generated.policies);
    let text: String = generated.policies.iter().map(to_yaml).collect();
    output::print(&text)?;
    if let Some(file) = &args.contract {
        std::fs::write(file, contract(&generated))
            .with_context(|| format!("failed to write {}", file.display()))?;
    }
    tell(&generated, &proof);
    if map.losses() > 0 {
        anstream::eprintln!(
            "{}: events were lost in {} intervals: what was not observed may have been there",
            output::WARNING.render_word(),
            map.losses()
        );
    }
    for (count, what) in [
        (map.dropped(), "flows did not fit into the map"),
        (map.unattributed(), "flows belong to nobody who is known"),
    ] {
        if count > 0 {
            anstream::eprintln!(
                "{}: {count} {what}: the policies leave them out",
                output::WARNING.render_word()
            );
        }
    }
    let complete = complete && map.dropped() == 0;
    Ok(ExitCode::from(
        match (whole && complete, proof.broken.is_empty()) {
            (false, _) => 2,
            (true, false) => 1,
            (true, true) => 0,
        },
    ))
}

fn tell(generated: &Generated, proof: &Proof<'_>) {
    anstream::eprintln!(
        "{} policies; {} of {} observed flows would break",
        generated.policies.len(),
        proof.broken_flows(),
        proof.flows
    );
    for broken in &proof.broken {
        let edge = broken.edge;
        anstream::eprintln!(
            "  would break: {} => {} : {} {} ({} flows)",
            edge.from,
            edge.to,
            edge.transport,
            edge.port,
            broken.flows
        );
    }
    for (count, what) in [
        (
            proof.not_evaluable,
            "flows cannot be judged: an end is a node, a Service whose endpoints are not known, or not in the inventory",
        ),
        (
            proof.already_refused,
            "flows were refused before and stay so",
        ),
        (
            generated.left_unknown as u64,
            "edges with an unknown end are in no policy",
        ),
        (
            generated.unselectable.len() as u64,
            "workloads have no labels that a policy could select",
        ),
    ] {
        if count > 0 {
            anstream::eprintln!("  {count} {what}");
        }
    }
}

/// The egress contract, as YAML.
fn contract(generated: &Generated) -> String {
    let workloads: Vec<serde_json::Value> = generated
        .contract
        .iter()
        .map(|(party, names)| {
            let names: Vec<serde_json::Value> = names
                .iter()
                .map(|(name, ports)| json!({"name": name, "ports": ports}))
                .collect();
            json!({"workload": party.to_string(), "names": names})
        })
        .collect();
    to_yaml(&json!({"kind": "EgressContract", "version": 1, "workloads": workloads}))
}
