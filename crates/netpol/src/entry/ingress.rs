//! Reading an Ingress of any version: its class, its rules and its backends.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Inventory, Kind, Object};

/// The prefix of the annotations that the ingress-nginx controller reads.
pub const NGINX: &str = "nginx.ingress.kubernetes.io/";
const ALB: &str = "alb.ingress.kubernetes.io/";

/// One place of an Ingress that sends traffic somewhere.
#[derive(Debug, Clone, Copy)]
pub struct Backend<'a> {
    /// The Service's name; `None` for a backend that is another resource.
    pub service: Option<&'a str>,
    /// The Service's port, a number or a text; null where none is named.
    pub port: &'a Value,
    place: Place,
    modern: bool,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Default { modern: bool },
    Path { rule: usize, path: usize },
}

impl Backend<'_> {
    /// The path of the Service's name.
    pub fn service_path(&self) -> FieldPath {
        self.path(if self.modern {
            "service.name"
        } else {
            "serviceName"
        })
    }

    /// The path of the Service's port.
    pub fn port_path(&self) -> FieldPath {
        self.path(if self.modern {
            "service.port"
        } else {
            "servicePort"
        })
    }

    fn path(&self, field: &str) -> FieldPath {
        let backend = match self.place {
            Place::Default { modern: true } => FieldPath::root().join("spec.defaultBackend"),
            Place::Default { modern: false } => FieldPath::root().join("spec.backend"),
            Place::Path { rule, path } => http_path(rule, path).join("backend"),
        };
        backend.join(field)
    }
}

/// The path of one entry of `spec.rules[].http.paths`.
pub fn http_path(rule: usize, path: usize) -> FieldPath {
    rule_path(rule).join("http.paths").index(path)
}

/// The path of one rule.
pub fn rule_path(rule: usize) -> FieldPath {
    FieldPath::root().join("spec.rules").index(rule)
}

/// The default backend, and the path of its field: `spec.backend` before `networking.k8s.io/v1`.
pub fn default_backend(ingress: &Object) -> Option<(&'static str, &Value)> {
    ["spec.defaultBackend", "spec.backend"]
        .into_iter()
        .map(|field| (field, ingress.value().at(field)))
        .find(|(_, backend)| backend.is_object())
}

/// All backends.
pub fn backends(ingress: &Object) -> impl Iterator<Item = Backend<'_>> {
    let default = default_backend(ingress).map(|(field, value)| {
        let modern = field == "spec.defaultBackend";
        backend(value, Place::Default { modern })
    });
    default.into_iter().chain(paths(ingress).map(|path| {
        let place = Place::Path {
            rule: path.rule,
            path: path.index,
        };
        backend(path.value.at("backend"), place)
    }))
}

fn backend(value: &Value, place: Place) -> Backend<'_> {
    let modern = !value.has("serviceName");
    let (service, port) = if modern {
        let port = value.at("service.port");
        let number = port.at("number");
        let port = if number.is_null() {
            port.at("name")
        } else {
            number
        };
        (value.text("service.name"), port)
    } else {
        (value.text("serviceName"), value.at("servicePort"))
    };
    Backend {
        service: service.filter(|name| !name.is_empty()),
        port,
        place,
        modern,
    }
}

/// One entry of `spec.rules[].http.paths`.
#[derive(Debug, Clone, Copy)]
pub struct Path<'a> {
    /// The index of its rule.
    pub rule: usize,
    /// Its index in the rule.
    pub index: usize,
    /// The rule's host; empty where it has none.
    pub host: &'a str,
    /// The entry.
    pub value: &'a Value,
}

/// All entries of `spec.rules[].http.paths`.
pub fn paths(ingress: &Object) -> impl Iterator<Item = Path<'_>> {
    let rules = ingress.value().list("spec.rules").iter().enumerate();
    rules.flat_map(|(rule, value)| {
        let host = value.text("host").unwrap_or_default();
        let paths = value.list("http.paths").iter().enumerate();
        paths.map(move |(index, value)| Path {
            rule,
            index,
            host,
            value,
        })
    })
}

/// The class: the field, else the annotation from before it; empty where neither says.
pub fn class(ingress: &Object) -> &str {
    ingress
        .value()
        .text("spec.ingressClassName")
        .or_else(|| ingress.annotation("kubernetes.io/ingress.class"))
        .unwrap_or_default()
}

/// Which controller serves an Ingress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Controller {
    /// ingress-nginx of the Kubernetes project.
    IngressNginx,
    /// The AWS Load Balancer Controller.
    Alb,
    /// Google's.
    Gce,
    /// Any other, or one that cannot be told.
    Other,
}

/// The controller that serves an Ingress, by the class's object, its name, or the annotations.
pub fn controller(inventory: &Inventory, ingress: &Object) -> Controller {
    let class = class(ingress);
    let object = inventory.find(Kind::IngressClass, "", class);
    if let Some(controller) = object.and_then(|class| class.value().text("spec.controller")) {
        return match controller {
            "ingress.k8s.aws/alb" | "eks.amazonaws.com/alb" => Controller::Alb,
            "ingress.gce.io/glbc" | "networking.gke.io/ingress-gce" => Controller::Gce,
            // Several controllers in one cluster are told apart by a suffix.
            name if name.starts_with("k8s.io/") && name.contains("nginx") => {
                Controller::IngressNginx
            }
            _ => Controller::Other,
        };
    }
    let annotated = |prefix: &str| {
        ingress
            .value()
            .entries("metadata.annotations")
            .any(|(key, _)| key.starts_with(prefix))
    };
    match class {
        "alb" => Controller::Alb,
        "gce" | "gce-internal" => Controller::Gce,
        _ if class.contains("nginx") || annotated(NGINX) => Controller::IngressNginx,
        "" if annotated(ALB) => Controller::Alb,
        _ => Controller::Other,
    }
}

/// True when the Ingress answers inside the private network alone.
pub fn is_internal(inventory: &Inventory, ingress: &Object) -> bool {
    match ingress.annotation("alb.ingress.kubernetes.io/scheme") {
        Some("internal") => return true,
        Some(_) => return false,
        None => {}
    }
    let class = class(ingress);
    let named_so = ["internal", "private", "intranet"]
        .iter()
        .any(|word| class.contains(word));
    if named_so || ingress.annotation("appgw.ingress.kubernetes.io/use-private-ip") == Some("true")
    {
        return true;
    }
    if class == "tailscale" {
        return ingress.annotation("tailscale.com/funnel") != Some("true");
    }
    // The scheme of an ALB is `internal` unless stated:
    // https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#scheme
    // (EKS Auto Mode states it in IngressClassParams, which a class names.)
    if controller(inventory, ingress) == Controller::Alb {
        let stated_elsewhere = inventory
            .find(Kind::IngressClass, "", class)
            .is_some_and(|class| class.value().has("spec.parameters"));
        return !stated_elsewhere;
    }
    // The name that AWS gives to load balancers of the private network.
    ingress
        .value()
        .list("status.loadBalancer.ingress")
        .iter()
        .filter_map(|address| address.text("hostname"))
        .any(|host| host.starts_with("internal-"))
}

/// The path of an annotation.
pub fn annotation_path(key: &str) -> FieldPath {
    FieldPath::root().join("metadata.annotations").key(key)
}
