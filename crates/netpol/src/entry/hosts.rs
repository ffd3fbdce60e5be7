//! Host names with wildcards, as routes and gateways compare them.

/// True when some host name fits both; an empty pattern or `*` fits all, `*.x` fits names below `x`.
pub fn overlap(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim_end_matches('.'), b.trim_end_matches('.'));
    match (wildcard(a), wildcard(b)) {
        (None, None) => a.eq_ignore_ascii_case(b),
        (Some(suffix), None) => is_below(b, suffix),
        (None, Some(suffix)) => is_below(a, suffix),
        (Some(a), Some(b)) => a == b || is_below(a, b) || is_below(b, a),
    }
}

/// What follows the `*.` of a wildcard; empty for one that fits all.
fn wildcard(pattern: &str) -> Option<&str> {
    if pattern.is_empty() || pattern == "*" {
        return Some("");
    }
    pattern.strip_prefix("*.")
}

fn is_below(name: &str, suffix: &str) -> bool {
    suffix.is_empty()
        || name
            .strip_suffix(suffix)
            .is_some_and(|rest| rest.ends_with('.'))
}

/// The Service that a host name inside the cluster names: its name and namespace. `default` is the
/// namespace of a name without dots.
pub fn service_of<'a>(host: &'a str, default: &'a str) -> Option<(&'a str, &'a str)> {
    let host = host.trim_end_matches('.');
    let mut labels = host.split('.');
    let name = labels
        .next()
        .filter(|name| !name.is_empty() && *name != "*")?;
    let Some(namespace) = labels.next() else {
        return Some((name, default));
    };
    match labels.next() {
        None | Some("svc") => Some((name, namespace)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_overlap() {
        for (a, b, expected) in [
            ("a.example.com", "a.example.com", true),
            ("*", "a.example.com", true),
            ("", "*.example.com", true),
            ("*.example.com", "a.b.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "*.b.example.com", true),
            ("*.example.com", "badexample.com", false),
            ("a.example.com", "b.example.com", false),
        ] {
            assert_eq!(overlap(a, b), expected, "{a} {b}");
            assert_eq!(overlap(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn hosts_of_services() {
        assert_eq!(service_of("web", "shop"), Some(("web", "shop")));
        assert_eq!(service_of("web.bank", "shop"), Some(("web", "bank")));
        assert_eq!(
            service_of("web.bank.svc.cluster.local", "shop"),
            Some(("web", "bank"))
        );
        assert_eq!(service_of("www.example.com", "shop"), None);
        assert_eq!(service_of("*", "shop"), None);
    }
}
