//! Exceptions beside the object they are about: the `catseye.dev/ignore` annotation.
//!
//! One exception a line: checks, then options, then a colon and the reason.
//!
//! ```yaml
//! metadata:
//!   annotations:
//!     catseye.dev/ignore: |
//!       POD-006,POD-007 container=exporter until=2027-01-31 by=ann: reads the node's metrics
//! ```

use jiff::civil::Date;

use crate::exception::{Exception, Source};

/// The annotation's key.
pub const KEY: &str = "catseye.dev/ignore";

/// The object that carries the annotation.
#[derive(Debug, Clone, Copy)]
pub struct Carrier<'a> {
    /// As displayed.
    pub display: &'a str,
    /// Its kind.
    pub kind: &'a str,
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
}

/// Reads the annotation's text; a line that is no exception is an error that says what to write.
pub fn read(text: &str, carrier: &Carrier<'_>) -> Vec<Result<Exception, String>> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| exception(number, line, carrier))
        .collect()
}

fn exception(number: usize, line: &str, carrier: &Carrier<'_>) -> Result<Exception, String> {
    let (head, reason) = line
        .split_once(':')
        .map(|(head, reason)| (head, reason.trim()))
        .filter(|(_, reason)| !reason.is_empty())
        .ok_or_else(|| {
            format!("{line:?} gives no reason; write `POD-006: why it is accepted` in {KEY}")
        })?;
    let mut exception = Exception {
        checks: Vec::new(),
        kind: Some(carrier.kind.to_owned()),
        namespace: Some(carrier.namespace.to_owned()),
        name: Some(carrier.name.to_owned()),
        container: None,
        path: None,
        owner: None,
        actor: None,
        reason: reason.to_owned(),
        author: None,
        expires: None,
        source: Source::Annotation {
            object: carrier.display.to_owned(),
            line: number,
        },
    };
    for word in head.split([' ', ',', '\t']).filter(|word| !word.is_empty()) {
        match word.split_once('=') {
            None => exception.checks.push(word.to_owned()),
            Some(("container", name)) => exception.container = Some(name.to_owned()),
            Some(("by", author)) => exception.author = Some(author.to_owned()),
            Some(("path", path)) => {
                exception.path = Some(path.parse().map_err(|err| format!("{err}"))?);
            }
            Some(("until", day)) => {
                let last = day.parse::<Date>();
                exception.expires =
                    Some(last.map_err(|_| format!("{day:?} is no day; write until=2027-01-31"))?);
            }
            Some((option, _)) => {
                return Err(format!(
                    "unknown option {option:?}; write container=, path=, until= or by="
                ));
            }
        }
    }
    if exception.checks.is_empty() {
        return Err(format!(
            "{line:?} names no check; write `POD-006: why it is accepted`"
        ));
    }
    Ok(exception)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARRIER: Carrier<'_> = Carrier {
        display: "DaemonSet a/b",
        kind: "DaemonSet",
        namespace: "a",
        name: "b",
    };

    #[test]
    fn reads_options_and_the_reason() {
        let text = "POD-006, POD-007 container=app until=2027-01-31 by=ann: it: must\n\nIMG-001: x";
        let read: Vec<Exception> = read(text, &CARRIER)
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].checks, ["POD-006", "POD-007"]);
        assert_eq!(read[0].reason, "it: must");
        assert_eq!(read[0].author.as_deref(), Some("ann"));
        assert_eq!(read[0].container.as_deref(), Some("app"));
        assert_eq!(
            read[0].expires.map(|day| day.to_string()).as_deref(),
            Some("2027-01-31")
        );
    }

    #[test]
    fn an_exception_without_a_reason_does_not_hold() {
        for text in [
            "POD-006",
            "POD-006:",
            ": because",
            "POD-006 until=soon: x",
            "POD-006 a=b: x",
        ] {
            assert!(read(text, &CARRIER)[0].is_err(), "{text}");
        }
    }
}
