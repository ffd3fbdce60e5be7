//! `catseye install`: what a cluster needs to run the hub, printed to be read and applied.

mod chart;
mod template;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

/// Print what a cluster needs to run the hub
///
/// Namespace, service account, least-privilege roles, deployment, volume, service, network policies and
/// configuration, and the sensor on every node in a namespace of its own, ready for `kubectl apply -f -`. Nothing is sent anywhere. The Helm chart in
/// `deploy/chart/catseye` is the same source; its values are explained there.
#[derive(Debug, clap::Args)]
#[allow(clippy::struct_excessive_bools, reason = "flags of a command line")]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Print this rather than install anything; the only way there is
    #[arg(long, value_name = "WHAT", num_args = 0..=1, default_missing_value = "manifests", require_equals = true)]
    print: Option<What>,
    /// The namespace
    #[arg(long, short, default_value = "catseye")]
    namespace: String,
    /// The image, whole; pin it by digest in production
    #[arg(long)]
    image: Option<String>,
    /// The hub's configuration file; with a section `[gate]`, the hub is registered as admission webhook
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A Secret whose key `url` is the address of a PostgreSQL database; the volume stays, for segments of events
    /// and for what waits to be judged are files
    #[arg(long, value_name = "SECRET")]
    store_url_secret: Option<String>,
    /// Address ranges of API servers that post audit events to the hub, or ask it for admission (repeatable)
    #[arg(long, value_name = "CIDR")]
    audit_from: Vec<String>,
    /// Let the hub read Secrets; it keeps lengths and keyed hashes, never values
    #[arg(long)]
    read_secrets: bool,
    /// Let the hub write `PolicyReport` and `Report` objects
    #[arg(long)]
    policy_reports: bool,
    /// Objects of the Prometheus operator too
    #[arg(long)]
    prometheus: bool,
    /// Without the sensor on every node
    #[arg(long)]
    no_sensor: bool,
    /// Values of the Helm chart, as YAML, for everything else
    #[arg(long, value_name = "FILE")]
    values: Option<PathBuf>,
    /// With --print=audit-webhook: the hub's address as the API server reaches it
    #[arg(
        long,
        value_name = "URL",
        default_value = "https://CLUSTER-IP-OF-catseye-hub"
    )]
    hub: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// The objects, for kubectl apply
    Manifests,
    /// The file for the API server's --audit-webhook-config-file
    AuditWebhook,
    /// The file for the API server's --audit-policy-file
    AuditPolicy,
}

const EXAMPLES: &str = "\
Examples:
  catseye install --print | kubectl apply -f -
  catseye install --print --image registry.example/catseye@sha256:… --read-secrets
  catseye install --print=audit-policy                        what the API server is to log
  catseye install --print=audit-webhook --hub https://10.96.0.20
                                                              where it is to send it";

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let text = match args.print {
        Some(What::Manifests) => manifests(args)?,
        Some(What::AuditWebhook) => chart::AUDIT_WEBHOOK.replace("HUB", &args.hub),
        Some(What::AuditPolicy) => chart::AUDIT_POLICY.to_owned(),
        None => bail!(
            "this program changes no cluster by itself: run `catseye install --print | kubectl apply -f -`"
        ),
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn manifests(args: &Args) -> anyhow::Result<String> {
    let Args {
        print: _,
        namespace,
        image,
        config,
        store_url_secret,
        audit_from,
        read_secrets,
        policy_reports,
        prometheus,
        no_sensor,
        values: more,
        hub: _,
    } = args;
    let mut values = yaml(chart::VALUES).context("failed to read the chart's own values")?;
    values["createNamespace"] = json!(true);
    if let Some(file) = more {
        let failed = || format!("failed to read {}", file.display());
        let text = std::fs::read_to_string(file).with_context(failed)?;
        merge(&mut values, yaml(&text).with_context(failed)?);
    }
    if let Some(image) = image {
        values["image"] = json!(image);
    }
    if let Some(file) = config {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("failed to read {}", file.display()))?;
        // Whoever says how requests are judged wants them to be asked.
        let gate = catseye_admission::gate::Config::read(&text)
            .with_context(|| format!("failed to read {}", file.display()))?;
        if let Some(gate) = gate {
            values["admission"]["enabled"] = json!(true);
            values["admission"]["failurePolicy"] = json!(gate.fail.policy());
            // What is exempt is not sent: no failure of the hub can stop it then.
            if let Some(named) = values["admission"]["exemptNamespaces"].as_array_mut() {
                let plain = gate.exempt.namespaces.iter();
                named.extend(plain.filter(|it| !it.contains('*')).map(|it| json!(it)));
            }
        }
        values["config"] = json!(text);
    }
    if let Some(secret) = store_url_secret {
        values["store"]["urlSecret"] = json!(secret);
    }
    if !audit_from.is_empty() {
        values["network"]["auditFrom"] = json!(audit_from);
    }
    for (set, part, name) in [
        (read_secrets, "rbac", "readSecrets"),
        (policy_reports, "rbac", "policyReports"),
        (prometheus, "metrics", "serviceMonitor"),
        (prometheus, "metrics", "rules"),
    ] {
        if *set {
            values[part][name] = json!(true);
        }
    }
    if *no_sensor {
        values["sensor"]["enabled"] = json!(false);
    }
    render(&values, namespace)
}

/// What is printed without any option.
#[cfg(test)]
pub(crate) fn rendered() -> String {
    let values = yaml(chart::VALUES).expect("the chart's own values are YAML");
    render(&values, "catseye").expect("the chart's own templates render")
}

/// All templates over some values, as one stream of documents.
fn render(values: &Value, namespace: &str) -> anyhow::Result<String> {
    let is_name = |text: &str| {
        !text.is_empty()
            && text.len() <= 63
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-')
    };
    if !is_name(namespace) {
        bail!("{namespace:?} is no name of a namespace: write lower-case letters, digits and -");
    }
    let data = json!({"Values": values, "Release": {"Namespace": namespace}});
    let mut out = String::new();
    for (name, text) in chart::TEMPLATES {
        let made = template::render(text, &data)
            .map_err(anyhow::Error::msg)
            .with_context(|| format!("failed to render {name}"))?;
        if made.trim().is_empty() {
            continue;
        }
        out.push_str("---\n# ");
        out.push_str(name);
        out.push('\n');
        out.push_str(made.trim_start_matches('\n').trim_start_matches("---\n"));
        if !out.ends_with('\n') {
            out.push('\n');
        }
    }
    Ok(out)
}

/// One YAML document as JSON.
fn yaml(text: &str) -> anyhow::Result<Value> {
    let mut documents = catseye_model::yaml::documents(text).into_iter();
    let Some(first) = documents.next() else {
        return Ok(json!({}));
    };
    let value = first.content.map_err(|err| anyhow::anyhow!("{err}"))?;
    Ok(match Value::from(value) {
        Value::Null => json!({}),
        other => other,
    })
}

/// Lays values over others as Helm does: maps are joined, everything else is replaced.
fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (name, value) in over {
                merge(base.entry(name).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}
