//! What the versions and levels of the standard change, one row each.

use catseye_model::{Object, PodView, Version, yaml};

use super::{CONTROLS, Level, controls_at, evaluate};

/// The ids of the controls that a pod breaks. `spec` is the pod's spec in flow style; its containers
/// satisfy `restricted` unless it names some itself.
fn broken(level: Level, minor: u16, metadata: &str, spec: &str) -> Vec<&'static str> {
    let text = format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: a, {metadata}}}, spec: {{{spec}}}}}"
    );
    let document = yaml::documents(&text).remove(0);
    let object = Object::new(document.content.unwrap(), None).unwrap();
    let pod = PodView::of(&object).unwrap();
    let mut ids: Vec<&str> = evaluate(level, Version::minor(minor), &pod)
        .iter()
        .map(|violation| violation.control.id)
        .collect();
    ids.dedup();
    ids
}

const HARDENED: &str =
    "securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}";
const CONTAINER: &str = "containers: [{name: c, image: i, securityContext: \
    {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]";

fn hardened(more: &str) -> String {
    format!("{HARDENED}, {CONTAINER}, {more}")
}

#[test]
fn a_plain_pod_is_baseline_and_a_hardened_one_restricted() {
    for minor in 0..=Version::LATEST.minor {
        assert!(broken(Level::Baseline, minor, "", "containers: [{name: c}]").is_empty());
        assert!(broken(Level::Restricted, minor, "", &hardened("")).is_empty());
        let privileged =
            "hostPID: true, containers: [{name: c, securityContext: {privileged: true}}]";
        assert!(broken(Level::Privileged, minor, "", privileged).is_empty());
    }
}

#[test]
fn controls_begin_with_their_version() {
    let plain = "containers: [{name: c}]";
    let restricted = |minor| broken(Level::Restricted, minor, "", plain);
    assert_eq!(restricted(7), ["runAsNonRoot"]);
    assert_eq!(restricted(8), ["allowPrivilegeEscalation", "runAsNonRoot"]);
    assert_eq!(
        restricted(19),
        [
            "allowPrivilegeEscalation",
            "runAsNonRoot",
            "seccompProfile_restricted"
        ]
    );
    assert_eq!(
        restricted(22),
        [
            "allowPrivilegeEscalation",
            "runAsNonRoot",
            "seccompProfile_restricted",
            "capabilities_restricted"
        ]
    );
    let root = "securityContext: {runAsUser: 0, runAsNonRoot: true}, containers: []";
    assert!(broken(Level::Restricted, 22, "", root).is_empty());
    assert_eq!(broken(Level::Restricted, 23, "", root), ["runAsUser"]);
    let probe = "containers: [{name: c, startupProbe: {tcpSocket: {host: b}}}]";
    assert!(broken(Level::Baseline, 33, "", probe).is_empty());
    assert_eq!(
        broken(Level::Baseline, 34, "", probe),
        ["hostProbesAndHostLifecycle"]
    );
}

#[test]
fn safe_sysctls_grow() {
    for (name, since) in [
        ("kernel.shm_rmid_forced", 0),
        ("net.ipv4.ip_local_reserved_ports", 27),
        ("net.ipv4.tcp_keepalive_probes", 29),
        ("net.ipv4.tcp_wmem", 32),
        ("net.ipv4.tcp_notsent_lowat", 37),
        ("kernel.msgmax", 99),
    ] {
        let spec = format!("securityContext: {{sysctls: [{{name: {name}}}]}}, containers: []");
        for minor in 0..=Version::LATEST.minor {
            let safe = broken(Level::Baseline, minor, "", &spec).is_empty();
            assert_eq!(safe, minor >= since, "{name} at 1.{minor}");
        }
    }
}

#[test]
fn se_linux_types_grow() {
    let spec = "securityContext: {seLinuxOptions: {type: container_engine_t}}, containers: []";
    assert_eq!(broken(Level::Baseline, 30, "", spec), ["seLinuxOptions"]);
    assert!(broken(Level::Baseline, 31, "", spec).is_empty());
    let role = "containers: [{name: c, securityContext: {seLinuxOptions: {role: r}}}]";
    assert_eq!(broken(Level::Baseline, 31, "", role), ["seLinuxOptions"]);
}

#[test]
fn seccomp_moves_from_annotations_to_fields() {
    let annotation = "annotations: {container.seccomp.security.alpha.kubernetes.io/c: unconfined}";
    let plain = "containers: [{name: c}]";
    assert_eq!(
        broken(Level::Baseline, 18, annotation, plain),
        ["seccompProfile_baseline"]
    );
    assert!(broken(Level::Baseline, 19, annotation, plain).is_empty());
    let of_another = "annotations: {container.seccomp.security.alpha.kubernetes.io/d: unconfined}";
    assert!(broken(Level::Baseline, 18, of_another, plain).is_empty());
    let field = "containers: [{name: c, securityContext: {seccompProfile: {type: Unconfined}}}]";
    assert!(broken(Level::Baseline, 18, "", field).is_empty());
    assert_eq!(
        broken(Level::Baseline, 19, "", field),
        ["seccompProfile_baseline"]
    );
}

#[test]
fn app_armor_counts_annotations_and_fields_at_every_version() {
    let annotation =
        "annotations: {container.apparmor.security.beta.kubernetes.io/other: unconfined}";
    let plain = "containers: [{name: c}]";
    let field = "containers: [{name: c, securityContext: {appArmorProfile: {type: Unconfined}}}]";
    for minor in [0, 29, 30, 37] {
        assert_eq!(
            broken(Level::Baseline, minor, annotation, plain),
            ["appArmorProfile"]
        );
        assert_eq!(
            broken(Level::Baseline, minor, "", field),
            ["appArmorProfile"]
        );
    }
}

#[test]
fn windows_pods_are_let_off_linux_rules_from_1_25() {
    let spec =
        "os: {name: windows}, securityContext: {runAsNonRoot: true}, containers: [{name: c}]";
    assert_eq!(
        broken(Level::Restricted, 24, "", spec),
        [
            "allowPrivilegeEscalation",
            "seccompProfile_restricted",
            "capabilities_restricted"
        ]
    );
    assert!(broken(Level::Restricted, 25, "", spec).is_empty());
}

#[test]
fn user_namespaces_relax_users_and_baseline_proc_from_1_35() {
    let root = format!(
        "hostUsers: false, securityContext: {{runAsUser: 0, seccompProfile: {{type: Localhost}}}}, \
         {CONTAINER}"
    );
    assert_eq!(
        broken(Level::Restricted, 34, "", &root),
        ["runAsNonRoot", "runAsUser"]
    );
    assert!(broken(Level::Restricted, 35, "", &root).is_empty());
    let unmasked =
        "hostUsers: false, containers: [{name: c, securityContext: {procMount: Unmasked}}]";
    assert_eq!(broken(Level::Baseline, 34, "", unmasked), ["procMount"]);
    assert!(broken(Level::Baseline, 35, "", unmasked).is_empty());
    let restricted = broken(Level::Restricted, 35, "", unmasked);
    assert!(
        restricted.contains(&"procMount_restricted"),
        "{restricted:?}"
    );
}

#[test]
fn volumes_without_source_and_images_are_allowed_at_every_version() {
    for minor in [0, 30, 37] {
        let allowed = hardened("volumes: [{name: v}, {name: w, image: {reference: i}}]");
        assert!(broken(Level::Restricted, minor, "", &allowed).is_empty());
        let host_path = hardened("volumes: [{name: v, hostPath: {path: /}}]");
        assert_eq!(
            broken(Level::Restricted, minor, "", &host_path),
            ["restrictedVolumes"]
        );
        assert_eq!(
            broken(Level::Baseline, minor, "", &host_path),
            ["hostPathVolumes"]
        );
    }
}

#[test]
fn ephemeral_containers_are_judged_too() {
    let spec = "containers: [], ephemeralContainers: [{name: c, ports: [{hostPort: 80}]}]";
    assert_eq!(broken(Level::Baseline, 25, "", spec), ["hostPorts"]);
}

#[test]
fn one_of_two_overlapping_controls_judges() {
    for minor in 0..=Version::LATEST.minor {
        let mut ids: Vec<&str> = controls_at(Level::Restricted, Version::minor(minor))
            .map(|control| control.id)
            .collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        for (baseline, restricted) in [
            ("capabilities_baseline", "capabilities_restricted"),
            ("seccompProfile_baseline", "seccompProfile_restricted"),
            ("hostPathVolumes", "restrictedVolumes"),
            ("procMount", "procMount_restricted"),
        ] {
            assert!(ids.contains(&baseline) ^ ids.contains(&restricted));
        }
    }
}

#[test]
fn revisions_rise() {
    for control in CONTROLS {
        let versions: Vec<Version> = control.revisions.iter().map(|r| r.since).collect();
        assert!(versions.is_sorted(), "{control:?}");
    }
}
