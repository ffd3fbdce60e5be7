//! Keeps the webhook's address and `caBundle` what the hub's own are.
//!
//! `catseye install --print` registers the webhook without either: the token in the address and the
//! authority are made by the hub, on its volume. The hub fills both in, and again whenever they differ.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use catseye_cluster::{Client, webhook};

/// How often it is looked at.
const LOOK: Duration = Duration::from_mins(1);

/// Writes the path, and the authority where the hub has one of its own, into the webhook configuration of
/// this name, now and whenever it differs. Ends with the runtime.
pub async fn keep_registered(
    client: Client,
    name: String,
    path: String,
    authority: Option<PathBuf>,
) {
    loop {
        match authority.as_ref().map(std::fs::read).transpose() {
            Ok(pem) => {
                let bundle = pem.map(|pem| BASE64_STANDARD.encode(pem));
                match webhook::register(&client, &name, bundle.as_deref(), Some(&path)).await {
                    Ok(true) => {
                        tracing::info!(%name, "the webhook knows this hub now");
                    }
                    Ok(false) => {}
                    Err(err) => {
                        tracing::warn!(%name, error = %err, "failed to look at the webhook");
                    }
                }
            }
            Err(err) => tracing::warn!(error = %err, "the hub has no authority of its own yet"),
        }
        tokio::time::sleep(LOOK).await;
    }
}
