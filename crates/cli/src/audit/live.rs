//! `catseye audit --follow`: incidents as they open and grow.
//!
//! On a terminal, a list that is drawn anew; through a pipe, a line for each change; with
//! `--format json`, the incident itself, one a line.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write};
use std::time::{Duration, Instant};

use catseye_detect::incident::Incident;
use catseye_model::Severity;
use catseye_report::incidents::live::{self, Change};

use super::logs::Follow;

/// How often the list on a terminal is drawn anew at most.
const REDRAW: Duration = Duration::from_secs(1);
/// The rows that are drawn when the terminal does not say how many it has.
const ROWS: usize = 20;

/// How changes are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A list that is drawn anew.
    Drawn,
    /// A line for each change.
    Lines,
    /// JSON lines.
    Json,
}

impl Form {
    pub(super) fn of(json: bool) -> Self {
        match (json, io::stdout().is_terminal()) {
            (true, _) => Form::Json,
            (false, true) => Form::Drawn,
            (false, false) => Form::Lines,
        }
    }
}

/// What was told so far.
pub(super) struct Told {
    form: Form,
    known: BTreeMap<String, (Severity, usize)>,
    drawn: Option<Instant>,
    latest: Vec<Incident>,
    changed: bool,
    /// Incidents that were told at all.
    pub(super) count: u64,
}

impl Told {
    pub(super) fn new(form: Form) -> Self {
        Self {
            form,
            known: BTreeMap::new(),
            drawn: None,
            latest: Vec::new(),
            changed: true,
            count: 0,
        }
    }

    /// Tells what is new in the incidents as they stand, where they may have changed. A reader that has
    /// gone ends the run.
    pub(super) fn tell(
        &mut self,
        current: Option<Vec<Incident>>,
        facts: &str,
    ) -> io::Result<Follow> {
        let told = match (self.form, current) {
            (Form::Drawn, current) => self.draw(current, facts),
            (Form::Lines | Form::Json, Some(current)) => self.append(&current),
            (Form::Lines | Form::Json, None) => Ok(()),
        };
        match told {
            Ok(()) => Ok(Follow::On),
            Err(err) if err.kind() == io::ErrorKind::BrokenPipe => Ok(Follow::End),
            Err(err) => Err(err),
        }
    }

    fn changes<'i>(&mut self, current: &'i [Incident]) -> Vec<(Change, &'i Incident)> {
        let mut changes = Vec::new();
        for incident in current {
            let now = (incident.severity, incident.evidence.len());
            let change = match self.known.get(&incident.id) {
                None => Change::Opened,
                Some((severity, _)) if now.0 > *severity => Change::Raised,
                Some((_, evidence)) if now.1 > *evidence => Change::Grown,
                Some(_) => continue,
            };
            self.count += u64::from(change == Change::Opened);
            self.known.insert(incident.id.clone(), now);
            changes.push((change, incident));
        }
        // What is no longer kept will not change any more.
        if self.known.len() > 2 * current.len() + 64 {
            let kept: std::collections::BTreeSet<&str> =
                current.iter().map(|it| it.id.as_str()).collect();
            self.known.retain(|id, _| kept.contains(id.as_str()));
        }
        // In the order in which it happened.
        changes.sort_by(|(_, a), (_, b)| (a.last, &a.id).cmp(&(b.last, &b.id)));
        changes
    }

    fn append(&mut self, current: &[Incident]) -> io::Result<()> {
        let changes = self.changes(current);
        if changes.is_empty() {
            return Ok(());
        }
        let mut out = anstream::AutoStream::auto(io::stdout().lock());
        for (change, incident) in changes {
            let line = match self.form {
                Form::Json => live::json_line(change, incident),
                Form::Lines | Form::Drawn => live::line(change, incident),
            };
            out.write_all(line.as_bytes())?;
        }
        out.flush()
    }

    fn draw(&mut self, current: Option<Vec<Incident>>, facts: &str) -> io::Result<()> {
        if let Some(current) = current {
            self.changed |= !self.changes(&current).is_empty();
            self.latest = current;
        }
        if !self.changed || self.drawn.is_some_and(|at| at.elapsed() < REDRAW) {
            return Ok(());
        }
        self.changed = false;
        self.drawn = Some(Instant::now());
        let rows = std::env::var("LINES")
            .ok()
            .and_then(|rows| rows.parse::<usize>().ok());
        let list = live::list(&self.latest, facts, rows.unwrap_or(ROWS).saturating_sub(3));
        let mut out = anstream::AutoStream::auto(io::stdout().lock());
        // Home, the list, and nothing of the list before.
        write!(out, "\x1b[H\x1b[2J{list}")?;
        out.flush()
    }
}
