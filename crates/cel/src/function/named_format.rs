//! Named formats: `format.dns1123Label().validate(x)` says what is wrong with a text.

use super::{Failure, Function, fail, global, member};
use crate::value::Val;

/// A named format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedFormat {
    /// A label of a DNS name; a prefix of one when true.
    Dns1123Label(bool),
    /// A DNS name; a prefix of one when true.
    Dns1123Subdomain(bool),
    /// A label that begins with a letter; a prefix of one when true.
    Dns1035Label(bool),
    /// A name with an optional domain before it.
    QualifiedName,
    /// The value of a label.
    LabelValue,
    /// A URL or an absolute path.
    Uri,
    /// A UUID.
    Uuid,
    /// Base64.
    Byte,
    /// A day.
    Date,
    /// A point in time.
    DateTime,
}

use NamedFormat::{
    Byte, Date, DateTime, Dns1035Label, Dns1123Label, Dns1123Subdomain, LabelValue, QualifiedName,
    Uri, Uuid,
};

const NAMES: &[(&str, NamedFormat)] = &[
    ("dns1123Label", Dns1123Label(false)),
    ("dns1123Subdomain", Dns1123Subdomain(false)),
    ("dns1035Label", Dns1035Label(false)),
    ("qualifiedName", QualifiedName),
    ("dns1123LabelPrefix", Dns1123Label(true)),
    ("dns1123SubdomainPrefix", Dns1123Subdomain(true)),
    ("dns1035LabelPrefix", Dns1035Label(true)),
    ("labelValue", LabelValue),
    ("uri", Uri),
    ("uuid", Uuid),
    ("byte", Byte),
    ("date", Date),
    ("datetime", DateTime),
];

pub(crate) const FUNCTIONS: &[Function] = &[
    global("format.named", 1, 1, |call| {
        let name = call.text(0)?;
        let found = NAMES.iter().find(|(known, _)| *known == name);
        Ok(found.map_or(Val::Optional(None), |(_, format)| {
            Val::some(Val::Format(*format))
        }))
    }),
    global("format.dns1123Label", 0, 0, |_| {
        Ok(Val::Format(Dns1123Label(false)))
    }),
    global("format.dns1123Subdomain", 0, 0, |_| {
        Ok(Val::Format(Dns1123Subdomain(false)))
    }),
    global("format.dns1035Label", 0, 0, |_| {
        Ok(Val::Format(Dns1035Label(false)))
    }),
    global("format.qualifiedName", 0, 0, |_| {
        Ok(Val::Format(QualifiedName))
    }),
    global("format.dns1123LabelPrefix", 0, 0, |_| {
        Ok(Val::Format(Dns1123Label(true)))
    }),
    global("format.dns1123SubdomainPrefix", 0, 0, |_| {
        Ok(Val::Format(Dns1123Subdomain(true)))
    }),
    global("format.dns1035LabelPrefix", 0, 0, |_| {
        Ok(Val::Format(Dns1035Label(true)))
    }),
    global("format.labelValue", 0, 0, |_| Ok(Val::Format(LabelValue))),
    global("format.uri", 0, 0, |_| Ok(Val::Format(Uri))),
    global("format.uuid", 0, 0, |_| Ok(Val::Format(Uuid))),
    global("format.byte", 0, 0, |_| Ok(Val::Format(Byte))),
    global("format.date", 0, 0, |_| Ok(Val::Format(Date))),
    global("format.datetime", 0, 0, |_| Ok(Val::Format(DateTime))),
    member("validate", 1, 1, |call| {
        let Val::Format(format) = &call.args[0] else {
            return Err(Failure::NoOverload);
        };
        let text = call.text(1)?;
        if text.len() > 1 << 20 {
            return fail("too long to validate");
        }
        let wrong = problems(*format, text);
        if wrong.is_empty() {
            return Ok(Val::Optional(None));
        }
        Ok(Val::some(Val::list(
            wrong.into_iter().map(Val::text).collect(),
        )))
    }),
];

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const NAME_PART: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

fn label(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|byte| plain(*byte))
        && bytes.last().is_some_and(|byte| plain(*byte))
        && bytes.iter().all(|byte| plain(*byte) || *byte == b'-')
}

fn word(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

fn too_long(limit: usize) -> String {
    format!("must be no more than {limit} bytes")
}

/// A prefix may end in a dash, because something follows it.
fn prefix_masked(text: &str) -> String {
    match text.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => format!("{rest}a"),
        _ => text.to_owned(),
    }
}

fn problems(format: NamedFormat, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    match format {
        Dns1123Label(prefix) | Dns1035Label(prefix) => {
            let text = if prefix {
                prefix_masked(text)
            } else {
                text.to_owned()
            };
            if text.len() > 63 {
                wrong.push(too_long(63));
            }
            let strict = matches!(format, Dns1035Label(_));
            let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
            if !label(&text) || strict && !begins {
                wrong.push(if strict { LABEL_1035 } else { LABEL }.to_owned());
            }
        }
        Dns1123Subdomain(prefix) => {
            let text = if prefix {
                prefix_masked(text)
            } else {
                text.to_owned()
            };
            if text.len() > 253 {
                wrong.push(too_long(253));
            }
            if !text.split('.').all(label) {
                wrong.push(SUBDOMAIN.to_owned());
            }
        }
        QualifiedName => {
            let name = match text.split_once('/') {
                Some((_, name)) if name.contains('/') => {
                    return vec![format!(
                        "a valid label key {} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
                        NAME_PART.trim_start_matches("name part ")
                    )];
                }
                Some((prefix, name)) => {
                    if prefix.is_empty() {
                        wrong.push("prefix part must be non-empty".to_owned());
                    } else {
                        for problem in problems(Dns1123Subdomain(false), prefix) {
                            wrong.push(format!("prefix part {problem}"));
                        }
                    }
                    name
                }
                None => text,
            };
            if name.is_empty() {
                wrong.push("name part must be non-empty".to_owned());
            } else if name.len() > 63 {
                wrong.push(format!("name part {}", too_long(63)));
            }
            if !word(name) {
                wrong.push(NAME_PART.to_owned());
            }
        }
        LabelValue => {
            if text.len() > 63 {
                wrong.push(too_long(63));
            }
            if !text.is_empty() && !word(text) {
                wrong.push(LABEL_VALUE.to_owned());
            }
        }
        Uri if super::url::parse(text).is_none() => wrong.push("invalid URI".to_owned()),
        Uuid if !is_uuid(text) => wrong.push("does not match the UUID format".to_owned()),
        Byte if !is_base64(text) => wrong.push("invalid base64".to_owned()),
        Date if !is_date(text) => wrong.push("invalid date".to_owned()),
        DateTime if text.parse::<jiff::Timestamp>().is_err() => {
            wrong.push("invalid datetime".to_owned());
        }
        Uri | Uuid | Byte | Date | DateTime => {}
    }
    wrong
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

fn is_uuid(text: &str) -> bool {
    let digits = text.chars().filter(|c| *c != '-');
    digits.clone().count() == 32
        && digits.clone().all(|c| c.is_ascii_hexdigit())
        && (text.len() == 32
            || text
                .char_indices()
                .all(|(place, c)| (c == '-') <= [8, 13, 18, 23].contains(&place)))
}

fn is_base64(text: &str) -> bool {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .is_ok()
}
