//! From a request to an answer: who asks, may they, what exactly, has it changed, then the answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{FromRequestParts as _, Query, RawPathParams};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::ask::Ask;
use super::contract::At;
use super::contract::page::Paging;
use super::contract::problem::{Code, Problem};
use super::operation::{Method, Permission};
use super::refusal::quoted;
use super::routes::Route;
use crate::auth::{User, check_host, check_same_site};
use crate::edge::Edge;

/// The longest body of a question or command.
const LONGEST_BODY: usize = 1 << 20;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);
/// How long a question waits for others to be answered.
const WAIT: Duration = Duration::from_secs(20);

/// Computes an answer as JSON.
pub(super) type Run = Box<dyn FnOnce(&Ask, &http::Uri, &[u8]) -> Result<Vec<u8>, Problem> + Send>;

/// Answers a request.
pub(super) async fn dispatch(
    edge: Edge,
    route: Arc<Route>,
    request: Request<Body>,
    run: Run,
) -> Response {
    let begun = Instant::now();
    let response = match answer(&edge, &route, request, run).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    };
    edge.metrics
        .answered(route.operation.id, response.status(), begun.elapsed());
    response
}

async fn answer(
    edge: &Edge,
    route: &Route,
    request: Request<Body>,
    run: Run,
) -> Result<Response, Problem> {
    let Route {
        operation,
        shape,
        known,
    } = route;
    let (mut parts, body) = request.into_parts();
    let user = admit(edge, operation.permission, &parts.headers, &parts.method).await?;
    check_parameters(&parts.uri, known)?;
    let at: At = if shape.timed {
        query(&parts.uri)?
    } else {
        At::default()
    };
    let paging: Paging = if shape.paged {
        query(&parts.uri)?
    } else {
        Paging::default()
    };
    let path = path_values(&mut parts).await?;

    let tag = shape.tagged.then(|| version_tag(edge));
    if let Some(tag) = &tag
        && operation.method == Method::Get
        && is_known(&parts.headers, tag)
    {
        return Ok(not_modified(tag));
    }
    let body = match operation.method {
        Method::Post => read_json(&parts.headers, body).await?,
        Method::Get | Method::Delete => Bytes::new(),
    };
    let waited = tokio::time::timeout(WAIT, edge.answering.clone().acquire_owned()).await;
    let Ok(Ok(turn)) = waited else {
        return Err(Problem::new(
            Code::TooMany,
            "too many questions are being answered",
            "ask again in a moment, and fewer at a time",
        ));
    };
    let ask = Ask {
        edge: edge.clone(),
        path,
        paging,
        at: at.at,
        user,
        if_match: text(&parts.headers, header::IF_MATCH),
        tag: Mutex::new(None),
        runtime: tokio::runtime::Handle::current(),
    };
    let Parts { uri, headers, .. } = parts;
    let computed = tokio::task::spawn_blocking(move || {
        // Whoever asked may have gone; the answer is computed to its end, and so long is the turn taken.
        let _turn = turn;
        let json = run(&ask, &uri, &body)?;
        let own = ask.tag.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok::<_, Problem>((json, own))
    });
    let (json, own) = computed
        .await
        .map_err(|err| Problem::internal("compute an answer", &err))??;
    let tag = own.or(tag);
    if let Some(tag) = &tag
        && operation.method == Method::Get
        && is_known(&headers, tag)
    {
        return Ok(not_modified(tag));
    }
    let mut response = json.into_response();
    let sent = response.headers_mut();
    sent.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    sent.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(if tag.is_some() {
            "private, no-cache"
        } else {
            "no-store"
        }),
    );
    if let Some(value) = tag.and_then(|tag| HeaderValue::try_from(tag).ok()) {
        sent.insert(header::ETAG, value);
    }
    Ok(response)
}

/// Who asks, if they may.
pub(crate) async fn admit(
    edge: &Edge,
    permission: Permission,
    headers: &HeaderMap,
    method: &http::Method,
) -> Result<User, Problem> {
    if edge.guard.is_local() {
        check_host(headers)?;
    }
    if permission == Permission::Anyone {
        return Ok(User::default());
    }
    let known = edge.guard.known(headers).await?;
    if known.by_cookie {
        check_same_site(method, headers)?;
    }
    edge.guard.check(&known.user, permission).await?;
    Ok(known.user)
}

/// Reads a type from the query; what belongs to others is left to them.
pub(super) fn query<T: DeserializeOwned>(uri: &http::Uri) -> Result<T, Problem> {
    Query::<T>::try_from_uri(uri)
        .map(|Query(value)| value)
        .map_err(|err| {
            use std::error::Error as _;
            let cause = err
                .source()
                .map_or_else(|| err.to_string(), ToString::to_string);
            Problem::bad(format!("a parameter cannot be read: {}", quoted(&cause)))
        })
}

/// Refuses parameters that the operation does not have: a misspelt filter must not show everything.
fn check_parameters(uri: &http::Uri, known: &[String]) -> Result<(), Problem> {
    for (name, _) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        if !known.iter().any(|known| *known == name) {
            let takes = match known {
                [] => "it takes none".to_owned(),
                known => format!("it takes {}", known.join(", ")),
            };
            return Err(Problem::bad(format!(
                "there is no parameter {:?} here; {takes}",
                quoted(&name)
            )));
        }
    }
    Ok(())
}

async fn path_values(parts: &mut Parts) -> Result<Vec<String>, Problem> {
    let values = RawPathParams::from_request_parts(parts, &())
        .await
        .map_err(|_| Problem::bad("the path is not UTF-8"))?;
    Ok(values.iter().map(|(_, value)| value.to_owned()).collect())
}

/// Reads a JSON body, bounded in size and time.
pub(super) async fn read_json(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let media = text(headers, header::CONTENT_TYPE).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    if !media.eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(
            Code::WrongType,
            format!("a body of type {:?}", quoted(media)),
            "send Content-Type: application/json",
        ));
    }
    read_body(body, LONGEST_BODY, BODY_TIME).await
}

/// Reads a body, bounded in size and time.
pub(crate) async fn read_body(body: Body, most: usize, time: Duration) -> Result<Bytes, Problem> {
    match tokio::time::timeout(time, Limited::new(body, most).collect()).await {
        Err(_) => Err(Problem::new(
            Code::Slow,
            format!("the body took longer than {} s", time.as_secs()),
            "send it faster, or in smaller parts",
        )),
        Ok(Err(err)) if err.downcast_ref::<LengthLimitError>().is_some() => Err(Problem::new(
            Code::TooLarge,
            format!("the body is larger than {most} bytes"),
            "send less at a time",
        )),
        Ok(Err(_)) => Err(Problem::bad("the body did not arrive whole")),
        Ok(Ok(body)) => Ok(body.to_bytes()),
    }
}

/// Changes with everything that answers show, and from run to run.
fn version_tag(edge: &Edge) -> String {
    let hub = &edge.hub;
    format!(
        "\"{}.{}.{}\"",
        edge.run,
        hub.world().version(),
        hub.feed().last()
    )
}

fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let sent = text(headers, header::IF_NONE_MATCH).unwrap_or_default();
    sent.split(',').any(|one| {
        let one = one.trim();
        one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag
    })
}

fn not_modified(tag: &str) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    if let Ok(value) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// The hash of bytes as a tag.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    let hash = Sha256::digest(bytes);
    crate::auth::hex(&hash[..16])
}
