//! Paths by what lies there.

/// The token of a service account or a cloud identity.
pub(crate) fn is_token(path: &str) -> bool {
    let mounted = [
        "/secrets/kubernetes.io/serviceaccount",
        "/secrets/eks.amazonaws.com",
        "/secrets/pods.eks.amazonaws.com",
        "/secrets/azure/tokens",
        "/secrets/tokens/",
    ];
    let last = path.rsplit('/').next().unwrap_or_default();
    let names_token = last.contains("token") || last == "serviceaccount";
    names_token
        && (mounted.iter().any(|it| path.contains(it)) || path.contains("kubernetes.io~projected"))
}

/// Hashes of passwords.
pub(crate) fn is_shadow(path: &str) -> bool {
    matches!(
        path,
        "/etc/shadow" | "/etc/gshadow" | "/etc/shadow-" | "/etc/sudoers"
    ) || path.ends_with("/etc/shadow")
}

/// Credentials of people, of the node, of clouds.
pub(crate) fn is_credential(path: &str) -> bool {
    const WITHIN: [&str; 15] = [
        "/.ssh/id_",
        "/.aws/credentials",
        "/.kube/config",
        "/.docker/config.json",
        "/.azure/",
        "/.config/gcloud",
        "/.git-credentials",
        "/.vault-token",
        "/.pgpass",
        "/.netrc",
        "/etc/kubernetes/",
        "/var/lib/kubelet/pki",
        "/var/lib/kubelet/kubeconfig",
        "/var/lib/rancher/",
        "/var/lib/etcd/",
    ];
    WITHIN.iter().any(|it| path.contains(it)) || is_environment_of_another(path)
}

/// The environment of the container's first process, in which secrets are given.
pub(crate) fn is_environment_of_another(path: &str) -> bool {
    path.strip_prefix("/proc/")
        .and_then(|rest| rest.strip_suffix("/environ"))
        .is_some_and(|who| who.bytes().all(|it| it.is_ascii_digit()))
}

/// Files through which the kernel of the node runs what one writes there, or obeys.
pub(crate) fn escapes_by_writing(path: &str) -> Option<&'static str> {
    const PLACES: [(&str, &str); 8] = [
        ("/release_agent", "the release agent of a cgroup"),
        ("/proc/sys/kernel/core_pattern", "the handler of core dumps"),
        ("/proc/sys/kernel/modprobe", "the loader of modules"),
        ("/sys/kernel/uevent_helper", "the handler of device events"),
        ("/proc/sys/fs/binfmt_misc", "the handlers of file formats"),
        ("/proc/sysrq-trigger", "the system request trigger"),
        (
            "/proc/sys/kernel/core_pipe_limit",
            "the handler of core dumps",
        ),
        ("/sys/fs/cgroup/devices.allow", "the devices of a cgroup"),
    ];
    let found = PLACES
        .iter()
        .find(|(place, _)| path.ends_with(place) || path.starts_with(place));
    found.map(|(_, what)| *what)
}

/// Sockets of container runtimes.
pub(crate) fn is_runtime_socket(path: &str) -> bool {
    [
        "docker.sock",
        "containerd.sock",
        "crio.sock",
        "cri-dockerd.sock",
        "podman.sock",
    ]
    .iter()
    .any(|it| path.contains(it))
}

/// Places that anybody may write, where nothing that belongs to an image lies.
pub(crate) fn is_for_everybody(path: &str) -> bool {
    [
        "/tmp/",
        "/var/tmp/",
        "/dev/shm/",
        "/run/lock/",
        "/dev/mqueue/",
    ]
    .iter()
    .any(|it| path.starts_with(it))
}

/// Files that make something run later, or let somebody in.
pub(crate) fn persists(path: &str) -> Option<&'static str> {
    let last = path.rsplit('/').next().unwrap_or_default();
    if path == "/etc/ld.so.preload" {
        return Some("a library loaded into every program");
    }
    if path.ends_with("/.ssh/authorized_keys") || path.ends_with("/.ssh/authorized_keys2") {
        return Some("keys that may log in");
    }
    if [
        "/etc/cron",
        "/var/spool/cron",
        "/etc/systemd/system/",
        "/etc/init.d/",
        "/etc/rc.local",
    ]
    .iter()
    .any(|it| path.starts_with(it))
    {
        return Some("what runs at times or at start");
    }
    if path.contains("/etc/kubernetes/manifests/") {
        return Some("a static pod of the node");
    }
    if matches!(path, "/etc/passwd" | "/etc/shadow" | "/etc/sudoers")
        || path.starts_with("/etc/sudoers.d/")
    {
        return Some("who may log in");
    }
    let profile = matches!(last, ".bashrc" | ".profile" | ".bash_profile" | ".zshrc")
        || path == "/etc/profile";
    profile.then_some("what every shell runs")
}

/// Logs and histories in which an intruder stands.
pub(crate) fn is_trace(path: &str) -> bool {
    path.starts_with("/var/log/")
        || path.ends_with("_history")
        || path.ends_with("/wtmp")
        || path.ends_with("/lastlog")
}

/// Addresses under which clouds tell machines their identity.
pub(crate) fn is_metadata_address(address: std::net::IpAddr) -> bool {
    match address.to_canonical() {
        std::net::IpAddr::V4(v4) => matches!(
            v4.octets(),
            [169, 254, 169, 254] | [169, 254, 170, 2 | 23] | [100, 100, 100, 200]
        ),
        std::net::IpAddr::V6(v6) => v6.segments() == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_told_from_what_lies_beside_it() {
        let folder = "/var/run/secrets/kubernetes.io/serviceaccount";
        assert!(is_token(&format!("{folder}/token")));
        assert!(!is_token(&format!("{folder}/ca.crt")));
        assert!(is_environment_of_another("/proc/1/environ"));
        assert!(!is_environment_of_another("/proc/self/environ"));
    }
}
