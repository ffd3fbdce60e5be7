//! `catseye serve`: the hub on a live cluster or on files, until it is asked to end.
//!
//! ```text
//!  cluster ─► watch ──┐
//!  folders, files ────┼─► deltas ─┐
//!  logs, POST /audit ─┴─► events ─┴─► hub ─► store, dashboard, API, alerts
//! ```

mod desired;
mod log;
mod sources;
pub(crate) mod state;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use catseye_cluster::{Client, connect, connect_as, review, watch};
use catseye_hub::admit::{Admit, keep_registered};
use catseye_hub::alert::{Alerts, Surroundings};
use catseye_hub::auth::{Access, Token};
use catseye_hub::config::{Config, TlsMode};
use catseye_hub::intake::IntakeConfig;
use catseye_hub::intake::sensor::SensorIntakeConfig;
use catseye_hub::serve::{Running, ServeConfig, Tls, serve, spool_folder};
use catseye_hub::{Clock, Durability, Hub, HubConfig, Own, Standards, own_agent};
use catseye_model::{Completeness, RedactionKey};
use catseye_store::{Options, Store};
use jiff::Timestamp;
use tokio::task::JoinSet;

use self::desired::{Folders, follow_releases};
use self::sources::{Files, follow, tell};
use self::state::{Kept, digits, own_namespace, secret};
use crate::gate;
use crate::intake::live::LiveArgs;
use crate::scan;
use crate::stop;

/// How often the store is kept tidy.
const TIDY: Duration = Duration::from_mins(1);
/// How often renewed certificates are looked for.
const SAVE: Duration = Duration::from_hours(1);
/// The name of the webhook configuration that `catseye install` prints.
const WEBHOOK: &str = "catseye";
/// When an API server that did not answer is asked again.
const AGAIN: Duration = Duration::from_secs(5);
/// The longest pause between attempts to write a Secret.
const LONGEST_AGAIN: Duration = Duration::from_mins(2);
/// How long alerts may take to leave when the program ends.
const LAST_ALERTS: Duration = Duration::from_secs(5);

/// Watch a live cluster, or files, and judge what changes: one ranked inbox
///
/// Reads only. Every kind that this identity may see is watched; what it may not see is shown as missing
/// coverage. Audit events come by the API server's webhook (`catseye install --print=audit-webhook` says
/// how) or from log files named in the configuration. On this machine alone a printed token signs in;
/// beyond it the cluster knows people, and connections are encrypted.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  catseye serve                                    the current context of your kubeconfig
  catseye serve --context prod --state ~/.catseye/prod
  catseye serve ./deploy                           manifests, read again when they change
  catseye serve --desired ./deploy                 the cluster, and how it differs from ./deploy
  catseye serve --config catseye.toml              logs to follow, alerts, names, limits")]
pub(crate) struct Args {
    /// Folders and files to read instead of a live cluster
    #[arg(value_name = "PATH", conflicts_with_all = ["kubeconfig", "context"])]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    live: LiveArgs,
    /// What is desired: folders and files of manifests, kustomizations and charts, beside those of
    /// `[drift] desired`. Whatever live has otherwise is shown as drift, with who did it and the way back
    #[arg(long, value_name = "PATH")]
    desired: Vec<PathBuf>,
    /// The configuration [default: what every key has as default]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen, instead of `[serve] listen`
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// The store, instead of `[store] url`: a folder, or postgres://…
    #[arg(
        long,
        value_name = "URL",
        env = "CATSEYE_STORE_URL",
        hide_env_values = true
    )]
    store: Option<String>,
    /// Where keys and what waits to be judged are kept, and the store where nothing else says where
    /// [default: the store's folder]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// In a cluster: the Secret in which the hub keeps its certificate, the webhook's token and its keys
    #[arg(long, value_name = "NAME")]
    secret: Option<String>,
    /// In a cluster: the Secret, as NAMESPACE/NAME, into which the hub writes the certificate of the sensors
    #[arg(long, value_name = "SECRET", requires = "secret")]
    sensor_secret: Option<String>,
    /// The namespace of that Secret and of the Service `catseye-hub` [default: the pod's own]
    #[arg(
        long,
        value_name = "NAME",
        env = "CATSEYE_NAMESPACE",
        requires = "secret"
    )]
    namespace: Option<String>,
}

/// What the arguments and the configuration come to.
struct Plan {
    config: Config,
    file: Option<PathBuf>,
    listen: SocketAddr,
    url: String,
    state: PathBuf,
    kept: Option<Kept>,
    sensor_secret: Option<Kept>,
    names: Vec<String>,
    mode: &'static str,
}

impl Plan {
    fn of(args: &Args) -> anyhow::Result<Self> {
        let config = match &args.config {
            Some(file) => Config::load(file)?,
            None => Config::default(),
        };
        let is_default = config.store.url == Config::default().store.url;
        let url = match (&args.store, &args.state) {
            (Some(url), _) => url.clone(),
            (None, Some(folder)) if is_default => folder.display().to_string(),
            (None, _) => config.store.url.clone(),
        };
        let state = match &args.state {
            Some(folder) => folder.clone(),
            None if url.contains("://") => bail!("a store elsewhere needs --state DIR for keys"),
            None => PathBuf::from(&url),
        };
        let listen = match args.listen {
            Some(listen) => listen,
            None => config.serve.listen.parse().context("[serve] listen")?,
        };
        let mut names = config.serve.names.clone();
        let kept = match &args.secret {
            None => None,
            Some(name) => {
                let namespace = own_namespace(args.namespace.clone())?;
                // As the Service of the chart is called; the API server asks for the first.
                for suffix in ["", ".NS", ".NS.svc"] {
                    names.push(format!("catseye-hub{}", suffix.replace("NS", &namespace)));
                }
                Some(Kept {
                    namespace,
                    name: name.clone(),
                })
            }
        };
        let sensor_secret = match &args.sensor_secret {
            None => None,
            Some(text) => {
                let Some((namespace, name)) = text.split_once('/') else {
                    bail!("--sensor-secret {text}: write NAMESPACE/NAME");
                };
                Some(Kept {
                    namespace: namespace.to_owned(),
                    name: name.to_owned(),
                })
            }
        };
        Ok(Plan {
            config,
            file: args.config.clone(),
            listen,
            url,
            state,
            kept,
            sensor_secret,
            names,
            mode: if args.paths.is_empty() {
                "live"
            } else {
                "files"
            },
        })
    }

    /// The folder of the event segments: PostgreSQL has no such place of its own.
    fn events(&self) -> Option<PathBuf> {
        match &self.config.store.events {
            Some(folder) => Some(PathBuf::from(folder)),
            None if self.url.contains("://") => Some(self.state.join("events")),
            None => None,
        }
    }

    fn tls(&self) -> anyhow::Result<Tls> {
        let serve = &self.config.serve;
        let own = || Tls::Own {
            folder: self.state.join("tls"),
            names: self.names.clone(),
        };
        Ok(match serve.tls {
            TlsMode::Auto if self.listen.ip().is_loopback() && self.kept.is_none() => Tls::Off,
            TlsMode::Auto | TlsMode::Own => own(),
            TlsMode::Files => {
                let (Some(certificate), Some(key)) = (&serve.certificate, &serve.key) else {
                    bail!("[serve] tls = \"files\" needs `certificate` and `key`");
                };
                Tls::Files {
                    certificate: certificate.into(),
                    key: key.into(),
                }
            }
        })
    }

    /// The webhook's own token is made once and kept, because the API server is given it in a file.
    fn intake(&self) -> anyhow::Result<Option<IntakeConfig>> {
        if !self.config.intake.webhook {
            return Ok(None);
        }
        let text = digits(&secret(&self.state.join("webhook.token"))?);
        Ok(Some(IntakeConfig {
            folder: Some(spool_folder(&self.state)),
            most_bytes: usize::try_from(self.config.intake.queue_bytes)?,
            token: Token::known(&text),
        }))
    }

    /// The token of sensors that have no certificate, made once and kept.
    fn sensors(&self) -> anyhow::Result<Option<SensorIntakeConfig>> {
        if !self.config.intake.sensors {
            return Ok(None);
        }
        let text = digits(&secret(&self.state.join("sensor.token"))?);
        Ok(Some(SensorIntakeConfig {
            token: Token::known(&text),
            most_bytes: usize::try_from(self.config.intake.sensor_queue_bytes)?,
        }))
    }
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    log::to_standard_error();
    let plan = Plan::of(&args)?;
    let Args {
        paths,
        live,
        desired,
        ..
    } = args;
    let target = live.target();
    std::fs::create_dir_all(&plan.state)
        .with_context(|| format!("failed to make {}", plan.state.display()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("failed to start the runtime")?;
    let client = if paths.is_empty() {
        Some(runtime.block_on(connect(&target))?)
    } else {
        None
    };
    if let (Some(kept), Some(client)) = (&plan.kept, &client) {
        runtime.block_on(kept.restore(client, &plan.state))?;
    }
    let own = secret(&plan.state.join("redaction.key"))?;
    let key = RedactionKey::new(own);
    let client = match client {
        Some(_) => Some(runtime.block_on(connect_as(&target, &own_agent(&own)))?),
        None => None,
    };
    let options = Options {
        events: plan.events(),
        ..Options::default()
    };
    let store = runtime
        .block_on(Store::open(&plan.url, options))
        .context("failed to open the store")?;
    let mut files = Files::new(paths, key.clone());
    let (first, completeness) = match client {
        Some(_) => (Vec::new(), Completeness::Cluster),
        None => files.read()?,
    };
    let hub_config = HubConfig {
        cluster: plan.config.hub.cluster.clone(),
        completeness,
        incidents_a_day: plan.config.hub.incidents_a_day,
        redaction_key: key.clone(),
        durability: Durability::Acknowledged,
        settings: crate::audit::settings_of(plan.file.as_deref())?,
    };
    let handle = runtime.handle().clone();
    let hub = Hub::open_kept(hub_config, Clock::System, store.clone(), handle)?;
    hub.judge_by(standards(&plan)?);
    let receivers = {
        let _within = runtime.enter();
        alerts(&plan, client.clone())?
    };
    let drift = &plan.config.drift;
    let wanted = desired.into_iter();
    let wanted = Folders {
        paths: wanted
            .chain(drift.desired.iter().map(PathBuf::from))
            .collect(),
        key: key.clone(),
    };
    hub.watch_drift(drift.rules());
    if !wanted.paths.is_empty() {
        wanted.tell(&hub)?;
        wanted.follow(hub.clone());
    }
    hub.tell_incidents(receivers, plan.config.serve.url.clone());
    // Before any event is judged: our own reads of an earlier run may be among them.
    if let Some(client) = &client {
        runtime.block_on(know_self(&hub, client, own_agent(&own)));
    }
    hub.start();
    hub.await_lists();
    if client.is_none() {
        hub.apply(first)?;
        hub.lists_are_in();
        files.follow(hub.clone());
    }
    for log in &plan.config.intake.files {
        follow(hub.clone(), PathBuf::from(log))?;
    }
    let ended = runtime.block_on(until_asked(&plan, &hub, client, store, key));
    hub.close()?;
    if let Some(alerts) = hub.stop_telling().and_then(Arc::into_inner) {
        runtime.block_on(alerts.finish(LAST_ALERTS));
        hub.note_outcomes();
    }
    ended?;
    Ok(ExitCode::SUCCESS)
}

/// Tells the hub who it is in the cluster, so that it does not take its own reads for an attack. An API server
/// that does not answer yet is asked again beside everything else.
async fn know_self(hub: &Hub, client: &Client, agent: String) {
    let (hub, client) = (hub.clone(), client.clone());
    let ask = async move {
        loop {
            match review::myself(&client).await {
                Ok(user) => {
                    hub.know_self(Own::new(user.username, &agent));
                    return;
                }
                Err(err) if err.code().is_some_and(|code| code < 500) => {
                    anstream::eprintln!(
                        "the cluster does not say who this hub is, so its own reads are judged: {err}"
                    );
                    return;
                }
                Err(_) => tokio::time::sleep(AGAIN).await,
            }
        }
    };
    let asking = tokio::spawn(ask);
    let _not_yet = tokio::time::timeout(AGAIN, asking).await;
}

/// Serves and watches until somebody asks it to end.
async fn until_asked(
    plan: &Plan,
    hub: &Hub,
    client: Option<Client>,
    store: Store,
    key: RedactionKey,
) -> anyhow::Result<()> {
    let namespace = plan.kept.as_ref().map_or("", |kept| &kept.namespace);
    let admit = gate::open(
        hub,
        plan.file.as_deref(),
        &plan.state,
        namespace,
        &key,
        client.as_ref(),
    )?;
    // No API server calls a hub without TLS: that one looks at a cluster in which another may be registered.
    let authority = match plan.tls()? {
        Tls::Off => None,
        Tls::Own { folder, .. } => Some(Some(folder.join("ca.crt"))),
        Tls::Files { .. } => Some(None),
    };
    if let (Some(admit), Some(client), Some(authority)) = (&admit, &client, authority) {
        tokio::spawn(keep_registered(
            client.clone(),
            WEBHOOK.to_owned(),
            admit.path(),
            authority,
        ));
    }
    let served = listening(plan, hub, client.clone(), store.clone(), admit).await?;
    anstream::eprintln!("the dashboard: {}", served.url());
    tokio::spawn(tidy(store, plan.config.store.retention()));
    if let (Some(kept), Some(client)) = (&plan.kept, &client) {
        kept.save(client, &plan.state).await?;
        let sensors = plan.sensor_secret.clone();
        tokio::spawn(save(
            kept.clone(),
            sensors,
            client.clone(),
            plan.state.clone(),
        ));
    }
    let Some(client) = client else {
        stop::asked().await?;
        served.end().await;
        return Ok(());
    };
    if plan.config.drift.helm_releases {
        tokio::spawn(follow_releases(hub.clone(), client.clone(), key.clone()));
    }
    let watch = watch::watch(client, key, watch::Options::default());
    let (counters, running) = (watch.counters, watch.running);
    hub.watched_by(counters.clone());
    let mut told = JoinSet::new();
    told.spawn(tell(hub.clone(), watch.state));
    told.spawn(tell(hub.clone(), watch.events));
    tokio::select! {
        asked = stop::asked() => asked?,
        // A hub that does not see what changes would answer as if nothing did: it ends, and is started anew.
        err = failure(&mut told) => return Err(err.context("what the cluster told was not taken in")),
    }
    anstream::eprintln!("ending; {} changes were told", counters.counts().deltas);
    served.end().await;
    drop(running);
    while let Some(ended) = told.join_next().await {
        ended??;
    }
    Ok(())
}

async fn listening(
    plan: &Plan,
    hub: &Hub,
    client: Option<Client>,
    store: Store,
    admit: Option<Admit>,
) -> anyhow::Result<Running> {
    let is_local = plan.listen.ip().is_loopback() && plan.kept.is_none();
    let access = match client {
        Some(client) if !is_local => Access::Cluster(client),
        _ => Access::Printed(Token::random().context("failed to make a token")?),
    };
    let config = ServeConfig {
        listen: plan.listen,
        access,
        tls: plan.tls()?,
        store: Some(store),
        intake: plan.intake()?,
        sensors: plan.sensors()?,
        admit,
        mode: plan.mode.to_owned(),
        config: (
            plan.config.shown(),
            plan.file.as_ref().map(|it| it.display().to_string()),
        ),
        most_connections: usize::try_from(plan.config.serve.most_connections)?,
    };
    Ok(serve(hub.clone(), config).await?)
}

/// What the team holds its cluster to: the same sections and files as a scan reads.
fn standards(plan: &Plan) -> anyhow::Result<Standards> {
    let Some(file) = &plan.file else {
        return Ok(Standards::default());
    };
    let failed = || format!("failed to read {}", file.display());
    let text = std::fs::read_to_string(file).with_context(failed)?;
    let beside = file.parent().unwrap_or(Path::new("."));
    let named = |name: &Option<String>| name.as_ref().map(|name| beside.join(name));
    let exceptions = named(&plan.config.hub.exceptions);
    let known = match named(&plan.config.hub.baseline) {
        Some(file) => scan::read_baseline(&file)?,
        None => catseye_policy::Baseline::default(),
    };
    Ok(Standards {
        checks: gate::checks_of(&text).with_context(failed)?,
        exceptions: scan::read_exceptions(exceptions.as_deref())?.0,
        known,
    })
}

/// Where incidents are told.
fn alerts(plan: &Plan, client: Option<Client>) -> anyhow::Result<Arc<Alerts>> {
    let surroundings = Surroundings {
        folder: Some(plan.state.join("alerts")),
        client,
        host: std::env::var("HOSTNAME").unwrap_or_default(),
    };
    let alerts = Alerts::start(&plan.config.alert, &surroundings)?;
    Ok(Arc::new(alerts))
}

/// Closes segments and removes what is too old.
async fn tidy(store: Store, retention: catseye_store::Retention) {
    loop {
        tokio::time::sleep(TIDY).await;
        let done = store.maintain(Timestamp::now(), retention.clone()).await;
        if let Err(err) = done {
            anstream::eprintln!("the store was not tidied: {err}");
        }
    }
}

/// Keeps the Secrets as the folder is: certificates are renewed.
async fn save(kept: Kept, sensors: Option<Kept>, client: Client, state: PathBuf) {
    let mut again = AGAIN;
    let mut said = String::new();
    loop {
        let mut wrong = Vec::new();
        if let Some(sensors) = &sensors
            && let Err(err) = sensors.save_sensors(&client, &state).await
        {
            // The sensors wait; the hub serves all the same.
            wrong.push(format!("sensors get no certificate: {err:#}"));
        }
        if let Err(err) = kept.save(&client, &state).await {
            wrong.push(format!("{err:#}"));
        }
        let says = wrong.join("\n");
        if !says.is_empty() && says != said {
            anstream::eprintln!("{says}");
        }
        said = says;
        let pause = if said.is_empty() { SAVE } else { again };
        again = if said.is_empty() {
            AGAIN
        } else {
            (again * 2).min(LONGEST_AGAIN)
        };
        tokio::time::sleep(pause).await;
    }
}

/// Waits until a task fails; tasks that end are none.
async fn failure(tasks: &mut JoinSet<anyhow::Result<()>>) -> anyhow::Error {
    loop {
        match tasks.join_next().await {
            Some(Ok(Ok(()))) => {}
            Some(Ok(Err(err))) => return err,
            Some(Err(err)) => return err.into(),
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use catseye_hub::serve::Tls;
    use clap::Parser;

    use super::{Args, JoinSet, Plan, failure};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn plan(line: &[&str]) -> anyhow::Result<Plan> {
        Plan::of(&Line::try_parse_from([&["serve"], line].concat())?.args)
    }

    #[tokio::test]
    async fn a_panic_while_changes_are_taken_in_is_a_failure() {
        let mut tasks = JoinSet::new();
        tasks.spawn(async { Ok(()) });
        tasks.spawn(async {
            let applied = tokio::task::spawn_blocking(|| panic!("a check broke")).await;
            Ok(applied?)
        });
        let err = failure(&mut tasks).await;
        assert!(err.to_string().contains("a check broke"), "{err}");
    }

    #[test]
    fn without_arguments_it_listens_on_this_machine_and_keeps_all_in_one_folder() {
        let plan = plan(&[]).unwrap();
        assert_eq!(plan.listen.to_string(), "127.0.0.1:7171");
        assert_eq!(plan.state, Path::new("catseye-state"));
        assert_eq!(plan.url, "catseye-state");
        assert!(matches!(plan.tls().unwrap(), Tls::Off));
    }

    #[test]
    fn a_folder_for_keys_is_one_for_the_store_unless_that_is_elsewhere() {
        assert_eq!(plan(&["--state", "/data"]).unwrap().url, "/data");
        let elsewhere = plan(&["--store", "postgres://db/catseye", "--state", "/data"]).unwrap();
        assert_eq!(elsewhere.url, "postgres://db/catseye");
        assert_eq!(
            elsewhere.events().as_deref(),
            Some(Path::new("/data/events"))
        );
        assert!(plan(&["--store", "postgres://db/catseye"]).is_err());
    }

    #[test]
    fn what_the_chart_runs_listens_for_all_with_tls_under_the_names_of_its_service() {
        let manifests = crate::install::rendered();
        let arguments: Vec<&str> = manifests
            .lines()
            .skip_while(|line| line.trim() != "- serve")
            .skip(1)
            .map_while(|line| line.trim().strip_prefix("- --"))
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("catseye.toml");
        std::fs::write(&file, "").unwrap();
        let mut line: Vec<String> = arguments.iter().map(|it| format!("--{it}")).collect();
        assert_eq!(line[0], "--config=/etc/catseye/catseye.toml");
        line[0] = format!("--config={}", file.display());
        line.push("--namespace=catseye".to_owned());
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        let plan = plan(&line).unwrap();
        assert_eq!(plan.listen.port(), 8443);
        assert!(manifests.contains("containerPort: 8443"));
        assert!(plan.listen.ip().is_unspecified());
        assert!(manifests.contains(&format!("mountPath: {}", plan.state.display())));
        let kept = plan.kept.as_ref().unwrap();
        assert!(manifests.contains(&format!("name: {}", kept.name)));
        let Tls::Own { names, .. } = plan.tls().unwrap() else {
            panic!("own certificates");
        };
        for name in ["catseye-hub", "catseye-hub.catseye.svc"] {
            assert!(names.iter().any(|it| it == name), "{names:?}");
        }
    }
}
