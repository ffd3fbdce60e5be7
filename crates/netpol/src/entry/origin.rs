//! From where a load balancer or an Ingress can be reached, as its annotations tell.

use std::net::IpAddr;

use catseye_model::{Fields, Object};

use crate::address::AddressSet;

/// From where traffic can come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// From the private network alone.
    Internal,
    /// From the addresses that a source range names.
    Restricted,
    /// From anywhere.
    Open,
    /// Something that is not visible restricts it: what.
    Elsewhere(&'static str),
}

/// What an annotation's value must be.
#[derive(Clone, Copy)]
enum Holds {
    Value(&'static str),
    AnyButFalse,
    Anything,
    Text(&'static str),
}

impl Holds {
    fn of(self, value: &str) -> bool {
        match self {
            Holds::Value(wanted) => value.eq_ignore_ascii_case(wanted),
            Holds::AnyButFalse => !value.is_empty() && !value.eq_ignore_ascii_case("false"),
            Holds::Anything => true,
            Holds::Text(part) => value.contains(part),
        }
    }
}

/// Annotations of a Service that keep its load balancer inside the private network, by cloud.
const INTERNAL: &[(&str, Holds)] = &[
    // AWS; the old controller took any text, also `0.0.0.0/0`.
    (
        "service.beta.kubernetes.io/aws-load-balancer-internal",
        Holds::AnyButFalse,
    ),
    (
        "service.beta.kubernetes.io/aws-load-balancer-scheme",
        Holds::Value("internal"),
    ),
    // Google.
    (
        "networking.gke.io/load-balancer-type",
        Holds::Value("Internal"),
    ),
    (
        "cloud.google.com/load-balancer-type",
        Holds::Value("Internal"),
    ),
    // Azure.
    (
        "service.beta.kubernetes.io/azure-load-balancer-internal",
        Holds::Value("true"),
    ),
    // OpenStack, Oracle, IBM, DigitalOcean, Scaleway, Hetzner, Yandex.
    (
        "service.beta.kubernetes.io/openstack-internal-load-balancer",
        Holds::Value("true"),
    ),
    (
        "service.beta.kubernetes.io/oci-load-balancer-internal",
        Holds::Value("true"),
    ),
    (
        "oci-network-load-balancer.oraclecloud.com/internal",
        Holds::Value("true"),
    ),
    (
        "service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type",
        Holds::Value("private"),
    ),
    (
        "service.beta.kubernetes.io/do-loadbalancer-network",
        Holds::Value("INTERNAL"),
    ),
    (
        "service.beta.kubernetes.io/scw-loadbalancer-private",
        Holds::Value("true"),
    ),
    (
        "load-balancer.hetzner.cloud/disable-public-network",
        Holds::Value("true"),
    ),
    ("yandex.cloud/load-balancer-type", Holds::Value("internal")),
    // Alibaba, Tencent, Baidu, Huawei.
    (
        "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type",
        Holds::Value("intranet"),
    ),
    (
        "service.beta.kubernetes.io/alicloud-loadbalancer-address-type",
        Holds::Value("intranet"),
    ),
    (
        "service.kubernetes.io/qcloud-loadbalancer-internal-subnetid",
        Holds::Anything,
    ),
    (
        "service.beta.kubernetes.io/cce-load-balancer-internal-vpc",
        Holds::Value("true"),
    ),
    ("kubernetes.io/elb.autocreate", Holds::Text("\"inner\"")),
];

/// Annotations that hold source ranges, separated by commas.
const SOURCE_RANGES: &[&str] = &[
    "service.beta.kubernetes.io/load-balancer-source-ranges",
    "service.beta.kubernetes.io/azure-allowed-ip-ranges",
];

/// Annotations that name a list of allowed sources kept in the cloud.
const RULES_ELSEWHERE: &[&str] = &[
    "service.beta.kubernetes.io/aws-load-balancer-security-groups",
    "service.beta.kubernetes.io/azure-allowed-service-tags",
    "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-acl-id",
    "service.beta.kubernetes.io/oci-load-balancer-security-list-management-mode",
    "oci.oraclecloud.com/oci-network-security-groups",
    "networking.gke.io/load-balancer-backend-security-policy",
];

/// From where the load balancer of a Service of type `LoadBalancer` can be reached.
pub fn of_load_balancer(service: &Object) -> Origin {
    if is_internal(service) {
        return Origin::Internal;
    }
    // The field wins over the annotation of the same meaning.
    let ranges = written_ranges(service);
    let restricted = !ranges.is_empty();
    let open = ranges.iter().any(|range| is_everything(range));
    if open {
        return Origin::Open;
    }
    if restricted {
        return Origin::Restricted;
    }
    if RULES_ELSEWHERE.iter().any(|key| {
        service
            .annotation(key)
            .is_some_and(|value| !value.is_empty())
    }) {
        return Origin::Elsewhere("an annotation names a list of allowed sources in the cloud");
    }
    Origin::Open
}

/// The source ranges of a load balancer: the field's, else the annotations'.
fn written_ranges(service: &Object) -> Vec<&str> {
    let listed: Vec<&str> = service
        .value()
        .texts("spec.loadBalancerSourceRanges")
        .collect();
    if !listed.is_empty() {
        return listed;
    }
    SOURCE_RANGES
        .iter()
        .filter_map(|key| service.annotation(key))
        .flat_map(|ranges| ranges.split(','))
        .map(str::trim)
        .filter(|range| !range.is_empty())
        .collect()
}

/// The addresses that the source ranges of a load balancer name.
pub fn source_ranges(service: &Object) -> AddressSet {
    let ranges = written_ranges(service);
    let sets: Vec<AddressSet> = ranges.iter().filter_map(|text| text.parse().ok()).collect();
    AddressSet::union_of(&sets)
}

fn is_internal(service: &Object) -> bool {
    if has_internal_annotation(|key| service.annotation(key)) {
        return true;
    }
    let class = service.value().text("spec.loadBalancerClass");
    // A tailnet is a private network, unless the funnel opens it.
    if class == Some("tailscale") {
        return service.annotation("tailscale.com/funnel") != Some("true");
    }
    // The AWS Load Balancer Controller makes internal ones unless told otherwise; the one built
    // into Kubernetes made internet-facing ones.
    let new_aws_controller = matches!(class, Some("service.k8s.aws/nlb" | "eks.amazonaws.com/nlb"))
        || matches!(
            service.annotation("service.beta.kubernetes.io/aws-load-balancer-type"),
            Some("external" | "nlb-ip")
        );
    if new_aws_controller {
        let told_otherwise = service
            .annotation("service.beta.kubernetes.io/aws-load-balancer-scheme")
            .is_some()
            || service
                .annotation("service.beta.kubernetes.io/aws-load-balancer-internal")
                .is_some();
        return !told_otherwise;
    }
    let value = service.value();
    let mut given = value
        .list("status.loadBalancer.ingress")
        .iter()
        .filter_map(|ingress| ingress.text("ip"))
        .peekable();
    if given.peek().is_some() {
        return given.all(is_private);
    }
    value.text("spec.loadBalancerIP").is_some_and(is_private)
}

/// True when one of the annotations asks for an internal load balancer.
pub fn has_internal_annotation<'a>(annotation: impl Fn(&str) -> Option<&'a str>) -> bool {
    INTERNAL
        .iter()
        .any(|(key, holds)| annotation(key).is_some_and(|value| holds.of(value)))
}

/// `0.0.0.0/0`, `::/0` or the like.
pub fn is_everything(range: &str) -> bool {
    range
        .trim()
        .split_once('/')
        .is_some_and(|(_, bits)| bits.parse() == Ok(0_u8))
}

/// An address of a private network (RFC 1918, RFC 6598, RFC 4193), of the link or of the host.
pub fn is_private(address: &str) -> bool {
    match address.parse() {
        Ok(IpAddr::V4(v4)) => {
            let [first, second, ..] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || (first == 100 && second & 0xc0 == 64)
        }
        Ok(IpAddr::V6(v6)) => {
            v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use catseye_model::{Value, json};

    use super::*;

    fn origin(annotations: &Value, spec: &Value) -> Origin {
        let service = json!({"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "a", "annotations": annotations}, "spec": spec});
        of_load_balancer(&Object::new(service, None).unwrap())
    }

    #[test]
    fn annotations_and_ranges_tell_the_origin() {
        let none = json!({});
        assert_eq!(origin(&none, &none), Origin::Open);
        for (key, value) in [
            ("networking.gke.io/load-balancer-type", "Internal"),
            (
                "service.beta.kubernetes.io/aws-load-balancer-internal",
                "0.0.0.0/0",
            ),
            (
                "service.beta.kubernetes.io/aws-load-balancer-type",
                "external",
            ),
        ] {
            assert_eq!(
                origin(&json!({key: value}), &none),
                Origin::Internal,
                "{key}"
            );
        }
        let internet_facing = json!({
            "service.beta.kubernetes.io/aws-load-balancer-type": "external",
            "service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing"});
        assert_eq!(origin(&internet_facing, &none), Origin::Open);
        let off = json!({"service.beta.kubernetes.io/azure-load-balancer-internal": "false"});
        assert_eq!(origin(&off, &none), Origin::Open);
        let ranges = |range| json!({"loadBalancerSourceRanges": [range]});
        assert_eq!(
            origin(&none, &ranges("198.51.100.0/24")),
            Origin::Restricted
        );
        assert_eq!(origin(&none, &ranges("0.0.0.0/0")), Origin::Open);
        assert_eq!(
            origin(&none, &json!({"loadBalancerIP": "10.0.0.7"})),
            Origin::Internal
        );
    }

    #[test]
    fn private_addresses() {
        for private in [
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "fd00::1",
        ] {
            assert!(is_private(private), "{private}");
        }
        for public in [
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "2001:db8::1",
            "name",
        ] {
            assert!(!is_private(public), "{public}");
        }
    }
}
