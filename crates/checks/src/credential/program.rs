//! Options of well-known programs that take a password under a name that does not say so:
//! `mysqladmin -phunter22`, `redis-cli -a hunter22`, `curl -u app:hunter22`.

use super::reference::{Strictness, is_reference};
use super::{Confidence, Credential, Redacted, placeholder};

/// How a password follows its option.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// In the same word.
    Attached,
    /// As the next word.
    Next,
    /// As the next word, after a user and a colon.
    Login,
}

#[rustfmt::skip]
const OPTIONS: [(&[&str], &str, Form); 8] = [
    (&["mysql", "mysqladmin", "mysqldump", "mysqlcheck", "mysqlshow", "mariadb", "mariadb-admin", "mariadb-dump"], "-p", Form::Attached),
    (&["redis-cli", "redis-benchmark", "valkey-cli"], "-a", Form::Next),
    (&["sshpass"], "-p", Form::Next),
    (&["sshpass"], "-p", Form::Attached),
    (&["mongo", "mongosh", "mongodump", "mongorestore"], "-p", Form::Next),
    (&["ldapsearch", "ldapwhoami", "ldapmodify", "ldapadd"], "-w", Form::Next),
    (&["curl"], "-u", Form::Login),
    (&["curl"], "--user", Form::Login),
];

/// The passwords in a script, whose lines are commands unless a backslash joins them.
pub(super) fn passwords_in(script: &str) -> Vec<Credential> {
    let mut found = Vec::new();
    let mut words: Vec<&str> = Vec::new();
    for line in script.lines() {
        let joined = line.trim_end().strip_suffix('\\');
        words.extend(joined.unwrap_or(line).split_whitespace());
        if joined.is_none() {
            found.extend(passwords(words.drain(..)).map(|(_, credential)| credential));
        }
    }
    found.extend(passwords(words.into_iter()).map(|(_, credential)| credential));
    found
}

/// The passwords among the words of a command line, with the index of the word that holds each.
pub(super) fn passwords<'a>(
    words: impl Iterator<Item = &'a str>,
) -> impl Iterator<Item = (usize, Credential)> {
    let mut program: &[(&[&str], &str, Form)] = &[];
    let mut name = "";
    let mut before = "";
    words.enumerate().filter_map(move |(index, word)| {
        let before = std::mem::replace(&mut before, word);
        if let Some(started) = program_of(word) {
            name = started;
            program = &OPTIONS;
            return None;
        }
        // A separator in a script ends the command.
        if matches!(word, "|" | "||" | "&&" | ";") {
            program = &[];
        }
        let value = program
            .iter()
            .filter(|(programs, _, _)| programs.contains(&name))
            .find_map(|(_, option, form)| match form {
                Form::Attached => word.strip_prefix(option),
                Form::Next => (before == *option).then_some(word),
                Form::Login => {
                    let login = (before == *option).then_some(word)?;
                    login.split_once(':').map(|(_, password)| password)
                }
            })?;
        let value = value.trim_matches(['"', '\'', ';', ')', '`']);
        let elsewhere = value.starts_with(['$', '-'])
            || placeholder::is_placeholder(value)
            || placeholder::is_masked(value)
            || is_reference(value, Strictness::Password);
        (!elsewhere).then(|| {
            let credential = Credential {
                kind: "password",
                id: "password",
                confidence: Confidence::Medium,
                hint: Redacted::of(value),
            };
            (index, credential)
        })
    })
}

/// The program of the table that this word starts, by its last path segment.
fn program_of(word: &str) -> Option<&'static str> {
    let word = word.trim_start_matches(['(', '"', '\'', '`', '$']);
    let file = word.rsplit('/').next().unwrap_or_default();
    OPTIONS
        .iter()
        .flat_map(|(programs, _, _)| *programs)
        .copied()
        .find(|program| *program == file)
}

#[cfg(test)]
mod tests {
    use super::{passwords, passwords_in};

    fn places(line: &str) -> Vec<usize> {
        passwords(line.split_whitespace())
            .map(|(at, _)| at)
            .collect()
    }

    #[test]
    fn options_of_known_programs_are_read() {
        for (line, at) in [
            ("mysqladmin ping -u root -phunter22", 4),
            ("/usr/bin/mysql -p'hunter22'", 1),
            ("redis-cli -h x -a hunter22 ping", 4),
            ("sshpass -p hunter22 ssh host", 2),
            ("sshpass -phunter22 ssh host", 1),
            ("curl -s -u app:hunter22 http://x", 3),
            ("sleep 1 && redis-cli -a hunter22", 5),
        ] {
            assert_eq!(places(line), [at], "{line}");
        }
    }

    #[test]
    fn a_command_ends_with_its_line() {
        assert_eq!(passwords_in("mysql -u root \\\n  -phunter22\n").len(), 1);
        assert!(passwords_in("mysql -u root\nserver -port 80\n").is_empty());
        assert!(passwords_in("").is_empty());
    }

    #[test]
    fn other_words_are_left_alone() {
        for line in [
            "mkdir -pfolder",
            "redis-cli -a $PASSWORD ping",
            "redis-cli -a \"$PASSWORD\" ping",
            "mysql -p${PASSWORD}",
            "mysql -p -h x",
            "curl -u ${USER}:${PASSWORD} x",
            "curl -u app: x",
            "curl -u app x",
            "redis-cli ping | grep -a word",
            "mongosh -p --quiet",
            "",
        ] {
            assert_eq!(places(line), [0; 0], "{line}");
        }
    }
}
