//! What containers start: the words of their commands, and the programs that a line of shell runs.

use catseye_model::{Container, FieldPath, Fields};

/// A word that is a program or a script, with its place.
#[derive(Clone, Copy)]
pub(super) struct Word<'a> {
    field: &'static str,
    index: usize,
    /// The word.
    pub(super) text: &'a str,
}

impl Word<'_> {
    /// Where it stands.
    pub(super) fn path(&self, container: &Container<'_>) -> FieldPath {
        container.path(self.field).index(self.index)
    }
}

/// The commands that the kubelet runs in a container beside its own.
const HOOKS: [&str; 5] = [
    "livenessProbe.exec.command",
    "readinessProbe.exec.command",
    "startupProbe.exec.command",
    "lifecycle.postStart.exec.command",
    "lifecycle.preStop.exec.command",
];

/// Programs that run the command which follows them.
const WRAPPERS: [&str; 12] = [
    "env",
    "exec",
    "nice",
    "nohup",
    "setsid",
    "timeout",
    "time",
    "tini",
    "dumb-init",
    "su-exec",
    "gosu",
    "command",
];

/// The words of the container's own command that start something: the program, whatever a wrapper
/// runs, and every word that is a script.
pub(super) fn entrypoint<'a>(
    container: &Container<'a>,
) -> impl Iterator<Item = Word<'a>> + use<'a> {
    starting(words(container, "command").chain(words(container, "args")))
}

/// The same for its probes and lifecycle hooks.
pub(super) fn hooks<'a>(container: &Container<'a>) -> impl Iterator<Item = Word<'a>> + use<'a> {
    let lists = HOOKS.map(|field| starting(words(container, field)));
    lists.into_iter().flatten()
}

fn words<'a>(
    container: &Container<'a>,
    field: &'static str,
) -> impl Iterator<Item = Word<'a>> + use<'a> {
    container
        .value
        .list(field)
        .iter()
        .enumerate()
        .filter_map(move |(index, word)| {
            let text = word.as_str()?;
            Some(Word { field, index, text })
        })
}

fn starting<'a>(words: impl Iterator<Item = Word<'a>>) -> impl Iterator<Item = Word<'a>> {
    let mut program_expected = true;
    words.filter(move |word| {
        // `sh -c SCRIPT`: a word with blanks is a script, or an argument in which no program starts.
        let starts = program_expected || word.text.contains(char::is_whitespace);
        if program_expected && !word.text.starts_with('-') && !is_argument_of_wrapper(word.text) {
            program_expected = WRAPPERS.contains(&base_name(word.text));
        }
        // After `-c`, `-ec` and so on stands a script, be it one word long.
        if word.text.starts_with('-') && !word.text.starts_with("--") && word.text.ends_with('c') {
            program_expected = true;
        }
        starts
    })
}

/// `env A=b` and `timeout 5s` take words that are no program.
fn is_argument_of_wrapper(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) || is_assignment(word)
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

/// The names, without folder, of the programs that a line of shell starts.
pub(super) fn programs(script: &str) -> impl Iterator<Item = &str> {
    script
        .split([';', '&', '|', '\n', '(', ')', '`', '{', '}'])
        .filter_map(|command| {
            let mut words = command
                .split_whitespace()
                .map(|word| word.trim_matches(['"', '\'']));
            words
                .find(|word| {
                    !is_assignment(word)
                        && !word.starts_with('-')
                        && !matches!(
                            *word,
                            "" | "!" | "if" | "then" | "else" | "elif" | "do" | "while" | "until"
                        )
                        && !WRAPPERS.contains(&base_name(word))
                })
                .map(base_name)
        })
}

fn base_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_stand_first_in_each_command() {
        let found: Vec<&str> =
            programs("set -e; A=1 /usr/bin/sudo x && if env B=2 curl y | sh; then echo sudo; fi")
                .collect();
        assert_eq!(found, ["set", "sudo", "curl", "sh", "echo", "fi"]);
    }
}
