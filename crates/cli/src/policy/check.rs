//! `catseye policy check`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use catseye_admission::{Request, RoleAuthorizer, Surroundings, Verdict};
use catseye_drift::Schemas;
use catseye_model::Object;
use catseye_rbac::Rbac;
use catseye_report::Source;
use catseye_report::policies::{self, Answer, Gravity, Said};
use serde_json::{Value, json};

use super::{AnswerFormat, VERSION, load};
use crate::intake::ReadingArgs;
use crate::output;

/// Judge manifests, a dump or a live cluster by admission policies
///
/// Every object is judged as if it were created now, with the defaults that the API server would set. A policy without a binding holds everywhere and
/// denies; parameters, namespaces and roles are those of what is read, beside those that stand with the
/// policies. Exit code 1 when an object would be denied.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  catseye policy check policies/ ./deploy
  catseye policy check no-host-network.yaml cluster.yaml --format json")]
pub(super) struct Args {
    /// File or folder with policies and bindings
    policies: PathBuf,
    /// Files or folders to judge; `-` reads standard input [default: .]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
    /// User name that creates the objects
    #[arg(long, value_name = "USER", default_value = "")]
    user: String,
    /// A group of the user (repeatable)
    #[arg(long, value_name = "GROUP")]
    group: Vec<String>,
    /// How to show the answer
    #[arg(long, value_enum, default_value = "text")]
    format: AnswerFormat,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args {
        policies,
        paths,
        reading,
        user,
        group,
        format,
    } = args;
    let (set, beside) = load::policies(&policies)?;
    let loaded = reading.load_or_here(&paths)?;
    let unreadable = loaded.tell()?;
    let inventory = &loaded.inventory;
    let mut surroundings = Surroundings::of(inventory);
    for object in &beside {
        surroundings.add(object);
    }
    let rbac = Arc::new(Rbac::of(inventory));
    surroundings.authorizer = Arc::new(RoleAuthorizer::new(rbac, &user, &group));
    // A manifest is silent where admission is not.
    let schemas = Schemas::with_definitions(inventory);
    let mut judged = Vec::new();
    for (_, object) in inventory.objects() {
        let mut request = Request::create(object, inventory);
        request.object = schemas.defaulted(&request.object);
        request.user.name.clone_from(&user);
        request.user.groups.clone_from(&group);
        // Policies that change objects come first, as they do at the API server.
        let verdict = match set.mutated(&request, &surroundings) {
            Ok(request) => set.judge(&request, &surroundings),
            Err(err) => Verdict::not_mutated(&err),
        };
        judged.push((object, verdict));
    }
    let denied = judged.iter().any(|(_, verdict)| !verdict.passes());
    output::print(&match format {
        AnswerFormat::Text => text(&judged),
        AnswerFormat::Json => for_programs(&judged),
        AnswerFormat::Sarif => policies::sarif(VERSION, &answers(&judged, &loaded.sources)),
        AnswerFormat::Junit => policies::junit(&answers(&judged, &loaded.sources)),
    })?;
    Ok(ExitCode::from(if unreadable {
        2
    } else {
        u8::from(denied)
    }))
}

fn text(judged: &[(&Object, Verdict)]) -> String {
    let mut text = String::new();
    let mut denied = 0;
    let mut met = 0;
    for (object, verdict) in judged {
        denied += usize::from(!verdict.passes());
        met += usize::from(verdict.met > 0);
        let words = [
            ("denied", &verdict.denials),
            ("warned", &verdict.warnings),
            ("audited", &verdict.audits),
            ("not judged", &verdict.ignored),
        ];
        for (word, list) in words {
            for denial in list {
                let _ = writeln!(
                    text,
                    "{word}: {} by {}: {}",
                    title(object),
                    denial.policy,
                    denial.message
                );
            }
        }
    }
    let _ = writeln!(
        text,
        "{denied} of {} objects denied; policies are about {met} of them",
        judged.len()
    );
    text
}

/// Every policy's answer about every object that it is about.
fn answers(judged: &[(&Object, Verdict)], sources: &[Source]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for (object, verdict) in judged {
        let file = object
            .origin()
            .and_then(|origin| sources.get(usize::try_from(origin.file.0).ok()?))
            .map(|source| source.name.clone())
            .unwrap_or_default();
        let answer = |policy: &str, said| Answer {
            policy: policy.to_owned(),
            subject: title(object),
            file: file.clone(),
            line: object.origin().map_or(0, |origin| origin.line),
            said,
        };
        let begin = answers.len();
        for (list, gravity) in [
            (&verdict.denials, Gravity::Denied),
            (&verdict.warnings, Gravity::Warned),
            (&verdict.audits, Gravity::Noted),
            (&verdict.ignored, Gravity::NotJudged),
        ] {
            for denial in list {
                let said = Said {
                    gravity: if denial.is_error {
                        Gravity::NotJudged
                    } else {
                        gravity
                    },
                    message: denial.message.clone(),
                };
                answers.push(answer(&denial.policy, Some(said)));
            }
        }
        if answers.len() == begin && verdict.met > 0 {
            answers.push(answer("all policies", None));
        }
    }
    answers
}

fn title(object: &Object) -> String {
    let namespace = object.namespace();
    if namespace.is_empty() {
        format!("{} {}", object.kind_name(), object.name())
    } else {
        format!("{} {namespace}/{}", object.kind_name(), object.name())
    }
}

fn for_programs(judged: &[(&Object, Verdict)]) -> String {
    let mut objects = Vec::new();
    for (object, verdict) in judged {
        let list = |denials: &[catseye_admission::Denial]| -> Vec<Value> {
            denials
                .iter()
                .map(|denial| {
                    json!({
                        "policy": denial.policy,
                        "binding": denial.binding,
                        "message": denial.message,
                        "reason": denial.reason,
                        "validation": denial.validation,
                        "error": denial.is_error,
                    })
                })
                .collect()
        };
        if verdict.met == 0 {
            continue;
        }
        objects.push(json!({
            "apiVersion": object.api_version(),
            "kind": object.kind_name(),
            "namespace": object.namespace(),
            "name": object.name(),
            "allowed": verdict.passes(),
            "denials": list(&verdict.denials),
            "warnings": list(&verdict.warnings),
            "audits": list(&verdict.audits),
            "ignored": list(&verdict.ignored),
            "annotations": verdict.annotations,
        }));
    }
    format!("{:#}\n", json!({"version": 1, "objects": objects}))
}
