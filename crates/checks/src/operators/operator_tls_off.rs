//! Databases and queues that operators run without TLS.

use catseye_model::{Kind, Object};

use super::custom_field::{Bad, CustomField};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An operator runs a database or queue without TLS
    ///
    /// Clients send passwords and data over the pod network in the clear. Every pod that shares a node
    /// with client or server, and everyone who can redirect traffic (a poisoned DNS, a forged ARP
    /// answer, a stolen node), reads and alters it.
    ///
    /// **Fix:** Turn TLS on in the resource; the operator mostly makes the certificates itself. Strimzi:
    /// ```yaml
    /// kind: Kafka
    /// spec:
    ///   kafka:
    ///     listeners:
    ///     - {name: tls, port: 9093, type: internal, tls: true}
    /// ```
    "OPR-006" {
        severity: Medium,
        rows: ["F06"],
        fails: [
            r"
apiVersion: etcd.database.coreos.com/v1beta2
kind: EtcdCluster
metadata: {name: a}
spec: {size: 3}
",
            r"
apiVersion: kafka.strimzi.io/v1
kind: Kafka
metadata: {name: a}
spec:
  kafka:
    listeners:
    - {name: tls, port: 9093, type: internal, tls: true}
    - {name: plain, port: 9092, type: internal, tls: false}
",
            r"
apiVersion: elasticsearch.k8s.elastic.co/v1
kind: Elasticsearch
metadata: {name: a}
spec: {http: {tls: {selfSignedCertificate: {disabled: true}}}}
",
            r"
apiVersion: mongodbcommunity.mongodb.com/v1
kind: MongoDBCommunity
metadata: {name: a}
spec: {members: 3}
",
            r"
apiVersion: app.redislabs.com/v1alpha1
kind: RedisEnterpriseDatabase
metadata: {name: a}
spec: {memorySize: 1GB}
",
        ],
        passes: [
            r"
apiVersion: etcd.database.coreos.com/v1beta2
kind: EtcdCluster
metadata: {name: a}
spec: {TLS: {static: {member: {peerSecret: a, serverSecret: b}, operatorSecret: c}}}
---
apiVersion: kafka.strimzi.io/v1
kind: Kafka
metadata: {name: a}
spec: {kafka: {listeners: [{name: tls, port: 9093, type: internal, tls: true}]}}
---
# The certificate is the team's own.
apiVersion: elasticsearch.k8s.elastic.co/v1
kind: Elasticsearch
metadata: {name: a}
spec: {http: {tls: {certificate: {secretName: mine}, selfSignedCertificate: {disabled: true}}}}
---
apiVersion: elasticsearch.k8s.elastic.co/v1
kind: Elasticsearch
metadata: {name: on-by-default}
spec: {version: 9.0.0}
---
apiVersion: app.redislabs.com/v1alpha1
kind: RedisEnterpriseDatabase
metadata: {name: a}
spec: {tlsMode: enabled}
---
# Another product that also has a kind of that name.
apiVersion: example.com/v1
kind: Kafka
metadata: {name: a}
spec: {kafka: {listeners: [{name: plain, tls: false}]}}
",
        ],
        run: ObjectsWhere("resources of database and queue operators", is_in_table, run),
    }
}

const fn tls(
    group: &'static str,
    kind: &'static str,
    path: &'static str,
    bad: Bad,
    words: &'static str,
) -> CustomField {
    CustomField {
        group,
        kind,
        path,
        bad,
        unless: "",
        words,
    }
}

/// Elastic's own certificate turned off, and none given instead.
const fn elastic(group: &'static str, kind: &'static str) -> CustomField {
    CustomField {
        group,
        kind,
        path: "spec/http/tls/selfSignedCertificate/disabled",
        bad: Bad::True,
        unless: "spec.http.tls.certificate.secretName",
        words: "serves plain HTTP",
    }
}

const TABLE: &[CustomField] = &[
    // etcd
    tls(
        "etcd.database.coreos.com",
        "EtcdCluster",
        "spec/TLS",
        Bad::Missing,
        "etcd without TLS",
    ),
    tls(
        "operator.etcd.io",
        "EtcdCluster",
        "spec/tls",
        Bad::Missing,
        "etcd without TLS",
    ),
    tls(
        "etcd.aenix.io",
        "EtcdCluster",
        "spec/security/tls",
        Bad::Missing,
        "etcd without TLS",
    ),
    tls(
        "druid.gardener.cloud",
        "Etcd",
        "spec/etcd/clientUrlTls",
        Bad::Missing,
        "etcd clients without TLS",
    ),
    // Queues
    tls(
        "kafka.strimzi.io",
        "Kafka",
        "spec/kafka/listeners[]/tls",
        Bad::NotTrue,
        "a listener without TLS",
    ),
    tls(
        "kafka.strimzi.io",
        "KafkaConnect",
        "spec/tls",
        Bad::Missing,
        "connects to brokers without TLS",
    ),
    tls(
        "kafka.strimzi.io",
        "KafkaBridge",
        "spec/tls",
        Bad::Missing,
        "connects to brokers without TLS",
    ),
    tls(
        "rabbitmq.com",
        "RabbitmqCluster",
        "spec/tls/secretName",
        Bad::Missing,
        "AMQP without TLS",
    ),
    tls(
        "broker.amq.io",
        "ActiveMQArtemis",
        "spec/acceptors[]/sslEnabled",
        Bad::NotTrue,
        "an acceptor without TLS",
    ),
    // Search
    elastic("elasticsearch.k8s.elastic.co", "Elasticsearch"),
    elastic("kibana.k8s.elastic.co", "Kibana"),
    elastic("apm.k8s.elastic.co", "ApmServer"),
    elastic("enterprisesearch.k8s.elastic.co", "EnterpriseSearch"),
    elastic("maps.k8s.elastic.co", "ElasticMapsServer"),
    elastic("agent.k8s.elastic.co", "Agent"),
    tls(
        "solr.apache.org",
        "SolrCloud",
        "spec/solrTLS",
        Bad::Missing,
        "Solr without TLS",
    ),
    // Documents and keys
    tls(
        "mongodbcommunity.mongodb.com",
        "MongoDBCommunity",
        "spec/security/tls/enabled",
        Bad::NotTrue,
        "MongoDB without TLS",
    ),
    CustomField {
        group: "mongodb.com",
        kind: "MongoDB",
        path: "spec/security/tls/enabled",
        bad: Bad::NotTrue,
        unless: "spec.security.certsSecretPrefix",
        words: "MongoDB without TLS",
    },
    tls(
        "psmdb.percona.com",
        "PerconaServerMongoDB",
        "spec/tls/mode",
        Bad::Word("disabled"),
        "MongoDB without TLS",
    ),
    tls(
        "psmdb.percona.com",
        "PerconaServerMongoDB",
        "spec/tls/mode",
        Bad::Word("allowTLS"),
        "MongoDB's members talk without TLS",
    ),
    tls(
        "redis.redis.opstreelabs.in",
        "Redis",
        "spec/TLS",
        Bad::Missing,
        "Redis without TLS",
    ),
    tls(
        "redis.redis.opstreelabs.in",
        "RedisCluster",
        "spec/TLS",
        Bad::Missing,
        "Redis without TLS",
    ),
    tls(
        "redis.redis.opstreelabs.in",
        "RedisReplication",
        "spec/TLS",
        Bad::Missing,
        "Redis without TLS",
    ),
    tls(
        "app.redislabs.com",
        "RedisEnterpriseDatabase",
        "spec/tlsMode",
        Bad::NotWord("enabled"),
        "Redis without TLS for clients",
    ),
    tls(
        "dragonflydb.io",
        "Dragonfly",
        "spec/tlsSecretRef",
        Bad::Missing,
        "Dragonfly without TLS",
    ),
    tls(
        "couchbase.com",
        "CouchbaseCluster",
        "spec/networking/tls",
        Bad::Missing,
        "Couchbase without TLS",
    ),
    tls(
        "database.arangodb.com",
        "ArangoDeployment",
        "spec/tls/caSecretName",
        Bad::Word("none"),
        "ArangoDB without TLS",
    ),
    tls(
        "infinispan.org",
        "Infinispan",
        "spec/security/endpointEncryption/type",
        Bad::Word("none"),
        "endpoints without TLS",
    ),
    // SQL
    tls(
        "k8s.mariadb.com",
        "MariaDB",
        "spec/tls/enabled",
        Bad::False,
        "MariaDB without TLS",
    ),
    tls(
        "pxc.percona.com",
        "PerconaXtraDBCluster",
        "spec/tls/enabled",
        Bad::False,
        "MySQL without TLS",
    ),
    tls(
        "pingcap.com",
        "TidbCluster",
        "spec/tlsCluster/enabled",
        Bad::NotTrue,
        "TiDB's members talk without TLS",
    ),
    tls(
        "pingcap.com",
        "TidbCluster",
        "spec/tidb/tlsClient/enabled",
        Bad::NotTrue,
        "TiDB's clients talk without TLS",
    ),
    tls(
        "crdb.cockroachlabs.com",
        "CrdbCluster",
        "spec/tlsEnabled",
        Bad::NotTrue,
        "CockroachDB without TLS",
    ),
    tls(
        "scylla.scylladb.com",
        "ScyllaCluster",
        "spec/alternator/insecureEnableHTTP",
        Bad::True,
        "Alternator over plain HTTP",
    ),
    // Storage, secrets, sign-in
    CustomField {
        group: "minio.min.io",
        kind: "Tenant",
        path: "spec/requestAutoCert",
        bad: Bad::False,
        unless: "spec.externalCertSecret",
        words: "MinIO without TLS",
    },
    tls(
        "vault.banzaicloud.com",
        "Vault",
        "spec/config/listener/tcp/tls_disable",
        Bad::True,
        "Vault without TLS",
    ),
    CustomField {
        group: "k8s.keycloak.org",
        kind: "Keycloak",
        path: "spec/http/httpEnabled",
        bad: Bad::True,
        unless: "spec.http.tlsSecret",
        words: "Keycloak over plain HTTP",
    },
];

fn is_in_table(object: &Object) -> bool {
    matches!(object.kind(), Kind::Other | Kind::EtcdCluster)
        && TABLE.iter().any(|row| row.is_of(object))
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    for row in TABLE.iter().filter(|row| row.is_of(object)) {
        for place in row.wrong_places(object) {
            found.at(place, row.words);
        }
    }
}
