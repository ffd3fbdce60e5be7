//! Reviews: what is asked, and what counts as yes.

use catseye_cluster::review::{self, Attributes, User};
use serde_json::json;

use crate::server::{Answer, Server};

const TOKENS: &str = "/apis/authentication.k8s.io/v1/tokenreviews";
const ACCESS: &str = "/apis/authorization.k8s.io/v1/subjectaccessreviews";

async fn user_of(status: serde_json::Value, audiences: &[&str]) -> Option<User> {
    let server = Server::default();
    server.answers(TOKENS, vec![Answer::Json(201, json!({"status": status}))]);
    review::token(&server.client(), "secret", audiences)
        .await
        .expect("an answer")
}

#[tokio::test]
async fn a_token_is_its_users_when_the_server_says_so_and_for_this_audience_only() {
    let alice = json!({"username": "alice", "groups": ["ops"], "extra": {"k": ["v"]}});
    let yes = json!({"authenticated": true, "user": alice, "audiences": ["catseye"]});
    let user = user_of(yes.clone(), &["catseye"]).await.expect("a user");
    assert_eq!(
        (user.username.as_str(), user.groups.as_slice()),
        ("alice", ["ops".to_owned()].as_slice())
    );
    assert_eq!(user_of(yes, &["other"]).await, None);
    let for_the_server = json!({"authenticated": true, "user": alice});
    assert_eq!(user_of(for_the_server.clone(), &["catseye"]).await, None);
    assert!(user_of(for_the_server, &[]).await.is_some());
    assert_eq!(user_of(json!({"error": "expired"}), &[]).await, None);
}

#[tokio::test]
async fn a_denial_outweighs_an_allowance() {
    for (status, allowed) in [
        (json!({"allowed": true, "reason": "by a role"}), true),
        (json!({"allowed": false}), false),
        (json!({"allowed": true, "denied": true}), false),
    ] {
        let server = Server::default();
        server.answers(ACCESS, vec![Answer::Json(201, json!({"status": status}))]);
        let path = Attributes::NonResource {
            verb: "get".to_owned(),
            path: "/metrics".to_owned(),
        };
        let decision = review::access(&server.client(), &User::default(), &path).await;
        assert_eq!(decision.expect("an answer").allowed, allowed);
    }
}

#[tokio::test]
async fn a_refusal_to_review_is_an_error_and_no_answer() {
    let server = Server::default();
    let refusal = crate::server::failure(403, "may not create tokenreviews");
    server.answers(TOKENS, vec![Answer::Json(403, refusal)]);
    let err = review::token(&server.client(), "secret", &[])
        .await
        .expect_err("refused");
    assert!(err.is_forbidden());
    assert_eq!(err.message(), "may not create tokenreviews");
}
