//! `--local`: this machine, here and now.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use catseye_detect::Detection;
use catseye_detect::runtime::{Config, RuntimeRules};
use catseye_event::runtime::RuntimeEvent;
use catseye_sensor::kernel::{Sensor, Settings};
use catseye_sensor::narrate::Teller;
use catseye_sensor::proc;
use catseye_sensor::sample::Sampler;

use super::Args;
use super::line;
use super::live::{Board, Heading};
use super::wall::{self, Wall};
use crate::{output, stop};

/// How often the screen is drawn.
const FRAME: Duration = Duration::from_millis(500);

/// Who tells.
pub(super) fn teller(args: &Args) -> Teller {
    Teller {
        node: args.node.clone().unwrap_or_else(proc::node_name),
        boot: proc::boot_id(),
    }
}

/// Where events come from.
pub(super) enum Eyes {
    /// The kernel tells.
    Kernel(Box<Sensor>),
    /// `/proc` is looked at, next at this time.
    Sampled(Box<Sampler>, Instant),
}

impl Eyes {
    /// Waits for events and hands them out.
    pub(super) fn poll(&mut self, most: Duration, on: &mut dyn FnMut(RuntimeEvent)) -> Result<()> {
        match self {
            Eyes::Kernel(sensor) => sensor.poll(most, on)?,
            Eyes::Sampled(sampler, next) => {
                let wait = next.saturating_duration_since(Instant::now());
                std::thread::sleep(wait.min(most));
                if Instant::now() >= *next {
                    *next = Instant::now() + Duration::from_secs(2);
                    for event in sampler.look().context("failed to read /proc")? {
                        on(event);
                    }
                }
            }
        }
        Ok(())
    }
}

/// The kernel's own word where it gives it, else `/proc`.
pub(super) fn open(args: &Args, flows_every: Duration) -> Eyes {
    let sampled = || Eyes::Sampled(Box::new(Sampler::new(teller(args))), Instant::now());
    if args.sample {
        return sampled();
    }
    let settings = Settings {
        capabilities: args.capabilities,
        calls: args.calls,
        fold_execs: Duration::from_secs(args.fold),
        flows_every,
        ..Settings::default()
    };
    match Sensor::start(settings, teller(args)) {
        Ok(sensor) => Eyes::Kernel(Box::new(sensor)),
        Err(err) => {
            let err = anyhow::Error::new(err);
            anstream::eprintln!(
                "{}: {err:#}; looking at /proc every two seconds instead: what is shorter is missed",
                output::WARNING.render_word()
            );
            sampled()
        }
    }
}

/// The rules that need nothing but the events.
struct Judge {
    rules: RuntimeRules,
}

impl Judge {
    /// Knows what runs already, so that chains begin where they did.
    fn new(eyes: &Eyes) -> Self {
        let mut rules = RuntimeRules::new(Config::default());
        if let Eyes::Kernel(sensor) = eyes {
            for mut event in sensor.found() {
                rules.prepare(&mut event);
            }
        }
        Judge { rules }
    }

    fn judge(&mut self, event: &mut RuntimeEvent) -> Vec<Detection> {
        self.rules.prepare(event);
        self.rules.observe(event, None)
    }
}

/// Shows or writes until the time is over or somebody has seen enough.
pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let asked = stop_when_asked()?;
    let mut eyes = open(args, Duration::from_secs(1));
    let until = args
        .seconds
        .map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let is_over =
        || asked.load(Ordering::Relaxed) || until.is_some_and(|until| Instant::now() >= until);
    let mut wall = wall::opened(args.policy.as_deref(), matches!(eyes, Eyes::Kernel(_)))?;
    let is_live = !args.json && std::io::stdout().is_terminal();
    if is_live {
        return watch(args, &mut eyes, &mut wall, is_over);
    }
    let mut found = Vec::new();
    if let Eyes::Kernel(sensor) = &eyes
        && args.found
    {
        found = sensor.found();
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for event in found {
        write(&mut out, args, &event, &[])?;
    }
    let mut judge = Judge::new(&eyes);
    while !is_over() {
        let mut failed = None;
        let mut told = |mut event| {
            if failed.is_some() {
                return;
            }
            let alerts = judge.judge(&mut event);
            failed = write(&mut out, args, &event, &alerts).err();
        };
        eyes.poll(Duration::from_millis(200), &mut told)?;
        if let (Some(wall), Eyes::Kernel(sensor)) = (&mut wall, &mut eyes) {
            wall.turn(sensor, &mut told)?;
        }
        if let Some(err) = failed {
            return Err(err);
        }
        out.flush()?;
    }
    if let Eyes::Kernel(sensor) = &mut eyes {
        let mut last = Vec::new();
        sensor.read_flows(&mut |event| last.push(event));
        for event in last {
            write(&mut out, args, &event, &[])?;
        }
        out.flush()?;
        say_what_was_lost(sensor)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Lines of JSON are events alone: who reads them has rules of its own.
fn write(
    out: &mut impl std::io::Write,
    args: &Args,
    event: &RuntimeEvent,
    alerts: &[Detection],
) -> Result<()> {
    if args.json {
        writeln!(out, "{}", event.to_line()?)?;
        return Ok(());
    }
    if let Some(line) = line::line(event) {
        writeln!(out, "{line}")?;
    }
    for alert in alerts {
        writeln!(out, "{}", line::alert(event, alert))?;
    }
    Ok(())
}

fn say_what_was_lost(sensor: &Sensor) -> Result<()> {
    let counts = sensor.counts()?;
    let sent: u64 = counts.values().map(|count| count.sent).sum();
    let dropped: u64 = counts.values().map(|count| count.dropped).sum();
    let folded: u64 = counts.values().map(|count| count.folded).sum();
    anstream::eprintln!("{sent} records, {dropped} lost, {folded} folded");
    Ok(())
}

fn watch(
    args: &Args,
    eyes: &mut Eyes,
    wall: &mut Option<Wall>,
    is_over: impl Fn() -> bool,
) -> Result<ExitCode> {
    let mut board = Board::default();
    let mut judge = Judge::new(eyes);
    let began = Instant::now();
    let mut out = std::io::stdout();
    // The other screen keeps what was on this one.
    write!(out, "\x1b[?1049h\x1b[?25l")?;
    let outcome = (|| -> Result<()> {
        while !is_over() {
            let frame = Instant::now() + FRAME;
            while Instant::now() < frame && !is_over() {
                let left = frame.saturating_duration_since(Instant::now());
                let mut told = |mut event| {
                    for alert in judge.judge(&mut event) {
                        board.alert(line::alert(&event, &alert));
                    }
                    board.take(&event);
                };
                eyes.poll(left, &mut told)?;
                if let (Some(wall), Eyes::Kernel(sensor)) = (wall.as_mut(), &mut *eyes) {
                    wall.turn(sensor, &mut told)?;
                }
            }
            let heading = heading(args, eyes, began);
            let (width, height) = size();
            let screen = board.draw(&heading, width, height);
            // Each line clears its rest; clearing all first would flicker.
            let screen = screen.replace('\n', "\x1b[K\r\n");
            write!(out, "\x1b[H{screen}\x1b[J")?;
            out.flush()?;
        }
        Ok(())
    })();
    write!(out, "\x1b[?25h\x1b[?1049l")?;
    out.flush()?;
    outcome?;
    if let Eyes::Kernel(sensor) = eyes {
        say_what_was_lost(sensor)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn heading(args: &Args, eyes: &Eyes, began: Instant) -> Heading {
    let node = teller(args).node;
    let seconds = began.elapsed().as_secs();
    match eyes {
        Eyes::Kernel(sensor) => {
            let groups = sensor.narrator.groups.all();
            let containers: std::collections::BTreeSet<&str> = groups
                .iter()
                .map(|(_, group)| group.subject.container_id.as_str())
                .filter(|id| !id.is_empty())
                .collect();
            Heading {
                node,
                way: "told by the kernel".to_owned(),
                processes: sensor.narrator.processes.len(),
                containers: containers.len(),
                seconds,
            }
        }
        Eyes::Sampled(..) => Heading {
            node,
            way: "SAMPLED: what is shorter than two seconds is missed".to_owned(),
            seconds,
            ..Heading::default()
        },
    }
}

/// Columns and lines of the terminal.
fn size() -> (usize, usize) {
    terminal_size::terminal_size().map_or((100, 30), |(width, height)| {
        (usize::from(width.0), usize::from(height.0))
    })
}

/// A flag that Ctrl-C and SIGTERM set.
pub(super) fn stop_when_asked() -> Result<Arc<AtomicBool>> {
    let asked = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&asked);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("failed to wait for signals")?;
    std::thread::spawn(move || {
        // Without signals the program ends by its default way.
        let _ = runtime.block_on(stop::asked());
        flag.store(true, Ordering::Relaxed);
    });
    Ok(asked)
}
