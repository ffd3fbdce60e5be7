//! Syslog: an alert as a message of RFC 5424.
//!
//! `<PRI>1 TIME HOST APP PROCID MSGID [STRUCTURED-DATA] BOM TEXT`. The text is what the caller wants
//! there; line ends within it become spaces, because many receivers cut at them.

use std::fmt::Write as _;

use catseye_model::Severity;

use super::{Alert, Subject};

/// A facility, by its name in RFC 5424: `audit`, `local0`. None for an unknown name.
pub fn facility(name: &str) -> Option<u8> {
    const NAMES: [&str; 24] = [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron",
        "authpriv", "ftp", "ntp", "audit", "alert", "clock", "local0", "local1", "local2",
        "local3", "local4", "local5", "local6", "local7",
    ];
    let place = NAMES.iter().position(|known| *known == name)?;
    u8::try_from(place).ok()
}

/// One message, without framing.
pub fn message(alert: &Alert, facility: u8, host: &str, text: &str) -> String {
    let priority = u32::from(facility) * 8 + severity(alert.severity);
    let mut out = format!(
        "<{priority}>1 {time} {host} catseye - {id} ",
        time = alert.time.strftime("%Y-%m-%dT%H:%M:%S%.6fZ"),
        host = token(host, 255),
        id = token(alert.reason.as_str(), 32),
    );
    out.push_str("[catseye@32473");
    let mut set = |name: &str, value: &str| {
        if !value.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(out, " {name}=\"{}\"", escaped(value));
        }
    };
    set("incident", &alert.id);
    set("version", &alert.version.to_string());
    set("cluster", &alert.cluster);
    set("severity", alert.severity.as_str());
    set("actor", alert.actor.as_deref().unwrap_or_default());
    let subject = alert.subjects.first().map(Subject::shown);
    set("subject", &subject.unwrap_or_default());
    set("owner", alert.owner.as_deref().unwrap_or_default());
    set("techniques", &alert.techniques.join(","));
    out.push_str("] \u{feff}");
    out.push_str(&text.replace(['\n', '\r'], " "));
    out
}

fn severity(severity: Severity) -> u32 {
    match severity {
        Severity::Critical => 2,
        Severity::High => 3,
        Severity::Medium => 4,
        Severity::Low => 5,
        Severity::Info => 6,
    }
}

/// A header field: printable ASCII without spaces, `-` for nothing.
fn token(text: &str, most: usize) -> String {
    let token: String = (text.chars().filter(char::is_ascii_graphic))
        .take(most)
        .collect();
    if token.is_empty() {
        "-".to_owned()
    } else {
        token
    }
}

/// The value of a parameter: three characters are escaped; control characters do not pass.
fn escaped(value: &str) -> String {
    value.chars().fold(String::new(), |mut out, letter| {
        if matches!(letter, '"' | '\\' | ']') {
            out.push('\\');
        }
        out.push(if letter.is_control() { ' ' } else { letter });
        out
    })
}
