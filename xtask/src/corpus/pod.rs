//! The pod specification shared by every workload kind: where most faults live.
//!
//! A faultless application passes the restricted Pod Security Standard, and has limits, probes and
//! digests; each fault takes one of these away or adds one thing that should not be there.

use serde_json::{Value, json};

use super::app::{App, Fault, Shape};
use super::random::Random;

const PUBLIC_IMAGES: &[(&str, &str)] = &[
    ("nginx", "1.25-alpine"),
    ("redis", "7.2"),
    ("postgres", "15.4"),
    ("docker.io/library/rabbitmq", "3.12-management"),
    ("quay.io/keycloak/keycloak", "22.0.5"),
    ("grafana/grafana", "10.2.0"),
    ("bitnami/mongodb", "6.0.11"),
    ("busybox", "1.36"),
    ("node", "18-slim"),
];

/// The specification of the pods of `app`.
pub(super) fn spec(app: &App, random: &mut Random) -> Value {
    let mut containers = vec![main_container(app, random)];
    if random.chance(15) {
        containers.push(sidecar(app, random));
    }
    let mut spec = json!({"containers": containers, "volumes": volumes(app)});

    if app.has(Fault::DefaultAccount) {
        // Half of those who use the default account say so.
        if random.chance(50) {
            spec["serviceAccountName"] = json!("default");
        }
    } else {
        spec["serviceAccountName"] = json!(app.account());
    }
    if !app.has(Fault::MountedToken) {
        spec["automountServiceAccountToken"] = json!(false);
    } else if random.chance(30) {
        spec["automountServiceAccountToken"] = json!(true);
    }
    if let Some(context) = pod_context(app) {
        spec["securityContext"] = context;
    }
    if app.has(Fault::HostNetwork) {
        spec["hostNetwork"] = json!(true);
        spec["dnsPolicy"] = json!("ClusterFirstWithHostNet");
    }
    if app.has(Fault::HostPid) {
        spec["hostPID"] = json!(true);
    }
    if matches!(app.shape, Shape::CronJob | Shape::Job) {
        spec["restartPolicy"] = json!(random.pick(&["OnFailure", "Never"]));
    }
    place(app, &mut spec, random);
    if random.chance(20) {
        spec["initContainers"] = json!([wait_for_database(app, random)]);
    }
    spec
}

fn pod_context(app: &App) -> Option<Value> {
    if app.has(Fault::NoSecurityContext) {
        return None;
    }
    if app.has(Fault::RunsAsRoot) {
        return Some(json!({"runAsUser": 0, "fsGroup": 0}));
    }
    let profile = if app.has(Fault::UnconfinedSeccomp) {
        "Unconfined"
    } else {
        "RuntimeDefault"
    };
    Some(json!({
        "runAsNonRoot": true,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "fsGroup": 10001,
        "seccompProfile": {"type": profile},
    }))
}

fn container_context(app: &App) -> Option<Value> {
    if app.has(Fault::Privileged) {
        return Some(json!({"privileged": true}));
    }
    if app.has(Fault::NoSecurityContext) {
        return None;
    }
    let mut context = json!({
        "allowPrivilegeEscalation": false,
        "readOnlyRootFilesystem": !app.has(Fault::WritableRoot),
        "capabilities": {"drop": ["ALL"]},
    });
    if app.has(Fault::AddedCapabilities) {
        context["allowPrivilegeEscalation"] = json!(true);
        context["capabilities"] = json!({"add": ["NET_ADMIN", "SYS_ADMIN"]});
    }
    Some(context)
}

fn main_container(app: &App, random: &mut Random) -> Value {
    let mut container = json!({
        "name": app.name,
        "image": image(app, random),
        "env": environment(app, random),
        "envFrom": [{"configMapRef": {"name": format!("{}-config", app.name)}}],
        "volumeMounts": mounts(app),
    });
    if app.has_any(&[Fault::LatestTag, Fault::NoTag]) || random.chance(40) {
        container["imagePullPolicy"] = json!(random.pick(&["Always", "IfNotPresent"]));
    }
    if let Some(context) = container_context(app) {
        container["securityContext"] = context;
    }
    if !app.has(Fault::NoLimits) {
        container["resources"] = resources(random);
    } else if random.chance(40) {
        container["resources"] = json!({"requests": {"cpu": "50m"}});
    }
    if app.serves() || app.shape == Shape::DaemonSet {
        container["ports"] = json!([port(app)]);
        if !app.has(Fault::NoProbes) {
            container["livenessProbe"] = probe(app, "/healthz", 15);
            container["readinessProbe"] = probe(app, "/ready", 5);
        }
    }
    if app.has(Fault::SecretInArgs) {
        let secret = random.token(24);
        container["args"] = json!([
            format!("--listen=:{}", app.port),
            format!("--api-token={secret}")
        ]);
    } else if random.chance(25) {
        container["command"] = json!(["/usr/local/bin/app"]);
        container["args"] = json!([
            "serve",
            "--config",
            "/etc/app/config.yaml",
            "--workers",
            "4"
        ]);
    } else if random.chance(10) {
        container["command"] = json!(["/bin/sh", "-c"]);
        container["args"] =
            json!(["set -eu\necho \"starting $(hostname)\"\nexec /app/run --log-level=info\n"]);
    }
    container
}

fn port(app: &App) -> Value {
    let mut port = json!({"name": app.port_name, "containerPort": app.port, "protocol": "TCP"});
    if app.has(Fault::HostPort) {
        port["hostPort"] = json!(app.port);
    }
    port
}

fn probe(app: &App, path: &str, delay: usize) -> Value {
    let check = if app.port_name == "grpc" {
        json!({"grpc": {"port": app.port}})
    } else {
        json!({"httpGet": {"path": path, "port": app.port_name}})
    };
    let mut probe = json!({"initialDelaySeconds": delay, "periodSeconds": 10, "timeoutSeconds": 3});
    if let (Value::Object(probe), Value::Object(check)) = (&mut probe, check) {
        probe.extend(check);
    }
    probe
}

fn resources(random: &mut Random) -> Value {
    let (request, limit) = random.pick(&[("50m", "200m"), ("100m", "500m"), ("250m", "1000m")]);
    let memory = random.pick(&["128Mi", "256Mi", "512Mi", "1Gi"]);
    json!({
        "requests": {"cpu": request, "memory": memory},
        "limits": {"cpu": limit, "memory": memory},
    })
}

/// The image by digest, unless a fault says otherwise.
fn image(app: &App, random: &mut Random) -> String {
    let own = format!("registry.example.com/{}/{}", app.namespace, app.name);
    let careless = app.has_any(&[Fault::LatestTag, Fault::NoTag, Fault::NoDigest]);
    if !careless {
        return format!("{own}:{}@sha256:{}", app.version, app.digest);
    }
    let (public, public_tag) = random.pick(PUBLIC_IMAGES);
    let (name, tag) = if random.chance(50) {
        (own.as_str(), app.version.as_str())
    } else {
        (public, public_tag)
    };
    if app.has(Fault::LatestTag) {
        format!("{name}:latest")
    } else if app.has(Fault::NoTag) {
        name.to_owned()
    } else {
        format!("{name}:{tag}")
    }
}

fn environment(app: &App, random: &mut Random) -> Vec<Value> {
    let secret = format!("{}-credentials", app.name);
    let mut env = vec![
        json!({"name": "PORT", "value": app.port.to_string()}),
        json!({"name": "LOG_LEVEL", "value": random.pick(&["info", "debug", "warn"])}),
        json!({"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}),
    ];
    if app.has(Fault::EnvPassword) {
        let password = random.token(16);
        env.push(json!({"name": "DB_PASSWORD", "value": password}));
        if random.chance(30) {
            let url = format!(
                "postgres://app:{}@db.{}.svc:5432/app",
                random.token(12),
                app.namespace
            );
            env.push(json!({"name": "DATABASE_URL", "value": url}));
        }
    } else {
        let reference = json!({"secretKeyRef": {"name": secret, "key": "password"}});
        env.push(json!({"name": "DB_PASSWORD", "valueFrom": reference}));
    }
    if random.chance(25) {
        let options = "-XX:+UseG1GC -XX:MaxRAMPercentage=75 -Djava.security.egd=file:/dev/urandom \
                       -Dfile.encoding=UTF-8 -Duser.timezone=UTC";
        env.push(json!({"name": "JAVA_TOOL_OPTIONS", "value": options}));
    }
    if random.chance(30) {
        env.push(json!({"name": "FEATURE_NEW_PRICING", "value": "true"}));
    }
    env
}

fn mounts(app: &App) -> Vec<Value> {
    let mut mounts = vec![
        json!({"name": "tmp", "mountPath": "/tmp"}),
        json!({"name": "config", "mountPath": "/etc/app", "readOnly": true}),
    ];
    if app.shape == Shape::StatefulSet {
        mounts.push(json!({"name": "data", "mountPath": "/var/lib/data"}));
    }
    if app.shape == Shape::CronJob {
        mounts.push(json!({"name": "scratch", "mountPath": "/scratch"}));
    }
    if app.has(Fault::HostPath) {
        mounts.push(json!({"name": "host-root", "mountPath": "/host"}));
    }
    if app.has(Fault::RuntimeSocket) {
        mounts.push(json!({"name": "runtime", "mountPath": "/var/run/docker.sock"}));
    }
    mounts
}

fn volumes(app: &App) -> Vec<Value> {
    let mut volumes = vec![
        json!({"name": "tmp", "emptyDir": {}}),
        json!({"name": "config", "configMap": {"name": format!("{}-config", app.name)}}),
    ];
    if app.shape == Shape::CronJob {
        let claim = format!("{}-scratch", app.name);
        volumes.push(json!({"name": "scratch", "persistentVolumeClaim": {"claimName": claim}}));
    }
    if app.has(Fault::HostPath) {
        volumes.push(json!({"name": "host-root", "hostPath": {"path": "/", "type": "Directory"}}));
    }
    if app.has(Fault::RuntimeSocket) {
        volumes.push(json!({"name": "runtime", "hostPath": {"path": "/var/run/docker.sock"}}));
    }
    volumes
}

fn sidecar(app: &App, random: &mut Random) -> Value {
    let (name, repository) = random.pick(&[
        ("log-shipper", "fluent/fluent-bit"),
        ("otel-agent", "otel/opentelemetry-collector"),
        ("exporter", "prom/statsd-exporter"),
    ]);
    let mut container = json!({
        "name": name,
        "image": format!("{repository}:{}@sha256:{}", app.version, random.hex(64)),
        "imagePullPolicy": "IfNotPresent",
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    });
    if app.has(Fault::NoDigest) {
        container["image"] = json!(format!("{repository}:{}", app.version));
    }
    harden_helper(app, &mut container);
    container
}

fn wait_for_database(app: &App, random: &mut Random) -> Value {
    let mut container = json!({
        "name": "wait-for-db",
        "image": format!("busybox:1.36@sha256:{}", random.hex(64)),
        "command": ["sh", "-c", format!("until nc -z db.{}.svc 5432; do sleep 2; done", app.namespace)],
    });
    harden_helper(app, &mut container);
    container
}

/// Helper containers are as careful as the main one about rights and limits.
fn harden_helper(app: &App, container: &mut Value) {
    if !app.has(Fault::NoSecurityContext) {
        container["securityContext"] = json!({
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "capabilities": {"drop": ["ALL"]},
        });
    }
    if !app.has(Fault::NoLimits) {
        container["resources"] = json!({
            "requests": {"cpu": "10m", "memory": "32Mi"},
            "limits": {"cpu": "50m", "memory": "64Mi"},
        });
    }
}

/// Where the scheduler may put it.
fn place(app: &App, spec: &mut Value, random: &mut Random) {
    if app.shape == Shape::DaemonSet {
        spec["tolerations"] = json!([{"operator": "Exists", "effect": "NoSchedule"}]);
    } else if random.chance(30) {
        spec["topologySpreadConstraints"] = json!([{
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": app.selector()},
        }]);
    } else if random.chance(20) {
        let term = json!({
            "topologyKey": "kubernetes.io/hostname",
            "labelSelector": {"matchLabels": app.selector()},
        });
        spec["affinity"] = json!({"podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "podAffinityTerm": term}],
        }});
    }
}
