//! Whom a container talks to.

mod call_rate_change;
mod denied_by_policy;
mod dns_tunnel;
mod failing_external_calls;
mod generated_names;
mod listed_address;
mod listed_domain;
mod mining_pool;
mod new_listening_port;
mod port_scan;
mod tool_calls_out;

use super::config::Config;
use super::rule::Rule;

/// The rules of this area, by id.
pub(super) static RULES: &[&Rule] = &[
    &listed_address::RULE,
    &listed_domain::RULE,
    &mining_pool::RULE,
    &new_listening_port::RULE,
    &tool_calls_out::RULE,
    &dns_tunnel::RULE,
    &generated_names::RULE,
    &port_scan::RULE,
    &failing_external_calls::RULE,
    &call_rate_change::RULE,
    &denied_by_policy::RULE,
];

/// True for names that nobody outside can own: those of the cluster, with whatever search domains make of
/// other names, and those of private networks. Only the end of a name tells; what stands before it is
/// anybody's choice.
pub(super) fn is_of_the_cluster(name: &str, config: &Config) -> bool {
    [
        "cluster.local",
        "svc",
        "internal",
        "local",
        "in-addr.arpa",
        "ip6.arpa",
    ]
    .into_iter()
    .chain(config.cluster_domains.iter().map(String::as_str))
    .any(|domain| is_below(name, domain))
        || !name.contains('.')
}

fn is_below(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The domain that somebody has registered: the last two labels, or three where the last two are
/// everybody's (`co.uk`).
pub(super) fn registered(name: &str) -> &str {
    let dots: Vec<usize> = name.rmatch_indices('.').map(|(place, _)| place).collect();
    let labels = |count: usize| {
        let start = dots.get(count - 1).map_or(0, |place| place + 1);
        name.get(start..).unwrap_or(name)
    };
    let two = labels(2);
    let second = two.split('.').next().unwrap_or_default();
    let last = two.rsplit('.').next().unwrap_or_default();
    let shared =
        last.len() == 2 && matches!(second, "co" | "com" | "org" | "net" | "gov" | "ac" | "edu");
    if shared { labels(3) } else { two }
}

/// True for text that carries data: long labels of few kinds of signs, without words.
pub(super) fn looks_encoded(below: &str) -> bool {
    below
        .split('.')
        .any(|label| label.len() >= 24 && looks_random(label))
}

/// True for a label that no person made up: digits among letters, or letters that no word has so.
pub(super) fn looks_random(label: &str) -> bool {
    let letters = label.bytes().filter(u8::is_ascii_alphabetic).count();
    if letters == 0 {
        return false;
    }
    let vowels = label.bytes().filter(|it| b"aeiouy".contains(it)).count();
    let changes = label
        .as_bytes()
        .windows(2)
        .filter(|pair| {
            pair[0].is_ascii_digit() != pair[1].is_ascii_digit()
                && pair[0] != b'-'
                && pair[1] != b'-'
        })
        .count();
    // A word has a vowel among three letters, and a number at one of its ends.
    4 * vowels < letters || changes >= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registered_domain_is_what_somebody_owns() {
        for (name, expected) in [
            ("a.b.example.com", "example.com"),
            ("a.example.co.uk", "example.co.uk"),
            ("example.com", "example.com"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(registered(name), expected);
        }
    }

    #[test]
    fn only_the_end_of_a_name_says_whose_it_is() {
        let config = Config {
            cluster_domains: vec!["k8s.corp.example".to_owned()],
            ..Config::default()
        };
        for (name, expected) in [
            ("web.shop.svc.cluster.local", true),
            ("web.shop.svc", true),
            ("api.example.com.shop.svc.k8s.corp.example", true),
            ("k8s.corp.example", true),
            ("c2VjcmV0.svc.evil.example", false),
            ("evilk8s.corp.example", false),
            ("localhost", true),
        ] {
            assert_eq!(is_of_the_cluster(name, &config), expected, "{name}");
        }
    }

    #[test]
    fn words_are_told_from_what_a_program_made_up() {
        for (label, expected) in [
            ("kubernetes", false),
            ("myaccountservice", false),
            ("prod-eu-west-1", false),
            ("xq7zkvw3tjr9p", true),
            ("a9f3c1e7b2d4a6f8091b3c5d7e9f", true),
            ("12345", false),
        ] {
            assert_eq!(looks_random(label), expected, "{label}");
        }
    }
}
