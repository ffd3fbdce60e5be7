//! One or more texts that each format finds, and near misses. All are made up, and put together from
//! parts so that scanners of source code leave this file alone.

use super::{all, compile, sweep};
use crate::credential::base64;

const MIXED: &str = "q7Ww8xzE2rT5yU1iO9pAs3dF6gH4jK0lZxCvBnMQ";
const LOWER: &str = "q7w8xze2rt5yu1io9pas3df6gh4jk0lzxcvbnm";
const UPPER: &str = "Q7W8XZE2RT5YU1IO9PAS3DF6GH4JK0LZXCVBNM";
const HEX: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn cut(alphabet: &str, length: usize) -> String {
    alphabet.chars().cycle().take(length).collect()
}

fn mixed(length: usize) -> String {
    cut(MIXED, length)
}

fn hex(length: usize) -> String {
    cut(HEX, length)
}

/// Base64 without padding, for tokens and headers.
fn encode(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for group in text.as_bytes().chunks(3) {
        let mut bits = 0_u32;
        for i in 0..3 {
            bits = bits << 8 | u32::from(group.get(i).copied().unwrap_or(0));
        }
        for i in 0..=group.len() {
            out.push(char::from(ALPHABET[(bits >> (18 - 6 * i) & 63) as usize]));
        }
    }
    assert_eq!(base64::decode(&out).as_deref(), Some(text.as_bytes()));
    out
}

fn pem(label: &str, body: &str) -> String {
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

fn token(claims: &str) -> String {
    format!(
        "{}.{}.{}",
        encode(r#"{"alg":"RS256","typ":"JWT"}"#),
        encode(claims),
        mixed(43)
    )
}

/// Format, texts it finds, texts it does not.
#[rustfmt::skip]
fn examples() -> Vec<(&'static str, Vec<String>, Vec<String>)> {
    let private = ["PRIVATE", "KEY"].join(" ");
    let s = str::to_owned;
    vec![
        ("gcp-service-account-key", vec![format!(r#"{{"type": "service_account", "private_key": "-----BEGIN {private}-----\n{}\n"}}"#, mixed(64))], vec![s(r#"{"private_key": "/etc/key.pem"}"#)]),
        ("aws-access-key-id", vec![format!("AKIA{}", cut(UPPER, 16)), format!("x ASIA{} y", cut(UPPER, 16))], vec![format!("AKIA{}", cut(UPPER, 15)), format!("akia{}", cut(LOWER, 16)), s("asia-east1")]),
        ("aws-mws-key", vec![format!("amzn.mws.{}-{}-{}-{}-{}", hex(8), hex(4), hex(4), hex(4), hex(12))], vec![s("amzn.mws.")]),
        ("aws-bedrock-key", vec![format!("ABSK{}", mixed(120))], vec![s("ABSKshort")]),
        ("gcp-api-key", vec![format!("AIza{}", mixed(35))], vec![format!("AIza{}", mixed(20))]),
        ("gcp-oauth-client-secret", vec![format!("GOCSPX-{}", mixed(28))], vec![s("GOCSPX-")]),
        ("gcp-access-token", vec![format!("ya29.{}", mixed(60))], vec![s("ya29.short")]),
        ("azure-storage-key", vec![format!("DefaultEndpointsProtocol=https;AccountName=a;AccountKey={}==", mixed(86))], vec![s("AccountName=a;AccountKey=<key>")]),
        ("azure-shared-access-key", vec![format!("Endpoint=sb://a.example/;SharedAccessKeyName=n;SharedAccessKey={}=", mixed(43))], vec![s("SharedAccessKey=${KEY}")]),
        ("azure-sas", vec![format!("https://a.example/c?sv=2022-11-02&sig={}%3D", mixed(43))], vec![s("https://a.example/c?sig=none")]),
        ("azure-client-secret", vec![format!("abc8Q~{}", mixed(34))], vec![format!("abc8Q~{}", mixed(10))]),
        ("azure-devops-token", vec![format!("{}AZDO{}", mixed(76), mixed(4))], vec![s("AZDO")]),
        ("azure-registry-key", vec![format!("{}+ACRA{}", mixed(42), mixed(6))], vec![s("x+ACRA")]),
        ("digitalocean-token", vec![format!("dop_v1_{}", hex(64))], vec![s("dop_v1_abc")]),
        ("alibaba-access-key-id", vec![format!("LTAI{}", mixed(20))], vec![s("LTAI")]),
        ("tencent-secret-id", vec![format!("AKID{}", mixed(32))], vec![s("AKID")]),
        ("cloudflare-origin-ca-key", vec![format!("v1.0-{}-{}", hex(24), hex(146))], vec![s("app-v1.0-rc1")]),
        ("flyio-token", vec![format!("fo1_{}", mixed(43)), format!("FlyV1 fm2_{}", mixed(90))], vec![s("fo1_x")]),
        ("databricks-token", vec![format!("dapi{}", hex(32))], vec![s("dapi")]),
        ("pulumi-token", vec![format!("pul-{}", hex(40))], vec![s("pul-x")]),
        ("planetscale-credential", vec![format!("pscale_pw_{}", mixed(40))], vec![s("pscale_pw_x")]),
        ("terraform-cloud-token", vec![format!("{}.atlasv1.{}", mixed(14), mixed(64))], vec![s(".atlasv1.")]),
        ("vault-token", vec![format!("hvs.{}", mixed(90))], vec![s("hvs.example")]),
        ("github-token", vec![format!("ghp_{}", mixed(36)), format!("https://ghs_{}@github.example", mixed(36))], vec![format!("ghp_{}", mixed(12)), format!("xghp_{}", mixed(36))]),
        ("github-fine-grained-token", vec![format!("github_pat_{}", mixed(82))], vec![s("github_pat_x")]),
        ("gitlab-token", vec![format!("glpat-{}", mixed(20))], vec![s("glpat-x")]),
        ("gitlab-runner-registration-token", vec![format!("GR1348941{}", mixed(20))], vec![s("GR1348941")]),
        ("atlassian-token", vec![format!("ATATT3{}", mixed(180)), format!("ATBB{}", mixed(32))], vec![s("ATBB")]),
        ("npm-token", vec![format!("npm_{}", mixed(36))], vec![s("npm_config_cache"), s("npm_lifecycle_event")]),
        ("pypi-token", vec![format!("pypi-AgE{}", mixed(120))], vec![s("pypi-AgE")]),
        ("rubygems-token", vec![format!("rubygems_{}", hex(48))], vec![s("rubygems_x")]),
        ("crates-io-token", vec![format!("cio{}", mixed(32))], vec![s("ciphers"), s("cio")]),
        ("nuget-key", vec![format!("oy2{}", cut(LOWER, 43))], vec![s("oy2")]),
        ("docker-hub-token", vec![format!("dckr_pat_{}", mixed(27))], vec![s("dckr_pat_x")]),
        ("jfrog-key", vec![format!("AKCp{}", mixed(69))], vec![s("AKCp")]),
        ("hugging-face-token", vec![format!("hf_{}", cut("AbCdEfGhIj", 34))], vec![s("hf_transformers")]),
        ("circleci-token", vec![format!("CCIPAT_{}", mixed(62))], vec![s("CCIPAT_")]),
        ("buildkite-token", vec![format!("bkua_{}", hex(40))], vec![s("bkua_")]),
        ("sonarqube-token", vec![format!("squ_{}", hex(40))], vec![s("squ_")]),
        ("netlify-token", vec![format!("nfp_{}", mixed(36))], vec![s("nfp_")]),
        ("postman-key", vec![format!("PMAK-{}-{}", hex(24), hex(34))], vec![s("PMAK-")]),
        ("linear-key", vec![format!("lin_api_{}", mixed(40))], vec![s("lin_api_")]),
        ("doppler-token", vec![format!("dp.pt.{}", mixed(43))], vec![s("dp.pt.")]),
        ("slack-token", vec![format!("xoxb-{}-{}", cut("123", 12), mixed(24)), format!("xapp-1-A0{}", mixed(30))], vec![s("xoxb-"), s("boxoxe")]),
        ("slack-webhook", vec![format!("https://hooks.slack.com/{}/T{}/B{}/{}", "services", cut(UPPER, 8), cut(UPPER, 8), mixed(24))], vec![s("https://hooks.slack.com/services/<id>"), s("https://hooks.slack.com/")]),
        ("discord-webhook", vec![format!("https://discord.com/api/{}/{}/{}", "webhooks", cut("123", 18), mixed(68))], vec![s("/api/webhooks/1")]),
        ("teams-webhook", vec![format!("https://a.webhook.office.com/webhookb2/{}@x/IncomingWebhook/{}/y", mixed(36), hex(32))], vec![s("https://a.webhook.office.com/")]),
        ("telegram-bot-token", vec![format!("{}:AA{}", cut("123", 9), mixed(33))], vec![s("1:AA")]),
        ("stripe-key", vec![format!("sk_live_{}", mixed(24)), format!("rk_test_{}", mixed(24))], vec![s("sk_live_x"), format!("pk_live_{}", mixed(24))]),
        ("stripe-webhook-secret", vec![format!("whsec_{}", mixed(32))], vec![s("whsec_")]),
        ("sendgrid-key", vec![format!("SG.{}.{}", mixed(22), mixed(43))], vec![s("msg.example.org")]),
        ("mailgun-key", vec![format!("key-{}", hex(32))], vec![s("key-value")]),
        ("mailchimp-key", vec![format!("{}-us12", hex(32))], vec![s("bucket-us-east-1")]),
        ("anthropic-key", vec![format!("sk-ant-api03-{}", mixed(90))], vec![s("sk-ant-x")]),
        ("openai-key", vec![format!("sk-proj-{}", mixed(60)), format!("sk-{}T3BlbkFJ{}", mixed(20), mixed(20))], vec![s("sk-proj-x")]),
        ("groq-key", vec![format!("gsk_{}", mixed(52))], vec![s("gsk_")]),
        ("replicate-token", vec![format!("r8_{}", mixed(37))], vec![s("r8_")]),
        ("perplexity-key", vec![format!("pplx-{}", mixed(48))], vec![s("pplx-")]),
        ("shopify-token", vec![format!("shpat_{}", hex(32))], vec![s("shpat_")]),
        ("square-token", vec![format!("sq0atp-{}", mixed(22))], vec![s("sq0atp-")]),
        ("braintree-token", vec![format!("access_token$production${}${}", cut(LOWER, 16), hex(32))], vec![s("access_token$x")]),
        ("dynatrace-token", vec![format!("dt0c01.{}.{}", cut(UPPER, 24), cut(UPPER, 64))], vec![s("dt0c01.x")]),
        ("grafana-token", vec![format!("glsa_{}_{}", mixed(32), hex(8)), format!("glc_{}", mixed(60))], vec![s("glc_x")]),
        ("new-relic-key", vec![format!("NRAK-{}", cut(UPPER, 27)), format!("{}NRAL", hex(36))], vec![s("NRAK-")]),
        ("sentry-token", vec![format!("sntrys_{}", mixed(80))], vec![s("sntrys_")]),
        ("tailscale-key", vec![format!("tskey-auth-{}-{}", mixed(12), mixed(32))], vec![s("tskey-auth")]),
        ("1password-token", vec![format!("ops_eyJ{}", mixed(120))], vec![s("ops_eyJ")]),
        ("notion-token", vec![format!("ntn_{}", mixed(46))], vec![s("ntn_")]),
        ("figma-token", vec![format!("figd_{}", mixed(40))], vec![s("figd_")]),
        ("airtable-token", vec![format!("pat{}.{}", mixed(14), hex(64))], vec![s("pattern"), s("path")]),
        ("contentful-token", vec![format!("CFPAT-{}", mixed(43))], vec![s("CFPAT-")]),
        ("easypost-key", vec![format!("EZAK{}", hex(54))], vec![s("EZAK")]),
        ("encrypted-private-key", vec![pem(&format!("ENCRYPTED {private}"), &mixed(64))], vec![pem("CERTIFICATE", &mixed(64))]),
        ("pgp-private-key", vec![pem(&format!("PGP {private} BLOCK"), &mixed(64))], vec![pem("PGP PUBLIC KEY BLOCK", &mixed(64))]),
        (
            "private-key",
            vec![
                pem(&private, &mixed(64)),
                pem(&format!("RSA {private}"), &mixed(64)),
                pem(&format!("EC {private}"), &mixed(64)),
                pem(&format!("OPENSSH {private}"), &mixed(64)),
                pem(&private, &mixed(64)).replace('\n', "\\n"),
                pem(&private, &mixed(64)).replace('\n', "\n    "),
                format!("---BEGIN OPENSSH {private}---\nabcde\n---END  OPENSSH {private}---\n"),
            ],
            vec![
                pem("CERTIFICATE", &mixed(64)),
                pem("PUBLIC KEY", &mixed(64)),
                pem(&private, "<your key>"),
                pem(&private, "..."),
                format!("grep -q '-----BEGIN {private}-----' file"),
                format!("the {private} is elsewhere"),
            ],
        ),
        ("private-key-base64", vec![encode(&pem(&format!("RSA {private}"), &mixed(64))).replace('-', "+").replace('_', "/")], vec![encode(&pem("CERTIFICATE", &mixed(64))).replace('-', "+").replace('_', "/")]),
        ("putty-private-key", vec![s("PuTTY-User-Key-File-3: ssh-ed25519")], vec![s("PuTTY-User-Key-File")]),
        ("age-secret-key", vec![format!("AGE-SECRET-KEY-1{}", cut(UPPER, 58))], vec![s("AGE-SECRET-KEY-1...")]),
        ("wireguard-private-key", vec![format!("[Interface]\nPrivateKey = {}=", mixed(43))], vec![format!("PublicKey = {}=", mixed(43))]),
        ("jwk-private-key", vec![format!(r#"{{"kty":"RSA","n":"x","d":"{}"}}"#, mixed(60))], vec![format!(r#"{{"kty":"RSA","n":"{}","e":"AQAB"}}"#, mixed(60))]),
        ("service-account-token", vec![token(r#"{"iss":"kubernetes/serviceaccount","sub":"system:serviceaccount:a:b"}"#)], vec![token(r#"{"iss":"https://example.com","sub":"me"}"#)]),
        (
            "jwt",
            vec![token(r#"{"iss":"https://example.com","sub":"me"}"#)],
            vec![format!("{}.{}.{}", encode(r#"{"typ":"nothing else"}"#), encode("{}  abcdefgh"), mixed(43)), format!("eyJ{}.{}.{}", mixed(20), mixed(20), mixed(20)), encode(r#"{"alg":"RS256","typ":"JWT"}"#)],
        ),
        ("grafana-api-key", vec![encode(&format!(r#"{{"k":"{}","n":"x","id":1}}"#, mixed(32)))], vec![s("eyJrIjoi")]),
        (
            "database-url",
            vec![s("postgres://app:s3cr3t@db:5432/app"), s("mongodb+srv://app:s3cr3t@cluster.example/app"), s("redis://:s3cr3t@cache:6379/0"), s("url: 'amqp://guest:guest@mq'"), s("mysql+pymysql://app:s3cr3t@db/app")],
            vec![
                s("postgres://app@db:5432/app"),
                s("postgres://app:$(PASSWORD)@db/app"),
                s("postgres://app:${PASSWORD}@db/app"),
                s("postgres://app:<password>@db/app"),
                s("postgres://app:{{ password }}@db/app"),
                s("postgres://app:***@db/app"),
                s("redis://cache:6379/0"),
            ],
        ),
        (
            "url-with-password",
            vec![s("https://user:s3cr3t@git.example/r.git"), s("ftp://u:changeme@h")],
            vec![s("https://user@git.example/r.git"), s("https://h:8080/a@b"), s("https://h:8080/?m=a@b.example"), s("mailto:a@b.example"), s("https://user:$TOKEN@h"), s("https://h/a:b@sha256:00")],
        ),
        ("mysql-dsn", vec![s("app:s3cr3t@tcp(db:3306)/app")], vec![s("app@tcp(db:3306)/app"), s("app:%s@tcp(db)/x")]),
        ("jdbc-url", vec![s("jdbc:mysql://db/app?user=a&password=s3cr3t"), s("jdbc:sqlserver://db;user=a;password=s3cr3t;x=y")], vec![s("jdbc:mysql://db/app"), s("jdbc:mysql://db/app?user=a&password=${P}")]),
        (
            "ado-connection-string",
            vec![s("Server=db;Database=app;User Id=sa;Password=s3cr3t;Encrypt=true"), s("Server=db;Uid=sa;Pwd=s3cr3t;")],
            vec![s("Server=db;Database=app;Integrated Security=true"), s("Server=db;Password={password};")],
        ),
        ("libpq-connection-string", vec![s("host=db user=app password=s3cr3t dbname=x")], vec![s("host=db user=app password=$PGPASS")]),
        ("basic-auth-header", vec![format!("Authorization: Basic {}", encode("user:s3cr3tpass"))], vec![s("Basic authentication"), s("Basic Configuration")]),
        ("bearer-header", vec![format!("Authorization: Bearer {}", mixed(30)), format!(r#"{{"authorization":"Bearer {}"}}"#, mixed(30))], vec![s("Authorization: Bearer $TOKEN"), s("Authorization: Bearer <token>")]),
        ("docker-config-auth", vec![format!(r#"{{"auths":{{"r.example":{{"auth":"{}"}}}}}}"#, encode("user:s3cr3tpass"))], vec![s(r#"{"auth": "disabled"}"#), s(r#"{"auth":""}"#)]),
        ("netrc-password", vec![s("machine git.example login u password s3cr3t")], vec![s("machine learning")]),
        ("password-hash", vec![format!("admin:$2y$10${}", mixed(53)), format!("u:$apr1${}${}", mixed(8), mixed(22)), format!("$6$salt${}", mixed(86))], vec![s("$2y$10$short"), s("cost $5$")]),
        ("bootstrap-token", vec![format!("kubeadm join --token {}.{}", cut(LOWER, 6), cut(LOWER, 16))], vec![s("token: config.yaml"), s("token: abcdef.abcdefghijklmnop")]),
    ]
}

fn ids(text: &str) -> Vec<&'static str> {
    sweep(text)
        .hits
        .iter()
        .map(|hit| hit.credential.id)
        .collect()
}

#[test]
fn each_format_finds_its_examples_and_not_the_near_misses() {
    for (id, matches, rejects) in examples() {
        for text in matches {
            let padded = format!("é first line\n{text}\nlast line");
            assert!(ids(&text).contains(&id), "{id} misses {text}");
            assert!(
                ids(&padded).contains(&id),
                "{id} misses {text} between lines"
            );
        }
        for text in rejects {
            assert!(!ids(&text).contains(&id), "{id} finds {text}");
        }
    }
}

#[test]
fn every_format_has_an_example_and_an_id_of_its_own() {
    let shown: Vec<&str> = examples().iter().map(|(id, ..)| *id).collect();
    let listed: Vec<&str> = all().map(|format| format.id).collect();
    assert_eq!(shown, listed);
    let mut unique = listed.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), listed.len());
    assert!(listed.len() >= 45);
}

#[test]
fn every_pattern_compiles_and_has_a_secret() {
    for format in all() {
        assert!(compile(format.pattern).captures_len() >= 2, "{}", format.id);
        assert!(!format.keywords.is_empty() && !format.title.is_empty());
    }
}
