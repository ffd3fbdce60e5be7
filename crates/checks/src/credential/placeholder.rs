//! Values that stand where a credential goes without being one: empty, masked, to be filled in,
//! filled in at run time, or already encrypted. A weak literal (`changeme`, `admin123`) is not a
//! placeholder: if nobody changes it, it works.

/// Stands for a value that is not here.
pub(crate) fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    !value.chars().any(char::is_alphanumeric)
        || is_substituted(value)
        || is_encrypted(value)
        || is_bracketed(value)
        || is_blank_word(value)
        || asks_to_be_replaced(value)
}

/// A run of `x`: masked in a manifest, though the field is still filled with a literal when used.
pub(crate) fn is_masked(value: &str) -> bool {
    value.len() >= 2 && value.bytes().all(|b| matches!(b, b'x' | b'X'))
}

/// Filled in when the container starts or the chart is rendered.
pub(super) fn is_substituted(value: &str) -> bool {
    const INSIDE: [&str; 9] = ["$(", "${", "{{", "<%", "%(", "#{", "((", "$__", "[["];
    if INSIDE.iter().any(|mark| value.contains(mark)) {
        return true;
    }
    let is_word = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_.:-".contains(&b))
    };
    let shell = value
        .strip_prefix('$')
        .is_some_and(|rest| is_word(rest) && !rest.starts_with(|c: char| c.is_ascii_digit()));
    let wrapped = |mark: char| {
        value
            .strip_prefix(mark)
            .and_then(|rest| rest.strip_suffix(mark))
            .is_some_and(is_word)
    };
    shell || wrapped('%') || wrapped('@') || (value.starts_with("__") && wrapped_twice(value))
}

fn wrapped_twice(value: &str) -> bool {
    value.len() > 4 && value.ends_with("__")
}

/// Encrypted at rest (SOPS, Jasypt, Ansible) or a pointer into a secret store.
fn is_encrypted(value: &str) -> bool {
    #[rustfmt::skip]
    const PREFIXES: [&str; 16] = [
        "ENC[", "ENC(", "$ANSIBLE_VAULT", "ref+", "vault:", "op://", "arn:aws", "projects/",
        "secretref:", "secret://", "azurekeyvault", "@Microsoft.KeyVault", "os.environ/",
        "env:", "file:", "awssm:",
    ];
    PREFIXES.iter().any(|p| {
        value
            .get(..p.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(p))
    })
}

fn is_bracketed(value: &str) -> bool {
    [('<', '>'), ('[', ']'), ('{', '}')]
        .iter()
        .any(|&(open, close)| value.starts_with(open) && value.ends_with(close))
}

fn is_blank_word(value: &str) -> bool {
    #[rustfmt::skip]
    const WORDS: [&str; 38] = [
        "none", "null", "nil", "undefined", "todo", "tbd", "fixme", "n/a", "na", "unset",
        "not-set", "not_set", "notset", "empty", "placeholder", "redacted", "masked", "hidden",
        "removed", "string", "str", "object", "yes", "no", "on", "off", "true", "false", "auto",
        "generated", "optional", "required", "default", "disabled", "enabled", "unused", "any",
        "random",
    ];
    WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

fn asks_to_be_replaced(value: &str) -> bool {
    let flat: String = value
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .take(64)
        .collect();
    let starts = [
        "replaceme",
        "replacewith",
        "replacethis",
        "yourown",
        "insertyour",
        "fillin",
    ];
    let holds = ["placeholder", "redacted", "goeshere"];
    // `yourpassword` in one word is what a careless author really sets.
    let addressed = flat.starts_with("your")
        && !value.contains(char::is_numeric)
        && !value.bytes().all(|b| b.is_ascii_lowercase());
    let order = value.starts_with("INSERT_") || value.starts_with("insert-");
    let inserted = flat.ends_with("here") && !value.bytes().all(|b| b.is_ascii_lowercase());
    addressed
        || order
        || inserted
        || starts.iter().any(|s| flat.starts_with(s))
        || flat.ends_with("replaceme")
        || holds.iter().any(|s| flat.contains(s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_recognised() {
        for value in [
            "",
            "  ",
            "***",
            "......",
            "-",
            "<your-password>",
            "<PASSWORD>",
            "${DB_PASSWORD}",
            "$(DB_PASSWORD)",
            "$DB_PASSWORD",
            "{{ .Values.password }}",
            "prefix-${X}",
            "REPLACE_ME",
            "replaceme",
            "REPLACE-WITH-TOKEN",
            "your-api-key",
            "YOUR_TOKEN_HERE",
            "INSERT_TOKEN_HERE",
            "INSERT_CLUSTER_TOKEN",
            "none",
            "null",
            "TODO",
            "%DB_PASS%",
            "@db.pass@",
            "__PASSWORD__",
            "#{password}#",
            "ENC[AES256_GCM,data:abc,type:str]",
            "vault:secret/data/app#password",
            "[REDACTED]",
            "$__file{/etc/pw}",
            "ref+vault://x",
            "op://vault/item/field",
            "string",
            "%(pass)s",
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:app",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn weak_literals_are_not_placeholders() {
        for value in [
            "changeme",
            "yourpassword",
            "CHANGE_ME",
            "password",
            "admin123",
            "postgres",
            "hi",
            "123456",
            "pa$$word",
            "$2y$10$abc",
            "p@ssw0rd",
            "xx1",
            "nowhere",
            "yours4ever",
            "é",
            "100%sure",
        ] {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn masks_are_runs_of_x() {
        assert!(is_masked("xxx") && is_masked("XXXX") && !is_masked("x") && !is_masked("xx1"));
    }
}
