//! Lines that say something before the JSON begins.
//!
//! ```text
//! 2026-11-21T00:30:49.993768Z stdout F {…}                      a container runtime
//! 2026-11-21T00:30:49+00:00 kube-apiserver-audit-0a1b {…}       aws logs tail
//! <134>1 2026-11-21T00:30:49Z master-0 audit - - - {…}          syslog
//! ```

use jiff::Timestamp;

use crate::audit::parse_time;

/// A prefix is no longer than this: what begins later is JSON within other text.
const LONGEST: usize = 512;

/// What a line says before its content.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Prefixed<'a> {
    pub(super) time: Option<Timestamp>,
    /// True for the log stream of EKS.
    pub(super) is_eks: bool,
    pub(super) part: Part,
    pub(super) content: &'a str,
}

/// How much of a log line the content is. Container runtimes split lines at 16 KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// The runtime says that more follows.
    First,
    /// The runtime says that it ends here.
    Last,
}

/// Parts the prefix from the content; none when there is no content that could be JSON.
pub(super) fn split(line: &str) -> Option<Prefixed<'_>> {
    container_runtime(line).or_else(|| anything(line))
}

/// The log streams of EKS that stand beside the audit log.
const OTHER_STREAMS: [&str; 5] = [
    "authenticator-",
    "cloud-controller-manager-",
    "kube-apiserver-",
    "kube-controller-manager-",
    "kube-scheduler-",
];

/// True for the name of a log stream that is not the audit log's.
pub(super) fn is_other_stream(name: &str) -> bool {
    !name.starts_with("kube-apiserver-audit")
        && OTHER_STREAMS.iter().any(|other| name.starts_with(other))
}

/// True for a line of `aws logs tail` from another log stream.
pub(super) fn is_of_another_stream(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    words.next().is_some_and(|word| parse_time(word).is_some())
        && words.next().is_some_and(is_other_stream)
}

fn container_runtime(line: &str) -> Option<Prefixed<'_>> {
    let mut fields = line.splitn(4, ' ');
    let time = parse_time(fields.next()?)?;
    if !matches!(fields.next()?, "stdout" | "stderr") {
        return None;
    }
    let part = match fields.next()?.split(':').next()? {
        "F" => Part::Last,
        "P" => Part::First,
        _ => return None,
    };
    Some(Prefixed {
        time: Some(time),
        is_eks: false,
        part,
        content: fields.next()?,
    })
}

fn anything(line: &str) -> Option<Prefixed<'_>> {
    let start = memchr::memchr(b'{', line.as_bytes()).filter(|start| *start <= LONGEST)?;
    let (prefix, content) = line.split_at(start);
    let mut words = prefix.split_ascii_whitespace();
    Some(Prefixed {
        time: words.clone().find_map(parse_time),
        is_eks: words.any(|word| word.starts_with("kube-apiserver-audit")),
        part: Part::Whole,
        content,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_tell_time_part_and_source() {
        for (line, is_eks, part, has_time) in [
            (
                "2026-11-21T00:30:49.9Z stdout F {\"a\":1}",
                false,
                Part::Last,
                true,
            ),
            (
                "2026-11-21T00:30:49.9Z stdout P {\"a\":1}",
                false,
                Part::First,
                true,
            ),
            (
                "2026-11-21T00:30:49.9Z stderr F:x {\"a\":1}",
                false,
                Part::Last,
                true,
            ),
            (
                "2026-11-21T00:30:49+00:00 kube-apiserver-audit-0a {\"a\":1}",
                true,
                Part::Whole,
                true,
            ),
            (
                "<134>1 2026-11-21T00:30:49Z m-0 audit - - - {\"a\":1}",
                false,
                Part::Whole,
                true,
            ),
            (
                "[pod/kube-apiserver-m-0/kube-apiserver] {\"a\":1}",
                false,
                Part::Whole,
                false,
            ),
        ] {
            let split = split(line).unwrap();
            assert_eq!((split.is_eks, split.part), (is_eks, part), "{line}");
            assert_eq!(split.time.is_some(), has_time, "{line}");
            assert_eq!(split.content, "{\"a\":1}", "{line}");
        }
    }

    #[test]
    fn a_line_without_json_has_no_content() {
        assert_eq!(split("I1121 00:30:49 1 server.go:1] started"), None);
    }

    #[test]
    fn a_continued_line_need_not_look_like_json() {
        let split = split("2026-11-21T00:30:49Z stdout F 1\"}").unwrap();
        assert_eq!((split.part, split.content), (Part::Last, "1\"}"));
    }
}
