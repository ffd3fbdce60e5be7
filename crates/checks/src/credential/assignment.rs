//! `name = value` around a word inside a longer text, whatever the text is written in.
//!
//! The word is grown to the name it belongs to, and the value is read behind it: properties, ini,
//! shell, YAML, JSON (also escaped inside another string), XML elements and attributes, flags, query
//! strings, and the pairs `name: X` / `value: Y`. Nothing is parsed: a file that does not parse
//! leaks as well, and the cost stays with lines that hold a sensitive word.

/// A name and its value, cut from a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Assignment<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    /// Byte offset of the value.
    pub(super) start: usize,
    pub(super) quoted: bool,
    /// The name begins its line, and the value may take the rest of it.
    pub(super) whole_line: bool,
    /// No blanks around the `=`, as a shell demands.
    pub(super) tight: bool,
}

const LONGEST_NAME: usize = 128;
/// A longer value without a form of its own is a text, and reading on would make a hostile line slow.
const LONGEST_VALUE: usize = 1024;
const LONGEST_GAP: usize = 64;

/// The assignment to the name that holds position `at`.
pub(super) fn around(text: &str, at: usize) -> Option<Assignment<'_>> {
    let bytes = text.as_bytes();
    let in_name = |b: &u8| b.is_ascii_alphanumeric() || b"_-.".contains(b);
    let low = at.saturating_sub(LONGEST_NAME);
    let name_start = bytes[low..at]
        .iter()
        .rposition(|b| !in_name(b))
        .map_or(low, |p| low + p + 1);
    let high = (at + LONGEST_NAME).min(bytes.len());
    let name_end = bytes[at..high]
        .iter()
        .position(|b| !in_name(b))
        .map_or(high, |p| at + p);
    if name_start >= name_end || is_comment(bytes, name_start) {
        return None;
    }
    let name = text.get(name_start..name_end)?;
    let opener = name_start.checked_sub(1).map_or(b'\n', |p| bytes[p]);
    let is_flag = name.starts_with("--") && opener != b'_';
    let separator = separator(bytes, name_end, opener, is_flag)?;
    let whole_line = begins_line(text, name_start);
    let (start, end, quoted) = value(
        bytes,
        separator.end,
        opener,
        whole_line && !separator.is_blank,
    )?;
    let value = text.get(start..end)?;
    let tight = separator.end == name_end + 1 && start <= separator.end + 1;
    let name = name.trim_start_matches('-');
    Some(Assignment {
        name,
        value,
        start,
        quoted,
        whole_line,
        tight,
    })
}

struct Separator {
    end: usize,
    /// Only a blank, as between a flag and its argument.
    is_blank: bool,
}

fn separator(bytes: &[u8], name_end: usize, opener: u8, is_flag: bool) -> Option<Separator> {
    let mut at = name_end;
    let closing = |b: u8| matches!(b, b'"' | b'\'' | b'\\' | b'`' | b']');
    while at < bytes.len() && at < name_end + 4 && closing(bytes[at]) {
        at += 1;
    }
    let quoted_name = at > name_end;
    let blanks = skip_blanks(bytes, at);
    let rest = bytes.get(blanks..)?;
    let length = match rest {
        [b'=', b'=' | b'~', ..] | [b':', b':' | b'/', ..] => return pair(bytes, at),
        [b'=', b'>', ..] | [b':' | b'+' | b'?', b'=', ..] => 2,
        [b'=' | b':', ..] => 1,
        [b'>', ..] if opener == b'<' => 1,
        _ if is_flag && blanks > at && !quoted_name => {
            return Some(Separator {
                end: blanks,
                is_blank: true,
            });
        }
        _ => return pair(bytes, at),
    };
    Some(Separator {
        end: blanks + length,
        is_blank: false,
    })
}

/// `name: X` with `value: Y` next to it, in YAML, JSON, XML attributes or XML elements.
fn pair(bytes: &[u8], name_end: usize) -> Option<Separator> {
    let gap = bytes.get(name_end..(name_end + LONGEST_GAP).min(bytes.len()))?;
    let skip = [&b"</name>"[..], b"</key>"]
        .iter()
        .find(|t| gap.starts_with(t))
        .map_or(0, |t| t.len());
    let at = skip
        + gap[skip..]
            .iter()
            .position(|b| !b" \t\r\n,<\"'\\".contains(b))?;
    let tail = gap[at..].strip_prefix(b"value")?;
    let close = tail.iter().position(|b| !b"\"'\\ ".contains(b))?;
    if !b"=:>".contains(&tail[close]) {
        return None;
    }
    Some(Separator {
        end: name_end + at + b"value".len() + close + 1,
        is_blank: false,
    })
}

/// Where the value stands, and whether quotes enclose it.
fn value(
    bytes: &[u8],
    separator: usize,
    opener: u8,
    rest_of_line: bool,
) -> Option<(usize, usize, bool)> {
    let mut start = skip_blanks(bytes, separator);
    let limit = (start + LONGEST_VALUE).min(bytes.len());
    let escaped = bytes.get(start) == Some(&b'\\') && bytes.get(start + 1) == Some(&b'"');
    start += usize::from(escaped);
    let first = *bytes.get(start)?;
    if matches!(first, b'"' | b'\'' | b'`') {
        start += 1;
        let mut end = start;
        while end < limit && bytes[end] != first && bytes[end] != b'\n' {
            if bytes[end] == b'\\' && escaped && bytes.get(end + 1) == Some(&first) {
                break;
            }
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        return (end < limit && bytes[end] != b'\n').then_some((start, end, true));
    }
    let xml = separator.checked_sub(1).is_some_and(|p| bytes[p] == b'>') && opener != b'=';
    let ends = |b: u8| match b {
        b'\n' | b'\r' => true,
        b'<' => xml,
        b' ' | b'\t' | b',' | b';' | b'&' | b'}' | b')' | b'"' | b'\'' | b'\\' | b']' => {
            !rest_of_line && !xml
        }
        _ => false,
    };
    let mut end = (start..limit).find(|&i| ends(bytes[i])).unwrap_or(limit);
    if end == start + LONGEST_VALUE {
        return None;
    }
    if rest_of_line && let Some(p) = bytes[start..end].windows(2).position(|w| w == b" #") {
        end = start + p;
    }
    while end > start && matches!(bytes[end - 1], b' ' | b'\t' | b',' | b';') {
        end -= 1;
    }
    Some((start, end, false))
}

fn skip_blanks(bytes: &[u8], from: usize) -> usize {
    let blank = |b: &u8| matches!(b, b' ' | b'\t');
    bytes.get(from..).map_or(from, |rest| {
        from + rest.iter().take_while(|b| blank(b)).count()
    })
}

/// What stands between the start of the line and the name, at most a few words.
fn lead(bytes: &[u8], name_start: usize) -> &[u8] {
    let low = name_start.saturating_sub(LONGEST_NAME);
    let line = &bytes[low..name_start];
    let start = line.iter().rposition(|&b| b == b'\n').map_or(0, |p| p + 1);
    line[start..].trim_ascii()
}

fn is_comment(bytes: &[u8], name_start: usize) -> bool {
    let lead = lead(bytes, name_start);
    [&b"#"[..], b"//", b";", b"<!--", b"* "]
        .iter()
        .any(|mark| lead.starts_with(mark))
}

fn begins_line(text: &str, name_start: usize) -> bool {
    let low = name_start.saturating_sub(LONGEST_NAME);
    // A line longer than this holds more than one assignment.
    let cut = low > 0 && !text.as_bytes()[low..name_start].contains(&b'\n');
    let lead = lead(text.as_bytes(), name_start);
    let lead = lead
        .strip_suffix(b"\"")
        .or_else(|| lead.strip_suffix(b"'"))
        .unwrap_or(lead);
    !cut && [
        &b""[..],
        b"-",
        b"export",
        b"set",
        b"SET",
        b"ENV",
        b"declare -x",
    ]
    .contains(&lead)
}

#[cfg(test)]
mod tests {
    use super::around;

    fn read(text: &str) -> Option<(&str, &str)> {
        let at = text.to_lowercase().find("passw").unwrap();
        around(text, at).map(|a| {
            assert_eq!(&text[a.start..a.start + a.value.len()], a.value);
            (a.name, a.value)
        })
    }

    #[test]
    fn reads_many_notations() {
        for (text, name, value) in [
            ("db.password=s3cr3t", "db.password", "s3cr3t"),
            ("a: b\n  password: s3 cr3t # note\n", "password", "s3 cr3t"),
            ("password = \"s3cr3t\",", "password", "s3cr3t"),
            (
                r#"{"user":"a","password":"s3\"cr3t"}"#,
                "password",
                r#"s3\"cr3t"#,
            ),
            (r#"{\"password\":\"s3cr3t\",\"a\":1}"#, "password", "s3cr3t"),
            ("export DB_PASSWORD='s3cr3t'", "DB_PASSWORD", "s3cr3t"),
            ("run --db-password s3cr3t --x", "db-password", "s3cr3t"),
            ("run --db-password=s3cr3t --x", "db-password", "s3cr3t"),
            ("<dbPassword>s3cr3t</dbPassword>", "dbPassword", "s3cr3t"),
            (r#"<add password="s3cr3t" x="y"/>"#, "password", "s3cr3t"),
            (
                r#"<p name="x.password" value="s3cr3t"/>"#,
                "x.password",
                "s3cr3t",
            ),
            (
                "<name>x.password</name>\n  <value>s3cr3t</value>",
                "x.password",
                "s3cr3t",
            ),
            ("- name: PASSWORD\n  value: s3cr3t\n", "PASSWORD", "s3cr3t"),
            ("https://h/?a=b&password=s3cr3t&c=d", "password", "s3cr3t"),
            ("'password' => 's3cr3t',", "password", "s3cr3t"),
            ("config['password'] = 's3cr3t'", "password", "s3cr3t"),
            ("password := \"s3cr3t\"", "password", "s3cr3t"),
            ("password: é€😀\n", "password", "é€😀"),
        ] {
            assert_eq!(read(text), Some((name, value)), "{text}");
        }
    }

    #[test]
    fn leaves_alone_what_assigns_nothing() {
        for text in [
            "# password: s3cr3t",
            "// password = s3cr3t",
            "if password == x",
            "password://x",
            "the password",
            "password::new()",
            "\"password\"",
            "password: \"unfinished",
            "password",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
