//! `POST /admit/TOKEN`: known by its token, and bounded in size, time and number.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use tokio::sync::OwnedSemaphorePermit;

use super::{Admit, Unanswerable};
use crate::api::contract::problem::{Code, Problem};
use crate::api::dispatch::read_body;
use crate::auth::Token;
use crate::edge::Edge;

/// The largest review. A request to an API server has 3 MiB at most, but Go writes `<`, `>` and `&` as six
/// bytes each, and an update carries two objects; refusing what is larger would let whoever writes it pass.
const LONGEST_REVIEW: usize = 40 << 20;
/// Reviews of more bytes are read and judged a few at a time.
const LARGE: usize = 8 << 20;
/// How long a large review waits for others.
const LARGE_WAIT: Duration = Duration::from_secs(5);
/// How long a review may take to arrive.
const REVIEW_TIME: Duration = Duration::from_secs(5);
/// How long an answer may take: no API server waits longer. The judgement keeps its turn until it ends.
const ANSWER_TIME: Duration = Duration::from_secs(30);
/// Requests that are read or judged at a time; more would only wait until the API server gives up.
const MOST_AT_ONCE: usize = 128;

/// One of the requests that are open at a time.
struct Turn {
    admit: Admit,
    /// One of the few large ones.
    large: Option<OwnedSemaphorePermit>,
}

impl Turn {
    fn take(admit: &Admit) -> Result<Self, Problem> {
        let turn = Turn {
            admit: admit.clone(),
            large: None,
        };
        let open = admit.0.open.fetch_add(1, Ordering::AcqRel);
        if open < MOST_AT_ONCE {
            return Ok(turn);
        }
        Err(overloaded(
            admit,
            format!("{MOST_AT_ONCE} requests are being judged"),
        ))
    }

    /// The bytes that may be read in this turn, after waiting where they are many.
    async fn room(&mut self, headers: &HeaderMap) -> Result<usize, Problem> {
        let length = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if length.is_some_and(|length| length <= LARGE) {
            return Ok(LARGE);
        }
        let waiting = self.admit.0.large.clone().acquire_owned();
        if let Ok(Ok(permit)) = tokio::time::timeout(LARGE_WAIT, waiting).await {
            self.large = Some(permit);
        } else {
            let text = format!("too many reviews of more than {LARGE} bytes are being judged");
            return Err(overloaded(&self.admit, text));
        }
        Ok(LONGEST_REVIEW)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        drop(self.large.take());
        self.admit.0.open.fetch_sub(1, Ordering::AcqRel);
    }
}

fn overloaded(admit: &Admit, text: String) -> Problem {
    let counter = &admit.0.counters.overloaded;
    counter.fetch_add(1, Ordering::Relaxed);
    Problem::new(
        Code::TooMany,
        text,
        "the API server does what the webhook's failurePolicy says",
    )
}

/// Answers a review of the API server.
pub(crate) async fn admit(
    State(edge): State<Edge>,
    Path(token): Path<String>,
    request: Request<Body>,
) -> Response {
    let (parts, body) = request.into_parts();
    match answer(&edge, &token, &parts.headers, body).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

/// Refuses a review without a token.
pub(crate) async fn unknown(State(edge): State<Edge>) -> Problem {
    edge.metrics.refused_login();
    not_known()
}

fn not_known() -> Problem {
    Problem::new(
        Code::NotAuthenticated,
        "admission is answered to the API server alone, by the token in its address",
        "the hub writes the address into the webhook configuration by itself; elsewhere it is /admit/ and what \
         admission.token in the state folder holds",
    )
}

async fn answer(
    edge: &Edge,
    token: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let Some(admit) = edge.admit.clone() else {
        return Err(Problem::new(
            Code::NotAvailable,
            "this hub does not judge admission",
            "write a section [gate] into its configuration",
        ));
    };
    let is_known = Token::from_client(token).is_some_and(|token| admit.0.token.is(&token));
    if !is_known {
        edge.metrics.refused_login();
        return Err(not_known());
    }
    let mut turn = Turn::take(&admit)?;
    let room = turn.room(headers).await?;
    let body = read_body(body, room, REVIEW_TIME).await?;
    let judging = tokio::task::spawn_blocking(move || {
        // Whoever asked may have gone; the judgement goes on, and so does its turn.
        let turn = turn;
        judge(&turn.admit, &body)
    });
    let judged = tokio::time::timeout(ANSWER_TIME, judging)
        .await
        .map_err(|_| overloaded(&admit, "the judgement takes too long".to_owned()))?
        .map_err(|err| Problem::internal("judge a review", &err))?;
    let mut response = judged?.into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    Ok(response)
}

fn judge(admit: &Admit, body: &[u8]) -> Result<String, Problem> {
    match admit.review(body) {
        Ok(answer) => Ok(answer.to_string()),
        Err(err @ Unanswerable::Unreadable(_)) => Err(Problem::new(
            Code::BadRequest,
            err.to_string(),
            "send AdmissionReview of admission.k8s.io/v1 as JSON",
        )),
        Err(err) => Err(Problem::new(
            Code::Unavailable,
            err.to_string(),
            "the API server does what the webhook's failurePolicy says, and may ask again",
        )),
    }
}
