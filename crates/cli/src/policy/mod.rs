//! `catseye policy`: admission policies judged before, beside and after the API server.

mod back_test;
mod check;
mod explain;
mod generate;
pub(crate) mod load;
mod test;

use std::process::ExitCode;

/// Judge manifests and clusters by admission policies, and test the policies
///
/// Policies are those of the API server (`ValidatingAdmissionPolicy` and bindings), and the
/// `ValidatingPolicy` of Kyverno where it asks nothing outside the request. What is judged here is
/// judged as the API server does.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Test(test::Args),
    Check(check::Args),
    Explain(explain::Args),
    BackTest(back_test::Args),
    Generate(generate::Args),
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Test(args) => test::run(&args),
        Command::Check(args) => check::run(args),
        Command::Explain(args) => explain::run(&args),
        Command::BackTest(args) => back_test::run(args),
        Command::Generate(args) => generate::run(args),
    }
}

/// How answers about objects and cases are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum AnswerFormat {
    /// One line for each
    Text,
    /// For programs; the version is in it
    Json,
    /// SARIF 2.1.0, for code hosts
    Sarif,
    /// XML of test results, for CI servers
    Junit,
}

/// The version that stands in what is written for others.
const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One line for each
    Text,
    /// For programs; the version is in it
    Json,
}
