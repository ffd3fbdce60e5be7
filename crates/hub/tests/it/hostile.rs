//! Requests that nobody friendly sends get a clear refusal.

use std::time::Duration;

use axum::body::Body;
use catseye_hub::auth::Token;
use catseye_hub::serve::{ServeConfig, ServeError, serve};
use http::{Request, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::asked::{TOKEN, get, plain, request, send, shop};

fn bare(method: &str, path: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost")
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_good_token_nothing_is_told() {
    let router = plain();
    for operation in catseye_hub::api::operations() {
        if operation.id == "logIn" {
            continue;
        }
        let path = format!("/api/v1{}", operation.path.replace(['{', '}'], ""));
        let method = format!("{:?}", operation.method).to_uppercase();
        for header in [
            None,
            Some("Bearer wrong"),
            Some("Basic dTpw"),
            Some("Bearer "),
        ] {
            let mut request = bare(&method, &path).header("content-type", "application/json");
            if let Some(header) = header {
                request = request.header("authorization", header);
            }
            let answer = send(&router, request.body(Body::from("{}")).unwrap()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path} {header:?}");
            assert_eq!(answer.code(), "not-authenticated");
            assert_eq!(
                answer.header("www-authenticate"),
                "Bearer realm=\"catseye\""
            );
        }
    }
    let login = bare("POST", "/api/v1/session").header("content-type", "application/json");
    let answer = send(
        &router,
        login.body(Body::from("{\"token\":\"wrong\"}")).unwrap(),
    )
    .await;
    assert_eq!(answer.code(), "not-authenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_reads_by_cookie_and_writes_only_from_its_own_page() {
    let router = plain();
    let login = bare("POST", "/api/v1/session").header("content-type", "application/json");
    let body = json!({"token": TOKEN}).to_string();
    let answer = send(&router, login.body(Body::from(body)).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK);
    let cookie = answer.header("set-cookie").to_owned();
    assert!(
        cookie.contains("HttpOnly; SameSite=Strict; Path=/"),
        "{cookie}"
    );
    assert!(!cookie.contains(TOKEN));
    let pair = cookie.split(';').next().unwrap().to_owned();
    let read = bare("GET", "/api/v1/session").header("cookie", &pair);
    assert_eq!(
        send(&router, read.body(Body::empty()).unwrap())
            .await
            .json()["user"],
        "local"
    );
    let write = |headers: &[(&str, &str)]| {
        let mut request = bare("POST", "/api/v1/paths/what-if")
            .header("cookie", &pair)
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::from("{}")).unwrap()
    };
    assert_eq!(send(&router, write(&[])).await.code(), "cross-site");
    let foreign = [("x-catseye", "1"), ("origin", "https://evil.example")];
    assert_eq!(send(&router, write(&foreign)).await.code(), "cross-site");
    let own = [("x-catseye", "1"), ("origin", "http://localhost")];
    assert_eq!(send(&router, write(&own)).await.status, StatusCode::OK);
    let mut close = bare("DELETE", "/api/v1/session").header("cookie", &pair);
    close = close.header("x-catseye", "1");
    assert_eq!(
        send(&router, close.body(Body::empty()).unwrap())
            .await
            .status,
        StatusCode::OK
    );
    let read = bare("GET", "/api/v1/session").header("cookie", &pair);
    assert_eq!(
        send(&router, read.body(Body::empty()).unwrap())
            .await
            .code(),
        "not-authenticated"
    );
    for site in ["cross-site", "same-site"] {
        let link = bare("GET", &format!("/?token={TOKEN}")).header("sec-fetch-site", site);
        let answer = send(&router, link.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.code(), "cross-site", "{site}");
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    let link = bare("GET", &format!("/?token={TOKEN}"))
        .body(Body::empty())
        .unwrap();
    let answer = send(&router, link).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_requests_say_what_is_wrong() {
    let router = plain();
    for (path, code) in [
        ("/api/v1/findings?sevrity=high", "bad-request"),
        ("/api/v1/findings?severity=awful", "bad-request"),
        ("/api/v1/findings?limit=0", "bad-request"),
        ("/api/v1/findings?limit=99999999999999", "bad-request"),
        ("/api/v1/findings?cursor=%00", "bad-cursor"),
        ("/api/v1/incidents?at=yesterday", "bad-request"),
        ("/api/v1/posture?at=2999-01-01T00:00:00Z", "bad-request"),
        ("/api/v1/incidents/INC-00000000", "not-found"),
        ("/api/v1/checks/%2e%2e%2f", "not-found"),
        ("/api/v1/nothing", "not-found"),
        ("/api/v2/incidents", "not-found"),
        ("/../../etc/passwd", "not-found"),
        ("/assets/..%2f..%2fCargo.toml", "not-found"),
        ("/assets/%2e%2e/index.js", "not-found"),
        ("/events.js%00", "not-found"),
    ] {
        assert_eq!(get(&router, path).await.code(), code, "{path}");
    }
    let misspelt = get(&router, "/api/v1/findings?sevrity=high").await.json();
    assert!(
        misspelt["detail"].as_str().unwrap().contains("severity"),
        "{misspelt}"
    );
    assert_eq!(
        get(&router, &format!("/?{}", "x".repeat(9000)))
            .await
            .code(),
        "too-long"
    );
    let post = |body: &'static str, kind: &str| {
        let mut request = request("POST", "/api/v1/network/simulate", None);
        request
            .headers_mut()
            .insert("content-type", kind.parse().unwrap());
        *request.body_mut() = Body::from(body);
        request
    };
    assert_eq!(
        send(&router, post("{", "application/json")).await.code(),
        "bad-request"
    );
    assert_eq!(
        send(&router, post("{\"policies\":1}", "application/json"))
            .await
            .code(),
        "bad-request"
    );
    assert_eq!(
        send(&router, post("{\"other\":1}", "application/json"))
            .await
            .code(),
        "bad-request"
    );
    assert_eq!(
        send(&router, post("{}", "text/plain")).await.code(),
        "wrong-type"
    );
    let mut large = request("POST", "/api/v1/network/simulate", Some(&json!({})));
    *large.body_mut() = Body::from("x".repeat(2 << 20));
    assert_eq!(send(&router, large).await.code(), "too-large");
    let deleted = send(&router, request("DELETE", "/api/v1/incidents", None)).await;
    assert_eq!(deleted.code(), "method-not-allowed");
    let elsewhere = Request::builder()
        .uri("/api/v1/health")
        .header("host", "evil.example");
    let elsewhere = elsewhere.header("authorization", format!("Bearer {TOKEN}"));
    let answer = send(&router, elsewhere.body(Body::empty()).unwrap()).await;
    assert_eq!(
        answer.code(),
        "cross-site",
        "a name that resolves to loopback"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_headers_that_protect_a_browser() {
    let router = plain();
    for path in [
        "/",
        "/api/v1/health",
        "/api/v1/nothing",
        "/healthz",
        "/nothing.js",
    ] {
        let answer = get(&router, path).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
            "{path}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_loopback_a_printed_token_is_refused() {
    let listen = "0.0.0.0:0".parse().unwrap();
    let config = ServeConfig::local(listen, Token::known(TOKEN));
    let err = serve(shop().0.clone(), config).await.unwrap_err();
    assert!(matches!(err, ServeError::NotLoopback(_)), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_client_and_too_many_clients_do_not_hold_others_up() {
    let mut config = ServeConfig::local("127.0.0.1:0".parse().unwrap(), Token::known(TOKEN));
    config.most_connections = 4;
    let running = serve(shop().0.clone(), config).await.unwrap();
    let address = running.address();
    // Three begin a request and never end it.
    let mut slow = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: loc")
            .await
            .unwrap();
        slow.push(stream);
    }
    let ask = async || {
        let mut stream = TcpStream::connect(address).await?;
        let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = tokio::time::timeout(Duration::from_secs(5), ask())
        .await
        .unwrap()
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // One more beyond the four is turned away at once.
    let mut fourth = TcpStream::connect(address).await.unwrap();
    fourth.write_all(b"GET /").await.unwrap();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
    loop {
        let refused = tokio::time::timeout(Duration::from_secs(2), ask()).await;
        if refused.is_ok_and(|answer| answer.is_err() || answer.is_ok_and(|text| text.is_empty())) {
            break;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "nobody is turned away"
        );
    }
    drop((slow, fourth));
    running.end().await;
}
