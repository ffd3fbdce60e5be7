//! Reading a list, whose format is told by its content.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::indicator::{Entry, Indicator, read as entry};

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// An entry a line.
    Plain,
    /// `0.0.0.0 name` a line.
    Hosts,
    /// Columns, named by a header.
    Csv,
    /// JSON of abuse.ch.
    Json,
    /// A STIX 2.1 bundle.
    Stix,
}

impl Format {
    /// The name in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Plain => "plain",
            Format::Hosts => "hosts",
            Format::Csv => "CSV",
            Format::Json => "JSON",
            Format::Stix => "STIX 2.1",
        }
    }
}

/// A text in which no indicator was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoIndicators {
    /// It begins like JSON and is none.
    #[error("it begins like JSON, and {0}")]
    NotJson(String),
    /// It is CSV whose header names no column that is known.
    #[error(
        "its header names no column of addresses or domains; one of ip, dst_ip, ioc_value, url, domain or host is expected"
    )]
    NoColumn,
    /// Nothing in it is an address or a domain.
    #[error(
        "no address and no domain was found in it; one a line, a hosts file, CSV of abuse.ch or a STIX 2.1 bundle is expected"
    )]
    Nothing,
}

/// What a text holds.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) format: Format,
    pub(super) indicators: Vec<Indicator>,
    pub(super) updated: Option<Timestamp>,
    pub(super) passed_over: usize,
    pub(super) unreadable: usize,
}

impl Read {
    fn new(format: Format) -> Self {
        Read {
            format,
            indicators: Vec::new(),
            updated: None,
            passed_over: 0,
            unreadable: 0,
        }
    }

    fn take(&mut self, text: &str) {
        match entry(text) {
            Entry::Taken(indicator) => self.indicators.push(indicator),
            Entry::PassedOver => self.passed_over += 1,
            Entry::Unreadable => self.unreadable += 1,
        }
    }
}

pub(super) fn read(text: &str) -> Result<Read, NoIndicators> {
    let text = text.trim_start_matches('\u{feff}');
    let found = match text.trim_start().as_bytes().first() {
        Some(b'{') => json(text)?,
        Some(b'[') if !text.trim_start().starts_with("[Adblock") => json(text)?,
        _ => lines(text)?,
    };
    if found.indicators.is_empty() {
        return Err(NoIndicators::Nothing);
    }
    Ok(found)
}

/// Columns that hold an indicator, the surest first.
const COLUMNS: [&str; 13] = [
    "ioc_value",
    "ioc",
    "dst_ip",
    "dstip",
    "ip_address",
    "ip",
    "ipaddress",
    "url",
    "domain",
    "host",
    "hostname",
    "indicator",
    "value",
];

fn lines(text: &str) -> Result<Read, NoIndicators> {
    let mut updated: Option<Timestamp> = None;
    let mut header: Option<Vec<String>> = None;
    let mut rows: Vec<&str> = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        let comment = line
            .strip_prefix('#')
            .or_else(|| line.strip_prefix(';'))
            .or_else(|| line.strip_prefix("//"));
        if let Some(comment) = comment {
            updated = updated.max(time_in(comment));
            let columns = columns(comment.trim());
            if columns.len() > 1 && columns.iter().any(|it| COLUMNS.contains(&it.as_str())) {
                header = Some(columns);
            }
        } else if !line.is_empty() {
            rows.push(line);
        }
    }
    // A header need not be a comment.
    if header.is_none()
        && let Some(first) = rows.first()
        && first.contains(',')
    {
        let names = columns(first);
        let is_header = names
            .iter()
            .all(|name| !matches!(entry(name), Entry::Taken(_)) && name.parse::<f64>().is_err());
        if is_header {
            header = Some(names);
            rows.remove(0);
        }
    }
    if let Some(header) = header {
        let column = COLUMNS
            .iter()
            .find_map(|wanted| header.iter().position(|name| name == wanted))
            .ok_or(NoIndicators::NoColumn)?;
        let kind = header.iter().position(|name| name == "ioc_type");
        let mut read = Read::new(Format::Csv);
        read.updated = updated;
        for row in rows {
            let fields = fields(row);
            let is_hash = kind
                .and_then(|kind| fields.get(kind))
                .is_some_and(|kind| kind.contains("hash"));
            match fields.get(column) {
                Some(_) if is_hash => read.passed_over += 1,
                Some(field) => read.take(field),
                None => read.unreadable += 1,
            }
        }
        return Ok(read);
    }
    let mut read = Read::new(Format::Plain);
    read.updated = updated;
    for row in rows {
        let content = row.split(['#', ';']).next().unwrap_or_default().trim();
        let mut words = content.split_whitespace();
        let (first, second) = (words.next().unwrap_or_default(), words.next());
        let sinks = [
            "0.0.0.0",
            "127.0.0.1",
            "::",
            "::1",
            "255.255.255.255",
            "fe80::1%lo0",
            "ff02::1",
        ];
        match second {
            Some(_) if sinks.contains(&first) => {
                read.format = Format::Hosts;
                for name in content.split_whitespace().skip(1) {
                    read.take(name);
                }
            }
            _ if content.contains(',') => {
                let found = fields(content);
                // Without a header the first column that is one speaks for the row.
                let known = found
                    .iter()
                    .find(|it| !matches!(entry(it), Entry::Unreadable));
                match known {
                    Some(known) => read.take(known),
                    None => read.unreadable += 1,
                }
            }
            _ => read.take(first),
        }
    }
    Ok(read)
}

fn columns(line: &str) -> Vec<String> {
    fields(line)
        .iter()
        .map(|name| name.trim().to_ascii_lowercase())
        .collect()
}

/// The fields of a row of CSV, without quotes.
fn fields(row: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    for c in row.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field).trim().to_owned()),
            c => field.push(c),
        }
    }
    fields.push(field.trim().to_owned());
    fields
}

fn json(text: &str) -> Result<Read, NoIndicators> {
    let value: Value =
        serde_json::from_str(text).map_err(|err| NoIndicators::NotJson(err.to_string()))?;
    if value.get("type").and_then(Value::as_str) == Some("bundle") {
        return Ok(stix(&value));
    }
    let mut read = Read::new(Format::Json);
    walk(&value, &mut read, 0);
    Ok(read)
}

/// Objects at any depth that have a field of an indicator.
fn walk(value: &Value, read: &mut Read, depth: usize) {
    const DEEPEST: usize = 8;
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::Array(items) => {
            for item in items {
                match item {
                    Value::String(text) if depth == 0 => read.take(text),
                    item => walk(item, read, depth + 1),
                }
            }
        }
        Value::Object(fields) => {
            let found = COLUMNS
                .iter()
                .find_map(|name| fields.get(*name).and_then(Value::as_str));
            if let Some(text) = found {
                let kind = fields.get("ioc_type").and_then(Value::as_str);
                if kind.is_some_and(|kind| kind.contains("hash")) {
                    read.passed_over += 1;
                } else {
                    read.take(text);
                }
                for name in [
                    "last_seen_utc",
                    "last_seen",
                    "last_online",
                    "first_seen_utc",
                    "first_seen",
                    "dateadded",
                ] {
                    let time = fields.get(name).and_then(Value::as_str).and_then(time_in);
                    read.updated = read.updated.max(time);
                }
            } else {
                for item in fields.values() {
                    walk(item, read, depth + 1);
                }
            }
        }
        _ => {}
    }
}

fn stix(bundle: &Value) -> Read {
    let mut read = Read::new(Format::Stix);
    let objects = bundle.get("objects").and_then(Value::as_array);
    for object in objects.into_iter().flatten() {
        let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
        let revoked = object.get("revoked").and_then(Value::as_bool) == Some(true);
        read.updated = read.updated.max(time_in(text("modified")));
        match text("type") {
            "indicator" if revoked => read.passed_over += 1,
            "indicator" => {
                let values = pattern_values(text("pattern"));
                if values.is_empty() {
                    read.passed_over += 1;
                }
                for value in values {
                    read.take(&value);
                }
            }
            "ipv4-addr" | "ipv6-addr" | "domain-name" | "url" => read.take(text("value")),
            _ => {}
        }
    }
    read
}

/// The values that a STIX pattern compares addresses, names and URLs with:
/// `[ipv4-addr:value = '203.0.113.9' OR domain-name:value IN ('a.example', 'b.example')]`.
fn pattern_values(pattern: &str) -> Vec<String> {
    let mut values = Vec::new();
    for path in [
        "ipv4-addr:value",
        "ipv6-addr:value",
        "domain-name:value",
        "url:value",
    ] {
        for (place, _) in pattern.match_indices(path) {
            let before = pattern.get(..place).unwrap_or_default().trim_end();
            let after = pattern
                .get(place + path.len()..)
                .unwrap_or_default()
                .trim_start();
            let operators = ["=", "IN", "ISSUBSET"];
            let Some(rest) = operators.iter().find_map(|it| after.strip_prefix(it)) else {
                continue;
            };
            if before.ends_with("NOT") {
                continue;
            }
            let rest = rest.trim_start();
            let (listed, mut rest) = match rest.strip_prefix('(') {
                Some(list) => (true, list),
                None => (false, rest),
            };
            while let Some(start) = rest.trim_start().strip_prefix('\'') {
                let Some((value, behind)) = start.split_once('\'') else {
                    break;
                };
                values.push(value.to_owned());
                rest = behind.trim_start().strip_prefix(',').unwrap_or_default();
                if !listed {
                    break;
                }
            }
        }
    }
    values
}

/// The first date and time in a text, taken as UTC where it does not say otherwise.
fn time_in(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    for start in 0..bytes.len() {
        let is_year = bytes.get(start..start + 5).is_some_and(|it| {
            it.get(..4)
                .is_some_and(|it| it.iter().all(u8::is_ascii_digit))
                && it.last() == Some(&b'-')
        });
        if !is_year {
            continue;
        }
        for length in [19, 16, 10] {
            let Some(part) = text.get(start..start + length) else {
                continue;
            };
            let parsed = part.parse::<DateTime>().or_else(|_| {
                part.parse::<jiff::civil::Date>()
                    .map(|it| it.at(0, 0, 0, 0))
            });
            if let Ok(civil) = parsed {
                return TimeZone::UTC.to_timestamp(civil).ok();
            }
        }
    }
    jiff::fmt::rfc2822::parse(text.split_once(": ").map_or(text, |(_, it)| it).trim())
        .ok()
        .map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> (&'static str, Vec<String>, usize, usize, Option<String>) {
        let read = read(text).unwrap();
        let indicators = read
            .indicators
            .iter()
            .map(|it| match it {
                Indicator::Domain(name) => name.clone(),
                Indicator::Address { bits, length } => {
                    let address = std::net::Ipv6Addr::from(*bits).to_canonical();
                    format!("{address}/{length}")
                }
            })
            .collect();
        let updated = read.updated.map(|it| it.to_string());
        (
            read.format.as_str(),
            indicators,
            read.passed_over,
            read.unreadable,
            updated,
        )
    }

    #[test]
    fn csv_of_abuse_ch_is_read_by_its_header() {
        let feodo = "# Feodo Tracker\n# Last updated: 2026-11-20 12:00:03 UTC\n\
            \"first_seen_utc\",\"dst_ip\",\"dst_port\",\"c2_status\",\"malware\"\n\
            \"2026-01-01 00:00:00\",\"203.0.113.9\",\"443\",\"online\",\"Pikabot\"\n";
        assert_eq!(
            told(feodo),
            (
                "CSV",
                vec!["203.0.113.9/128".to_owned()],
                0,
                0,
                Some("2026-11-20T12:00:03Z".to_owned())
            )
        );
        let urlhaus = "# Last updated: 2026-11-20 12:00 (UTC)\n# id,dateadded,url,url_status,threat,urlhaus_link\n\
            \"1\",\"2026-01-01\",\"http://bad.example/x,y\",\"online\",\"malware\",\"https://urlhaus.abuse.ch/url/1/\"\n";
        assert_eq!(told(urlhaus).1, ["bad.example"]);
        let threatfox = "# \"first_seen_utc\",\"ioc_id\",\"ioc_value\",\"ioc_type\"\n\
            \"2026-01-01\", \"1\", \"198.51.100.7:8080\", \"ip:port\"\n\
            \"2026-01-01\", \"2\", \"0f0f\", \"sha256_hash\"\n";
        let (_, found, passed_over, ..) = told(threatfox);
        assert_eq!(
            (found, passed_over),
            (vec!["198.51.100.7/128".to_owned()], 1)
        );
    }

    #[test]
    fn hosts_files_and_plain_lists_are_read() {
        let hosts = "# Last updated: 2026-11-20\n127.0.0.1\tlocalhost\n0.0.0.0 bad.example worse.example # two\n";
        let (format, found, passed_over, ..) = told(hosts);
        assert_eq!((format, passed_over), ("hosts", 1));
        assert_eq!(found, ["bad.example", "worse.example"]);
        let drop = "; Spamhaus DROP List 2026/11/20\n203.0.113.0/24 ; SBL1\n!?!\n";
        let (format, found, _, unreadable, _) = told(drop);
        assert_eq!(
            (format, found, unreadable),
            ("plain", vec!["203.0.113.0/120".to_owned()], 1)
        );
    }

    #[test]
    fn a_stix_bundle_gives_the_values_of_its_patterns() {
        let bundle = r#"{"type":"bundle","id":"bundle--1","objects":[
            {"type":"indicator","modified":"2026-11-20T12:00:00.000Z","pattern_type":"stix",
             "pattern":"[ipv4-addr:value = '203.0.113.9' OR domain-name:value IN ('a.example', 'b.example')]"},
            {"type":"indicator","revoked":true,"pattern":"[ipv4-addr:value = '203.0.113.10']"},
            {"type":"indicator","pattern":"[file:hashes.MD5 = 'd41d']"},
            {"type":"ipv4-addr","value":"198.51.100.7"},
            {"type":"malware","name":"x"}]}"#;
        let (format, found, passed_over, _, updated) = told(bundle);
        assert_eq!((format, passed_over), ("STIX 2.1", 2));
        assert_eq!(
            found,
            [
                "203.0.113.9/128",
                "a.example",
                "b.example",
                "198.51.100.7/128"
            ]
        );
        assert_eq!(updated.as_deref(), Some("2026-11-20T12:00:00Z"));
    }

    #[test]
    fn json_of_abuse_ch_is_read() {
        let feodo = r#"[{"ip_address":"203.0.113.9","port":443,"last_online":"2026-11-19"}]"#;
        assert_eq!(told(feodo).1, ["203.0.113.9/128"]);
        let threatfox = r#"{"12":[{"ioc_value":"bad.example","ioc_type":"domain"}]}"#;
        assert_eq!(told(threatfox).1, ["bad.example"]);
    }

    #[test]
    fn what_holds_no_indicator_is_refused_with_what_is_expected() {
        for text in ["", "hello world\n", "{", "a,b\n1,2\n", "[1, 2]"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
