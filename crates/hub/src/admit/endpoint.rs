//! `POST /admit`: bounded in size, time and number.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

use super::Admit;
use crate::api::contract::problem::{Code, Problem};
use crate::api::dispatch::read_body;
use crate::edge::Edge;

/// The largest review: twice the largest request to an API server (3 MiB), and room.
const LONGEST_REVIEW: usize = 8 << 20;
/// How long a review may take to arrive.
const REVIEW_TIME: Duration = Duration::from_secs(5);
/// Requests that are read or judged at a time; more would only wait until the API server gives up.
const MOST_AT_ONCE: usize = 128;
/// Reviews of more bytes are judged on a thread of their own, so that others need not wait.
const LONG: usize = 128 << 10;

/// One of the requests that are open at a time.
struct Turn(Admit);

impl Turn {
    fn take(admit: &Admit) -> Option<Self> {
        let turn = Turn(admit.clone());
        let open = admit.0.open.fetch_add(1, Ordering::AcqRel);
        (open < MOST_AT_ONCE).then_some(turn)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.0.open.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Answers a review of the API server.
pub(crate) async fn admit(State(edge): State<Edge>, request: Request<Body>) -> Response {
    match answer(&edge, request.into_body()).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn answer(edge: &Edge, body: Body) -> Result<Response, Problem> {
    let Some(admit) = edge.admit.clone() else {
        return Err(Problem::new(
            Code::NotAvailable,
            "this hub does not judge admission",
            "write a section [gate] into its configuration",
        ));
    };
    let Some(_turn) = Turn::take(&admit) else {
        let counter = &admit.0.counters.overloaded;
        counter.fetch_add(1, Ordering::Relaxed);
        return Err(Problem::new(
            Code::TooMany,
            format!("{MOST_AT_ONCE} requests are being judged"),
            "the API server does what the webhook's failurePolicy says",
        ));
    };
    let body = read_body(body, LONGEST_REVIEW, REVIEW_TIME).await?;
    let judged = if body.len() > LONG {
        tokio::task::spawn_blocking(move || judge(&admit, &body))
            .await
            .map_err(|_| Problem::bad("the review could not be judged"))?
    } else {
        judge(&admit, &body)
    };
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
        Err(err) => Err(Problem::new(
            Code::BadRequest,
            err.to_string(),
            "send AdmissionReview of admission.k8s.io/v1 as JSON",
        )),
    }
}
