//! The part of an audit event that behaviour is learned from.

use std::borrow::Cow;

use catseye_event::audit::Text;
use catseye_event::{Event, audit::ActorKind};
use jiff::Timestamp;

/// One API call.
#[derive(Debug, Clone)]
pub struct Call<'e> {
    /// When it came in.
    pub time: Timestamp,
    /// Who called, as [`actor_name`] says.
    pub actor: Cow<'e, str>,
    /// What kind of actor that is.
    pub kind: ActorKind,
    /// The actor's groups, where the source tells them.
    pub groups: &'e [Text<'e>],
    /// The verb.
    pub verb: &'e str,
    /// The API group of the resource.
    pub api_group: &'e str,
    /// The plural resource; empty for calls that name none.
    pub resource: &'e str,
    /// The subresource.
    pub subresource: &'e str,
    /// The namespace.
    pub namespace: &'e str,
    /// The name of the object.
    pub name: &'e str,
    /// The path, for calls that name no resource.
    pub path: &'e str,
    /// The user agent.
    pub agent: &'e str,
    /// The address that the call says it came from.
    pub source: &'e str,
    /// Authentication or authorization refused it.
    pub refused: bool,
}

impl<'e> Call<'e> {
    /// The call of an event that was taken to have happened at `time`.
    pub fn of(event: &'e Event<'_>, time: Timestamp) -> Self {
        let object = event.object();
        let uri = event.request_uri();
        Call {
            time,
            actor: actor_name(event),
            kind: event.user().actor().kind(),
            groups: &event.user().groups,
            verb: event.verb(),
            api_group: event.api_group(),
            resource: event.resource(),
            subresource: event.subresource(),
            namespace: event.namespace(),
            // The name that the server chose would need the body; a profile can do without it.
            name: object.map_or("", |object| object.name.as_str()),
            path: uri.split_once('?').map_or(uri, |(path, _)| path),
            agent: event.user_agent(),
            source: event.claimed_ip().unwrap_or_default(),
            refused: event.is_forbidden() || event.code() == Some(401),
        }
    }
}

/// Who is held to account for an event: whoever authenticated, even where they acted as somebody else,
/// and where a cloud maps many people to one user name, the person behind it.
pub fn actor_name<'e>(event: &'e Event<'_>) -> Cow<'e, str> {
    let user = event.user();
    match user.actor().kind() {
        ActorKind::Anonymous => Cow::Borrowed("system:anonymous"),
        ActorKind::Human => match user.cloud_identity() {
            Some(cloud) => {
                let person = cloud.session.unwrap_or(cloud.principal);
                Cow::Owned(format!("{} ({person})", user.username))
            }
            None => without_run_numbers(&user.username),
        },
        ActorKind::ServiceAccount | ActorKind::Node | ActorKind::Component => {
            Cow::Borrowed(user.username.as_str())
        }
    }
}

/// A user name of which a part is new with every run of a job is the same user: `ci-job-48213` and
/// `ci-job-48214` are `ci-job-#`.
pub(super) fn without_run_numbers(name: &str) -> Cow<'_, str> {
    let is_run_number = |part: &str| {
        let hex = part.bytes().all(|byte| byte.is_ascii_hexdigit());
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        (digits == part.len() && digits >= 4) || (hex && part.len() >= 8 && digits >= 2)
    };
    let separator = |c: char| matches!(c, '-' | '/' | ':' | '_' | '.');
    if !name.split(separator).any(is_run_number) {
        return Cow::Borrowed(name);
    }
    let mut text = String::with_capacity(name.len());
    for part in name.split_inclusive(separator) {
        let word = part.trim_end_matches(separator);
        if is_run_number(word) {
            text.push('#');
            text.push_str(part.get(word.len()..).unwrap_or_default());
        } else {
            text.push_str(part);
        }
    }
    Cow::Owned(text)
}

/// The letters that the API server and its controllers make random names from: no vowels, and nothing
/// that is easily taken for another.
fn is_random(part: &str) -> bool {
    part.bytes()
        .all(|byte| b"bcdfghjklmnpqrstvwxz2456789".contains(&byte))
}

/// The name of a pod or a set without what a controller appended to it: `cart` for
/// `cart-7d4b9c6f5-x2x9k`.
pub(super) fn stem(name: &str) -> &str {
    let Some((rest, last)) = name.rsplit_once('-') else {
        return name;
    };
    let number = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    if number {
        return rest;
    }
    if last.len() != 5 || !is_random(last) {
        return name;
    }
    match rest.rsplit_once('-') {
        Some((owner, hash)) if (6..=10).contains(&hash.len()) && is_random(hash) => owner,
        Some((owner, run)) if run.len() >= 8 && run.bytes().all(|byte| byte.is_ascii_digit()) => {
            owner
        }
        _ => rest,
    }
}

/// A program by name, major version and system: `kubectl 1 (darwin)`. Patch releases are no news.
pub(super) fn program(agent: &str, to: &mut String) {
    let first = agent.split(' ').next().unwrap_or_default();
    let (name, version) = first.split_once('/').unwrap_or((first, ""));
    to.push_str(if name.is_empty() { "no name" } else { name });
    let major: &str = version
        .trim_start_matches('v')
        .split(['.', '-', '+'])
        .next()
        .unwrap_or_default();
    if !major.is_empty() && major.bytes().all(|byte| byte.is_ascii_digit()) {
        to.push(' ');
        to.push_str(major);
    }
    if let Some((_, rest)) = agent.split_once('(') {
        let system: &str = rest.split(['/', ';', ')', ' ']).next().unwrap_or_default();
        if !system.is_empty() && system.len() <= 16 {
            to.push_str(" (");
            to.push_str(system);
            to.push(')');
        }
    }
}

/// The network of an address: /24 of IPv4, /48 of IPv6; an address that is none as it is.
pub(super) fn network(address: &str, to: &mut String) {
    use std::fmt::Write as _;
    use std::net::IpAddr;
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => {
            let [a, b, c, _] = ip.octets();
            let _ = write!(to, "{a}.{b}.{c}.0/24");
        }
        Ok(IpAddr::V6(ip)) => {
            let [a, b, c, ..] = ip.segments();
            let _ = write!(to, "{a:x}:{b:x}:{c:x}::/48");
        }
        Err(_) if address.is_empty() => to.push_str("nowhere"),
        Err(_) => to.push_str(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_loses_what_a_controller_appended() {
        for (name, expected) in [
            ("cart-7d4b9c6f5-x2x9k", "cart"),
            ("node-exporter-x2x9k", "node-exporter"),
            ("redis-0", "redis"),
            ("backup-29012345-x2x9k", "backup"),
            ("backup-29012345", "backup"),
            ("payment-gateway", "payment-gateway"),
            ("db", "db"),
            ("", ""),
        ] {
            assert_eq!(stem(name), expected, "{name}");
        }
    }

    #[test]
    fn a_user_of_many_runs_is_one_user() {
        assert_eq!(without_run_numbers("ci-job-48213"), "ci-job-#");
        assert_eq!(
            without_run_numbers("run/9f86d081884c/deploy"),
            "run/#/deploy"
        );
        assert_eq!(
            without_run_numbers("alice@corp.example"),
            "alice@corp.example"
        );
        assert_eq!(without_run_numbers("sre-2"), "sre-2");
    }

    #[test]
    fn a_patch_release_is_no_news_but_another_system_is() {
        let program = |agent: &str| {
            let mut text = String::new();
            super::program(agent, &mut text);
            text
        };
        let mac = program("kubectl/v1.36.1 (darwin/arm64) kubernetes/697807e");
        assert_eq!(mac, "kubectl 1 (darwin)");
        assert_eq!(
            program("kubectl/v1.36.3 (darwin/arm64) kubernetes/25dbd9c"),
            mac
        );
        assert_ne!(
            program("kubectl/v1.36.1 (linux/amd64) kubernetes/697807e"),
            mac
        );
        assert_eq!(program("curl/7.88.1"), "curl 7");
        assert_eq!(program(""), "no name");
    }

    #[test]
    fn an_address_becomes_its_network() {
        let network = |address: &str| {
            let mut text = String::new();
            super::network(address, &mut text);
            text
        };
        assert_eq!(network("10.80.1.11"), "10.80.1.0/24");
        assert_eq!(network("2001:db8:1:2::3"), "2001:db8:1::/48");
        assert_eq!(network("@"), "@");
        assert_eq!(network(""), "nowhere");
    }
}
