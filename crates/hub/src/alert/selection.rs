//! Which alerts a sink is meant to hear.

use catseye_policy::glob::matches;
use catseye_report::alert::{Alert, Reason, Subject};

use super::config::AlertConfig;

/// True when the sink is meant to hear the alert.
pub(super) fn selects(config: &AlertConfig, alert: &Alert) -> bool {
    // Somebody wants to see whether it arrives.
    if alert.reason == Reason::Test {
        return true;
    }
    let subjects = |field: fn(&Subject) -> &str| alert.subjects.iter().map(field);
    alert.severity >= config.minimum
        && config.on.contains(&alert.reason)
        && any(&config.namespaces, subjects(|subject| &subject.namespace))
        && any(&config.kinds, subjects(|subject| &subject.kind))
        && any(&config.owners, alert.owner.iter().map(String::as_str))
        && any(&config.sources, alert.sources.iter().map(String::as_str))
}

/// True when one of the values is wanted. Patterns with `!` take values out; only such patterns want
/// all others.
fn any<'a>(patterns: &[String], values: impl Iterator<Item = &'a str>) -> bool {
    if patterns.is_empty() {
        return true;
    }
    let (refused, wanted): (Vec<&str>, Vec<&str>) =
        (patterns.iter().map(String::as_str)).partition(|pattern| pattern.starts_with('!'));
    let is_wanted = |value: &str| {
        let is_refused = refused.iter().any(|pattern| matches(&pattern[1..], value));
        let is_named = wanted.iter().any(|pattern| matches(pattern, value));
        !is_refused && (is_named || wanted.is_empty())
    };
    let mut values = values.peekable();
    // Nothing to judge by: only a sink that merely leaves some out hears it.
    if values.peek().is_none() {
        return wanted.is_empty();
    }
    values.any(is_wanted)
}

#[cfg(test)]
mod tests {
    use super::any;

    #[test]
    fn patterns_want_and_refuse() {
        for (patterns, values, expected) in [
            (vec![], vec![], true),
            (vec!["shop"], vec!["shop"], true),
            (vec!["shop*"], vec!["bank", "shop-eu"], true),
            (vec!["shop"], vec![], false),
            (vec!["!kube-*"], vec!["kube-system"], false),
            (vec!["!kube-*"], vec!["shop"], true),
            (vec!["!kube-*"], vec![], true),
            (vec!["*", "!kube-*"], vec!["kube-system"], false),
            (vec!["*", "!kube-*"], vec!["kube-system", "shop"], true),
        ] {
            let patterns: Vec<String> = patterns.into_iter().map(str::to_owned).collect();
            assert_eq!(
                any(&patterns, values.iter().copied()),
                expected,
                "{patterns:?} {values:?}"
            );
        }
    }
}
