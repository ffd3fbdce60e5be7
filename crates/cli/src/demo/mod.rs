//! `catseye demo`: a recorded week of a cluster, played through the real hub.

mod list;

use std::process::ExitCode;
use std::str::FromStr;

use anyhow::Context as _;
use catseye_hub::replay::{Recording, Speed, play};
use catseye_hub::{Clock, Durability, Filter, Hub, HubConfig};
use catseye_model::{Completeness, RedactionKey};
use catseye_store::{Options, Store};
use jiff::Timestamp;

use crate::{output, progress};

/// Show what Catseye finds in a recorded week of a real cluster
///
/// Nothing is needed: the recording is part of the program. A web shop under a holiday surge: people
/// work, some change things by hand, and several are attackers. The audit log and the objects go through
/// the same hub that `catseye serve` runs, with its store in a temporary folder, and what is left is one
/// ranked list: who did what to which object, why it matters, and what to change first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  catseye demo                                     the whole week, in seconds
  catseye demo --pause-at 2026-11-25T12:00:00Z     what was known by Wednesday noon
  catseye demo --speed 3600                        an hour of the story a second")]
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
    let config = HubConfig {
        cluster: "shop".to_owned(),
        completeness: Completeness::Cluster,
        incidents_a_day: *incidents_a_day,
        // What is recorded holds no secret; one key for all runs keeps the answers the same.
        redaction_key: RedactionKey::new([0x5e; 32]),
        durability: Durability::Gathered,
    };
    let hub = Hub::open_kept(config, clock.clone(), store, runtime.handle().clone())?;
    let days = recording
        .end()
        .map_or(1, |end| end.duration_since(start).as_hours() / 24);
    let days = usize::try_from(days).unwrap_or(1);
    let played = progress::shown("playing the week, days", days, |progress| {
        play(&hub, &clock, &recording, speed.0, *pause_at, &mut |time| {
            let day = time.duration_since(start).as_hours() / 24;
            progress.at(usize::try_from(day).unwrap_or_default());
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
    hub.close()?;
    Ok(ExitCode::SUCCESS)
}
