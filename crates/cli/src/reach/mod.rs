//! `catseye reach`: who can reach whom over the network.

mod collapse;
mod difference;
mod explain;
mod exposure;
mod form;
mod json;
mod listing;
mod party;

use std::process::ExitCode;

use anstyle::AnsiColor;
use anyhow::bail;
use catseye_netpol::{Port, Reach};
use clap::ValueEnum;

use self::party::Wanted;
use crate::intake::{InputArgs, Loaded};
use crate::output::{self, styled};

/// Who can reach whom: the answer of every network policy together
///
/// Reads workloads and every kind of network policy that Kubernetes has (of namespaces, of
/// administrators, of the baseline), and answers for all pairs of workloads and for addresses outside.
/// Replicas are one workload. Exit codes: 0 answered; 1 nothing passes between --from and --to, or --diff found
/// a difference; 2 something could not be read.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArgs,

    /// Only connections from here: NAME, NAMESPACE/NAME, NAMESPACE/KIND/NAME, an address or block, or
    /// `internet`
    #[arg(long, value_name = "PARTY")]
    from: Option<Wanted>,
    /// Only connections to here, written like --from
    #[arg(long, value_name = "PARTY")]
    to: Option<Wanted>,
    /// Only this port, such as 443 or 53/UDP
    #[arg(long, value_name = "PORT")]
    port: Option<Port>,

    /// Say which policy and which rule decide; needs --from and --to
    #[arg(long, requires = "from", requires = "to", conflicts_with_all = ["diff", "exposure"])]
    explain: bool,
    /// Compare two states: the first path is before, the second after
    #[arg(long, conflicts_with = "exposure")]
    diff: bool,
    /// What pods outside the manifests, and addresses, may exchange with each workload
    #[arg(long)]
    exposure: bool,

    /// The form of the answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// In text, one line for every pair instead of one for all that are alike
    #[arg(long)]
    each: bool,
}

const EXAMPLES: &str = "\
Examples:
  catseye reach ./deploy                                       all pairs
  catseye reach ./deploy --to shop/db                          who reaches the database
  catseye reach ./deploy --from internet --port 22             what the outside reaches on TCP 22
  catseye reach ./deploy --from web --to shop/db --explain     which rule lets it through, or stops it
  catseye reach --diff ./main ./branch                         what a change opens and closes
  catseye reach ./deploy --exposure                            what pods that are not there yet could do
  catseye reach ./deploy --format dot | dot -Tsvg > map.svg    a picture";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For spreadsheets.
    Csv,
    /// For Graphviz.
    Dot,
    /// For merge requests.
    Markdown,
}

/// Which connections are asked about.
struct Question {
    from: Option<Wanted>,
    to: Option<Wanted>,
    port: Option<Port>,
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args {
        input,
        from,
        to,
        port,
        explain,
        diff,
        exposure,
        format,
        each,
    } = args;
    let question = Question { from, to, port };
    if diff {
        return compare(input, &question, format);
    }
    let loaded = input.load()?;
    let unreadable = loaded.tell()?;
    let reach = if exposure {
        Reach::with_strangers(&loaded.inventory)
    } else {
        Reach::of(&loaded.inventory)
    };
    warn_of_unread(&loaded, &reach);
    question.check(&reach)?;
    let mut code = 0;
    let text = if explain {
        let explained = explain::explained(&loaded.inventory, &reach, &question);
        code = u8::from(!explained.passes());
        match format {
            Format::Text => explained.text(),
            Format::Json => json::explained(&explained),
            _ => {
                bail!("an explanation is text or JSON: leave out --format, or write --format json")
            }
        }
    } else if exposure {
        exposure::shown(&reach, &question, format)
    } else {
        let listing = listing::Listing::of(&loaded.inventory, &reach, &question);
        if question.from.is_some() && question.to.is_some() {
            code = u8::from(!listing.passes());
        }
        match format {
            Format::Text => listing.text(each),
            Format::Json => json::listing(&loaded.inventory, &reach, &listing),
            Format::Csv => form::csv(&listing.table()),
            Format::Dot => form::dot(&listing.table()),
            Format::Markdown => form::markdown(&listing.table()),
        }
    };
    output::print(&text)?;
    Ok(ExitCode::from(if unreadable { 2 } else { code }))
}

fn compare(input: InputArgs, question: &Question, format: Format) -> anyhow::Result<ExitCode> {
    let InputArgs { paths, reading } = input;
    let [before, after] = paths.as_slice() else {
        bail!("--diff compares two states: write catseye reach --diff BEFORE AFTER");
    };
    let before = reading.clone().load(std::slice::from_ref(before))?;
    let after = reading.load(std::slice::from_ref(after))?;
    let unreadable = before.tell()? | after.tell()?;
    let (old, new) = (Reach::of(&before.inventory), Reach::of(&after.inventory));
    warn_of_unread(&before, &old);
    warn_of_unread(&after, &new);
    let (text, differs) = difference::shown(&old, &new, question, format);
    output::print(&text)?;
    Ok(ExitCode::from(if unreadable {
        2
    } else {
        u8::from(differs)
    }))
}

/// Policies that count for nothing are worth a word on standard error.
fn warn_of_unread(loaded: &Loaded, reach: &Reach) {
    let word = styled(AnsiColor::Yellow.on_default().bold(), "warning");
    for unread in reach.unread() {
        let object = loaded.inventory.object(unread.object);
        let place = object.origin().map(|origin| {
            let file = usize::try_from(origin.file.0).unwrap_or(usize::MAX);
            let name = loaded.sources.get(file).map_or("", |source| &source.name);
            format!("{name}:{}: ", origin.line)
        });
        let place = place.unwrap_or_default();
        anstream::eprintln!(
            "{word}: {place}{object}: {}: {}",
            unread.path,
            unread.reason
        );
    }
}

impl Question {
    /// Fails where a name is no workload's: an empty answer would look like "nothing passes".
    fn check(&self, reach: &Reach) -> anyhow::Result<()> {
        for wanted in [&self.from, &self.to].into_iter().flatten() {
            wanted.check(reach)?;
        }
        Ok(())
    }
}
