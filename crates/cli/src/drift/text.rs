//! Drift for people: the worst object first, each difference with its values, author and strength.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use catseye_drift::{Class, Difference, KnownBy};
use catseye_model::redact::is_redacted;
use catseye_model::{Severity, Value};
use catseye_respond::{Freeze, Judged};

use super::Answer;
use crate::output::styled;

/// How many characters of a value are shown.
const WIDTH: usize = 60;
/// How many checks and connections are shown of an object before the rest is counted.
const SHOWN: usize = 4;

const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

pub(super) fn shown(answer: &Answer<'_>, freeze: Option<&Freeze>) -> String {
    let mut text = String::new();
    let mut order: Vec<usize> = (0..answer.drifts.objects.len()).collect();
    order.sort_by_key(|place| {
        let severity = answer.told[*place].severity;
        (
            std::cmp::Reverse(severity),
            answer.drifts.objects[*place].key.clone(),
        )
    });
    for place in order {
        object(&mut text, answer, place);
    }
    connections(&mut text, "opened by drift", &answer.meaning.opened);
    connections(&mut text, "closed by drift", &answer.meaning.closed);
    if let Some(freeze) = freeze {
        reconciliation(&mut text, answer, freeze);
    }
    summary(&mut text, answer);
    text
}

fn object(text: &mut String, answer: &Answer<'_>, place: usize) {
    let drift = &answer.drifts.objects[place];
    let told = &answer.told[place];
    let source = drift.source.as_ref().map_or_else(
        || "desired nowhere".to_owned(),
        |source| format!("desired by {}", source.told()),
    );
    let severity = styled(severity_style(told.severity), told.severity.as_str());
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{}  {severity}  {}",
        styled(BOLD, &drift.key),
        styled(DIM, source)
    );
    for (at, difference) in drift.differences.iter().enumerate() {
        let by = &told.by[at];
        // Several fields that one call changed have one author: said once.
        let repeats = told.by.get(at + 1).is_some_and(|next| {
            next == by
                && drift.differences[at + 1].class.is_difference()
                    == difference.class.is_difference()
        });
        let class = styled(
            class_style(difference.class),
            format!("{:<9}", difference.class.name()),
        );
        let path = if difference.path.steps().is_empty() {
            String::new()
        } else {
            format!("{}  ", difference.path)
        };
        let _ = writeln!(text, "  {class} {path}{}", values(difference));
        if let Some(note) = &difference.note {
            let _ = writeln!(text, "            {note}");
        }
        if !repeats {
            let _ = writeln!(text, "            {}", styled(DIM, author(by)));
        }
    }
    let effects = answer
        .meaning
        .worse
        .get(&drift.key)
        .map_or(&[][..], Vec::as_slice);
    for effect in effects.iter().take(SHOWN) {
        let object = effect
            .object
            .as_ref()
            .map_or(String::new(), |object| format!(" at {object}"));
        let _ = writeln!(
            text,
            "  {} {} {}{object}: {}",
            styled(severity_style(effect.severity), "means    "),
            effect.check,
            effect.severity.as_str(),
            effect.message
        );
    }
    if effects.len() > SHOWN {
        let _ = writeln!(
            text,
            "            and {} more checks",
            effects.len() - SHOWN
        );
    }
    text.push('\n');
}

fn author(by: &catseye_drift::Attribution) -> String {
    let mut text = format!("by {}", by.told());
    if by.known_by == KnownBy::Unknown {
        return "by whom nobody can tell any more (unknown)".to_owned();
    }
    if let Some(address) = &by.address {
        let _ = write!(text, " from {address}");
    }
    if let Some(time) = &by.time {
        let _ = write!(text, " at {}", time.strftime("%Y-%m-%d %H:%M:%SZ"));
    }
    let strength = match by.known_by {
        KnownBy::Audit => "the audit log shows it",
        KnownBy::AuditByTime => "the audit log has a call of that time and tool",
        KnownBy::ManagedFields => "the client's own word; user unknown",
        KnownBy::Unknown => "unknown",
    };
    let _ = write!(text, " ({strength})");
    // Names come from clients: nothing in them may steer the terminal.
    text.replace(char::is_control, "\u{fffd}")
}

/// `desired -> live`, short.
fn values(difference: &Difference) -> String {
    let text = match (&difference.desired, &difference.live, difference.class) {
        (_, _, Class::Missing) => "the object is not there".to_owned(),
        (_, _, Class::Unmanaged) => "nobody desires this object".to_owned(),
        (Some(desired), _, Class::ReOwned) => {
            format!("{} as desired, owned by somebody else", short(desired))
        }
        (_, _, Class::Recreated) => "deleted and made again".to_owned(),
        (Some(desired), Some(live), Class::Reverted) => {
            format!(
                "was {} for a while, is {} again",
                short(live),
                short(desired)
            )
        }
        (_, Some(live), Class::Reverted) => format!("was {} for a while", short(live)),
        (_, _, Class::Reverted) => "was gone for a while".to_owned(),
        (Some(desired), Some(live), _) => format!("{} -> {}", short(desired), short(live)),
        (None, Some(live), _) => short(live),
        (Some(desired), None, _) => format!("{} -> nothing", short(desired)),
        (None, None, _) => String::new(),
    };
    text.replace(char::is_control, "\u{fffd}")
}

/// A value in a few characters; of a secret its length.
pub(super) fn short(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        if is_redacted(text) {
            let length = text.split(':').nth(1).unwrap_or("?");
            return format!("(secret of {length} bytes)");
        }
        if !text.is_empty() && text.len() <= WIDTH && !text.contains(char::is_whitespace) {
            return text.to_owned();
        }
    }
    let json = value.to_string();
    if json.chars().count() <= WIDTH {
        return json;
    }
    let cut: String = json.chars().take(WIDTH - 1).collect();
    format!("{cut}…")
}

fn connections(text: &mut String, title: &str, connections: &[String]) {
    if connections.is_empty() {
        return;
    }
    let _ = writeln!(
        text,
        "{}",
        styled(BOLD, format!("{} connections {title}", connections.len()))
    );
    for connection in connections.iter().take(10) {
        let _ = writeln!(text, "  {connection}");
    }
    if connections.len() > 10 {
        let _ = writeln!(text, "  and {} more", connections.len() - 10);
    }
    text.push('\n');
}

/// What a freeze left behind: what to keep, what to take back.
fn reconciliation(text: &mut String, answer: &Answer<'_>, freeze: &Freeze) {
    let _ = writeln!(
        text,
        "{}",
        styled(
            BOLD,
            format!("freeze of {} to {}", freeze.from, freeze.until)
        )
    );
    for (judged, title) in [
        (
            Judged::Louder,
            "changed by hand while nobody should; settle each",
        ),
        (
            Judged::Expected,
            "scaled as a freeze allows; put into the manifests, or scale back",
        ),
        (Judged::Usual, "changed before or after"),
    ] {
        let mut lines = Vec::new();
        for (drift, told) in answer.drifts.objects.iter().zip(&answer.told) {
            for (difference, by) in drift.differences.iter().zip(&told.by) {
                if freeze.judge(difference, by) == judged {
                    lines.push(format!(
                        "    {} {} {} by {}",
                        drift.key,
                        difference.class.name(),
                        difference.path,
                        by.told()
                    ));
                }
            }
        }
        if !lines.is_empty() {
            let _ = writeln!(text, "  {title}: {}", lines.len());
            for line in lines {
                let _ = writeln!(text, "{line}");
            }
        }
    }
    text.push('\n');
}

fn summary(text: &mut String, answer: &Answer<'_>) {
    let drifts = answer.drifts;
    let unmanaged = drifts.count(Class::Unmanaged);
    let differ = drifts
        .objects
        .iter()
        .filter(|drift| {
            drift.differences.iter().any(|it| {
                it.class.is_difference() && !matches!(it.class, Class::Missing | Class::Unmanaged)
            })
        })
        .count();
    let _ = writeln!(
        text,
        "{} objects desired: {} as desired, {differ} differ, {} missing; {unmanaged} live objects that nobody desires",
        drifts.desired,
        drifts.same,
        drifts.count(Class::Missing),
    );
    let _ = writeln!(
        text,
        "{}",
        styled(
            DIM,
            format!(
                "{} live fields beyond desired are defaults or the work of controllers; {} constant webhook mutations learned",
                drifts.expected, answer.mutations
            )
        )
    );
    if !drifts.incomparable.is_empty() {
        let _ = writeln!(
            text,
            "{} values of Secrets cannot be compared: the dump was redacted under another key",
            drifts.incomparable.len()
        );
    }
    for (key, desired, live) in &drifts.other_versions {
        let _ = writeln!(
            text,
            "{key} cannot be compared: desired is written in {desired}, live was read in {live}"
        );
    }
    if answer.desired.passing > 0 {
        let _ = writeln!(
            text,
            "{} desired objects are hooks or have generated names, and are not compared",
            answer.desired.passing
        );
    }
    if !answer.has_audit && !drifts.objects.is_empty() {
        let _ = writeln!(
            text,
            "without --audit nobody's name is known: managedFields hold what clients call themselves"
        );
    }
}

fn class_style(class: Class) -> Style {
    let color = match class {
        Class::Added | Class::Unmanaged => AnsiColor::Green,
        Class::Removed | Class::Missing => AnsiColor::Red,
        Class::Changed => AnsiColor::Yellow,
        _ => AnsiColor::Cyan,
    };
    Style::new().fg_color(Some(color.into()))
}

fn severity_style(severity: Severity) -> Style {
    let color = match severity {
        Severity::Critical => AnsiColor::Magenta,
        Severity::High => AnsiColor::Red,
        Severity::Medium => AnsiColor::Yellow,
        _ => AnsiColor::Cyan,
    };
    Style::new().bold().fg_color(Some(color.into()))
}
