//! Requests to other systems: one answer, bounded in time and size, no redirects.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method, Request, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use super::sink::Undelivered;

/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// How much of an answer is read, and how much of it is told.
const ANSWER: usize = 64 << 10;
const WORDS: usize = 200;

type Bytes = std::collections::VecDeque<u8>;

/// A client that trusts the system's authorities and those of a file.
pub(super) struct Http {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Http {
    pub(super) fn of(ca_file: Option<&Path>) -> Result<Self, String> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(Duration::from_secs(10)));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(ca_file)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        // Alerts are seldom: a connection that waited for hours is one that fails.
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .build(connector);
        Ok(Http { client })
    }

    /// Posts a body; any 2xx is good.
    pub(super) async fn post(
        &self,
        url: &Uri,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<(), Undelivered> {
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = url.clone();
        *request.headers_mut() = headers;
        let answer = async {
            let response = (self.client.request(request).await)
                .map_err(|err| Undelivered::later(innermost(&err)))?;
            let status = response.status();
            if status.is_success() {
                return Ok(());
            }
            let retry_after = (response.headers().get(header::RETRY_AFTER))
                .and_then(|value| value.to_str().ok()?.trim().parse().ok())
                .map(|seconds: u64| Duration::from_secs(seconds.min(600)));
            let body = Limited::new(response.into_body(), ANSWER).collect().await;
            let body = body.map_or_else(|_| Vec::new(), |body| body.to_bytes().to_vec());
            let words = String::from_utf8_lossy(&body[..body.len().min(WORDS)]);
            let message = format!("{status}: {}", words.trim());
            let mut err = match status.as_u16() {
                408 | 425 | 429 | 500..=599 => Undelivered::later(message),
                _ => Undelivered::never(message),
            };
            err.retry_after = retry_after;
            Err(err)
        };
        tokio::time::timeout(PATIENCE, answer)
            .await
            .unwrap_or_else(|_| Err(Undelivered::later("no answer in time")))
    }
}

/// A URL of a receiver; what is wrong with it does not show it.
pub(super) fn url(text: &str) -> Result<Uri, String> {
    let mistake = || "write a URL that begins with https:// or http://".to_owned();
    let url: Uri = text.parse().map_err(|_| mistake())?;
    match url.scheme_str() {
        Some("http" | "https") if url.host().is_some() => Ok(url),
        _ => Err(mistake()),
    }
}

/// The TLS of all sinks: ring, the system's authorities, and those of a file.
pub(super) fn tls(ca_file: Option<&Path>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    // A container without authorities is no error for a sink that has its own.
    let (_, _) = roots.add_parsable_certificates(native.certs);
    if let Some(path) = ca_file {
        let pem = std::fs::read(path)
            .map_err(|err| format!("failed to read {}: {err}", path.display()))?;
        let mut found = 0;
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|err| format!("{}: {err}", path.display()))?;
            roots
                .add(certificate)
                .map_err(|err| format!("{}: {err}", path.display()))?;
            found += 1;
        }
        if found == 0 {
            return Err(format!("{}: there is no certificate in it", path.display()));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|err| err.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

/// The innermost cause says more than the wrappers around it.
pub(super) fn innermost(err: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = err;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
