//! The router: the API, the audit webhook, probes, metrics, the dashboard, and headers for all of them.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, Query, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};

use crate::admit;
use crate::api::contract::problem::{Code, Problem};
use crate::api::dispatch::{admit as let_in, read_body};
use crate::api::{self, PREFIX, Permission};
use crate::assets;
use crate::auth::{check_host, check_link, token_in};
use crate::edge::Edge;
use crate::intake::NotTaken;
use crate::intake::sensor::{NotSensed, SensorCertificate};

/// The largest batch of audit events: the API server's own bound is 10 MiB.
const LONGEST_BATCH: usize = 32 << 20;
/// How long a batch may take to arrive.
const BATCH_TIME: Duration = Duration::from_secs(20);
/// The largest batch of a sensor, as it is sent.
const LONGEST_SENSED: usize = 16 << 20;
/// The longest address.
const LONGEST_ADDRESS: usize = 8 << 10;

/// Nothing from elsewhere, nothing inline, never in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// Everything that a hub answers.
pub fn router(edge: Edge) -> Router {
    Router::new()
        .merge(api::router())
        .route("/audit", post(audit))
        .route("/intake/runtime", post(sense))
        .route("/admit", post(admit::unknown))
        .route("/admit/{token}", post(admit::admit))
        .route("/metrics", get(metrics))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .method_not_allowed_fallback(wrong_method)
        .fallback(other)
        .layer(from_fn_with_state(edge.clone(), around))
        .with_state(edge)
}

/// What holds for every request and every answer.
async fn around(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let length = request
        .uri()
        .path_and_query()
        .map_or(0, |path| path.as_str().len());
    let mut response = if length > LONGEST_ADDRESS {
        Problem::new(
            Code::TooLong,
            format!("the address is longer than {LONGEST_ADDRESS} bytes"),
            "ask with fewer or shorter filters",
        )
        .into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    let fixed = [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        (
            "permissions-policy",
            "camera=(), microphone=(), geolocation=(), payment=()",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if edge.encrypted {
        let value = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    response
}

/// Takes a batch of audit events: kept first, then answered, then judged.
async fn audit(State(edge): State<Edge>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    match take(&edge, &parts.headers, body).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(problem) => problem.into_response(),
    }
}

async fn take(edge: &Edge, headers: &HeaderMap, body: Body) -> Result<(), Problem> {
    let Some(intake) = &edge.intake else {
        return Err(Problem::new(
            Code::NotAvailable,
            "this hub takes no audit events by webhook",
            "set [intake] webhook = true in its configuration",
        ));
    };
    let is_known = token_in(headers)?.is_some_and(|token| intake.knows(&token));
    if !is_known {
        edge.metrics.refused_login();
        return Err(Problem::new(
            Code::NotAuthenticated,
            "the audit webhook needs its own token",
            "put the token of the intake into the kubeconfig of --audit-webhook-config-file",
        ));
    }
    let batch = read_body(body, LONGEST_BATCH, BATCH_TIME).await?;
    // What is no JSON object at all would only be counted as unreadable later; say it now.
    if !batch.trim_ascii_start().starts_with(b"{") {
        return Err(Problem::new(
            Code::BadRequest,
            "the body is no EventList",
            "send audit.k8s.io/v1 EventList as JSON",
        ));
    }
    intake.take(batch).await.map_err(|err| match err {
        NotTaken::Full => Problem::new(
            Code::TooMany,
            err.to_string(),
            "send it again in a moment; the API server does so by itself",
        ),
        NotTaken::NotKept => Problem::new(
            Code::Unavailable,
            err.to_string(),
            "the hub's log says why: most often the disk is full",
        ),
    })
}

/// Takes a batch of a node's sensor: judged and written first, then answered.
async fn sense(
    State(edge): State<Edge>,
    certificate: Option<Extension<SensorCertificate>>,
    request: Request<Body>,
) -> Response {
    let (parts, body) = request.into_parts();
    match take_sensed(&edge, &parts.headers, certificate.is_some(), body).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(problem) => problem.into_response(),
    }
}

async fn take_sensed(
    edge: &Edge,
    headers: &HeaderMap,
    is_certified: bool,
    body: Body,
) -> Result<(), Problem> {
    let Some(sensors) = &edge.sensors else {
        return Err(Problem::new(
            Code::NotAvailable,
            "this hub takes no events of sensors",
            "set [intake] sensors = true in its configuration",
        ));
    };
    let is_known = is_certified || token_in(headers)?.is_some_and(|token| sensors.knows(&token));
    if !is_known {
        edge.metrics.refused_login();
        return Err(Problem::new(
            Code::NotAuthenticated,
            "a sensor shows its certificate or its token",
            "start it with --certificate and --key, or with --token-file: the hub keeps them as \
             tls/sensor.crt, tls/sensor.key and sensor.token in its state folder",
        ));
    }
    let encoding = headers.get(header::CONTENT_ENCODING);
    let packed = match encoding.map(HeaderValue::as_bytes) {
        None | Some(b"identity") => false,
        Some(b"zstd") => true,
        Some(_) => {
            return Err(Problem::new(
                Code::WrongType,
                "the body is packed in a way that is not known",
                "send Content-Encoding: zstd, or none",
            ));
        }
    };
    let bytes = read_body(body, LONGEST_SENSED, BATCH_TIME).await?;
    sensors.take(bytes, packed).await.map_err(|err| {
        let words = err.to_string();
        match err {
            NotSensed::Unreadable(cause) => {
                let mut why = format!("the batch cannot be read: {words}");
                let mut inner = std::error::Error::source(&cause);
                while let Some(cause) = inner {
                    why = format!("{why}: {cause}");
                    inner = cause.source();
                }
                Problem::new(Code::BadRequest, why, "send a batch of catseye sensor")
            }
            NotSensed::TooLarge => Problem::new(Code::TooLarge, words, "send less at a time"),
            NotSensed::Node(_) => Problem::bad(words),
            NotSensed::Full => Problem::new(
                Code::TooMany,
                words,
                "send it again in a moment; sensors do so by themselves",
            ),
            NotSensed::NotKept => Problem::new(
                Code::Unavailable,
                words,
                "the hub's log says why: most often the disk is full",
            ),
        }
    })
}

async fn metrics(State(edge): State<Edge>, headers: HeaderMap) -> Response {
    let permission = if edge.guard.is_local() {
        Permission::Anyone
    } else {
        Permission::View
    };
    if let Err(problem) = let_in(&edge, permission, &headers, &Method::GET).await {
        return problem.into_response();
    }
    let mut response = crate::metrics::page(&edge).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"),
    );
    response
}

/// Ready once the first lists are in. A store that takes nothing and a queue that is full are told by health and
/// metrics: whoever is not ready gets no requests at all, and then nobody would admit, and no sensor be heard.
async fn ready(State(edge): State<Edge>) -> Response {
    let health = edge.hub.health();
    if health.ready {
        // Which they are, and why, is for those who may ask for the coverage.
        return match health.gaps {
            0 => "ok\n".into_response(),
            gaps => format!("ok; kinds that cannot be seen: {gaps}\n").into_response(),
        };
    }
    let text = format!("not ready: {}\n", health.lacks.join("; "));
    (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
}

async fn wrong_method(method: Method, uri: Uri) -> Problem {
    Problem::new(
        Code::MethodNotAllowed,
        format!("{} has no {method}", api::quoted(uri.path())),
        "see docs/openapi.json for what it has",
    )
}

/// `?token=`, for links that cannot hold `#token=`.
#[derive(serde::Deserialize)]
struct Link {
    token: Option<String>,
}

/// The dashboard, and whatever is not there.
async fn other(State(edge): State<Edge>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path();
    if path == PREFIX || path.starts_with("/api/") {
        return Problem::new(
            Code::NotFound,
            format!("{} is no address of the API", api::quoted(path)),
            "see docs/openapi.json for all of them",
        )
        .into_response();
    }
    if edge.guard.is_local()
        && let Err(problem) = check_host(&headers)
    {
        return problem.into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return wrong_method(method, uri).await.into_response();
    }
    if path == "/"
        && let Ok(Query(Link { token: Some(token) })) = Query::<Link>::try_from_uri(&uri)
    {
        if !edge.guard.is_local() {
            // Tokens of a cluster are worth more than a line in the logs of what lies between.
            return Problem::new(
                Code::BadRequest,
                "this hub takes no token in an address",
                "open / and log in there, or POST the token to /api/v1/session",
            )
            .into_response();
        }
        if let Err(problem) = check_link(&headers) {
            edge.metrics.refused_login();
            return problem.into_response();
        }
        return match api::session::start(&edge, &token).await {
            Ok((cookie, _)) => {
                // Away from the address with the token, so that no history or log keeps it.
                let mut response = Redirect::to("/").into_response();
                response.headers_mut().insert(header::SET_COOKIE, cookie);
                response
            }
            Err(problem) => {
                edge.metrics.refused_login();
                problem.into_response()
            }
        };
    }
    assets::answer(path, &headers).unwrap_or_else(|| {
        Problem::new(
            Code::NotFound,
            format!("there is no {}", api::quoted(path)),
            "begin at /",
        )
        .into_response()
    })
}
