//! `catseye completions SHELL`.

use std::process::ExitCode;

use clap_complete::Shell;

/// Print shell completions
///
/// For bash: `catseye completions bash > ~/.local/share/bash-completion/completions/catseye`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Args { shell } = args;
    let mut script = Vec::new();
    clap_complete::generate(*shell, &mut crate::command(), "catseye", &mut script);
    crate::output::print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}
