//! The engine as its callers see it.

use super::*;
use proptest::prelude::*;

fn id(name: &str, value: &str) -> Option<&'static str> {
    detect(Some(name), value).map(|c| c.id)
}

fn ids(text: &str) -> Vec<&'static str> {
    detect_all(text).into_iter().map(|(_, c)| c.id).collect()
}

#[test]
fn plainly_sensitive_name_with_literal_is_a_credential() {
    for (name, value) in [
        ("PASSWORD", "changeme"),
        ("db_password", "abc123"),
        ("pwd", "hi"),
        ("pwd", "cGFzc3dvcmQ="),
        ("POSTGRES_PASSWORD", "postgres"),
        ("ADMIN_PASSWORD", "123456"),
        ("MYSQL_ROOT_PASSWORD", "password"),
        ("passphrase", "correct horse battery staple"),
        ("TOKEN", "abc123"),
        ("API_KEY", "123e4567-e89b-12d3-a456-426614174000"),
        ("CLIENT_SECRET", "s3cr3tvalue"),
        ("example.com/admin-password", "hunter2"),
        ("SECRET_KEY", "9f86d081884c7d659a2feaa0c55ad015"),
        ("MAIL_PASSWORD", "größe1"),
    ] {
        let found = detect(Some(name), value).unwrap_or_else(|| panic!("{name}={value}"));
        assert!(found.confidence >= Confidence::Medium, "{name}={value}");
    }
}

#[test]
fn placeholders_references_and_settings_are_none() {
    for (name, value) in [
        ("PASSWORD", ""),
        ("PASSWORD", "***"),
        ("PASSWORD", "<your-password>"),
        ("PASSWORD", "$(DB_PASSWORD)"),
        ("PASSWORD", "{{ .Values.password }}"),
        ("PASSWORD", "REPLACE_ME"),
        ("PASSWORD", "/run/secrets/db"),
        ("PASSWORD", "true"),
        ("PWD", "/home/app"),
        ("aws_secret", "my/secret/file/path"),
        ("aws_access_key_id_file", "/etc/secret-volume/aws"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/var/run/key.json"),
        ("SECRET_NAME", "abc123"),
        ("TOKEN_FILE", "abc123"),
        ("TOKEN_TTL", "3600"),
        ("TOKEN", "3600"),
        ("TOKEN", "30s"),
        ("secret", "my-tls-secret"),
        ("secretKey", "secret-key"),
        ("IMAGE_PULL_SECRET", "registry-login"),
        ("TOKEN_URL", "https://idp.example.com/token"),
        ("OAUTH_TOKEN", "https://idp.example.com/token"),
        ("MONKEY", "abc123"),
        ("KEYBOARD", "qwerty"),
        ("KEYCLOAK_HOST", "kc"),
        ("SORT_KEY", "created"),
        (
            "checksum/secret",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        ),
        (
            "SSH_PUBLIC_KEY",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJl3dIeudNqd0DPMRD6OIh65",
        ),
        ("greeting", "hello"),
        (
            "IMAGE",
            "registry.example.com/a@sha256:9f86d081884c7d659a2feaa0c55ad015",
        ),
        ("GIT_COMMIT", "9f86d081884c7d659a2feaa0c55ad0159f86d081"),
    ] {
        assert_eq!(id(name, value), None, "{name}={value}");
    }
}

#[test]
fn masked_values_are_told_apart() {
    for (name, value) in [
        ("AWS_SECRET_ACCESS_KEY", "xxxxx"),
        ("aws_access_key_id", "XXXX"),
    ] {
        let found = detect(Some(name), value).unwrap();
        assert_eq!(
            (found.id, found.confidence),
            ("masked-credential", Confidence::Low)
        );
    }
    assert_eq!(id("AZURE_BATCH_KEY", "xxx"), Some("masked-credential"));
    assert_eq!(id("greeting", "xxx"), None);
}

#[test]
fn suggestive_names_need_a_generated_value() {
    assert_eq!(
        id("REDIS_AUTH", "9f86d081884c7d659a2feaa0c55ad015"),
        Some("generated-secret")
    );
    assert_eq!(id("REDIS_AUTH", "required"), None);
    assert_eq!(id("SOME_KEY", "some-key-name-in-a-map"), None);
    assert_eq!(id("SOME_ID", "9f86d081884c7d659a2feaa0c55ad015"), None);
}

#[test]
fn vendor_in_the_name_settles_plain_forms() {
    let uuid = "123e4567-e89b-12d3-a456-426614174000";
    let hex = "9f86d081884c7d659a2feaa0c55ad015";
    assert_eq!(id("HEROKU_API_KEY", uuid), Some("heroku-key"));
    assert_eq!(id("DD_API_KEY", hex), Some("datadog-key"));
    assert_eq!(id("TWILIO_AUTH_TOKEN", hex), Some("twilio-auth-token"));
    assert_eq!(
        id("NEW_RELIC_LICENSE_KEY", &format!("{hex}01234567")),
        Some("new-relic-license-key")
    );
    let secret = ["wJalrXUtnFEMI/K7MDENG", "/bPxRfiCYzzzzzzzKEY"].concat();
    assert_eq!(
        id("AWS_SECRET_ACCESS_KEY", &secret),
        Some("aws-secret-access-key")
    );
    assert_eq!(id("ADDRESS_KEY", hex), Some("generated-secret"));
}

#[test]
fn a_format_is_found_under_any_name() {
    let key = ["AKIA", "IOSFODNN7EXAMPLE"].concat();
    assert_eq!(id("DB_URL", &key), Some("aws-access-key-id"));
    assert_eq!(
        detect(None, &key).unwrap().hint.to_string(),
        "AKI…, 20 characters"
    );
    assert_eq!(id("PASSWORD", &key), Some("aws-access-key-id"));
    assert_eq!(
        id("DATABASE_URL", "postgres://app:s3cr3t@db/app"),
        Some("database-url")
    );
    assert_eq!(
        id(
            "JAVA_OPTS",
            "-Xmx1g -Djavax.net.ssl.keyStorePassword=s3cr3t"
        ),
        Some("password")
    );
    assert_eq!(
        id("CONFIG", r#"{"db":{"password":"s3cr3t"}}"#),
        Some("password")
    );
}

#[test]
fn long_texts_give_each_credential_with_its_place() {
    let text =
        "# db.password=old\ndb.user=app\ndb.password=s3cr3t\nurl=https://u:hunter2@h.example/\n";
    let found: Vec<_> = detect_all(text)
        .into_iter()
        .map(|(at, c)| (at, c.id))
        .collect();
    let at = |needle| text.find(needle).unwrap();
    assert_eq!(
        found,
        [
            (at("s3cr3t"), "password"),
            (at("hunter2"), "url-with-password")
        ]
    );
}

#[test]
fn the_more_specific_reading_stays() {
    let key = ["ghp_", &"a1B2".repeat(9)].concat();
    assert_eq!(ids(&format!("token: {key}\n")), ["github-token"]);
    assert_eq!(ids("url: postgres://a:s3cr3t@h/d"), ["database-url"]);
}

#[test]
fn programs_schemas_and_prose_are_quiet() {
    for text in [
        "#!/bin/sh\nPASSWORD=$(cat /run/pw)\nif [ -z \"$TOKEN\" ]; then\n  password = x\nfi\n",
        "import os\ntoken = os.environ['TOKEN']\npassword = config.password\nlogin(user, password=password)\n",
        "type: object\nproperties:\n  password:\n    type: string\n  token: string\n",
        "{\"password\": {\"type\": \"string\"}, \"token\": null, \"secret\": true}",
        "Token: the token that is used for login.\n",
        "secretName: my-secret\nsecretKeyRef:\n  name: db\n  key: password\n",
        "ssl_certificate_key /etc/nginx/tls.key;\n",
        "password: ${DB_PASSWORD}\nadmin_password: \"\"\n",
        "users:\n- user:\n    tokenFile: /var/run/token\n",
        "tokenReview: enabled\nkeyAlgorithm: RSA\n",
    ] {
        assert_eq!(ids(text), [""; 0], "{text}");
    }
}

#[test]
fn arguments_are_read_as_flags_and_as_scripts() {
    let at = |args: &[&str]| -> Vec<_> {
        detect_args(args)
            .into_iter()
            .map(|(i, c)| (i, c.id))
            .collect()
    };
    assert_eq!(at(&["serve", "--password=s3cr3t"]), [(1, "password")]);
    assert_eq!(at(&["--admin-token", "abc123", "x"]), [(1, "secret-value")]);
    assert_eq!(at(&["--token", "--verbose", "abc123"]), []);
    assert_eq!(
        at(&["sh", "-c", "mysql --password=s3cr3t -h db"]),
        [(2, "password")]
    );
    assert_eq!(
        at(&["--tls-private-key-file=/etc/tls.key", "--token=$(TOKEN)"]),
        []
    );
    assert_eq!(at(&["PASSWORD=s3cr3t"]), [(0, "password")]);
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics_and_offsets_hold(text in any::<String>(), name in any::<String>()) {
        let _ = detect(Some(&name), &text);
        for (at, _) in detect_all(&text) {
            prop_assert!(text.is_char_boundary(at));
        }
    }

    #[test]
    fn text_full_of_keywords_never_panics(
        parts in proptest::collection::vec(
            proptest::sample::select(vec![
                "password", "=", ":", " ", "\n", "\"", "\\", "'", "é", "😀", "<", ">", "key", "value", "eyJ",
                "PRIVATE KEY", "-----BEGIN ", "@", "://", "token", "--", "AKIA", "</name>", "$", "jdbc:", "{",
            ]),
            0..40,
        )
    ) {
        let text = parts.concat();
        let _ = detect(Some(&text), &text);
        let _ = detect_args(&parts);
        let found = detect_all(&text);
        prop_assert!(found.iter().all(|(at, _)| text.is_char_boundary(*at)));
        prop_assert!(found.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn nothing_shown_beyond_the_hint(value in "[a-zA-Z0-9]{8,40}") {
        if let Some(found) = detect(Some("PASSWORD"), &value) {
            let shown = format!("{found:?}");
            prop_assert!(!shown.contains(&value));
            prop_assert!(found.hint.prefix().chars().count() * 5 <= value.len());
        }
    }
}
