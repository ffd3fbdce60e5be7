//! Characters that would act on whatever shows them: they are made visible instead.
//!
//! A name in a manifest may hold an escape sequence for a terminal, or marks that reorder the text
//! around it so that it reads as something else.

/// The character, or U+FFFD for one that controls how text is shown.
pub(crate) fn visible(character: char) -> char {
    match character {
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        '\n' | '\t' => character,
        _ if character.is_control() => '\u{fffd}',
        _ => character,
    }
}

/// The text on one line, every character visible.
pub(crate) fn one_line(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
            character => visible(character),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_controls_a_terminal_or_reorders_text_is_shown() {
        assert_eq!(
            one_line("a\u{1b}[2Jb\nc\u{202e}d"),
            "a\u{fffd}[2Jb c\u{fffd}d"
        );
        assert_eq!(one_line("ä 東"), "ä 東");
    }
}
