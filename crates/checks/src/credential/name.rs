//! What the name beside a value promises: `DB_PASSWORD` holds a credential, `PASSWORD_FILE` says
//! where one is, `MONKEY` is a monkey.
//!
//! Names are cut into words at punctuation and at camel-case humps, so that `key` is found in
//! `apiKey` and not in `KEYBOARD`. A word that makes the name a reference or a setting
//! (`_FILE`, `_TTL`, `_NAME`) outweighs the word that makes it sensitive.

/// How much a name says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    /// Nothing, or something else.
    Nothing,
    /// Something secret perhaps: the value has to look generated.
    Perhaps,
    /// A key, token or secret: any literal is one.
    Opaque,
    /// A password: any literal is one, even a word or a number.
    Password,
}

/// Words after which a name no longer holds the credential itself.
#[rustfmt::skip]
const SETTINGS: [&str; 106] = [
    "name", "names", "file", "files", "filename", "path", "paths", "url", "uri", "urls",
    "endpoint", "ref", "refs", "reference", "expiry", "expires", "expire", "expiration", "ttl",
    "timeout", "duration", "seconds", "minutes", "hours", "days", "length", "len", "min", "max",
    "enabled", "enable", "disabled", "type", "kind", "algorithm", "alg", "algo", "format", "id",
    "ids", "prefix", "suffix", "header", "headers", "field", "column", "policy", "dir",
    "directory", "mount", "volume", "issuer", "audience", "audiences", "env", "var", "count",
    "size", "limit", "age", "rotation", "interval", "method", "methods", "mode", "provider",
    "store", "manager", "namespace", "class", "host", "port", "user", "username", "label",
    "selector", "version", "arn", "location", "source", "hint", "regex", "pattern", "script",
    "command", "cmd", "required", "allowed", "strength", "encoding", "exists", "service",
    "server", "account", "realm", "review", "plugin", "backend", "usage", "usages", "lifetime",
    "mtime", "claim", "description", "scope", "scopes",
];

/// Words that make any name a public one, wherever they stand.
#[rustfmt::skip]
const PUBLIC: [&str; 16] = [
    "public", "pub", "publishable", "checksum", "hash", "digest", "sha", "sha1", "sha256",
    "sha512", "md5", "etag", "fingerprint", "thumbprint", "revision", "commit",
];

/// Words that say nothing about the one before: `PASSWORD_1`, `KEY_CONTENT`, `TOKEN_PROD`.
#[rustfmt::skip]
const TRAILING: [&str; 18] = [
    "value", "content", "contents", "data", "string", "base64", "b64", "default", "prod", "dev",
    "test", "staging", "live", "old", "new", "current", "previous", "text",
];

#[rustfmt::skip]
const PASSWORD: [&str; 14] = [
    "password", "passwords", "passwd", "passphrase", "passwort", "pwd", "passcode", "userpass",
    "dbpass", "rootpass", "adminpass", "pswd", "requirepass", "masterauth",
];

/// What a `key` has to be for, so that it is a secret one.
#[rustfmt::skip]
const SECRET_KEYS: [&str; 34] = [
    "api", "secret", "access", "private", "auth", "account", "storage", "master", "signing",
    "sign", "encryption", "encrypt", "crypt", "crypto", "shared", "session", "license", "ssh",
    "deploy", "hmac", "jwt", "service", "app", "application", "admin", "client", "batch", "cli",
    "root", "subscription", "cipher", "decryption", "rsa", "webhook",
];

#[rustfmt::skip]
const OPAQUE_SUFFIXES: [&str; 10] = [
    "secret", "token", "apikey", "secretkey", "accesskey", "privatekey", "authkey",
    "accountkey", "signingkey", "encryptionkey",
];

/// What a name (environment variable, data key, flag, annotation key), cut into words, promises.
pub(super) fn promise(words: &[String]) -> Promise {
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    while words.len() > 1
        && words
            .last()
            .is_some_and(|w| TRAILING.contains(w) || w.bytes().all(|b| b.is_ascii_digit()))
    {
        words.pop();
    }
    let Some((&last, before)) = words.split_last() else {
        return Promise::Nothing;
    };
    if words.iter().any(|w| PUBLIC.contains(w)) {
        return Promise::Nothing;
    }
    if words.ends_with(&["access", "key", "id"]) || words.ends_with(&["accesskey", "id"]) {
        return Promise::Opaque;
    }
    if SETTINGS.contains(&last) {
        return Promise::Nothing;
    }
    // Handed to the browser, or a place in a list.
    let passing = ["csrf", "xsrf", "page", "next", "continue"];
    if last == "token" && before.last().is_some_and(|word| passing.contains(word)) {
        return Promise::Nothing;
    }
    if last == "key" {
        return key_promise(before);
    }
    // `passwordSecret: db` names the Secret, though `DB_PASSWORD_SECRET` may hold the password.
    if last == "secret" {
        return Promise::Opaque;
    }
    if words.iter().any(|w| is_password_word(w)) || ["pass", "pw"].contains(&last) {
        return Promise::Password;
    }
    let opaque_end = ["jwt", "bearer", "credential", "credentials", "creds"].contains(&last)
        || OPAQUE_SUFFIXES.iter().any(|s| last.ends_with(s));
    let keyed = words
        .windows(2)
        .any(|w| w[1] == "key" && ["secret", "api", "private"].contains(&w[0]));
    if opaque_end || keyed {
        return Promise::Opaque;
    }
    let hints = [
        "secret",
        "token",
        "credential",
        "credentials",
        "cookie",
        "salt",
        "pepper",
        "dsn",
    ];
    if words.iter().any(|w| hints.contains(w)) || ["auth", "authorization", "keys"].contains(&last)
    {
        return Promise::Perhaps;
    }
    Promise::Nothing
}

/// `API_KEY` is one, `PASSWORD_KEY` names the entry that holds one, `SORT_KEY` is a column.
fn key_promise(before: &[&str]) -> Promise {
    match before.last() {
        Some(word) if SECRET_KEYS.contains(word) => Promise::Opaque,
        Some(word) if is_password_word(word) || ["token", "secretname"].contains(word) => {
            Promise::Nothing
        }
        _ => Promise::Perhaps,
    }
}

fn is_password_word(word: &str) -> bool {
    PASSWORD.contains(&word)
        || ["password", "passwd", "passphrase", "pwd"]
            .iter()
            .any(|s| word.ends_with(s))
}

/// The lower-case words of a name: `dbPassword`, `DB_PASSWORD` and `db-password` are the same two.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (i, &c) in chars.iter().enumerate() {
        let before = i
            .checked_sub(1)
            .and_then(|b| chars.get(b))
            .copied()
            .unwrap_or('_');
        let after = chars.get(i + 1).copied().unwrap_or('_');
        let hump = c.is_uppercase()
            && (before.is_lowercase() || before.is_uppercase() && after.is_lowercase());
        if (!c.is_alphanumeric() || hump) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{Promise, Promise::*, words};

    fn promise(name: &str) -> Promise {
        super::promise(&words(name))
    }

    #[test]
    fn names_are_cut_at_punctuation_and_humps() {
        assert_eq!(words("DB_PASSWORD"), ["db", "password"]);
        assert_eq!(words("dbPassword"), ["db", "password"]);
        assert_eq!(words("AWSSecretKey"), ["aws", "secret", "key"]);
        assert_eq!(
            words("spring.datasource.pass-word"),
            ["spring", "datasource", "pass", "word"]
        );
        assert_eq!(words("--"), [""; 0]);
    }

    #[test]
    fn passwords() {
        for name in [
            "PASSWORD",
            "db_password",
            "PGPASSWORD",
            "MYSQL_ROOT_PASSWORD",
            "dbPasswd",
            "pwd",
            "DB_PASS",
            "password_1",
            "redis-pass",
            "ADMIN_PW",
            "keystorePassword",
            "PASSWORD_DB",
            "REDIS_CACHE_PASSWORD",
            "SSH_PASSPHRASE",
        ] {
            assert_eq!(promise(name), Password, "{name}");
        }
    }

    #[test]
    fn keys_tokens_and_secrets() {
        for name in [
            "API_KEY",
            "apiKey",
            "APIKEY",
            "AWS_SECRET_ACCESS_KEY",
            "aws_access_key_id",
            "AZURE_BATCH_KEY",
            "azure_batchai_storage_key",
            "OCI_CLI_KEY_CONTENT",
            "client_secret",
            "clientSecret",
            "TOKEN",
            "GITHUB_TOKEN",
            "authtoken",
            "SECRET",
            "SECRET_KEY",
            "SECRET_KEY_BASE",
            "jwt",
            "bearer",
            "CREDENTIALS",
            "PRIVATE_KEY",
            "webhook.github.secret",
            "JWT_SIGNING_KEY",
            "TOKEN_PROD",
            "passwordSecret",
        ] {
            assert_eq!(promise(name), Opaque, "{name}");
        }
    }

    #[test]
    fn suggestive_names_need_more() {
        for name in [
            "REDIS_AUTH",
            "SOME_KEY",
            "token_bucket",
            "SECRET_SAUCE",
            "ERLANG_COOKIE",
            "key",
        ] {
            assert_eq!(promise(name), Perhaps, "{name}");
        }
    }

    #[test]
    fn references_and_settings_promise_nothing() {
        for name in [
            "SECRET_NAME",
            "TOKEN_FILE",
            "PASSWORD_FILE",
            "KEY_PATH",
            "TOKEN_URL",
            "SECRET_REF",
            "TOKEN_EXPIRY",
            "TOKEN_TTL",
            "AUTH_ENABLED",
            "PASSWORD_MIN_LENGTH",
            "KEYCLOAK_HOST",
            "TOKENIZER",
            "MONKEY",
            "KEYBOARD",
            "SSH_PUBLIC_KEY",
            "checksum/secret",
            "existingSecretPasswordKey",
            "secretName",
            "passwordKey",
            "csrf_token",
            "admin.passwordMtime",
            "CLIENT_ID",
            "COMPASS",
            "message",
            "",
            "db_user",
            "auth_type",
            "credentialsProvider",
            "TOKEN_AUDIENCE",
            "max_tokens",
        ] {
            assert_eq!(promise(name), Nothing, "{name}");
        }
    }
}
