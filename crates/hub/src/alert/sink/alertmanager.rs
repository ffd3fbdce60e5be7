//! Alertmanager: every member of its cluster is told, as Prometheus does; they agree among themselves.

use std::collections::BTreeMap;

use catseye_report::alert::{Alert, alertmanager};
use http::{HeaderMap, HeaderValue, Uri, header};
use jiff::SignedDuration;

use super::Undelivered;
use crate::alert::config::{self, AlertConfig, ConfigError};
use crate::alert::http::{Http, url};

pub(in crate::alert) struct Alertmanager {
    http: Http,
    urls: Vec<Uri>,
    headers: HeaderMap,
    labels: BTreeMap<String, String>,
    lasts: SignedDuration,
}

impl Alertmanager {
    pub(super) fn of(
        config: &AlertConfig,
        how: &config::Alertmanager,
    ) -> Result<Self, ConfigError> {
        let error = |field: &str, message: String| ConfigError::of(config, field, message);
        let mut urls = Vec::new();
        for text in &how.urls {
            let text = format!("{}/api/v2/alerts", text.trim_end_matches('/'));
            urls.push(url(&text).map_err(|err| error("alertmanager.urls", err))?);
        }
        if urls.is_empty() {
            let message = "write the URL of at least one member".to_owned();
            return Err(error("alertmanager.urls", message));
        }
        if let Some(name) = (how.labels.keys()).find(|name| !alertmanager::is_label_name(name)) {
            let message = format!("{name:?} is no name of a label: write letters, digits and _");
            return Err(error("alertmanager.labels", message));
        }
        let json = HeaderValue::from_static("application/json");
        let mut headers = HeaderMap::from_iter([(header::CONTENT_TYPE, json)]);
        if let Some(source) = &how.authorization {
            let field = "alertmanager.authorization";
            let secret = source.read(config, field)?;
            let mut value = HeaderValue::from_str(secret.reveal())
                .map_err(|_| error(field, "the secret does not fit into a header".to_owned()))?;
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        Ok(Alertmanager {
            http: Http::of(how.ca_file.as_deref())
                .map_err(|err| error("alertmanager.ca-file", err))?,
            urls,
            headers,
            labels: how.labels.clone(),
            lasts: SignedDuration::from_hours(how.hours.into()),
        })
    }

    /// One member that took it is enough.
    pub(super) async fn deliver(&self, alert: &Alert) -> Result<(), Undelivered> {
        let body = alertmanager::alerts(alert, self.lasts, &self.labels).to_string();
        let mut outcome = Err(Undelivered::never("no member is configured"));
        for url in &self.urls {
            let body = body.clone().into_bytes();
            let answer = self.http.post(url, self.headers.clone(), body).await;
            if outcome.is_err() {
                outcome = answer;
            }
        }
        outcome
    }
}
