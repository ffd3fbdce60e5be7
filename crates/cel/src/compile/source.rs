//! What is looked at before and beside the parser: how deep a source nests, and where it is broken.

use crate::error::{CompileError, Place};

/// How deep an expression may nest: parts within parts, and chains such as `a.b.c` and `1 + 1 + 1`.
pub(super) const DEPTH: usize = 200;

pub(super) fn syntax_error(errors: &cel::ParseErrors) -> CompileError {
    let first = errors.errors.iter().min_by_key(|error| error.pos);
    let (line, column) = first.map_or((1, 1), |error| error.pos);
    CompileError {
        place: Place {
            line: u32::try_from(line).unwrap_or(1).max(1),
            column: u32::try_from(column).unwrap_or(1).max(1),
        },
        message: first.map_or_else(
            || "not an expression".to_owned(),
            |error| format!("syntax error: {}", error.msg),
        ),
    }
}

/// Refuses what nests too deep, before a recursive parser sees it.
pub(super) fn check_depth(source: &str) -> Result<(), CompileError> {
    let mut frames = vec![0_usize];
    let mut depth = 0_usize;
    let mut characters = source.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, c)) = characters.next() {
        match c {
            '"' | '\'' => {
                let raw = matches!(before, 'r' | 'R');
                skip_text(&mut characters, c, raw);
            }
            '/' if characters.peek().is_some_and(|(_, next)| *next == '/') => {
                while characters.next_if(|(_, c)| *c != '\n').is_some() {}
            }
            '(' | '[' | '{' => {
                frames.push(0);
                depth += 1;
            }
            ')' | ']' | '}' if frames.len() > 1 => {
                // The chain goes on: `a[0][0]`, `f().f()`.
                let closed = frames.pop().unwrap_or(0);
                depth -= closed + 1;
                if let Some(frame) = frames.last_mut() {
                    *frame += 1;
                    depth += 1;
                }
            }
            ',' | '&' | '|' => {
                if let Some(frame) = frames.last_mut() {
                    depth -= *frame;
                    *frame = 0;
                }
            }
            '.' | '+' | '-' | '*' | '/' | '%' | '<' | '>' | '=' | '!' | '?' | ':' => {
                if let Some(frame) = frames.last_mut() {
                    *frame += 1;
                    depth += 1;
                }
            }
            _ => {}
        }
        if depth > DEPTH {
            return Err(CompileError {
                place: Place::of(source, u32::try_from(at).unwrap_or(u32::MAX)),
                message: format!("nested deeper than {DEPTH}: use variables for the parts"),
            });
        }
        before = c;
    }
    Ok(())
}

type Characters<'a> = std::iter::Peekable<std::str::CharIndices<'a>>;

/// Passes over a text literal, whose first quote is read.
fn skip_text(characters: &mut Characters<'_>, quote: char, raw: bool) {
    let mut quotes = 1;
    while quotes < 3 && characters.next_if(|(_, c)| *c == quote).is_some() {
        quotes += 1;
    }
    let wanted = match quotes {
        1 => 1,
        2 => return,
        _ => 3,
    };
    let mut seen = 0;
    while let Some((_, c)) = characters.next() {
        if c == quote {
            seen += 1;
            if seen == wanted {
                return;
            }
            continue;
        }
        seen = 0;
        if c == '\\' && !raw {
            characters.next();
        }
    }
}
