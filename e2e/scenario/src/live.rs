//! Filling in what only the live cluster knows: names of pods, addresses, tokens, certificates.
//!
//! | place | stands for |
//! |---|---|
//! | `{pod:NS/APP/N}` | the name of the app's running pod number N, by name |
//! | `{ip:NS/APP}` | the address of the app's first pod |
//! | `{on:NODE/N}` | `NS/pods/NAME` of a service's pod number N on that node |
//! | `{name-on:NODE/N}` | its NAME |
//! | `{ready:NS/NAME}` | NAME, once that pod runs |
//! | `{uid:PATH}` | the uid of the object at PATH |
//! | `{kept:NAME}` | what an earlier call kept |
//! | `{request:NAME/USER/GROUP}` | a new certificate request for them, whose key is kept as NAME |
//! | `{issued:NAME}` | NAME, once the certificate of that request is issued |
//! | `{now}` | the time |
//!
//! All are looked up as the recorder. What does not come within a few seconds gives a name that nothing
//! has: the scripted call is made all the same.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catseye_model::Fields;
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::sleep;

use crate::wire::Wire;

/// What one sitting has looked up: a pod stays the same one during a sitting.
#[derive(Debug, Default)]
pub struct Sitting {
    known: BTreeMap<String, String>,
    /// True when something had to be waited for.
    pub waited: bool,
}

const ATTEMPTS: usize = 50;
const PAUSE: Duration = Duration::from_millis(100);

impl Sitting {
    /// The text with all places filled in.
    pub async fn fill(&mut self, wire: &Wire, text: &str) -> Result<String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, place, after)) = next_place(rest) {
            filled.push_str(before);
            let value = match self.known.get(place) {
                Some(value) => value.clone(),
                None => self.look_up(wire, place).await?,
            };
            filled.push_str(&value);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    async fn look_up(&mut self, wire: &Wire, place: &str) -> Result<String> {
        let (kind, what) = place.split_once(':').unwrap_or((place, ""));
        let value = match kind {
            "now" => return Ok(format!("{:.0}", Timestamp::now())),
            "kept" => {
                let kept = wire.kept.lock().await.get(what).cloned();
                return Ok(kept.unwrap_or_else(|| "none".to_owned()));
            }
            "pod" => self.pod(wire, what).await?,
            "ip" => {
                let (namespace, app) = what.split_once('/').context("{ip:NS/APP}")?;
                let pod = wire.home(namespace, app).await?;
                pod.text("status.podIP").unwrap_or("none").to_owned()
            }
            "uid" => {
                let answer = wire.ask(what).await?;
                answer
                    .body
                    .text("metadata.uid")
                    .unwrap_or("none")
                    .to_owned()
            }
            "on" => on_node(wire, what).await?,
            "name-on" => {
                let path = match self.known.get(&format!("on:{what}")) {
                    Some(path) => path.clone(),
                    None => on_node(wire, what).await?,
                };
                path.rsplit('/').next().unwrap_or("none").to_owned()
            }
            "request" => request(wire, what).await?,
            "ready" => {
                let (namespace, name) = what.split_once('/').context("{ready:NS/NAME}")?;
                let path = format!("/api/v1/namespaces/{namespace}/pods/{name}");
                self.until(wire, &path, |pod| {
                    pod.text("status.phase") == Some("Running")
                })
                .await?;
                name.to_owned()
            }
            "issued" => {
                let path =
                    format!("/apis/certificates.k8s.io/v1/certificatesigningrequests/{what}");
                self.until(wire, &path, |request| request.has("status.certificate"))
                    .await?;
                what.to_owned()
            }
            _ => anyhow::bail!("{{{place}}}: no such place"),
        };
        self.known.insert(place.to_owned(), value.clone());
        Ok(value)
    }

    async fn pod(&mut self, wire: &Wire, what: &str) -> Result<String> {
        let mut parts = what.splitn(3, '/');
        let (namespace, app) = (
            parts.next().context("a namespace")?,
            parts.next().context("an app")?,
        );
        let number: usize = parts.next().unwrap_or("0").parse()?;
        for attempt in 0..ATTEMPTS {
            let pods = wire.pods(namespace, app).await?;
            // Fewer pods than usual: the last one does.
            let pod = pods.get(number).or_else(|| pods.last());
            if let Some(name) = pod.and_then(|pod| pod.text("metadata.name")) {
                return Ok(name.to_owned());
            }
            self.waited |= attempt > 0;
            sleep(PAUSE).await;
        }
        Ok("none".to_owned())
    }

    async fn until(&mut self, wire: &Wire, path: &str, done: fn(&Value) -> bool) -> Result<()> {
        for attempt in 0..ATTEMPTS {
            let answer = wire.ask(path).await?;
            if answer.status == 200 && done(&answer.body) {
                return Ok(());
            }
            self.waited |= attempt > 0;
            sleep(PAUSE).await;
        }
        Ok(())
    }
}

/// A pod of the two teams' services on a node, as a part of a path.
async fn on_node(wire: &Wire, what: &str) -> Result<String> {
    let (node, number) = what.split_once('/').context("{on:NODE/N}")?;
    let path = format!("/api/v1/pods?fieldSelector=spec.nodeName%3D{node},status.phase%3DRunning");
    let pods = wire.ask(&path).await?.body;
    let evictable = pods
        .list("items")
        .iter()
        .filter(|pod| matches!(pod.text("metadata.namespace"), Some("shop" | "payments")));
    let pod = evictable.into_iter().nth(number.parse()?);
    let field = |field| pod.and_then(|pod| pod.text(field)).unwrap_or("none");
    Ok(format!(
        "{}/pods/{}",
        field("metadata.namespace"),
        field("metadata.name")
    ))
}

/// A certificate request in PEM and base64, as the API wants it.
async fn request(wire: &Wire, what: &str) -> Result<String> {
    let mut parts = what.splitn(3, '/');
    let name = parts.next().context("a name")?;
    let mut parameters = rcgen::CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    let user = parts.next().context("a user")?;
    parameters
        .distinguished_name
        .push(rcgen::DnType::CommonName, user);
    if let Some(group) = parts.next() {
        parameters
            .distinguished_name
            .push(rcgen::DnType::OrganizationName, group);
    }
    let key = rcgen::KeyPair::generate()?;
    let request = parameters.serialize_request(&key)?.pem()?;
    let mut keys = wire.keys.lock().await;
    keys.insert(name.to_owned(), key.serialize_pem());
    Ok(STANDARD.encode(request))
}

/// Cuts a text at its next place: before, inside the braces, after. JSON's own braces are followed by a
/// quote, another brace or nothing, a place's by a small letter.
fn next_place(text: &str) -> Option<(&str, &str, &str)> {
    let bytes = text.as_bytes();
    let open = (0..bytes.len())
        .find(|&at| bytes[at] == b'{' && bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase))?;
    let close = open + text[open..].find('}')?;
    Some((&text[..open], &text[open + 1..close], &text[close + 1..]))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::next_place;
    use crate::plan::story;
    use crate::repository::Repository;

    #[test]
    fn a_story_names_no_place_that_cannot_be_filled_in() {
        let kinds = [
            "pod", "ip", "on", "name-on", "ready", "uid", "kept", "request", "issued", "now",
        ];
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("shop");
        let mut repository = Repository::read(&folder).unwrap();
        let story = story("shop", 1, &mut repository).unwrap();
        for call in story.timetable.calls() {
            let payload = format!("{:?}", call.payload);
            for text in [&call.path, &call.actor.address, &payload] {
                let mut rest = text.as_str();
                while let Some((_, place, after)) = next_place(rest) {
                    let kind = place.split(':').next().unwrap_or_default();
                    assert!(kinds.contains(&kind), "{{{place}}} in {}", call.path);
                    rest = after;
                }
            }
        }
    }

    #[test]
    fn braces_of_json_are_no_places() {
        let text = r#"{"a":{"b":"x-{pod:shop/cart/0}-y"}}"#;
        let (before, place, after) = next_place(text).unwrap();
        assert_eq!(
            (before, place, after),
            (r#"{"a":{"b":"x-"#, "pod:shop/cart/0", r#"-y"}}"#)
        );
        assert_eq!(next_place(r#"{"a":{}}"#), None);
    }
}
