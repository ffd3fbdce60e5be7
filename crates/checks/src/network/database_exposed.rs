//! A database that the outside reaches.

use catseye_model::pod::Container;
use catseye_model::{Fields as _, Object, PodView, Value};

use super::exposure::{Door, Way};
use super::topology::Topology;
use super::{gateway, image, ingress};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A database is reachable from outside
    ///
    /// A database speaks to whoever reaches its port; many come without a password, with a known one, or with one
    /// that can be tried for as long as it takes. Scanners find open Redis, MongoDB and Elasticsearch within hours,
    /// and data is copied, deleted or held to ransom; some of them also run code.
    ///
    /// What answers behind a load balancer, a node port, an Ingress or a route is known by its image, by its port
    /// or by its labels. A database beside a program in one pod is not meant where the way leads to the program.
    ///
    /// **Fix:** Keep the Service `ClusterIP`, and let clients in the cluster alone reach it:
    /// ```yaml
    /// spec:
    ///   type: ClusterIP
    /// ```
    /// For people, `kubectl port-forward` or a VPN; for other networks, an internal load balancer with source ranges.
    "NET-123" {
        severity: High,
        rows: ["D22"],
        fails: [
            r"
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: data}
spec:
  serviceName: data
  template:
    metadata: {labels: {app: data}}
    spec: {containers: [{name: a, image: 'registry.example.com/bitnami/postgresql:16'}]}
---
apiVersion: v1
kind: Service
metadata: {name: data}
spec: {type: LoadBalancer, selector: {app: data}, ports: [{port: 15432, targetPort: 5432}]}
",
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: search}
spec:
  template:
    metadata: {labels: {app: search}}
    spec: {containers: [{name: a, image: 'docker.elastic.co/elasticsearch/elasticsearch:8.1.0', ports: [{name: http, containerPort: 9200}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: search}
spec: {selector: {app: search}, ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: search}
spec: {rules: [{host: search.example.com, http: {paths: [{path: /, backend: {service: {name: search, port: {name: http}}}}]}}]}
",
            // By its port: nobody knows the image.
            r"
apiVersion: v1
kind: Pod
metadata: {name: store, labels: {app: store}}
spec: {containers: [{name: a, image: 'example.com/own/store:1', ports: [{containerPort: 6379}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: store}
spec: {type: NodePort, selector: {app: store}, ports: [{port: 6379}]}
",
            // By its labels.
            r"
apiVersion: v1
kind: Pod
metadata: {name: store, labels: {app.kubernetes.io/name: mongodb}}
spec: {containers: [{name: a, image: 'example.com/own/store:1', ports: [{containerPort: 4000}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: store}
spec: {externalIPs: [198.51.100.7], selector: {app.kubernetes.io/name: mongodb}, ports: [{port: 4000}]}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: db, labels: {app: db}}
spec: {containers: [{name: a, image: 'mysql:8'}]}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {selector: {app: db}, ports: [{port: 3306}]}
---
apiVersion: gateway.networking.k8s.io/v1alpha2
kind: TCPRoute
metadata: {name: db}
spec: {parentRefs: [{name: elsewhere}], rules: [{backendRefs: [{name: db, port: 3306}]}]}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: db, labels: {app: db}}
spec: {containers: [{name: a, image: 'postgres:16'}]}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {selector: {app: db}, ports: [{port: 5432}]}
---
apiVersion: v1
kind: Service
metadata: {name: internal, annotations: {networking.gke.io/load-balancer-type: Internal}}
spec: {type: LoadBalancer, selector: {app: db}, ports: [{port: 5432}]}
",
            // The way leads to the program, not to the cache beside it.
            r"
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  containers:
  - {name: web, image: 'example.com/web:1', ports: [{containerPort: 8080}]}
  - {name: cache, image: 'redis:7', ports: [{containerPort: 6379}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
",
            // The Ingress names the port of the program.
            r"
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  containers:
  - {name: web, image: 'example.com/web:1', ports: [{containerPort: 8080}]}
  - {name: cache, image: 'redis:7', ports: [{containerPort: 6379}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}, {name: cache, port: 6379}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {rules: [{host: web.example.com, http: {paths: [{path: /, backend: {service: {name: web, port: {number: 80}}}}]}}]}
",
            // Programs about databases are none.
            r"
apiVersion: v1
kind: Pod
metadata: {name: exporter, labels: {app: exporter}}
spec: {containers: [{name: a, image: 'prometheuscommunity/postgres-exporter:v0.15.0', ports: [{containerPort: 9187}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: exporter}
spec: {type: NodePort, selector: {app: exporter}, ports: [{port: 9187}]}
",
        ],
        run: Pods(run),
    }
}

/// A database: what it is called, how its images end, and the TCP ports that are its alone.
struct Database {
    title: &'static str,
    names: &'static [&'static str],
    ports: &'static [i64],
}

#[rustfmt::skip] // One database a line.
const DATABASES: &[Database] = &[
    Database { title: "PostgreSQL", names: &["postgres", "postgresql", "postgis", "timescaledb", "pgvector", "pgbouncer", "spilo"], ports: &[5432] },
    Database { title: "MySQL", names: &["mysql", "mysql-server", "percona", "percona-server"], ports: &[3306, 33060] },
    Database { title: "MariaDB", names: &["mariadb", "mariadb-galera"], ports: &[] },
    Database { title: "MongoDB", names: &["mongo", "mongodb", "mongodb-community-server", "percona-server-mongodb"], ports: &[27017, 27018, 27019] },
    Database { title: "Redis", names: &["redis", "redis-stack", "redis-stack-server", "redis-cluster", "valkey", "keydb", "dragonfly"], ports: &[6379] },
    Database { title: "Memcached", names: &["memcached"], ports: &[11211] },
    Database { title: "Elasticsearch", names: &["elasticsearch", "opensearch"], ports: &[9200, 9300] },
    Database { title: "Microsoft SQL Server", names: &["mssql/server", "azure-sql-edge"], ports: &[1433] },
    Database { title: "Oracle Database", names: &["database/enterprise", "database/express", "oracle-xe", "oracle-free"], ports: &[1521] },
    Database { title: "Cassandra", names: &["cassandra", "scylla"], ports: &[9042] },
    Database { title: "CouchDB", names: &["couchdb"], ports: &[5984] },
    Database { title: "CockroachDB", names: &["cockroachdb/cockroach", "cockroach"], ports: &[26257] },
    Database { title: "ClickHouse", names: &["clickhouse", "clickhouse-server"], ports: &[] },
    Database { title: "InfluxDB", names: &["influxdb"], ports: &[] },
    Database { title: "Neo4j", names: &["neo4j"], ports: &[7687] },
    Database { title: "etcd", names: &["etcd"], ports: &[2379] },
    Database { title: "RethinkDB", names: &["rethinkdb"], ports: &[28015] },
];

/// What a pod without a known image is called where labels say only what part it plays.
const SOME: &str = "a database";
/// Ports of HTTP: what a label alone calls a database is none behind these.
const WEB: [i64; 4] = [80, 443, 8080, 8443];

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    let Some(id) = context.inventory.id_of(pod.object) else {
        return;
    };
    let topology = context.index::<Topology>();
    for way in topology.exposure.of_workload(id) {
        let through = context.inventory.object(way.through);
        let service = context.inventory.object(way.service);
        let ports = service.value().list("spec.ports").iter();
        let database = ports
            .filter(|port| port.text("protocol").unwrap_or("TCP") == "TCP")
            .filter(|port| is_opened(way, through, service, port))
            .find_map(|port| behind(pod, port));
        if let Some(title) = database {
            let door = way.door.describe(through);
            found.at(
                pod.metadata_path("labels"),
                format!("{title} is reachable through {door}"),
            );
        }
    }
}

/// Whether the way leads to this port of the Service: what routes names one, the Service itself opens all.
fn is_opened(way: &Way, through: &Object, service: &Object, port: &Value) -> bool {
    let mut named: Vec<&Value> = Vec::new();
    match way.door {
        Door::Ingress => {
            for backend in ingress::backends(through) {
                if backend.service == Some(service.name()) {
                    named.push(backend.port);
                }
            }
        }
        Door::GatewayApi => {
            for backend in gateway::backends(through) {
                if backend.name == service.name() {
                    named.push(backend.value.at("port"));
                }
            }
        }
        Door::LoadBalancer | Door::NodePort | Door::ExternalIp | Door::Istio => return true,
    }
    // A Service that another one stands for is named by nobody.
    named.is_empty() || named.into_iter().any(|wanted| is_port(wanted, port))
}

/// Whether a number or a name means this port of a Service.
fn is_port(wanted: &Value, port: &Value) -> bool {
    match wanted {
        Value::Null => true,
        Value::String(name) => {
            port.text("name") == Some(name.as_str())
                || name
                    .parse::<i64>()
                    .is_ok_and(|number| port.integer("port") == Some(number))
        }
        number => number.integer("") == port.integer("port"),
    }
}

/// The database that answers behind a port of a Service.
fn behind(pod: &PodView<'_>, port: &Value) -> Option<&'static str> {
    let target = port.at("targetPort");
    let text = target.as_str().filter(|text| text.parse::<i64>().is_err());
    let number = target
        .integer("")
        .or_else(|| target.as_str()?.parse().ok())
        .filter(|number| *number != 0)
        .or_else(|| port.integer("port").filter(|_| text.is_none()));
    let is_meant = |container: &Container<'_>| {
        container.ports().any(|known| match text {
            Some(name) => known.name == Some(name),
            None => known.number == number,
        })
    };
    let declaring = pod.long_running_containers().find(|it| is_meant(it));
    let number = number.or_else(|| {
        let mut ports = declaring?.ports();
        ports.find(|known| known.name == text)?.number
    });
    let is_own = |database: &Database| number.is_some_and(|it| database.ports.contains(&it));
    let alone = pod.main_containers().count() == 1;
    let by_image = |container: &Container<'_>| {
        let repository = image::repository(container.image?);
        DATABASES.iter().find(|database| {
            let mut names = database.names.iter();
            names.any(|name| {
                let rest = repository.strip_suffix(name);
                rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
            })
        })
    };
    if let Some(container) = declaring {
        if let Some(database) = by_image(container) {
            return Some(database.title);
        }
    } else {
        // Declaring ports is voluntary: the only container answers, or the one whose port it is.
        let mut silent = pod.main_containers().filter_map(by_image);
        let answering = silent.find(|database| alone || is_own(database));
        if let Some(database) = answering {
            return Some(database.title);
        }
    }
    if let Some(database) = DATABASES.iter().find(|database| is_own(database)) {
        return Some(database.title);
    }
    by_labels(pod).filter(|_| alone && number.is_none_or(|number| !WEB.contains(&number)))
}

/// The database that the labels speak of.
fn by_labels(pod: &PodView<'_>) -> Option<&'static str> {
    let names = ["app.kubernetes.io/name", "app", "k8s-app"];
    let by_name = names.into_iter().filter_map(|key| pod.label(key));
    let known = by_name
        .filter_map(|name| DATABASES.iter().find(|it| it.names.contains(&name)))
        .map(|database| database.title)
        .next();
    known.or_else(|| {
        let parts = ["app.kubernetes.io/component", "component", "tier"];
        let mut parts = parts.into_iter().filter_map(|key| pod.label(key));
        parts
            .any(|part| ["database", "db"].contains(&part))
            .then_some(SOME)
    })
}
