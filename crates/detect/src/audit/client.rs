//! What a user agent says about the program that called. A client chooses it, so it accuses and never
//! excuses.

use std::collections::HashMap;

/// Programs that people script with; clients built for Kubernetes name themselves.
const SCRIPTS: [&str; 15] = [
    "curl/",
    "wget/",
    "python-requests/",
    "python-urllib",
    "python/",
    "aiohttp/",
    "httpx/",
    "go-http-client/",
    "libwww-perl/",
    "java/",
    "okhttp/",
    "node-fetch",
    "axios/",
    "guzzlehttp/",
    "ruby",
];

/// How many user agents are remembered.
const MOST: usize = 2048;
/// A longer user agent is looked at each time.
const LONGEST: usize = 512;

/// What a user agent gives away, found once and not with every call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, and no states"
)]
pub(crate) struct Marks {
    /// It names a tool for attacks.
    pub(crate) tool: bool,
    /// It names a distribution made for attacks.
    pub(crate) distribution: bool,
    /// A general HTTP client.
    pub(crate) script: bool,
    /// kubectl or one of its plugins.
    pub(crate) kubectl: bool,
}

impl Marks {
    fn of(user_agent: &str) -> Self {
        Marks {
            tool: super::access::attack_tool::named_in(user_agent).is_some(),
            distribution: super::access::offensive_distribution::named_in(user_agent).is_some(),
            script: is_script(user_agent),
            kubectl: is_kubectl(user_agent),
        }
    }
}

/// The marks of the user agents that were seen: a cluster has few, and each makes many calls.
#[derive(Debug, Default)]
pub(super) struct Clients {
    known: HashMap<Box<str>, Marks, foldhash::fast::RandomState>,
}

impl Clients {
    pub(super) fn marks(&mut self, user_agent: &str) -> Marks {
        if let Some(marks) = self.known.get(user_agent) {
            return *marks;
        }
        let marks = Marks::of(user_agent);
        if user_agent.len() <= LONGEST {
            // Whoever invents a new name for each call pays for it alone.
            if self.known.len() >= MOST {
                self.known.clear();
            }
            self.known.insert(user_agent.into(), marks);
        }
        marks
    }
}

/// True for a general HTTP client.
pub(crate) fn is_script(user_agent: &str) -> bool {
    let agent = user_agent.to_ascii_lowercase();
    SCRIPTS.iter().any(|script| agent.starts_with(script))
}

/// True for kubectl and its plugins.
pub(crate) fn is_kubectl(user_agent: &str) -> bool {
    let program = user_agent.split('/').next().unwrap_or_default();
    program == "kubectl" || program.starts_with("kubectl-") || program == "oc"
}

/// The family of a user agent: the program without version and system.
pub(crate) fn family(user_agent: &str) -> &str {
    user_agent.split(['/', ' ']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_told_by_their_names() {
        assert!(is_script("curl/8.5.0"));
        assert!(is_script("Python-urllib/3.11"));
        assert!(!is_script("kubectl/v1.36.3 (linux/amd64)"));
        assert!(is_kubectl("kubectl/v1.36.3 (linux/amd64)"));
        assert!(!is_kubectl("kube-controller-manager/v1.36.3"));
        assert_eq!(family("kubectl/v1.36.3 (linux/amd64)"), "kubectl");
        assert_eq!(family("Go-http-client"), "Go-http-client");
    }
}
