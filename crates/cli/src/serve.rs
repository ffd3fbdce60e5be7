//! `catseye serve`: the hub on a live cluster, until it is asked to end.
//!
//! ```text
//!  cluster ─► watch ─► deltas ─┐
//!  logs, POST /audit ─► events ┴─► hub ─► store, dashboard, API
//! ```

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use catseye_cluster::watch::{self, Deltas};
use catseye_hub::admit::keep_authority;
use catseye_hub::auth::{Access, Token};
use catseye_hub::config::{Config, TlsMode};
use catseye_hub::intake::IntakeConfig;
use catseye_hub::intake::tail::{Progress, Tail};
use catseye_hub::serve::{ServeConfig, Tls, serve, spool_folder};
use catseye_hub::{Clock, Durability, Hub, HubConfig};
use catseye_model::{Completeness, RedactionKey};
use catseye_store::{Options, Store};

use crate::gate;
use crate::intake::live::LiveArgs;
use crate::stop;

/// How many deltas are judged together.
const MOST_DELTAS: usize = 2000;
/// How often a followed log is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// The name of the webhook configuration that `catseye install` prints.
const WEBHOOK: &str = "catseye";

/// Watch a live cluster and its audit log, judge what changes, and show one ranked inbox
///
/// Reads only. Every kind that this identity may see is watched; what it may not see is shown as missing
/// coverage. Audit events come by the API server's webhook (`catseye install --print=audit-webhook` says
/// how) or from log files named in the configuration. On this machine alone a printed token signs in;
/// beyond it the cluster knows people, and connections are encrypted.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  catseye serve                                    the current context of your kubeconfig
  catseye serve --context prod --state ~/.catseye/prod
  catseye serve --config catseye.toml              logs to follow, names, limits")]
pub(crate) struct Args {
    #[command(flatten)]
    live: LiveArgs,
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
    /// Where keys and what waits to be judged are kept [default: the store's folder]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args {
        live,
        config: file,
        listen,
        store: url,
        state,
    } = args;
    let config = match &file {
        Some(file) => Config::load(file)?,
        None => Config::default(),
    };
    let url = url.unwrap_or_else(|| config.store.url.clone());
    let state = match state {
        Some(folder) => folder,
        None if url.contains("://") => bail!("a store elsewhere needs --state DIR for keys"),
        None => PathBuf::from(&url),
    };
    std::fs::create_dir_all(&state)
        .with_context(|| format!("failed to make {}", state.display()))?;
    let listen = match listen {
        Some(listen) => listen,
        None => config.serve.listen.parse().context("[serve] listen")?,
    };
    let key = RedactionKey::new(secret(&state.join("redaction.key"))?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("failed to start the runtime")?;
    let options = Options {
        events: config.store.events.as_ref().map(PathBuf::from),
        ..Options::default()
    };
    let store = runtime
        .block_on(Store::open(&url, options))
        .context("failed to open the store")?;
    let hub_config = HubConfig {
        cluster: config.hub.cluster.clone(),
        completeness: Completeness::Cluster,
        incidents_a_day: config.hub.incidents_a_day,
        redaction_key: key.clone(),
        durability: Durability::Acknowledged,
    };
    let hub = Hub::open_kept(
        hub_config,
        Clock::System,
        store.clone(),
        runtime.handle().clone(),
    )?;
    hub.start();
    let ended = runtime.block_on(async {
        let client = catseye_cluster::connect(&live.target()).await?;
        let watch = watch::watch(client.clone(), key.clone(), watch::Options::default());
        let (counters, running) = (watch.counters, watch.running);
        let told = [
            tokio::spawn(tell(hub.clone(), watch.state)),
            tokio::spawn(tell(hub.clone(), watch.events)),
        ];
        for log in &config.intake.files {
            follow(hub.clone(), PathBuf::from(log), &state);
        }
        let is_local = listen.ip().is_loopback();
        let access = if is_local {
            Access::Printed(Token::random().context("failed to make a token")?)
        } else {
            Access::Cluster(client)
        };
        let intake = config.intake.webhook.then(|| intake(&config, &state));
        let intake = intake.transpose()?;
        let tls = tls(&config, &state, is_local)?;
        let admit = gate::open(&hub, file.as_deref(), &state, &key)?;
        if let (Some(_), Tls::Own { folder, .. }, Access::Cluster(client)) = (&admit, &tls, &access)
        {
            let authority = folder.join("ca.crt");
            tokio::spawn(keep_authority(
                client.clone(),
                WEBHOOK.to_owned(),
                authority,
            ));
        }
        let served = serve(
            hub.clone(),
            ServeConfig {
                listen,
                access,
                tls,
                store: Some(store),
                intake,
                admit,
                mode: "live".to_owned(),
                config: (config.print(), file.map(|it| it.display().to_string())),
                most_connections: usize::try_from(config.serve.most_connections)?,
            },
        )
        .await?;
        anstream::eprintln!("the dashboard: {}", served.url());
        stop::asked().await?;
        anstream::eprintln!("ending; {} changes were told", counters.counts().deltas);
        served.end().await;
        drop(running);
        for task in told {
            task.await?;
        }
        anyhow::Ok(())
    });
    hub.close()?;
    ended?;
    Ok(ExitCode::SUCCESS)
}

/// Hands on what the watch says, as much as waits at a time.
async fn tell(hub: Hub, mut deltas: Deltas) {
    let mut waiting = Vec::new();
    while deltas.next_many(&mut waiting, MOST_DELTAS).await > 0 {
        let told: Vec<_> = waiting.drain(..).filter_map(watch::Delta::told).collect();
        let hub = hub.clone();
        let applied = tokio::task::spawn_blocking(move || hub.apply(told)).await;
        if let Ok(Err(err)) = applied {
            anstream::eprintln!("what changed could not be kept: {err:#}");
        }
    }
}

/// Follows a log on a thread of its own. How far it came is kept, so that a restart goes on there.
fn follow(hub: Hub, log: PathBuf, state: &Path) {
    let name: String = log
        .display()
        .to_string()
        .chars()
        .map(|letter| {
            if letter.is_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .collect();
    let kept = state.join(format!("log{name}.json"));
    let resume = std::fs::read_to_string(&kept)
        .ok()
        .and_then(|text| serde_json::from_str::<Progress>(&text).ok());
    std::thread::spawn(move || {
        let source = log.display().to_string();
        let mut tail = Tail::new(log, resume);
        loop {
            match tail.new_lines() {
                Ok(Some(lines)) => {
                    if let Err(err) = hub.observe(&source, &lines) {
                        anstream::eprintln!("{source}: {err:#}");
                    }
                    let progress = serde_json::to_string(tail.progress()).unwrap_or_default();
                    if let Err(err) = std::fs::write(&kept, progress) {
                        anstream::eprintln!("{}: {err}", kept.display());
                    }
                }
                Ok(None) => std::thread::sleep(LOOK),
                Err(err) => {
                    anstream::eprintln!("{source}: {err}");
                    std::thread::sleep(LOOK * 10);
                }
            }
        }
    });
}

/// The webhook's own token is made once and kept, because the API server is given it in a file.
fn intake(config: &Config, state: &Path) -> anyhow::Result<IntakeConfig> {
    let file = state.join("webhook.token");
    let text = digits(&secret(&file)?);
    Ok(IntakeConfig {
        folder: Some(spool_folder(state)),
        most_bytes: usize::try_from(config.intake.queue_bytes)?,
        token: Token::known(&text),
    })
}

fn tls(config: &Config, state: &Path, is_local: bool) -> anyhow::Result<Tls> {
    let own = || Tls::Own {
        folder: state.join("tls"),
        names: config.serve.names.clone(),
    };
    Ok(match config.serve.tls {
        TlsMode::Auto if is_local => Tls::Off,
        TlsMode::Auto | TlsMode::Own => own(),
        TlsMode::Files => {
            let (Some(certificate), Some(key)) = (&config.serve.certificate, &config.serve.key)
            else {
                bail!("[serve] tls = \"files\" needs `certificate` and `key`");
            };
            Tls::Files {
                certificate: certificate.into(),
                key: key.into(),
            }
        }
    })
}

/// 32 random bytes that stay the same from run to run, readable by this user alone; kept as hexadecimal
/// text, because the webhook's token has to be given to the API server.
fn secret(file: &Path) -> anyhow::Result<[u8; 32]> {
    let failed = || format!("failed to use {}", file.display());
    if let Ok(text) = std::fs::read_to_string(file) {
        let mut bytes = [0; 32];
        let pairs = text.trim().as_bytes().chunks(2);
        let is_whole = pairs.len() == bytes.len();
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            let pair = std::str::from_utf8(pair).with_context(failed)?;
            *byte = u8::from_str_radix(pair, 16).with_context(failed)?;
        }
        if !is_whole {
            bail!(
                "{} is not 64 hexadecimal digits; remove it to have a new one made",
                file.display()
            );
        }
        return Ok(bytes);
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("failed to get random bytes from the system")?;
    let text = digits(&bytes);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut to = options.open(file).with_context(failed)?;
    std::io::Write::write_all(&mut to, text.as_bytes()).with_context(failed)?;
    Ok(bytes)
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
