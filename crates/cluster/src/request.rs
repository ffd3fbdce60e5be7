//! One request and its answer: the status, the server's own words, and when to come again.
//!
//! The client library's typed calls hide the `Retry-After` header, which an overloaded server
//! depends on; so requests are sent raw and judged here.

use std::time::Duration;

use http::{Request, Response, StatusCode, header};
use kube::Client;
use kube::client::Body;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::discover::kube_message;
use crate::list::Reason;

/// Why a request was not answered as wanted.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RequestError {
    /// The server refused or failed, in its own words.
    #[error("the API server answered {code}: {message}")]
    Refused {
        /// The HTTP status.
        code: u16,
        /// The server's words.
        message: String,
        /// How long the server wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// There was no answer, or half of one.
    #[error("failed to reach the API server: {message}")]
    Unreachable {
        /// The innermost cause.
        message: String,
    },
    /// The answer is not what the API promises.
    #[error("failed to read the API server's answer: {message}")]
    Unreadable {
        /// What is wrong with it.
        message: String,
    },
}

impl RequestError {
    /// The HTTP status, where there was an answer.
    pub fn code(&self) -> Option<u16> {
        match self {
            RequestError::Refused { code, .. } => Some(*code),
            RequestError::Unreachable { .. } | RequestError::Unreadable { .. } => None,
        }
    }

    /// True when we may not, as opposed to: it did not work.
    pub fn is_forbidden(&self) -> bool {
        matches!(self.code(), Some(401 | 403))
    }

    pub(crate) fn reason(&self) -> Reason {
        if self.is_forbidden() {
            Reason::Forbidden
        } else {
            Reason::Failed
        }
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            RequestError::Refused { retry_after, .. } => *retry_after,
            RequestError::Unreachable { .. } | RequestError::Unreadable { .. } => None,
        }
    }

    /// What went wrong, in a line: the server's own words where there are some.
    pub fn message(&self) -> &str {
        match self {
            RequestError::Refused { message, .. }
            | RequestError::Unreachable { message }
            | RequestError::Unreadable { message } => message,
        }
    }

    pub(crate) fn silent() -> Self {
        RequestError::Unreachable {
            message: "the API server fell silent".to_owned(),
        }
    }

    pub(crate) fn unreachable(err: &(dyn std::error::Error + 'static)) -> Self {
        let mut cause = err;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        RequestError::Unreachable {
            message: cause.to_string(),
        }
    }
}

/// The parts of a `Status` that are read.
#[derive(Deserialize)]
pub(crate) struct Status {
    #[serde(default)]
    pub(crate) code: u16,
    #[serde(default)]
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) reason: String,
}

impl Status {
    pub(crate) fn into_error(self, code: u16, retry_after: Option<Duration>) -> RequestError {
        let message = match (self.message.is_empty(), self.reason.is_empty()) {
            (false, _) => self.message,
            (true, false) => self.reason,
            (true, true) => format!("status {code}"),
        };
        RequestError::Refused {
            code,
            message,
            retry_after,
        }
    }
}

/// How long a server may think before it answers; it gives up on its own requests after a minute.
const ANSWER: Duration = Duration::from_secs(75);

/// How long an answer may take to arrive whole.
const WHOLE: Duration = Duration::from_mins(5);

/// How many bytes of an error page are read.
const WORDS: usize = 300;

/// Sends, and gives the answer when it is a good one; its body is not read yet.
pub(crate) async fn open(
    client: &Client,
    request: Request<Vec<u8>>,
) -> Result<Response<Body>, RequestError> {
    let Ok(answer) = timeout(ANSWER, client.send(request.map(Body::from))).await else {
        return Err(RequestError::silent());
    };
    let response = match answer {
        Ok(response) => response,
        Err(kube::Error::Api(status)) => {
            return Err(RequestError::Refused {
                code: status.code,
                message: status.message.clone(),
                retry_after: None,
            });
        }
        Err(err) => {
            return Err(RequestError::Unreachable {
                message: kube_message(&err),
            });
        }
    };
    let code = response.status();
    if code.is_success() {
        return Ok(response);
    }
    let retry_after = retry_after(&response);
    let body = whole(response).await?;
    let status = serde_json::from_slice::<Status>(&body).unwrap_or_else(|_| Status {
        code: code.as_u16(),
        // A proxy answers in prose or HTML: its first words help, the rest does not.
        message: String::from_utf8_lossy(&body[..body.len().min(WORDS)])
            .trim()
            .to_owned(),
        reason: code.canonical_reason().unwrap_or_default().to_owned(),
    });
    Err(status.into_error(code.as_u16(), retry_after))
}

/// Sends and reads the whole answer.
pub(crate) async fn read<T: DeserializeOwned>(
    client: &Client,
    request: Request<Vec<u8>>,
) -> Result<T, RequestError> {
    let body = whole(open(client, request).await?).await?;
    serde_json::from_slice(&body).map_err(|err| RequestError::Unreadable {
        message: err.to_string(),
    })
}

/// The whole body; none that takes for ever.
async fn whole(response: Response<Body>) -> Result<Vec<u8>, RequestError> {
    match timeout(WHOLE, response.into_body().collect_bytes()).await {
        Ok(Ok(body)) => Ok(body.into()),
        Ok(Err(err)) => Err(RequestError::unreachable(&err)),
        Err(_) => Err(RequestError::silent()),
    }
}

/// A request without a body.
pub(crate) fn get(url: &str) -> Result<Request<Vec<u8>>, RequestError> {
    Request::get(url)
        .body(Vec::new())
        .map_err(|err| RequestError::Unreadable {
            message: format!("{url} is no URL: {err}"),
        })
}

/// A request with a JSON body.
pub(crate) fn send(
    method: &str,
    url: &str,
    content_type: &str,
    body: &serde_json::Value,
) -> Result<Request<Vec<u8>>, RequestError> {
    Request::builder()
        .method(method)
        .uri(url)
        .header(header::CONTENT_TYPE, content_type)
        .body(body.to_string().into_bytes())
        .map_err(|err| RequestError::Unreadable {
            message: format!("{url} is no URL: {err}"),
        })
}

/// `Retry-After` in seconds; the API server never sends a date. More than five minutes is not obeyed.
fn retry_after(response: &Response<Body>) -> Option<Duration> {
    const LONGEST: u64 = 300;
    let asks = matches!(
        response.status(),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    );
    let seconds: u64 = response
        .headers()
        .get(header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    asks.then(|| Duration::from_secs(seconds.min(LONGEST)))
}
