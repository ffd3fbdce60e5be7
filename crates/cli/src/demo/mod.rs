//! `catseye demo`: a recorded week of a cluster, played through the real hub.

mod list;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::Context as _;
use catseye_hub::auth::Token;
use catseye_hub::replay::{Recording, Speed, play};
use catseye_hub::serve::{Running, ServeConfig, serve};
use catseye_hub::{Clock, DriftRules, Durability, Filter, Hub, HubConfig};
use catseye_model::{Completeness, RedactionKey};
use catseye_store::{Options, Store};
use jiff::Timestamp;

use crate::{output, progress, stop};

/// Show what Catseye finds in a recorded week of a real cluster
///
/// Nothing is needed: the recording is part of the program. A web shop under a holiday surge: people
/// work, some change things by hand, and several are attackers. The audit log and the objects go through
/// the same hub that `catseye serve` runs, with its store in a temporary folder, and what is left is one
/// ranked list: who did what to which object, why it matters, and what to change first. The dashboard
/// then stays at the printed address until you press Ctrl-C.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  catseye demo                                     the whole week, in seconds
  catseye demo --pause-at 2026-11-25T12:00:00Z     what was known by Wednesday noon
  catseye demo --speed 3600                        an hour of the story a second, to watch it unfold
  catseye demo --no-serve                          the list alone")]
pub(crate) struct Args {
    /// Seconds of the story in a second, or max
    #[arg(long, value_name = "N|max", default_value = "max")]
    speed: SpeedArg,
    /// Stop at this time of the story (2026-11-23 to 2026-11-29)
    #[arg(long, value_name = "TIME")]
    pause_at: Option<Timestamp>,
    /// How many incidents to print
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,
    /// At most so many new incidents a day, critical ones always; the rest is counted. 0 for all
    #[arg(long, value_name = "N", default_value_t = 12)]
    incidents_a_day: u32,
    /// Where the dashboard and the API listen, on this machine only; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The token to sign in with, instead of a new one
    #[arg(
        long,
        value_name = "TEXT",
        env = "CATSEYE_TOKEN",
        hide_env_values = true
    )]
    token: Option<String>,
    /// Print the list and end
    #[arg(long, conflicts_with_all = ["listen", "token"])]
    no_serve: bool,
}

/// How fast the story is told.
#[derive(Debug, Clone, Copy)]
struct SpeedArg(Speed);

impl FromStr for SpeedArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "max" {
            return Ok(SpeedArg(Speed::Max));
        }
        match text.parse::<f64>() {
            Ok(times) if times > 0.0 && times.is_finite() => Ok(SpeedArg(Speed::Times(times))),
            _ => Err("write max, or a number above 0 such as 3600".to_owned()),
        }
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Args {
        speed,
        pause_at,
        top,
        incidents_a_day,
        listen,
        token,
        no_serve,
    } = args;
    let recording = Recording::shop()?;
    let start = recording.start().context("the recording has no snapshot")?;
    let clock = Clock::told(start);
    let folder = tempfile::Builder::new()
        .prefix("catseye-demo-")
        .tempdir()
        .context("failed to make a temporary folder for the store")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("failed to start the runtime")?;
    let address = format!("sqlite:{}", folder.path().join("catseye.db").display());
    let store = runtime
        .block_on(Store::open(&address, Options::default()))
        .context("failed to open the store")?;
    let kept = store.clone();
    let config = HubConfig {
        cluster: "shop".to_owned(),
        completeness: Completeness::Cluster,
        incidents_a_day: *incidents_a_day,
        // What is recorded holds no secret; one key for all runs keeps the answers the same.
        redaction_key: RedactionKey::new([0x5e; 32]),
        durability: Durability::Gathered,
        settings: catseye_detect::Settings::default(),
    };
    let hub = Hub::open_kept(config, clock.clone(), store, runtime.handle().clone())?;
    hub.watch_drift(DriftRules {
        last_applied: true,
        inventories: true,
        ..DriftRules::default()
    });
    let mut running = None;
    if !no_serve {
        let token = match token {
            Some(text) => Token::known(text),
            None => Token::random().context("failed to make a token")?,
        };
        let config = ServeConfig {
            store: Some(kept),
            ..ServeConfig::local(*listen, token)
        };
        running = Some(runtime.block_on(listening(&hub, config))?);
    }
    if let (Some(running), Speed::Times(_)) = (&running, speed.0) {
        anstream::eprintln!("the dashboard, while the week goes by: {}", running.url());
    }
    let days = recording
        .end()
        .map_or(1, |end| end.duration_since(start).as_hours() / 24);
    let days = usize::try_from(days).unwrap_or(1);
    let played = progress::shown("playing the week, days", days, |progress| {
        play(&hub, &clock, &recording, speed.0, *pause_at, &mut |time| {
            let day = time.duration_since(start).as_hours() / 24;
            progress.at(usize::try_from(day).unwrap_or_default());
            // The trend of the dashboard is made of it.
            hub.record_whole();
        })
    })?;
    hub.settle();
    hub.tick();
    let page = hub.inbox().list(&Filter {
        limit: *top,
        ..Filter::default()
    });
    let shown = list::Shown {
        hub: &hub,
        page: &page,
        played,
        start,
    };
    output::print(&list::render(&shown))?;
    if let Some(running) = running {
        let address = format!("\nThe dashboard: {}\nCtrl-C ends it.\n", running.url());
        output::print(&address)?;
        hub.start();
        runtime.block_on(async {
            let stopped = stop::asked().await;
            running.end().await;
            stopped
        })?;
    }
    hub.close()?;
    Ok(ExitCode::SUCCESS)
}

async fn listening(hub: &Hub, config: ServeConfig) -> anyhow::Result<Running> {
    let listen = config.listen;
    let is_taken = |err: &catseye_hub::serve::ServeError| {
        matches!(err, catseye_hub::serve::ServeError::Listen { source, .. }
            if source.kind() == std::io::ErrorKind::AddrInUse)
    };
    match serve(hub.clone(), config).await {
        Err(err) if is_taken(&err) => Err(err).with_context(|| {
            format!("something else listens on {listen}; try --listen 127.0.0.1:0")
        }),
        other => Ok(other?),
    }
}
