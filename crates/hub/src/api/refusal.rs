//! Problems as answers.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use super::contract::problem::{Code, Problem};

/// The most characters of a client's own words that are given back.
const QUOTED: usize = 200;

impl Code {
    /// The HTTP status of this code.
    pub fn status(self) -> StatusCode {
        match self {
            Code::BadRequest | Code::BadCursor => StatusCode::BAD_REQUEST,
            Code::NotAuthenticated => StatusCode::UNAUTHORIZED,
            Code::NotAllowed | Code::CrossSite => StatusCode::FORBIDDEN,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Code::Slow => StatusCode::REQUEST_TIMEOUT,
            Code::TimeNotKept => StatusCode::GONE,
            Code::Changed => StatusCode::PRECONDITION_FAILED,
            Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Code::TooLong => StatusCode::URI_TOO_LONG,
            Code::WrongType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::NotPossible => StatusCode::UNPROCESSABLE_ENTITY,
            Code::VersionNeeded => StatusCode::PRECONDITION_REQUIRED,
            Code::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Code::NotAvailable => StatusCode::NOT_IMPLEMENTED,
            Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl Problem {
    /// A problem: what is wrong, and what to do.
    pub fn new(code: Code, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        let status = code.status();
        Problem {
            r#type: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Refused").to_owned(),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            remedy: remedy.into(),
        }
    }

    /// Nothing of this kind under this name.
    pub(crate) fn not_found(kind: &str, name: &str) -> Self {
        Problem::new(
            Code::NotFound,
            format!("there is no {kind} {:?}", quoted(name)),
            "take an id from a list, or use /search",
        )
    }

    /// A parameter or body that does not say what it must.
    pub(crate) fn bad(detail: impl Into<String>) -> Self {
        Problem::new(
            Code::BadRequest,
            detail,
            "see docs/openapi.json for what it takes",
        )
    }

    /// Our own fault; the details belong into the log, not to the client.
    pub(crate) fn internal(what: &str, err: &dyn std::error::Error) -> Self {
        let mut chain = err.to_string();
        let mut cause = err.source();
        while let Some(deeper) = cause {
            chain.push_str(": ");
            chain.push_str(&deeper.to_string());
            cause = deeper.source();
        }
        tracing::error!(error = %chain, "{what}");
        Problem::new(
            Code::Internal,
            format!("failed to {what}; the hub's log says why"),
            "try again; if it stays, report the log line",
        )
    }
}

/// The beginning of what a client said, on one line.
pub(crate) fn quoted(words: &str) -> String {
    words
        .chars()
        .filter(|char| !char.is_control())
        .take(QUOTED)
        .collect()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.code.status();
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self.code {
            Code::TooMany | Code::Unavailable => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            Code::NotAuthenticated => {
                headers.insert(
                    header::WWW_AUTHENTICATE,
                    HeaderValue::from_static("Bearer realm=\"catseye\""),
                );
            }
            _ => {}
        }
        response
    }
}
