//! Credentials whose form is too plain to stand alone (32 hex digits, a UUID) and is settled by
//! the vendor in the name beside them.

use std::sync::{LazyLock, OnceLock};

use regex::Regex;

/// A form that counts only under a name holding one of `names`.
pub(in crate::credential) struct Context {
    pub(in crate::credential) id: &'static str,
    pub(in crate::credential) title: &'static str,
    names: &'static [&'static str],
    pattern: &'static str,
}

const fn context(
    id: &'static str,
    title: &'static str,
    names: &'static [&'static str],
    pattern: &'static str,
) -> Context {
    Context {
        id,
        title,
        names,
        pattern,
    }
}

const UUID: &str = "^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";
const HEX32: &str = "^[0-9a-f]{32}$";
const HEX40: &str = "^[0-9a-f]{40}$";

#[rustfmt::skip]
const CONTEXTS: &[Context] = &[
    context("aws-secret-access-key", "AWS secret access key", &["aws", "secretaccess", "s3", "minio"], "^[A-Za-z0-9/+]{40}$"),
    context("aws-session-token", "AWS session token", &["awssession"], "^[A-Za-z0-9/+=]{100,}$"),
    context("azure-storage-key", "Azure storage account key", &["azure", "storage", "accountkey", "cosmos"], "^[A-Za-z0-9+/]{86}==$"),
    context("heroku-key", "Heroku key", &["heroku"], UUID),
    context("datadog-key", "Datadog key", &["datadog", "dd"], "^(?:[0-9a-f]{32}|[0-9a-f]{40})$"),
    context("new-relic-license-key", "New Relic license key", &["newrelic"], "^[0-9a-zA-Z]{40}$"),
    context("twilio-auth-token", "Twilio auth token", &["twilio"], "^(?:SK)?[0-9a-f]{32}$"),
    context("cloudflare-token", "Cloudflare token", &["cloudflare", "cfapi"], "^[A-Za-z0-9_-]{37,40}$"),
    context("vault-token", "HashiCorp Vault token", &["vault"], r"^[sbr]\.[A-Za-z0-9]{24}$"),
    context("okta-token", "Okta token", &["okta"], "^00[A-Za-z0-9_-]{40}$"),
    context("hetzner-token", "Hetzner token", &["hcloud", "hetzner"], "^[A-Za-z0-9]{64}$"),
    context("pagerduty-key", "PagerDuty key", &["pagerduty"], r"^(?:[0-9a-f]{32}|[A-Za-z0-9+_-]{20})$"),
    context("snyk-token", "Snyk token", &["snyk"], UUID),
    context("algolia-key", "Algolia key", &["algolia"], HEX32),
    context("consul-token", "Consul token", &["consul"], UUID),
    context("travis-token", "Travis CI token", &["travis"], "^[A-Za-z0-9_-]{22}$"),
    context("fastly-key", "Fastly key", &["fastly"], "^[A-Za-z0-9_-]{32}$"),
    context("sumologic-key", "Sumo Logic key", &["sumo"], "^[A-Za-z0-9]{64}$"),
    context("elastic-key", "Elastic API key", &["elastic", "es"], "^[A-Za-z0-9+/_-]{50,}={0,2}$"),
    context("jenkins-token", "Jenkins token", &["jenkins"], "^(?:11)?[0-9a-f]{32}$"),
    context("sonarqube-token", "SonarQube token", &["sonar"], HEX40),
    context("codecov-token", "Codecov token", &["codecov"], UUID),
];

static COMPILED: LazyLock<Vec<OnceLock<Regex>>> =
    LazyLock::new(|| CONTEXTS.iter().map(|_| OnceLock::new()).collect());

/// The contextual form that a sensitive name, given as its words, and its value agree on.
pub(in crate::credential) fn by_context(words: &[String], value: &str) -> Option<&'static Context> {
    let flat = words.concat();
    CONTEXTS
        .iter()
        .zip(COMPILED.iter())
        .find_map(|(context, compiled)| {
            // A short vendor name has to be a word, or `dd` would be found in `address`.
            let named = context.names.iter().any(|&name| match name.len() {
                0..=2 => words.iter().any(|word| word == name),
                _ => flat.contains(name),
            });
            let matches = || {
                compiled
                    .get_or_init(|| {
                        Regex::new(context.pattern).expect("a test compiles every pattern")
                    })
                    .is_match(value)
            };
            (named && matches()).then_some(context)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_matches_whole_values() {
        for context in CONTEXTS {
            assert!(Regex::new(context.pattern).is_ok(), "{}", context.id);
            assert!(context.pattern.starts_with('^') && context.pattern.ends_with('$'));
        }
    }

    #[test]
    fn short_vendor_names_have_to_be_words() {
        let hex = "9f86d081884c7d659a2feaa0c55ad015";
        let words = |name: &str| crate::credential::name::words(name);
        assert_eq!(
            by_context(&words("DD_API_KEY"), hex).map(|c| c.id),
            Some("datadog-key")
        );
        assert!(by_context(&words("ADDRESS_KEY"), hex).is_none());
        assert!(by_context(&words("DD_API_KEY"), "short").is_none());
    }
}
