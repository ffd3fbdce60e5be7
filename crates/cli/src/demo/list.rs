//! The ranked list on a terminal: a stranger should see who did what, why it matters, and what to do.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Color, Style};
use catseye_hub::replay::Played;
use catseye_hub::{Hub, Incident, Page};
use catseye_model::Severity;
use jiff::Timestamp;

use crate::output::styled;

/// What is shown.
pub(crate) struct Shown<'a> {
    pub(crate) hub: &'a Hub,
    pub(crate) page: &'a Page,
    pub(crate) played: Played,
    pub(crate) start: Timestamp,
}

const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

/// The list.
pub(crate) fn render(shown: &Shown<'_>) -> String {
    let Shown {
        hub,
        page,
        played,
        start,
    } = shown;
    let mut text = String::new();
    let world = hub.world();
    let until = played.until.unwrap_or(*start);
    let _ = writeln!(
        text,
        "{}",
        styled(
            BOLD,
            format!(
                "{} incidents of cluster {}, {} to {}",
                page.total,
                hub.config().cluster,
                start.strftime("%a %-d %b"),
                until.strftime("%a %-d %b %Y %H:%M"),
            )
        )
    );
    let mut line = format!(
        "from {} events of the API server and the nodes, and {} objects",
        played.events,
        world.inventory().len()
    );
    let budget = hub.inbox().budget();
    if budget.held_back_in_all > 0 {
        let _ = write!(
            line,
            "; {} of lower rank held back: at most {} new ones a day, critical ones always",
            budget.held_back_in_all, budget.per_day
        );
    }
    let _ = writeln!(text, "{}", styled(DIM, line));
    for (place, incident) in page.incidents.iter().enumerate() {
        text.push('\n');
        row(&mut text, place + 1, incident);
    }
    let left = page.total.saturating_sub(page.incidents.len());
    if left > 0 {
        let _ = writeln!(
            text,
            "\n{left} more of lower rank; --top {} shows them.",
            page.total
        );
    }
    if let Some(paths) = hub.paths() {
        let _ = writeln!(
            text,
            "\n{}",
            styled(BOLD, format!("Risk of attack {} of 100", paths.score))
        );
        for fix in paths.fixes.iter().take(3) {
            let _ = writeln!(
                text,
                "  mend {}: {}\n    {}",
                fix.object,
                fix.changes.join("; "),
                styled(DIM, effect(fix)),
            );
        }
    }
    text
}

fn row(text: &mut String, place: usize, incident: &Incident) {
    let _ = writeln!(
        text,
        "{place:>3}  {}  {}",
        severity(incident.severity),
        styled(BOLD, &incident.title)
    );
    let mut line = |label: &str, words: &str| {
        if !words.is_empty() {
            let _ = writeln!(text, "     {} {words}", styled(DIM, format!("{label:<8}")));
        }
    };
    line("why now", &incident.why_now);
    let mut when = format!("{}", incident.first.strftime("%a %-d %b %H:%M"));
    if incident.last.duration_since(incident.first).as_mins() > 0 {
        let same_day =
            incident.first.strftime("%j").to_string() == incident.last.strftime("%j").to_string();
        let format = if same_day { "%H:%M" } else { "%a %-d %b %H:%M" };
        let _ = write!(when, " – {}", incident.last.strftime(format));
    }
    if let Some(session) = incident.sessions.first() {
        let program = session.agent.split(' ').next().unwrap_or_default();
        let _ = write!(when, ", {program} from {}", session.source);
    }
    if let Some(owner) = &incident.owner {
        let _ = write!(when, "; owner {owner}");
    }
    line("when", &when);
    if let Some(fix) = &incident.fix {
        line(
            "fix",
            &format!(
                "{}: {} ({})",
                fix.object,
                fix.changes.join("; "),
                effect(fix)
            ),
        );
    }
    if let Some(advice) = incident.advice.first() {
        line("do", advice);
    }
    let sum: Vec<String> = incident
        .rank
        .terms
        .iter()
        .map(|term| format!("{:+} {}", term.points, term.because))
        .collect();
    line(
        "rank",
        &styled(
            DIM,
            format!("{:.0} = {}", incident.rank.points, sum.join(", ")),
        ),
    );
}

fn effect(fix: &catseye_hub::paths::Fix) -> String {
    let mut text = format!(
        "{} of {} ways left, risk {} → {}",
        fix.ways_after, fix.ways_before, fix.score_before, fix.score_after
    );
    if !fix.saved.is_empty() {
        let _ = write!(text, "; out of reach then: {}", fix.saved.join(", "));
    }
    text
}

fn severity(severity: Severity) -> String {
    let color = match severity {
        Severity::Critical => AnsiColor::BrightRed,
        Severity::High => AnsiColor::Red,
        Severity::Medium => AnsiColor::Yellow,
        Severity::Low | Severity::Info => AnsiColor::Blue,
    };
    let style = Style::new().bold().fg_color(Some(Color::Ansi(color)));
    styled(style, format!("{:<8}", severity.as_str()))
}
