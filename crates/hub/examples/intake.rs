//! A hub with nothing but the audit webhook, for `benches/intake.py`: prints the address and the token.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a program to measure with"
)]

use std::error::Error;
use std::time::Duration;

use catseye_hub::auth::Token;
use catseye_hub::hub::Durability;
use catseye_hub::intake::IntakeConfig;
use catseye_hub::serve::{ServeConfig, serve};
use catseye_hub::{Clock, Hub, HubConfig};
use catseye_model::{Completeness, RedactionKey};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args()
        .nth(1)
        .ok_or("name a folder for the spool")?;
    let hub = Hub::open(
        HubConfig {
            cluster: "bench".to_owned(),
            completeness: Completeness::Cluster,
            incidents_a_day: 0,
            redaction_key: RedactionKey::new([0; 32]),
            durability: Durability::Acknowledged,
            settings: catseye_detect::Settings::default(),
        },
        Clock::System,
    )?;
    let mut config = ServeConfig::local("127.0.0.1:0".parse()?, Token::random()?);
    let token = Token::random()?;
    config.intake = Some(IntakeConfig {
        folder: Some(folder.into()),
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
        println!("{:?}", running.edge().figures());
    }
}
