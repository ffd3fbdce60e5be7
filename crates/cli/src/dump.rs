//! `catseye dump`: a live cluster in one file, to be asked later and elsewhere.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use catseye_cluster::Listing;

use crate::intake::live;
use crate::output;

/// Write all objects of a live cluster to one file, values of Secrets redacted
///
/// Every kind that the cluster serves and this identity may list, custom ones too; events, leases
/// and metrics are left out. Read-only: lists and nothing else.
///
/// Exit codes: 0 all seen, 2 something could not be listed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    live: live::LiveArgs,
    /// Write to a file rather than standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  catseye dump -o cluster.json                 the current context of your kubeconfig
  catseye dump --context prod -o prod.json     another one
  catseye scan cluster.json                    … and every other question, without the cluster";

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args { live, output } = args;
    let listing = live.list()?;
    match &output {
        Some(file) => {
            let failed = || format!("failed to write {}", file.display());
            let to = BufWriter::new(std::fs::File::create(file).with_context(failed)?);
            write(&listing, to).with_context(failed)?;
            anstream::eprintln!(
                "{} objects of Kubernetes {} written to {}",
                listing.objects.len(),
                listing.version,
                file.display()
            );
        }
        None => write(&listing, BufWriter::new(std::io::stdout().lock()))?,
    }
    for notice in live::notices(&listing) {
        output::tell(&notice);
    }
    Ok(if listing.gaps.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    })
}

/// A `List` as `kubectl` reads it, an object a line, so that line tools read it too.
fn write(listing: &Listing, mut to: impl Write) -> anyhow::Result<()> {
    write!(to, r#"{{"apiVersion":"v1","kind":"List","items":["#)?;
    for (index, object) in listing.objects.iter().enumerate() {
        to.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut to, object)?;
    }
    to.write_all(b"\n]}\n")?;
    to.flush()?;
    Ok(())
}
