//! `/session`: a token becomes a cookie, which a page's scripts cannot read.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};

use super::contract::problem::Problem;
use super::contract::session::{Login, SignedIn};
use super::dispatch::{admit, read_json};
use super::operation::Permission;
use super::routes::read;
use crate::auth::{COOKIE, Token, User, check_host, cookie};
use crate::edge::Edge;

/// How long the browser keeps the cookie, in seconds.
const KEPT: u32 = 12 * 3600;

/// Who is asking.
pub(super) async fn get(State(edge): State<Edge>, headers: HeaderMap) -> Response {
    let answer = async {
        let user = admit(&edge, Permission::Known, &headers, &http::Method::GET).await?;
        describe(&edge, user).await
    };
    shown(answer.await)
}

/// Exchanges a token for a cookie.
pub(super) async fn open(State(edge): State<Edge>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let answer = async {
        if edge.guard.is_local() {
            check_host(&parts.headers)?;
        }
        // A JSON body cannot be sent from another site without asking first, so no page can log
        // its visitors in as somebody else.
        let login: Login = read(&read_json(&parts.headers, body).await?)?;
        start(&edge, &login.token).await
    };
    match answer.await {
        Ok((cookie, session)) => {
            let mut response = shown(Ok(session));
            response.headers_mut().insert(header::SET_COOKIE, cookie);
            response
        }
        Err(problem) => {
            edge.metrics.refused_login();
            problem.into_response()
        }
    }
}

/// Opens a session: the `Set-Cookie` header, and who it is.
pub(crate) async fn start(edge: &Edge, token: &str) -> Result<(HeaderValue, SignedIn), Problem> {
    let token =
        Token::from_client(token.trim()).ok_or_else(|| Problem::bad("this cannot be a token"))?;
    let user = edge.guard.owner(&token).await?;
    let session = describe(edge, user).await?;
    let id = edge
        .guard
        .sessions
        .open(token)
        .map_err(|err| Problem::internal("make a session", &err))?;
    let secure = if edge.encrypted { "; Secure" } else { "" };
    let cookie = format!(
        "{COOKIE}={}; HttpOnly; SameSite=Strict; Path=/; Max-Age={KEPT}{secure}",
        id.reveal()
    );
    let cookie =
        HeaderValue::try_from(cookie).map_err(|err| Problem::internal("write a cookie", &err))?;
    Ok((cookie, session))
}

/// Ends the session of the cookie.
pub(super) async fn close(State(edge): State<Edge>, headers: HeaderMap) -> Response {
    let answer = async {
        let user = admit(&edge, Permission::Known, &headers, &http::Method::DELETE).await?;
        if let Some(id) = cookie(&headers) {
            edge.guard.sessions.close(&id);
        }
        describe(&edge, user).await
    };
    let mut response = shown(answer.await);
    if let Ok(gone) = HeaderValue::try_from(format!("{COOKIE}=; HttpOnly; Path=/; Max-Age=0")) {
        response.headers_mut().insert(header::SET_COOKIE, gone);
    }
    response
}

async fn describe(edge: &Edge, user: User) -> Result<SignedIn, Problem> {
    let abilities = [
        ("get", Permission::View),
        ("act", Permission::Act),
        ("events", Permission::Events),
        ("settings", Permission::Settings),
    ];
    let mut may = Vec::new();
    for (word, permission) in abilities {
        if edge.guard.allows(&user, permission).await? {
            may.push(word.to_owned());
        }
    }
    Ok(SignedIn {
        user: user.username,
        groups: user.groups,
        may,
        known_by: edge.guard.known_by().to_owned(),
    })
}

fn shown(answer: Result<SignedIn, Problem>) -> Response {
    match answer {
        Ok(session) => {
            let mut response = axum::Json(session).into_response();
            let headers = response.headers_mut();
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(problem) => problem.into_response(),
    }
}
