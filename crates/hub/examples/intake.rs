//! A hub with a made cluster, a store and the audit webhook, for `benches/intake.py`: prints the address and
//! the token, and every ten seconds what came in, how long each stage took, and its memory.
//!
//! ```sh
//! cargo run --release -p catseye-hub --example intake -- FOLDER [PODS] [postgres://…]
//! ```
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a program to measure with"
)]

#[path = "../benches/cluster/mod.rs"]
mod cluster;

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use catseye_hub::auth::Token;
use catseye_hub::hub::Durability;
use catseye_hub::intake::IntakeConfig;
use catseye_hub::serve::{ServeConfig, serve};
use catseye_hub::{Clock, Hub, HubConfig};
use catseye_model::{Completeness, RedactionKey};
use catseye_store::{Options, Store};

/// Resident memory of this program, in megabytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1024
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder: PathBuf = arguments.next().ok_or("name a folder")?.into();
    let pods: usize = arguments.next().map_or(Ok(25_000), |text| text.parse())?;
    let url = arguments.next();
    let url = url.unwrap_or_else(|| folder.join("store").display().to_string());
    let options = Options {
        events: Some(folder.join("events")),
        ..Options::default()
    };
    let store = Store::open(&url, options).await?;
    let handle = tokio::runtime::Handle::current();
    let kept = store.clone();
    let hub = tokio::task::spawn_blocking(move || {
        Hub::open_kept(
            HubConfig {
                cluster: "bench".to_owned(),
                completeness: Completeness::Cluster,
                incidents_a_day: 0,
                redaction_key: RedactionKey::new([0; 32]),
                durability: Durability::Acknowledged,
                settings: catseye_detect::Settings::default(),
            },
            Clock::System,
            kept,
            handle,
        )
    })
    .await??;
    hub.start();
    let filled = hub.clone();
    let listed = cluster::cluster(pods).into_iter().map(cluster::upsert);
    let deltas = listed.collect();
    tokio::task::spawn_blocking(move || filled.apply(deltas)).await??;
    let settling = hub.clone();
    tokio::task::spawn_blocking(move || settling.settle()).await?;
    println!("{pods} pods, {} MB resident", resident());
    let mut config = ServeConfig::local("127.0.0.1:0".parse()?, Token::random()?);
    let token = Token::random()?;
    config.intake = Some(IntakeConfig {
        folder: Some(folder.join("spool")),
        most_bytes: 64 << 20,
        token: token.clone(),
    });
    let running = serve(hub.clone(), config).await?;
    println!(
        "--url http://{}/audit --token {}",
        running.address(),
        token.reveal()
    );
    loop {
        tokio::time::sleep(Duration::from_secs(10)).await;
        let stats = hub.stats();
        println!("{:?}", running.edge().figures());
        println!(
            "{} events, {} MB resident, {:?}",
            stats.events,
            resident(),
            stats.stages
        );
    }
}
