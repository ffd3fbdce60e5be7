//! Versions of cluster-wide programs with grave, published flaws.

use catseye_model::PodView;

use super::image_version::{Release, ends_with, repository, tag};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A program that rules the cluster has a known, grave flaw
    ///
    /// Argo CD, Kyverno, Grafana and the Kubernetes dashboard hold credentials or rights over the whole
    /// cluster. The version in use has a published flaw that reads secrets, bypasses policies or
    /// gives access without a login, with exploits to be had.
    ///
    /// The table holds the gravest flaws, up to 2026; it does not replace a scan of the images.
    ///
    /// **Fix:** Update to a version that is still maintained; the finding names the first one without the flaw.
    "OPR-017" {
        severity: High,
        rows: ["F08", "F17"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: argocd-server}
spec: {template: {spec: {containers: [{name: server, image: 'quay.io/argoproj/argocd:v2.1.8'}]}}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: kyverno, image: 'ghcr.io/kyverno/kyverno:v1.8.4'}
  - {name: grafana, image: 'docker.io/grafana/grafana:8.3.0@sha256:00'}
  - {name: dashboard, image: 'k8s.gcr.io/kubernetes-dashboard-amd64:v1.10.0'}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: argo, image: 'quay.io/argoproj/argocd:v3.2.1'}
  - {name: kyverno, image: 'ghcr.io/kyverno/kyverno:v1.19.2'}
  - {name: kyverno-init, image: 'ghcr.io/kyverno/kyvernopre:v1.8.4'}
  - {name: grafana, image: 'grafana/grafana:9.2.4'}
  - {name: unknown, image: 'grafana/grafana:latest'}
  - {name: fixed-by-a-build, image: 'grafana/grafana:11.0.5-security-01'}
  - {name: dashboard, image: 'kubernetesui/dashboard:v2.7.0'}
  - {name: other, image: 'example.com/grafana-image-renderer:8.3.0'}
",
        ],
        run: Pods(run),
    }
}

/// A flaw, the image that has it, and the half-open ranges of releases.
struct Flaw {
    repositories: &'static [&'static str],
    cve: &'static str,
    words: &'static str,
    /// From the first affected release to the first without the flaw.
    ranges: &'static [(Release, Release)],
}

const ARGO_CD: &[&str] = &["argoproj/argocd"];
const KYVERNO: &[&str] = &["kyverno/kyverno"];
const GRAFANA: &[&str] = &[
    "grafana/grafana",
    "grafana/grafana-oss",
    "grafana/grafana-enterprise",
];
const DASHBOARD: &[&str] = &["kubernetes-dashboard-amd64", "kubernetesui/dashboard"];

/// As of 2026-11.
const FLAWS: &[Flaw] = &[
    Flaw {
        repositories: ARGO_CD,
        cve: "CVE-2022-24348",
        words: "a chart reads other applications' files",
        ranges: &[
            (Release::first(0, 0), Release::new(2, 1, 9)),
            (Release::first(2, 2), Release::new(2, 2, 4)),
            (Release::first(2, 3), Release::new(2, 3, 0)),
        ],
    },
    Flaw {
        repositories: ARGO_CD,
        cve: "CVE-2022-29165",
        words: "a forged token is an administrator where anonymous access is on",
        ranges: &[
            (Release::first(1, 4), Release::new(2, 1, 15)),
            (Release::first(2, 2), Release::new(2, 2, 9)),
            (Release::first(2, 3), Release::new(2, 3, 4)),
        ],
    },
    Flaw {
        repositories: ARGO_CD,
        cve: "CVE-2024-31989",
        words: "any pod rewrites deployments through Redis",
        ranges: &[
            (Release::first(0, 0), Release::new(2, 8, 19)),
            (Release::first(2, 9), Release::new(2, 9, 15)),
            (Release::first(2, 10), Release::new(2, 10, 10)),
            (Release::first(2, 11), Release::new(2, 11, 1)),
        ],
    },
    Flaw {
        repositories: ARGO_CD,
        cve: "CVE-2025-55190",
        words: "a project token reads repository credentials",
        ranges: &[
            (Release::first(2, 2), Release::new(2, 13, 9)),
            (Release::first(2, 14), Release::new(2, 14, 16)),
            (Release::first(3, 0), Release::new(3, 0, 14)),
            (Release::first(3, 1), Release::new(3, 1, 2)),
        ],
    },
    Flaw {
        repositories: KYVERNO,
        cve: "CVE-2022-47633",
        words: "signatures of images can be bypassed",
        ranges: &[(Release::new(1, 8, 3), Release::new(1, 8, 5))],
    },
    Flaw {
        repositories: KYVERNO,
        cve: "CVE-2025-46342",
        words: "policies with a namespace selector can be bypassed",
        ranges: &[
            (Release::first(0, 0), Release::new(1, 13, 5)),
            (Release::first(1, 14), Release::new(1, 14, 0)),
        ],
    },
    Flaw {
        repositories: KYVERNO,
        cve: "CVE-2026-122303",
        words: "a tenant overwrites objects of any namespace",
        ranges: &[(Release::first(1, 17), Release::new(1, 19, 2))],
    },
    Flaw {
        repositories: GRAFANA,
        cve: "CVE-2021-43798",
        words: "anybody reads files of the server",
        ranges: &[
            (Release::first(8, 0), Release::new(8, 0, 7)),
            (Release::first(8, 1), Release::new(8, 1, 8)),
            (Release::first(8, 2), Release::new(8, 2, 7)),
            (Release::first(8, 3), Release::new(8, 3, 1)),
        ],
    },
    Flaw {
        repositories: GRAFANA,
        cve: "CVE-2022-39328",
        words: "a race lets a request through without a login",
        ranges: &[(Release::new(9, 2, 0), Release::new(9, 2, 4))],
    },
    Flaw {
        repositories: GRAFANA,
        cve: "CVE-2024-9264",
        words: "a viewer reads files and runs programs by SQL expressions",
        ranges: &[
            (Release::first(11, 0), Release::new(11, 0, 6)),
            (Release::first(11, 1), Release::new(11, 1, 7)),
            (Release::first(11, 2), Release::new(11, 2, 2)),
        ],
    },
    Flaw {
        repositories: DASHBOARD,
        cve: "CVE-2018-18264",
        words: "anybody acts as the dashboard's service account",
        ranges: &[(Release::first(0, 0), Release::new(1, 10, 1))],
    },
];

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in &pod.containers {
        let Some(image) = container.image else {
            continue;
        };
        let name = repository(image);
        let mut of_image = FLAWS
            .iter()
            .filter(|flaw| flaw.repositories.iter().any(|known| ends_with(name, known)))
            .peekable();
        if of_image.peek().is_none() {
            continue;
        }
        let Some(release) = tag(image).and_then(Release::of_tag) else {
            continue;
        };
        let flaws: Vec<(Release, &Flaw)> = of_image
            .filter_map(|flaw| Some((flaw.mended_in(release)?, flaw)))
            .collect();
        // The flaw that is mended last tells where to go.
        if let Some(mended) = flaws.iter().map(|(mended, _)| *mended).max() {
            let flaws: Vec<String> = flaws
                .iter()
                .map(|(_, flaw)| format!("{} ({})", flaw.cve, flaw.words))
                .collect();
            let message = format!("{}; update to {mended} or later", flaws.join(", "));
            found.in_container(container, "image", message);
        }
    }
}

impl Flaw {
    /// The release that mends the flaw for users of an affected one.
    fn mended_in(&self, release: Release) -> Option<Release> {
        self.ranges
            .iter()
            .find(|(first, mended)| *first <= release && release < *mended)
            .map(|(_, mended)| *mended)
    }
}
