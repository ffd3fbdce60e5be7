//! An administration interface that the outside reaches.

use catseye_model::{PodView, Severity};

use super::exposure::Door;
use super::image;
use super::topology::Topology;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An administration interface is reachable from outside
    ///
    /// Dashboards, pipelines, notebooks and model servers act with far-reaching rights, and many come
    /// without a password or with a known one. Attackers scan for them by name; from there they run
    /// code in the cluster (open Kubeflow, Argo and Jenkins servers have been taken over to mine coins).
    ///
    /// **Fix:** Keep the Service `ClusterIP` and use `kubectl port-forward`, a VPN or an
    /// authenticating proxy:
    /// ```yaml
    /// spec:
    ///   type: ClusterIP
    /// ```
    "NET-010" {
        severity: High,
        rows: ["D10"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: build}
spec:
  template:
    metadata: {labels: {app: build}}
    spec: {containers: [{name: a, image: 'docker.io/jenkins/jenkins:lts'}]}
---
apiVersion: v1
kind: Service
metadata: {name: build}
spec: {type: NodePort, selector: {app: build}, ports: [{port: 8080}]}
",
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: argocd-server}
spec:
  template:
    metadata: {labels: {app: argo}}
    spec: {containers: [{name: a, image: 'registry.example.com/mirror/argocd:v2.12'}]}
---
apiVersion: v1
kind: Service
metadata: {name: argo}
spec: {selector: {app: argo}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: argo}
spec: {rules: [{http: {paths: [{path: /, backend: {service: {name: argo, port: {number: 80}}}}]}}]}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: jenkins}
spec:
  template:
    metadata: {labels: {app: build}}
    spec: {containers: [{name: a, image: 'jenkins/jenkins:lts'}]}
---
apiVersion: v1
kind: Service
metadata: {name: build}
spec: {selector: {app: build}, ports: [{port: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: internal, annotations: {networking.gke.io/load-balancer-type: Internal}}
spec: {type: LoadBalancer, selector: {app: build}, ports: [{port: 8080}]}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: shop, labels: {app: shop}}
spec: {containers: [{name: a, image: 'example.com/grafana-fan/shop-front:1'}]}
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {type: LoadBalancer, selector: {app: shop}, ports: [{port: 80}]}
",
        ],
        run: Pods(run),
    }
}

/// Image repositories by the end of their path.
const IMAGES: &[(&str, &str)] = &[
    ("kubernetesui/dashboard", "Kubernetes Dashboard"),
    ("kubernetes-dashboard", "Kubernetes Dashboard"),
    ("kubernetes-dashboard-amd64", "Kubernetes Dashboard"),
    ("headlamp", "Headlamp"),
    ("octant", "Octant"),
    ("weaveworks/scope", "Weave Scope"),
    ("argocli", "Argo Workflows"),
    ("jenkins", "Jenkins"),
    ("jenkins/jenkins", "Jenkins"),
    ("nifi", "Apache NiFi"),
    ("centraldashboard", "Kubeflow"),
    ("grafana", "Grafana"),
    ("prometheus", "Prometheus"),
    ("alertmanager", "Alertmanager"),
    ("kibana", "Kibana"),
    ("opensearch-dashboards", "OpenSearch Dashboards"),
    ("portainer", "Portainer"),
    ("portainer-ce", "Portainer"),
    ("rancher/rancher", "Rancher"),
    ("airflow", "Apache Airflow"),
    ("phpmyadmin", "phpMyAdmin"),
    ("adminer", "Adminer"),
    ("pgadmin4", "pgAdmin"),
    ("mongo-express", "Mongo Express"),
    ("redis-commander", "Redis Commander"),
    ("kafka-ui", "Kafka UI"),
    ("kiali", "Kiali"),
    ("hubble-ui", "Hubble UI"),
    ("longhorn-ui", "Longhorn"),
    ("jaegertracing/all-in-one", "Jaeger"),
    ("vllm-openai", "vLLM"),
    ("ollama", "Ollama"),
    ("text-generation-inference", "Text Generation Inference"),
    ("tritonserver", "Triton Inference Server"),
    ("rayproject/ray", "Ray"),
    ("mlflow", "MLflow"),
    ("jupyter/base-notebook", "Jupyter"),
    ("jupyter/datascience-notebook", "Jupyter"),
    ("jupyter/minimal-notebook", "Jupyter"),
    ("jupyter/scipy-notebook", "Jupyter"),
    ("jupyter/tensorflow-notebook", "Jupyter"),
    ("open-webui", "Open WebUI"),
    ("selenium/hub", "Selenium"),
];

/// Names of workloads, for images that are mirrored under other names or serve several purposes.
const WORKLOADS: &[(&str, &str)] = &[
    ("kubernetes-dashboard", "Kubernetes Dashboard"),
    ("argo-server", "Argo Workflows"),
    ("argocd-server", "Argo CD"),
    ("weave-scope-app", "Weave Scope"),
    ("jenkins", "Jenkins"),
    ("nifi", "Apache NiFi"),
    ("kubeflow", "Kubeflow"),
    ("centraldashboard", "Kubeflow"),
    ("ml-pipeline-ui", "Kubeflow"),
    ("prometheus-deployment", "Prometheus"),
    ("prometheus-server", "Prometheus"),
    ("grafana", "Grafana"),
    ("kibana", "Kibana"),
    ("vllm", "vLLM"),
    ("ollama", "Ollama"),
];

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    let Some(interface) = interface(pod) else {
        return;
    };
    let Some(id) = context.inventory.id_of(pod.object) else {
        return;
    };
    let topology = context.index::<Topology>();
    for way in topology.exposure.of_workload(id) {
        // What routes by host often authenticates, too; a bare port does not.
        let severity = match way.door {
            Door::LoadBalancer | Door::NodePort | Door::ExternalIp => Severity::High,
            Door::Ingress | Door::GatewayApi | Door::Istio => Severity::Medium,
        };
        let through = way.door.describe(context.inventory.object(way.through));
        found.at_severity(
            severity,
            pod.metadata_path("labels"),
            format!("{interface} is reachable through {through}"),
        );
    }
}

/// The interface that the workload is known to offer to administrators.
pub(super) fn interface(pod: &PodView<'_>) -> Option<&'static str> {
    let name = pod.object.name();
    let by_name = WORKLOADS.iter().find(|(known, _)| *known == name);
    let by_image = || {
        pod.main_containers().find_map(|container| {
            let repository = image::repository(container.image?);
            IMAGES.iter().find(|(known, _)| {
                repository
                    .strip_suffix(known)
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
            })
        })
    };
    by_name.or_else(by_image).map(|(_, title)| *title)
}
