//! Keeps the webhook's `caBundle` what the hub's own authority is.
//!
//! `catseye install --print` registers the webhook without a bundle: the authority is made by the hub, on
//! its volume. The hub fills the bundle in, and again whenever it is another.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use catseye_cluster::{Client, webhook};

/// How often it is looked at.
const LOOK: Duration = Duration::from_mins(1);

/// Writes the authority into the webhook configuration of this name, now and whenever it differs. Ends with
/// the runtime.
pub async fn keep_authority(client: Client, name: String, authority: PathBuf) {
    loop {
        match std::fs::read(&authority) {
            Ok(pem) => {
                let bundle = BASE64_STANDARD.encode(pem);
                match webhook::set_bundle(&client, &name, &bundle).await {
                    Ok(true) => {
                        tracing::info!(%name, "the webhook trusts this hub's authority now");
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
