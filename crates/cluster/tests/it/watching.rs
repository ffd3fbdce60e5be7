//! The watch against a server that behaves as real ones do on bad days.

use std::time::Duration;

use catseye_cluster::watch::{Change, Options, Watch, watch};
use catseye_model::redact::RedactionKey;
use serde_json::json;
use tokio::time::timeout;

use crate::server::{Answer, Server, bookmark, event, failure, list, object};

const PODS: &str = "/api/v1/pods";
const WIDGETS: &str = "/apis/example.org/v1/widgets";

fn options() -> Options {
    Options {
        events: false,
        ..Options::default()
    }
}

fn begin(server: &Server, options: Options) -> Watch {
    watch(server.client(), RedactionKey::new([0; 32]), options)
}

/// The next changes in words. Time stands still but when nothing else can happen.
async fn changes(watch: &mut Watch, count: usize) -> Vec<String> {
    let mut told = Vec::new();
    while told.len() < count {
        let next = timeout(Duration::from_hours(3), watch.state.next()).await;
        let delta = next.unwrap_or_else(|_| panic!("only {told:?} was told"));
        told.push(format!("{:?}", delta.expect("the watch runs").change));
    }
    told
}

/// True when nothing more is told for a while.
async fn is_quiet(watch: &mut Watch) -> bool {
    timeout(Duration::from_secs(20), watch.state.next())
        .await
        .is_err()
}

#[tokio::test(start_paused = true)]
async fn objects_are_told_then_synced_then_changed_and_deleted() {
    let server = Server::of(&[("pods", "Pod")]);
    let lines = event("MODIFIED", &object("a", "1", "4"))
        + &event("ADDED", &object("c", "3", "5"))
        + &event("DELETED", &object("b", "2", "6"));
    server.answers(
        PODS,
        vec![
            list("3", &[object("a", "1", "1"), object("b", "2", "2")]),
            Answer::Hangs(lines),
        ],
    );
    let mut watch = begin(&server, options());
    assert_eq!(
        changes(&mut watch, 7).await,
        [
            "Upsert(pods shop/a)",
            "Upsert(pods shop/b)",
            "Synced(pods)",
            "Settled",
            "Upsert(pods shop/a)",
            "Upsert(pods shop/c)",
            "Delete(pods shop/b)",
        ]
    );
    let asked = server.asked(PODS);
    assert_eq!(asked[0].0, "/api/v1/pods?limit=500");
    assert!(
        asked[1].0.starts_with(
            "/api/v1/pods?watch=true&allowWatchBookmarks=true&resourceVersion=3&timeoutSeconds="
        ),
        "{asked:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_is_resumed_from_its_last_bookmark() {
    let server = Server::of(&[("pods", "Pod")]);
    server.answers(
        PODS,
        vec![
            list("3", &[object("a", "1", "1")]),
            Answer::Ends(bookmark("9")),
            Answer::Hangs(event("ADDED", &object("b", "2", "10"))),
        ],
    );
    let mut watch = begin(&server, options());
    assert_eq!(changes(&mut watch, 4).await[3], "Upsert(pods shop/b)");
    assert!(server.asked(PODS)[2].0.contains("resourceVersion=9&"));
    assert_eq!(watch.counters.counts().lists, 1);
}

/// What happened while the version was too old: `b` deleted, `c` created, `a` as it was, and `d`
/// deleted and created anew.
async fn is_repaired_after(expired: Answer) {
    let server = Server::of(&[("pods", "Pod")]);
    let before = [
        object("a", "1", "1"),
        object("b", "2", "2"),
        object("d", "4", "2"),
    ];
    let after = [
        object("a", "1", "1"),
        object("c", "3", "7"),
        object("d", "5", "8"),
    ];
    let later = event("DELETED", &object("c", "3", "20"));
    server.answers(
        PODS,
        vec![
            list("3", &before),
            expired,
            list("9", &after),
            Answer::Hangs(later),
        ],
    );
    let mut watch = begin(&server, options());
    let told = changes(&mut watch, 11).await;
    assert_eq!(
        told[5..],
        [
            "Upsert(pods shop/c)",
            "Delete(pods shop/d)",
            "Upsert(pods shop/d)",
            "Delete(pods shop/b)",
            "Synced(pods)",
            "Delete(pods shop/c)",
        ]
    );
    let counts = watch.counters.counts();
    assert_eq!((counts.expired, counts.repaired), (1, 3));
    assert!(server.asked(PODS)[3].0.contains("resourceVersion=9&"));
}

#[tokio::test(start_paused = true)]
async fn a_version_that_is_too_old_leads_to_a_list_and_the_difference_is_told() {
    is_repaired_after(Answer::Json(410, failure(410, "too old resource version"))).await;
}

#[tokio::test(start_paused = true)]
async fn a_version_that_grows_too_old_within_a_stream_does_too() {
    is_repaired_after(Answer::Ends(event("ERROR", &failure(410, "Expired")))).await;
}

#[tokio::test(start_paused = true)]
async fn half_a_line_is_a_broken_stream_and_nothing_is_lost_or_doubled() {
    let server = Server::of(&[("pods", "Pod")]);
    let whole = event("ADDED", &object("b", "2", "4"));
    let half = event("ADDED", &object("c", "3", "5"));
    let broken = whole + &half[..half.len() / 2];
    server.answers(
        PODS,
        vec![list("3", &[]), Answer::Ends(broken), Answer::Hangs(half)],
    );
    let mut watch = begin(&server, options());
    assert_eq!(
        changes(&mut watch, 4).await[2..],
        ["Upsert(pods shop/b)", "Upsert(pods shop/c)"]
    );
    assert!(server.asked(PODS)[2].0.contains("resourceVersion=4&"));
    assert!(is_quiet(&mut watch).await);
}

#[tokio::test(start_paused = true)]
async fn an_overloaded_server_is_left_alone_as_long_as_it_asks() {
    let server = Server::of(&[("pods", "Pod")]);
    server.answers(
        PODS,
        vec![
            Answer::Later(429, 7),
            list("3", &[]),
            Answer::Later(429, 9),
            Answer::Hangs(event("ADDED", &object("b", "2", "4"))),
        ],
    );
    let mut watch = begin(&server, options());
    assert_eq!(
        changes(&mut watch, 3).await,
        ["Synced(pods)", "Settled", "Upsert(pods shop/b)"]
    );
    let asked = server.asked(PODS);
    assert!(
        asked[1].1 >= asked[0].1 + Duration::from_secs(7),
        "{asked:?}"
    );
    assert!(
        asked[3].1 >= asked[2].1 + Duration::from_secs(9),
        "{asked:?}"
    );
    assert!(asked[3].1 < Duration::from_secs(25), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn what_we_may_not_see_is_a_gap_at_once_and_is_asked_for_seldom() {
    let server = Server::of(&[("pods", "Pod")]);
    let refusal = failure(403, "pods is forbidden");
    server.answers(
        PODS,
        vec![
            Answer::Json(403, refusal),
            list("3", &[object("a", "1", "1")]),
            Answer::Hangs(String::new()),
        ],
    );
    let mut watch = begin(&server, options());
    assert_eq!(
        changes(&mut watch, 5).await,
        [
            "Gap(pods Forbidden)",
            "Settled",
            "Upsert(pods shop/a)",
            "Recovered(pods)",
            "Synced(pods)"
        ]
    );
    let asked = server.asked(PODS);
    assert!(asked[1].1 >= Duration::from_mins(5), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn what_may_be_listed_and_not_watched_is_listed_again_and_said_to_be_late() {
    let server = Server::of(&[("pods", "Pod")]);
    let refusal = || Answer::Json(403, failure(403, "may not watch"));
    server.answers(
        PODS,
        vec![
            list("3", &[]),
            refusal(),
            list("5", &[object("a", "1", "4")]),
            refusal(),
        ],
    );
    let mut watch = begin(&server, options());
    assert_eq!(
        changes(&mut watch, 5).await,
        [
            "Synced(pods)",
            "Settled",
            "Gap(pods Forbidden)",
            "Upsert(pods shop/a)",
            "Synced(pods)"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_gone_for_a_minute_is_a_gap_and_its_stream_is_resumed() {
    let server = Server::of(&[("pods", "Pod")]);
    let mut script = vec![
        list("3", &[object("a", "1", "1")]),
        Answer::Ends(event("ADDED", &object("b", "2", "4"))),
    ];
    script.extend(std::iter::repeat_n(Answer::Broken, 7));
    script.push(Answer::Hangs(event("ADDED", &object("c", "3", "5"))));
    server.answers(PODS, script);
    let mut watch = begin(&server, options());
    assert_eq!(
        changes(&mut watch, 7).await[3..],
        [
            "Upsert(pods shop/b)",
            "Gap(pods Failed)",
            "Recovered(pods)",
            "Upsert(pods shop/c)"
        ]
    );
    let asked = server.asked(PODS);
    assert!(asked.len() == 10, "one request a wait: {asked:?}");
    assert!(asked[9].0.contains("resourceVersion=4&"), "{asked:?}");
    assert_eq!(watch.counters.counts().lists, 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_falls_silent_after_bookmarks_is_opened_anew() {
    let server = Server::of(&[("pods", "Pod")]);
    server.answers(
        PODS,
        vec![
            list("3", &[]),
            Answer::Hangs(bookmark("6")),
            Answer::Hangs(event("ADDED", &object("b", "2", "7"))),
        ],
    );
    let mut watch = begin(&server, options());
    assert_eq!(changes(&mut watch, 3).await[2], "Upsert(pods shop/b)");
    let asked = server.asked(PODS);
    assert!(asked[2].0.contains("resourceVersion=6&"), "{asked:?}");
    assert!(asked[2].1 < Duration::from_mins(3), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn a_version_that_is_never_reached_is_given_up_for_a_list() {
    let server = Server::of(&[("pods", "Pod")]);
    let mut script = vec![list("900", &[object("a", "1", "800")])];
    // What servers answer whose etcd was restored from an older backup.
    let future = || Answer::Json(504, failure(504, "Too large resource version: 900"));
    script.extend(std::iter::repeat_with(future).take(5));
    script.push(list("12", &[object("a", "1", "11")]));
    script.push(Answer::Hangs(String::new()));
    server.answers(PODS, script);
    let mut watch = begin(&server, options());
    assert_eq!(
        changes(&mut watch, 5).await,
        [
            "Upsert(pods shop/a)",
            "Synced(pods)",
            "Settled",
            "Upsert(pods shop/a)",
            "Synced(pods)"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn values_of_secrets_are_gone_before_anyone_sees_them() {
    let server = Server::of(&[("secrets", "Secret")]);
    let secret = |version: &str| {
        let mut secret = object("s", "1", version);
        secret["data"] = json!({"password": "aHVudGVyMg=="});
        secret
    };
    let lines = event("MODIFIED", &secret("4")) + &event("DELETED", &secret("5"));
    server.answers(
        "/api/v1/secrets",
        vec![list("3", &[secret("1")]), Answer::Hangs(lines)],
    );
    let mut watch = begin(&server, options());
    let mut seen = 0;
    while seen < 3 {
        let delta = watch.state.next().await.expect("the watch runs");
        let object = match delta.change {
            Change::Upsert { object, .. } => object,
            Change::Delete { last, .. } => last.expect("its last state"),
            _ => continue,
        };
        seen += 1;
        let value = object["data"]["password"].as_str().unwrap_or_default();
        assert!(value.starts_with("redacted:7:"), "{value}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_slows_the_watch_and_loses_nothing() {
    let server = Server::of(&[("pods", "Pod")]);
    let first: Vec<_> = (0..40)
        .map(|number| object(&format!("a{number:02}"), &format!("u{number}"), "1"))
        .collect();
    let lines: String = (0..40)
        .map(|number| {
            let pod = object(
                &format!("b{number:02}"),
                &format!("v{number}"),
                &format!("{}", 10 + number),
            );
            event("ADDED", &pod)
        })
        .collect();
    server.answers(PODS, vec![list("3", &first), Answer::Hangs(lines)]);
    let options = Options {
        capacity: 1,
        ..options()
    };
    let mut watch = begin(&server, options);
    let mut names = 0;
    while names < 80 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(watch.state.waiting() <= 1);
        let delta = watch.state.next().await.expect("the watch runs");
        names += usize::from(matches!(delta.change, Change::Upsert { .. }));
    }
    assert_eq!(watch.counters.counts().lists, 1);
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_is_defined_later_is_followed_and_one_that_is_gone_is_told_so() {
    let server = Server::of(&[("pods", "Pod")]);
    server.answers(PODS, vec![list("3", &[]), Answer::Hangs(String::new())]);
    server.answers(
        WIDGETS,
        vec![
            list("5", &[object("w", "1", "4")]),
            Answer::Hangs(String::new()),
            // What the supervisor asks when discovery no longer names the kind.
            Answer::Json(503, failure(503, "the extension server is down")),
            Answer::Json(404, failure(404, "not found")),
        ],
    );
    let options = Options {
        rediscover: Duration::from_secs(20),
        ..options()
    };
    let mut watch = begin(&server, options);
    assert_eq!(changes(&mut watch, 2).await, ["Synced(pods)", "Settled"]);
    server.serves(&[("pods", "Pod"), ("widgets.example.org", "Widget")]);
    assert_eq!(
        changes(&mut watch, 2).await,
        [
            "Upsert(widgets.example.org shop/w)",
            "Synced(widgets.example.org)"
        ]
    );
    // A group without its extension server is not told by discovery: only 404 means gone.
    server.serves(&[("pods", "Pod")]);
    assert_eq!(
        changes(&mut watch, 2).await,
        [
            "Delete(widgets.example.org shop/w)",
            "Removed(widgets.example.org)"
        ]
    );
    assert_eq!(server.asked(WIDGETS).len(), 4);
}

#[tokio::test(start_paused = true)]
async fn events_are_a_stream_of_their_own_and_are_never_told_as_deleted() {
    let server = Server::of(&[("pods", "Pod")]);
    server.answers(PODS, vec![list("3", &[]), Answer::Hangs(String::new())]);
    let lines =
        event("DELETED", &object("e1", "1", "6")) + &event("ADDED", &object("e2", "2", "7"));
    server.answers(
        "/api/v1/events",
        vec![list("5", &[object("e1", "1", "4")]), Answer::Hangs(lines)],
    );
    let mut watch = begin(&server, Options::default());
    let mut told = Vec::new();
    while told.len() < 3 {
        let delta = watch.events.next().await.expect("the watch runs");
        told.push(format!("{:?}", delta.change));
    }
    assert_eq!(
        told,
        [
            "Upsert(events shop/e1)",
            "Synced(events)",
            "Upsert(events shop/e2)"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_does_not_answer_is_a_gap_of_the_whole_discovery() {
    let server = Server::default();
    server.answers("/version", std::iter::repeat_n(Answer::Broken, 8).collect());
    let mut watch = begin(&server, options());
    assert_eq!(changes(&mut watch, 1).await, ["Gap(discovery Failed)"]);
}

#[tokio::test(start_paused = true)]
async fn the_watch_ends_when_it_is_dropped() {
    let server = Server::of(&[("pods", "Pod")]);
    server.answers(PODS, vec![list("3", &[]), Answer::Hangs(String::new())]);
    let mut watch = begin(&server, options());
    changes(&mut watch, 2).await;
    let Watch {
        mut state, running, ..
    } = watch;
    drop(running);
    assert!(state.next().await.is_none());
}
