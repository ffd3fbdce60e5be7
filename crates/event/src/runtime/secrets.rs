//! Secrets on command lines: they do not leave.
//!
//! Nobody should write a password as an argument; many do. What stands behind a name that says secret
//! is replaced by its length, and so is what stands between `//user:` and `@` of a URL.

/// Names behind which a secret stands, in lower case and without dashes.
const SECRET_NAMES: [&str; 16] = [
    "password",
    "passwd",
    "passphrase",
    "pass",
    "pwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "authtoken",
    "clientsecret",
    "bearer",
    "credential",
    "credentials",
];

/// Replaces secrets among the arguments of a program.
pub fn redact_arguments(arguments: &mut [String]) {
    let mut secret_follows = false;
    for argument in arguments {
        let is_flag = argument.starts_with('-');
        if std::mem::take(&mut secret_follows) && !is_flag {
            *argument = hidden(argument);
            continue;
        }
        secret_follows = is_flag && !argument.contains('=') && names_secret(argument);
        if argument.contains(['=', ':', '@', ' ']) {
            *argument = redact_text(argument);
        }
    }
}

/// Replaces secrets in a command line or another text.
pub fn redact_text(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut secret_follows = false;
    for (place, word) in text.split(' ').enumerate() {
        if place > 0 {
            redacted.push(' ');
        }
        let is_flag = word.starts_with('-');
        if !word.is_empty() && std::mem::take(&mut secret_follows) && !is_flag {
            redacted.push_str(&hidden(word));
            continue;
        }
        let bare = word.trim_matches(['"', '\'']);
        secret_follows = (is_flag && !word.contains('=') && names_secret(word))
            || bare.eq_ignore_ascii_case("bearer")
            || (bare.ends_with(':') && names_secret(bare));
        redacted.push_str(&redact_word(word));
    }
    redacted
}

fn redact_word(word: &str) -> String {
    if let Some((name, value)) = word.split_once('=')
        && !value.is_empty()
        && names_secret(name)
    {
        return format!("{name}={}", hidden(value));
    }
    if let Some((scheme, rest)) = word.split_once("://") {
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        if let Some((user_info, _)) = authority.rsplit_once('@')
            && let Some((user, secret)) = user_info.split_once(':')
        {
            let after = &rest[user_info.len()..];
            return format!("{scheme}://{user}:{}{after}", hidden(secret));
        }
    }
    word.to_owned()
}

/// True for the name of a flag, variable or header that says secret.
fn names_secret(name: &str) -> bool {
    let name = name
        .rsplit(['&', '?', ';', '"', '\''])
        .next()
        .unwrap_or(name);
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    SECRET_NAMES
        .iter()
        .any(|secret| plain.ends_with(secret) && !is_place(&plain))
}

/// Names of files and of places, which are no secrets.
fn is_place(name: &str) -> bool {
    ["file", "path", "dir", "bypass"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// A path is no secret, and rules ask for it; a reference to a variable is none either.
fn hidden(value: &str) -> String {
    let is_place = value.starts_with(['/', '$', '.', '@']);
    if is_place || value.starts_with("<redacted") {
        return value.to_owned();
    }
    format!("<redacted {} characters>", value.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_name_calls_secret_is_replaced() {
        for (text, expected) in [
            (
                "mysql --password=hunter2 -u root",
                "mysql --password=<redacted 7 characters> -u root",
            ),
            (
                "x --token abc.def --v 2",
                "x --token <redacted 7 characters> --v 2",
            ),
            (
                "env DB_PASSWORD=s3 run",
                "env DB_PASSWORD=<redacted 2 characters> run",
            ),
            (
                "curl https://me:pw@host/x",
                "curl https://me:<redacted 2 characters>@host/x",
            ),
            (
                "curl -H 'Authorization: Bearer eyJ'",
                "curl -H 'Authorization: Bearer <redacted 4 characters>",
            ),
            (
                "curl --cacert /ca -k https://host",
                "curl --cacert /ca -k https://host",
            ),
            ("x --token-file=/run/token", "x --token-file=/run/token"),
            ("cat /run/secrets/token", "cat /run/secrets/token"),
            ("x --token=$TOKEN", "x --token=$TOKEN"),
        ] {
            assert_eq!(redact_text(text), expected);
            let mut arguments: Vec<String> = text.split(' ').map(str::to_owned).collect();
            redact_arguments(&mut arguments);
            let again = redact_text(expected);
            assert!(!again.contains("hunter2") && !arguments.join(" ").contains("hunter2"));
        }
        let mut arguments = vec!["sh".to_owned(), "-c".to_owned(), "PASSWORD=x id".to_owned()];
        redact_arguments(&mut arguments);
        assert_eq!(arguments[2], "PASSWORD=<redacted 1 characters> id");
    }
}
