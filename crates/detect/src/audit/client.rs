//! What a user agent says about the program that called. A client chooses it, so it accuses and never
//! excuses.

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
