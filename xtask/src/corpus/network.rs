//! How an application is reached: Services, Ingresses, policies, and a few Istio objects.

use serde_json::{Value, json};

use super::app::{App, Fault};
use super::random::Random;

/// The Service of `app` and what exposes it.
pub(super) fn services(app: &App, random: &mut Random) -> Vec<Value> {
    let mut objects = vec![service(app)];
    if app.shape == super::app::Shape::StatefulSet {
        objects.push(headless(app));
    }
    let exposed = app.has_any(&[Fault::NoTls, Fault::IngressSnippet]) || random.chance(35);
    if exposed {
        objects.push(ingress(app, random));
    } else if random.chance(12) {
        objects.push(virtual_service(app));
        objects.push(destination_rule(app));
    }
    objects
}

/// Who may talk to `app`.
pub(super) fn policies(app: &App, random: &mut Random) -> Vec<Value> {
    let mut objects = Vec::new();
    if !app.has(Fault::NoPolicy) {
        objects.push(network_policy(app));
    }
    if app.has(Fault::PermissiveMesh) || random.chance(8) {
        objects.push(peer_authentication(app));
        objects.push(authorization_policy(app));
    }
    objects
}

/// The policy every namespace starts from.
pub(super) fn default_deny(namespace: &str) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "default-deny", "namespace": namespace},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    })
}

fn service(app: &App) -> Value {
    let mut port = json!({"name": app.port_name, "port": 80, "targetPort": app.port_name});
    let mut spec = json!({"type": "ClusterIP", "selector": app.selector()});
    if app.has(Fault::NodePort) {
        spec["type"] = json!("NodePort");
        port["nodePort"] = json!(30000 + app.index % 2768);
    }
    if app.has(Fault::OpenLoadBalancer) {
        spec["type"] = json!("LoadBalancer");
        spec["loadBalancerSourceRanges"] = json!(["0.0.0.0/0"]);
    }
    spec["ports"] = json!([port]);
    app.object("v1", "Service", &app.name, json!({"spec": spec}))
}

fn headless(app: &App) -> Value {
    let name = format!("{}-headless", app.name);
    let body = json!({"spec": {
        "clusterIP": "None",
        "publishNotReadyAddresses": true,
        "selector": app.selector(),
        "ports": [{"name": app.port_name, "port": app.port}],
    }});
    app.object("v1", "Service", &name, body)
}

fn ingress(app: &App, random: &mut Random) -> Value {
    let host = format!("{}.{}.example.com", app.name, app.namespace);
    let backend = json!({"service": {"name": app.name, "port": {"name": app.port_name}}});
    let path = random.pick(&["/", "/", "/api", "/v1"]);
    let mut spec = json!({
        "ingressClassName": "nginx",
        "rules": [{
            "host": host,
            "http": {"paths": [{"path": path, "pathType": "Prefix", "backend": backend}]},
        }],
    });
    let mut annotations = json!({"nginx.ingress.kubernetes.io/proxy-body-size": "8m"});
    if !app.has(Fault::NoTls) {
        spec["tls"] = json!([{"hosts": [host], "secretName": format!("{}-tls", app.name)}]);
        annotations["cert-manager.io/cluster-issuer"] = json!("internal-ca");
    }
    if app.has(Fault::IngressSnippet) {
        annotations["nginx.ingress.kubernetes.io/configuration-snippet"] =
            json!("more_set_headers \"X-Frame-Options: SAMEORIGIN\";\nproxy_ssl_verify off;\n");
    }
    let mut object = app.object(
        "networking.k8s.io/v1",
        "Ingress",
        &app.name,
        json!({"spec": spec}),
    );
    object["metadata"]["annotations"] = annotations;
    object
}

fn network_policy(app: &App) -> Value {
    let spec = if app.has(Fault::OpenPolicy) {
        json!({
            "podSelector": {"matchLabels": app.selector()},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{}],
            "egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}],
        })
    } else {
        let gateway = json!({
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}},
            "podSelector": {"matchLabels": {"app.kubernetes.io/name": "ingress-nginx"}},
        });
        let dns = json!({
            "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
            "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
        });
        let database = json!({
            "to": [{"ipBlock": {"cidr": "10.40.0.0/16", "except": ["10.40.9.0/24"]}}],
            "ports": [{"port": 5432, "protocol": "TCP"}],
        });
        json!({
            "podSelector": {"matchLabels": app.selector()},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": [gateway], "ports": [{"port": app.port, "protocol": "TCP"}]}],
            "egress": [dns, database],
        })
    };
    app.object(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        &app.name,
        json!({"spec": spec}),
    )
}

fn virtual_service(app: &App) -> Value {
    let destination = |subset| json!({"host": app.name, "subset": subset});
    let body = json!({"spec": {
        "hosts": [app.name],
        "http": [{
            "timeout": "5s",
            "retries": {"attempts": 3, "perTryTimeout": "2s", "retryOn": "5xx,connect-failure"},
            "route": [
                {"destination": destination("stable"), "weight": 95},
                {"destination": destination("canary"), "weight": 5},
            ],
        }],
    }});
    app.object(
        "networking.istio.io/v1beta1",
        "VirtualService",
        &app.name,
        body,
    )
}

fn destination_rule(app: &App) -> Value {
    let mode = if app.has(Fault::PermissiveMesh) {
        "DISABLE"
    } else {
        "ISTIO_MUTUAL"
    };
    let body = json!({"spec": {
        "host": app.name,
        "trafficPolicy": {"tls": {"mode": mode}},
        "subsets": [
            {"name": "stable", "labels": app.selector()},
            {"name": "canary", "labels": {"track": "canary"}},
        ],
    }});
    app.object(
        "networking.istio.io/v1beta1",
        "DestinationRule",
        &app.name,
        body,
    )
}

fn peer_authentication(app: &App) -> Value {
    let mode = if app.has(Fault::PermissiveMesh) {
        "PERMISSIVE"
    } else {
        "STRICT"
    };
    let body =
        json!({"spec": {"selector": {"matchLabels": app.selector()}, "mtls": {"mode": mode}}});
    app.object(
        "security.istio.io/v1beta1",
        "PeerAuthentication",
        &app.name,
        body,
    )
}

fn authorization_policy(app: &App) -> Value {
    let rule = if app.has(Fault::PermissiveMesh) {
        json!({})
    } else {
        let caller = format!("cluster.local/ns/{}/sa/gateway", app.namespace);
        json!({
            "from": [{"source": {"principals": [caller]}}],
            "to": [{"operation": {"methods": ["GET", "POST"], "paths": ["/api/*"]}}],
        })
    };
    let body = json!({"spec": {
        "selector": {"matchLabels": app.selector()},
        "action": "ALLOW",
        "rules": [rule],
    }});
    app.object(
        "security.istio.io/v1beta1",
        "AuthorizationPolicy",
        &app.name,
        body,
    )
}
