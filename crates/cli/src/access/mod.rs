//! Who may do what: `catseye who-can` asks for the subjects, `catseye can` for the permissions of one.

pub(crate) mod can;
mod place;
mod question;
pub(crate) mod subject;
pub(crate) mod who_can;

use std::path::PathBuf;

use anstyle::{AnsiColor, Color, Style};
use catseye_rbac::{Grant, Rbac};
use clap::ValueEnum;
use serde_json::{Value, json};

use crate::intake::{Loaded, ReadingArgs};
use crate::output::styled;
use place::Places;

/// What to read roles and bindings from.
#[derive(Debug, clap::Args)]
struct FromArgs {
    /// Files or folders with roles and bindings; `-` reads standard input (repeatable) [default: .]
    #[arg(long = "files", short = 'f', value_name = "PATH")]
    from: Vec<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs; versioned
    Json,
}

/// Roles and bindings, ready to be asked.
struct Access {
    loaded: Loaded,
    rbac: Rbac,
    /// Something could not be read, so that the answers may lack a permission.
    unreadable: bool,
}

impl FromArgs {
    fn load(self) -> anyhow::Result<Access> {
        let FromArgs { from, reading } = self;
        let loaded = reading.load_or_here(&from)?;
        let unreadable = loaded.tell()?;
        Ok(Access {
            rbac: Rbac::of(&loaded.inventory),
            loaded,
            unreadable,
        })
    }
}

impl Access {
    fn places(&self) -> Places<'_> {
        Places::of(&self.loaded)
    }

    /// What is written in roles and bindings but grants nothing, on standard error.
    fn warn(&self) {
        let mut places = self.places();
        for problem in self.rbac.problems() {
            let place = places.of_object(problem.object);
            let word = styled(
                Style::new()
                    .bold()
                    .fg_color(Some(Color::Ansi(AnsiColor::Yellow))),
                "warning",
            );
            anstream::eprintln!("{word}: {place}: {}", problem.kind);
        }
    }

    /// The same for programs.
    fn problems(&self) -> Value {
        let mut places = self.places();
        self.rbac
            .problems()
            .iter()
            .map(|problem| {
                let mut value = json!({"message": problem.kind.to_string()});
                places.of_object(problem.object).put(&mut value);
                value
            })
            .collect()
    }
}

/// The rule of a grant, with the role that holds it where that is not the bound one.
fn rule_in_words(rbac: &Rbac, grant: &Grant) -> String {
    let (home, place) = rbac.place_of(grant);
    if home == grant.role {
        place.to_string()
    } else {
        format!("{place} of {}, aggregated", rbac.role(home))
    }
}
