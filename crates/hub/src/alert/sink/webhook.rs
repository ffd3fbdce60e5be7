//! JSON over HTTP, signed as Standard Webhooks says: HMAC-SHA-256 over id, time and body.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use catseye_report::alert::{Alert, ocsf};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use jiff::Timestamp;
use sha2::Sha256;

use super::Undelivered;
use crate::alert::config::{self, AlertConfig, ConfigError, Format};
use crate::alert::http::{Http, url};
use crate::alert::template::Template;

/// How a secret begins that is written as base64.
const ENCODED: &str = "whsec_";

pub(in crate::alert) struct Webhook {
    http: Http,
    url: Uri,
    key: Option<Vec<u8>>,
    headers: HeaderMap,
    format: Format,
    template: Option<Template>,
}

impl Webhook {
    pub(super) fn of(config: &AlertConfig, how: &config::Webhook) -> Result<Self, ConfigError> {
        let error = |field: &str, message: String| ConfigError::of(config, field, message);
        let place = how.url.read(config, "webhook.url")?;
        let key = match &how.secret {
            Some(source) => {
                let secret = source.read(config, "webhook.secret")?;
                Some(key(secret.reveal()).map_err(|err| error("webhook.secret", err))?)
            }
            None => None,
        };
        let content_type = how.content_type.as_deref().unwrap_or("application/json");
        let content_type = HeaderValue::from_str(content_type)
            .map_err(|err| error("webhook.content-type", err.to_string()))?;
        let mut headers = HeaderMap::from_iter([(header::CONTENT_TYPE, content_type)]);
        for (name, source) in &how.headers {
            let field = format!("webhook.headers.{name}");
            let secret = source.read(config, &field)?;
            let name: HeaderName = (name.parse())
                .map_err(|_| error(&field, "this is no name of a header".to_owned()))?;
            let mut value = HeaderValue::from_str(secret.reveal())
                .map_err(|_| error(&field, "the secret does not fit into a header".to_owned()))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let template = match &how.template {
            Some(text) => Some(Template::of(text).map_err(|err| error("webhook.template", err))?),
            None => None,
        };
        Ok(Webhook {
            http: Http::of(how.ca_file.as_deref()).map_err(|err| error("webhook.ca-file", err))?,
            url: url(place.reveal()).map_err(|err| error("webhook.url", err))?,
            key,
            headers,
            format: how.format,
            template,
        })
    }

    pub(super) async fn deliver(&self, alert: &Alert) -> Result<(), Undelivered> {
        let body = match (&self.template, self.format) {
            (Some(template), _) => template.render(alert).map_err(Undelivered::never)?,
            (None, Format::Ocsf) => ocsf::detection_finding(alert).to_string(),
            (None, Format::Catseye) => {
                let mut body = serde_json::to_value(alert)
                    .map_err(|err| Undelivered::never(err.to_string()))?;
                body["key"] = alert.key().into();
                body.to_string()
            }
        };
        // The same message keeps its id however often it is tried: receivers drop what they have.
        let id = alert.key();
        let time = Timestamp::now().as_second();
        let mut headers = self.headers.clone();
        let mut set = |name: &'static str, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        };
        if let Some(key) = &self.key {
            set("webhook-signature", signature(key, &id, time, &body));
        }
        set("webhook-id", id);
        set("webhook-timestamp", time.to_string());
        self.http.post(&self.url, headers, body.into_bytes()).await
    }
}

fn key(secret: &str) -> Result<Vec<u8>, String> {
    match secret.strip_prefix(ENCODED) {
        Some(encoded) => (BASE64_STANDARD.decode(encoded))
            .map_err(|_| format!("what follows {ENCODED} must be base64")),
        None => Ok(secret.as_bytes().to_vec()),
    }
}

/// `v1,BASE64` of the HMAC over `id.time.body`.
fn signature(key: &[u8], id: &str, time: i64, body: &str) -> String {
    // HMAC takes keys of any length, so there is nothing to fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return String::new();
    };
    mac.update(format!("{id}.{time}.{body}").as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    #[test]
    fn signatures_are_those_of_standard_webhooks() {
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a key");
        assert_eq!(
            signature(
                &key,
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                r#"{"test": 2432232314}"#
            ),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }
}
