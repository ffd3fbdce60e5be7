//! Databases and queues that operators run without authentication.

use catseye_model::{Kind, Object};

use super::custom_field::{Bad, CustomField};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An operator runs a database or queue without authentication
    ///
    /// Every pod that reaches the port reads and deletes the data, and on some of these products loads
    /// code (Redis modules, Solr configuration). One flaw in any application of the cluster is enough.
    ///
    /// **Fix:** Turn authentication on in the resource. Strimzi:
    /// ```yaml
    /// listeners:
    /// - name: tls
    ///   port: 9093
    ///   type: internal
    ///   tls: true
    ///   authentication: {type: scram-sha-512}
    /// ```
    "OPR-101" {
        severity: High,
        rows: ["F06"],
        fails: [
            r"
apiVersion: databases.spotahome.com/v1
kind: RedisFailover
metadata: {name: a}
spec: {redis: {replicas: 3}}
",
            r"
apiVersion: kafka.strimzi.io/v1
kind: Kafka
metadata: {name: a}
spec: {kafka: {listeners: [{name: tls, port: 9093, type: internal, tls: true}]}}
",
            r"
apiVersion: grafana.integreatly.org/v1beta1
kind: Grafana
metadata: {name: a}
spec: {config: {auth.anonymous: {enabled: 'true'}}}
",
        ],
        passes: [
            r"
apiVersion: databases.spotahome.com/v1
kind: RedisFailover
metadata: {name: a}
spec: {auth: {secretPath: redis-auth}}
---
apiVersion: kafka.strimzi.io/v1
kind: Kafka
metadata: {name: a}
spec:
  kafka:
    listeners: [{name: tls, port: 9093, type: internal, tls: true, authentication: {type: tls}}]
---
apiVersion: grafana.integreatly.org/v1beta1
kind: Grafana
metadata: {name: a}
spec: {config: {auth.anonymous: {enabled: 'false'}}}
---
apiVersion: k8ssandra.io/v1alpha1
kind: K8ssandraCluster
metadata: {name: on-by-default}
spec: {}
",
        ],
        run: ObjectsWhere("resources of database and queue operators", is_in_table, run),
    }
}

const fn auth(
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

const TABLE: &[CustomField] = &[
    auth(
        "kafka.strimzi.io",
        "Kafka",
        "spec/kafka/listeners[]/authentication",
        Bad::Missing,
        "a listener without authentication",
    ),
    auth(
        "broker.amq.io",
        "ActiveMQArtemis",
        "spec/deploymentPlan/requireLogin",
        Bad::NotTrue,
        "the broker asks for no login",
    ),
    auth(
        "databases.spotahome.com",
        "RedisFailover",
        "spec/auth/secretPath",
        Bad::Missing,
        "Redis without a password",
    ),
    auth(
        "redis.redis.opstreelabs.in",
        "Redis",
        "spec/kubernetesConfig/redisSecret",
        Bad::Missing,
        "Redis without a password",
    ),
    auth(
        "redis.redis.opstreelabs.in",
        "RedisCluster",
        "spec/kubernetesConfig/redisSecret",
        Bad::Missing,
        "Redis without a password",
    ),
    auth(
        "redis.redis.opstreelabs.in",
        "RedisReplication",
        "spec/kubernetesConfig/redisSecret",
        Bad::Missing,
        "Redis without a password",
    ),
    auth(
        "dragonflydb.io",
        "Dragonfly",
        "spec/authentication",
        Bad::Missing,
        "Dragonfly without a password",
    ),
    auth(
        "k8ssandra.io",
        "K8ssandraCluster",
        "spec/auth",
        Bad::False,
        "Cassandra without authentication",
    ),
    auth(
        "cassandra.datastax.com",
        "CassandraDatacenter",
        "spec/config/cassandra-yaml/authenticator",
        Bad::Word("AllowAllAuthenticator"),
        "Cassandra without authentication",
    ),
    auth(
        "scylla.scylladb.com",
        "ScyllaCluster",
        "spec/alternator/insecureDisableAuthorization",
        Bad::True,
        "Alternator without authorization",
    ),
    auth(
        "solr.apache.org",
        "SolrCloud",
        "spec/solrSecurity",
        Bad::Missing,
        "Solr without authentication",
    ),
    auth(
        "database.arangodb.com",
        "ArangoDeployment",
        "spec/auth/jwtSecretName",
        Bad::Word("none"),
        "ArangoDB without authentication",
    ),
    auth(
        "infinispan.org",
        "Infinispan",
        "spec/security/endpointAuthentication",
        Bad::False,
        "endpoints without authentication",
    ),
    auth(
        "grafana.integreatly.org",
        "Grafana",
        "spec/config/auth.anonymous/enabled",
        Bad::True,
        "Grafana admits anybody",
    ),
];

fn is_in_table(object: &Object) -> bool {
    object.kind() == Kind::Other && TABLE.iter().any(|row| row.is_of(object))
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    for row in TABLE.iter().filter(|row| row.is_of(object)) {
        for place in row.wrong_places(object) {
            found.at(place, row.words);
        }
    }
}
