//! Doors to the outside that were opened or widened.

use std::collections::BTreeSet;

use catseye_model::{Fields, Kind, Object, Severity};

use super::{Saying, Surroundings};
use crate::inbox::{Clue, Source};
use crate::live::ObjectChange;

pub(super) fn clue(change: &ObjectChange, around: &Surroundings<'_>) -> Option<Clue> {
    let after = change.after.as_ref()?;
    let was = change.before.as_deref().map(doors).unwrap_or_default();
    let is = doors(after);
    let new: Vec<&Door> = is.iter().filter(|door| !was.contains(*door)).collect();
    let first = new.first()?;
    let by_hand = around.author.is_some_and(|author| author.is_human);
    let severity = match (first.wide, by_hand) {
        (true, true) => Severity::High,
        (true, false) | (false, true) => Severity::Medium,
        (false, false) => Severity::Low,
    };
    let doors: Vec<String> = new.iter().take(3).map(|door| door.words.clone()).collect();
    let more = new.len().saturating_sub(3);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let verb = if change.before.is_none() || was.is_empty() {
        "opened"
    } else {
        "widened"
    };
    let whom = if first.wide {
        "the internet"
    } else {
        "the outside"
    };
    let saying = Saying {
        source: Source::Exposure,
        id: "CHG-010",
        title: "Exposure added or widened",
        sentence: format!(
            "{verb} {} to {whom}: {}{more}",
            change.key,
            doors.join(", ")
        ),
        severity,
        fields: new
            .iter()
            .map(|door| ("door".to_owned(), door.words.clone()))
            .collect(),
        advice: format!(
            "Say whether {} is meant to be reached from outside (validate), or close it; limit it to the \
             addresses that need it meanwhile.",
            change.key
        ),
        role: "exposed",
        to_validate: true,
    };
    Some(saying.clue(change, around))
}

/// A way in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Door {
    words: String,
    /// For anybody.
    wide: bool,
}

/// The doors that an object opens.
fn doors(object: &Object) -> BTreeSet<Door> {
    match object.kind() {
        Kind::Service => of_service(object),
        Kind::Ingress => of_ingress(object),
        Kind::Gateway => of_gateway(object),
        Kind::HttpRoute | Kind::GrpcRoute | Kind::TcpRoute | Kind::TlsRoute | Kind::UdpRoute => {
            of_route(object)
        }
        _ => BTreeSet::new(),
    }
}

fn of_service(service: &Object) -> BTreeSet<Door> {
    let spec = service.value().at("spec");
    let internal = service
        .value()
        .entries("metadata.annotations")
        .any(|(key, value)| {
            key.contains("internal") && value.as_str().is_some_and(|value| value != "false")
        });
    let ranges: Vec<&str> = spec.texts("loadBalancerSourceRanges").collect();
    let anybody = ranges.is_empty() || ranges.iter().any(|range| range.ends_with("/0"));
    let mut found = BTreeSet::new();
    for port in spec.list("ports") {
        let number = port.integer("port").unwrap_or_default();
        match spec.text("type") {
            Some("LoadBalancer") => {
                let from = if anybody {
                    "anywhere".to_owned()
                } else {
                    ranges.join(", ")
                };
                found.insert(Door {
                    words: format!("load balancer port {number} from {from}"),
                    wide: anybody && !internal,
                });
            }
            Some("NodePort") => {
                let node = port.integer("nodePort").unwrap_or_default();
                found.insert(Door {
                    words: format!("port {node} of every node"),
                    wide: false,
                });
            }
            _ => {}
        }
    }
    for address in spec.texts("externalIPs") {
        found.insert(Door {
            words: format!("external address {address}"),
            wide: true,
        });
    }
    found
}

fn of_ingress(ingress: &Object) -> BTreeSet<Door> {
    let spec = ingress.value().at("spec");
    let mut found = BTreeSet::new();
    for rule in spec.list("rules") {
        let host = rule.text("host").unwrap_or("any host");
        for path in rule.list("http.paths") {
            found.insert(Door {
                words: format!("{host}{}", path.text("path").unwrap_or("/")),
                wide: true,
            });
        }
    }
    if spec.has("defaultBackend") {
        found.insert(Door {
            words: "any host and path".to_owned(),
            wide: true,
        });
    }
    found
}

/// Routes of a Gateway; those of a Service stay within the mesh.
fn of_route(route: &Object) -> BTreeSet<Door> {
    let spec = route.value().at("spec");
    let gateways: Vec<&str> = spec
        .list("parentRefs")
        .iter()
        .filter(|parent| parent.text("kind").is_none_or(|kind| kind == "Gateway"))
        .filter_map(|parent| parent.text("name"))
        .collect();
    if gateways.is_empty() {
        return BTreeSet::new();
    }
    let through = gateways.join(", ");
    let named: Vec<&str> = spec.texts("hostnames").collect();
    let hosts = if named.is_empty() {
        vec!["any host"]
    } else {
        named
    };
    let mut places: BTreeSet<String> = BTreeSet::new();
    for rule in spec.list("rules") {
        let matches = rule.list("matches");
        if matches.is_empty() {
            places.insert(String::new());
        }
        for matched in matches {
            let path = matched.text("path.value");
            let method = matched.text("method.service");
            places.insert(path.or(method).unwrap_or("/").to_owned());
        }
    }
    let mut found = BTreeSet::new();
    for host in hosts {
        for place in &places {
            let between = if place.is_empty() || place.starts_with('/') {
                ""
            } else {
                "/"
            };
            found.insert(Door {
                words: format!("{host}{between}{place} through gateway {through}"),
                wide: true,
            });
        }
    }
    found
}

fn of_gateway(gateway: &Object) -> BTreeSet<Door> {
    let listeners = gateway.value().list("spec.listeners");
    listeners
        .iter()
        .map(|listener| Door {
            words: format!(
                "listener {} port {}",
                listener.text("hostname").unwrap_or("any host"),
                listener.integer("port").unwrap_or_default()
            ),
            wide: true,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use catseye_model::Object;

    use super::doors;

    fn words(yaml: &str) -> Vec<String> {
        let document = catseye_model::yaml::documents(yaml).remove(0);
        let (objects, _) = Object::read(document.content.unwrap(), None);
        doors(&objects[0])
            .into_iter()
            .map(|door| door.words)
            .collect()
    }

    #[test]
    fn a_route_opens_a_door_for_each_host_and_path_of_its_gateway() {
        let route = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
            metadata: {name: web, namespace: shop}\nspec:\n  parentRefs: [{name: edge}]\n  \
            hostnames: [shop.example]\n  rules:\n  - matches: [{path: {value: /admin}}, {method: GET}]\n";
        assert_eq!(
            words(route),
            [
                "shop.example/ through gateway edge",
                "shop.example/admin through gateway edge"
            ]
        );
    }

    #[test]
    fn a_route_of_a_service_stays_within_the_mesh() {
        let route = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
            metadata: {name: web, namespace: shop}\nspec:\n  parentRefs: [{kind: Service, name: web}]\n  \
            rules: [{}]\n";
        assert!(words(route).is_empty());
    }
}
