//! Keys, tokens and passwords in standard forms: PEM, JWT, URLs, connection strings, hashes.

use super::inspect::{
    decodes_to_private_key, decodes_to_user_and_password, has_digit, has_key_body, is_jwt,
    is_literal_password, is_literal_token, is_service_account_token,
};
use super::{Format, format};
use crate::credential::Confidence;

#[rustfmt::skip]
pub(super) const FORMATS: &[Format] = &[
    format("encrypted-private-key", "encrypted private key", &["ENCRYPTED PRIVATE KEY", "4,ENCRYPTED"], r"(-{3,5} ?BEGIN ENCRYPTED PRIVATE KEY ?-{3,5}|-{5}BEGIN [A-Z ]{1,20}PRIVATE KEY-{5}(?:\s|\\n)+Proc-Type: 4,ENCRYPTED)").multiline().confidence(Confidence::Medium),
    format("pgp-private-key", "PGP private key", &["PGP PRIVATE KEY"], r"(-{3,5} ?BEGIN PGP PRIVATE KEY BLOCK ?-{3,5})"),
    format("private-key", "private key", &["PRIVATE KEY"], r"(-{3,5} ?BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY ?-{3,5}(?:(?:\s|\\n|\\r)*[A-Za-z0-9+/=:, .-]{0,64}){0,2})").multiline().accept(has_key_body),
    format("private-key-base64", "base64 of a private key", &["LS0tLS1CRUdJTi"], r"(LS0tLS1CRUdJTi[A-Za-z0-9+/]{32,}={0,2})").accept(decodes_to_private_key),
    format("putty-private-key", "PuTTY private key", &["PuTTY-User-Key-File"], r"(PuTTY-User-Key-File-[0-9])"),
    format("age-secret-key", "age secret key", &["AGE-SECRET-KEY-1"], r"(AGE-SECRET-KEY-1[A-Z0-9]{58})"),
    format("wireguard-private-key", "WireGuard private key", &["PrivateKey"], r"\bPrivateKey\s{0,4}=\s{0,4}([A-Za-z0-9+/]{43}=)"),
    format("jwk-private-key", "private JSON Web Key", &["kty"], r#"\\?"d\\?"\s*:\s*\\?"([A-Za-z0-9_-]{40,})\\?""#).multiline(),
    format("service-account-token", "Kubernetes service account token", &["eyJ"], r"\b(eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,})").accept(is_service_account_token),
    format("jwt", "JSON Web Token", &["eyJ"], r"\b(eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,})").accept(is_jwt),
    format("grafana-api-key", "Grafana API key", &["eyJrIjoi"], r"\b(eyJrIjoi[A-Za-z0-9+/]{40,}={0,2})"),
    format("database-url", "database URL with a password", &["@"], r#"\b(?i-u:postgres|postgresql|mysql|mariadb|mssql|sqlserver|cockroachdb|clickhouse|mongodb|redis|rediss|amqp|amqps|cassandra|neo4j|bolt|ldap|ldaps|nats)(?:\+[a-z0-9]+)?://[^\s/:@"'`<>]*:([^\s/@"'`<>]+)@[^\s@/]"#).accept(is_literal_password),
    format("url-with-password", "URL with a password", &["@"], r#"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@"'`<>?#]*:([^\s/@"'`<>]+)@[A-Za-z0-9\[]"#).accept(is_literal_password),
    format("mysql-dsn", "database DSN with a password", &["@tcp(", "@unix("], r#"[A-Za-z0-9_.-]+:([^\s:@/"'`]+)@(?:tcp|unix)\("#).accept(is_literal_password),
    format("jdbc-url", "JDBC URL with a password", &["jdbc:"], r#"(?i-u:jdbc):[a-z0-9:]{2,40}[^\s"']*[?&;](?i-u:password|pwd)=([^\s&;"'}]+)"#).accept(is_literal_password),
    format("ado-connection-string", "connection string with a password", &["password=", "pwd="], r#"(?i-u:server|data source|host|addr|address|uid|user id|user|username|account|database|initial catalog)\s?=[^;\n"']+;(?:[^;\n"']*;){0,12}\s*(?i-u:password|pwd)\s?=\s?([^;\s"']+)"#).accept(is_literal_password),
    format("libpq-connection-string", "connection string with a password", &["password="], r#"\b(?:host|user|dbname|port|sslmode)=[^\s;]+[ ](?:[a-z_]+=[^\s]+[ ]){0,8}password=([^\s;&"']+)"#).accept(is_literal_password),
    format("basic-auth-header", "basic authentication header", &["Basic "], r"\b(?i-u:Basic) ([A-Za-z0-9+/]{8,}={0,2})").accept(decodes_to_user_and_password),
    format("bearer-header", "bearer token header", &["Bearer "], r#"(?i-u:authorization)\\?["']?\s*[:=,]?\s*\\?["']?(?i-u:Bearer) ([A-Za-z0-9._~+/-]{16,}=*)"#).accept(is_literal_token),
    format("docker-config-auth", "container registry login", &["auth"], r#""?auth\\?"\s*:\s*\\?"([A-Za-z0-9+/]{8,}={0,2})\\?""#).accept(decodes_to_user_and_password),
    format("netrc-password", "netrc password", &["machine "], r"\bmachine\s+\S+\s+login\s+\S+\s+password\s+(\S+)").multiline().accept(is_literal_password),
    format("password-hash", "password hash", &["$2a$", "$2b$", "$2y$", "$apr1$", "$5$", "$6$", "$argon2", "{SSHA}"], r"(\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}|\$apr1\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}|\$[56]\$(?:rounds=[0-9]+\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{43,86}|\$argon2(?:id|i|d)\$v=[0-9]+\$[a-z0-9=,]+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]{20,}|\{SSHA\}[A-Za-z0-9+/]{32,}={0,2})").confidence(Confidence::Low),
    format("bootstrap-token", "kubeadm bootstrap token", &["token"], r#"(?i-u:token)\\?["']?[ =:]{1,4}\\?["']?([a-z0-9]{6}\.[a-z0-9]{16})(?:$|[^a-z0-9.])"#).accept(has_digit),
];
