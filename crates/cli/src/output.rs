//! Standard output and standard error: colour on terminals only, and pipes that close early.

use std::io::{self, Write};

use anstyle::{AnsiColor, Color as AnyColor, Style};
use catseye_report::scan::{Level, Notice};
use clap::ValueEnum;

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On terminals, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Holds for all output of this process.
    pub(crate) fn apply(self) {
        match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// A word with a style, such as `error`.
pub(crate) struct Word {
    style: Style,
    word: &'static str,
}

/// The word before an error.
pub(crate) const ERROR: Word = Word {
    style: Style::new()
        .bold()
        .fg_color(Some(AnyColor::Ansi(AnsiColor::Red))),
    word: "error",
};

/// The word before what the reader should know.
pub(crate) const WARNING: Word = Word {
    style: Style::new()
        .bold()
        .fg_color(Some(AnyColor::Ansi(AnsiColor::Yellow))),
    word: "warning",
};

impl Word {
    /// The word with its ANSI codes.
    pub(crate) fn render_word(&self) -> String {
        styled(self.style, self.word)
    }
}

/// Text with a style, as ANSI codes that `anstream` takes away where they do not belong.
pub(crate) fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Says on standard error what the reader has to know.
pub(crate) fn tell(notice: &Notice) {
    let word = match notice.level {
        Level::Error => ERROR,
        _ => WARNING,
    };
    let line = notice.line.map(|line| format!(":{line}"));
    let place = match &notice.file {
        Some(file) => format!("{file}{}: ", line.unwrap_or_default()),
        None => String::new(),
    };
    anstream::eprintln!("{}: {place}{}", word.render_word(), notice.message);
}

/// Writes text to standard output, without styles unless it is a terminal.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = anstream::AutoStream::auto(io::stdout().lock());
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// True when the cause is a reader that has gone.
pub(crate) fn is_closed_pipe(err: &anyhow::Error) -> bool {
    err.chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
