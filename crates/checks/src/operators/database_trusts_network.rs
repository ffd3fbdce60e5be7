//! `pg_hba` rules of PostgreSQL operators that ask for no password, or forbid TLS.

use catseye_model::{FieldPath, Fields, Kind, Object, Severity};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A PostgreSQL cluster lets clients in without a password, or without TLS
    ///
    /// A `pg_hba` rule with `trust` makes whoever reaches the port any user that the rule names, `postgres`
    /// included, who may run programs on the server (`COPY … FROM PROGRAM`). The method `password`
    /// and rules of type `hostnossl` put passwords and data on the network in the clear.
    ///
    /// **Fix:** Ask for a password by challenge, over TLS:
    /// ```yaml
    /// pg_hba:
    /// - hostssl all all all scram-sha-256
    /// ```
    "OPR-102" {
        severity: High,
        rows: ["F06"],
        fails: [
            r"
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: a}
spec: {postgresql: {pg_hba: [host all all 10.0.0.0/8 trust]}}
",
            r"
apiVersion: acid.zalan.do/v1
kind: postgresql
metadata: {name: a}
spec: {patroni: {pg_hba: [hostnossl all all 0.0.0.0/0 md5, local all all trust]}}
",
        ],
        passes: [
            r"
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: a}
spec:
  postgresql:
    pg_hba:
    - hostssl all all all scram-sha-256
    - local all all trust
    - host all all 127.0.0.1/32 trust
    - host all all ::1/128 trust
    - hostnossl all all all reject
    - '# host all all all trust'
---
apiVersion: acid.zalan.do/v1
kind: postgresql
metadata: {name: a}
spec: {patroni: {pg_hba: [host all all 10.0.0.0 255.0.0.0 md5]}}
",
        ],
        run: ObjectsWhere("clusters of PostgreSQL operators", is_postgresql, run),
    }
}

/// Where the operators keep the rules.
const RULES: [(&str, &str, &str); 3] = [
    ("postgresql.cnpg.io", "Cluster", "spec.postgresql.pg_hba"),
    ("acid.zalan.do", "postgresql", "spec.patroni.pg_hba"),
    (
        "postgres-operator.crunchydata.com",
        "PostgresCluster",
        "spec.patroni.dynamicConfiguration.postgresql.pg_hba",
    ),
];

fn is_postgresql(object: &Object) -> bool {
    object.kind() == Kind::Other && RULES.iter().any(|rules| are_of(rules, object))
}

fn are_of((group, kind, _): &(&str, &str, &str), object: &Object) -> bool {
    *group == object.group() && *kind == object.kind_name()
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    for (_, _, path) in RULES.iter().filter(|rules| are_of(rules, object)) {
        for (index, rule) in object.value().list(path).iter().enumerate() {
            let Some((severity, words)) = rule.as_str().and_then(fault) else {
                continue;
            };
            let place = FieldPath::root().join(path).index(index);
            found.at_severity(severity, place, words);
        }
    }
}

/// What is wrong with a rule: `TYPE DATABASE USER ADDRESS [MASK] METHOD [OPTIONS]`.
fn fault(rule: &str) -> Option<(Severity, &'static str)> {
    let mut words = rule.split_whitespace();
    let kind = words.next()?;
    if !kind.starts_with("host") {
        return None;
    }
    let address = words.nth(2)?;
    // No method begins with a digit, every mask does.
    let method = words.find(|word| !word.starts_with(|c: char| c.is_ascii_digit()))?;
    let own_machine =
        address == "localhost" || address.starts_with("127.") || address.starts_with("::1");
    match method {
        "reject" => None,
        _ if own_machine => None,
        "trust" => Some((Severity::High, "asks for no password")),
        _ if kind == "hostnossl" => Some((Severity::Medium, "takes connections without TLS")),
        "password" => Some((Severity::Medium, "takes the password in the clear")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_no_method() {
        assert_eq!(fault("host all all 10.0.0.0 255.0.0.0 md5"), None);
        assert!(fault("host all all 10.0.0.0 255.0.0.0 trust").is_some());
        assert_eq!(fault("host all"), None);
        assert_eq!(fault(""), None);
    }
}
