//! An incoming webhook of Slack.

use catseye_report::alert::{Alert, slack};
use http::{HeaderMap, HeaderValue, Uri, header};

use super::Undelivered;
use crate::alert::config::{self, AlertConfig, ConfigError};
use crate::alert::http::{Http, url};
use crate::alert::template::Template;

pub(in crate::alert) struct Slack {
    http: Http,
    url: Uri,
    template: Option<Template>,
}

impl Slack {
    pub(super) fn of(config: &AlertConfig, how: &config::Slack) -> Result<Self, ConfigError> {
        let error = |field: &str, message: String| ConfigError::of(config, field, message);
        let place = how.url.read(config, "slack.url")?;
        let template = match &how.template {
            Some(text) => Some(Template::of(text).map_err(|err| error("slack.template", err))?),
            None => None,
        };
        Ok(Slack {
            http: Http::of(how.ca_file.as_deref()).map_err(|err| error("slack.ca-file", err))?,
            url: url(place.reveal()).map_err(|err| error("slack.url", err))?,
            template,
        })
    }

    pub(super) async fn deliver(&self, alert: &Alert) -> Result<(), Undelivered> {
        let text = match &self.template {
            Some(template) => Some(template.render(alert).map_err(Undelivered::never)?),
            None => None,
        };
        let body = slack::message(alert, text.as_deref()).to_string();
        let json = HeaderValue::from_static("application/json");
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, json)]);
        self.http.post(&self.url, headers, body.into_bytes()).await
    }
}
