//! `catseye policy test`: cases in files beside the policies.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use catseye_admission::{Operation, PolicySet, Request, Surroundings, Verdict};
use catseye_drift::Schemas;
use catseye_model::{Completeness, Fields as _, Inventory, Object, Value};
use catseye_report::policies::{self, Gravity, Said};
use serde_json::json;

use super::{AnswerFormat, VERSION, load};
use crate::output;

/// Test policies by the cases that stand beside them
///
/// A file whose name ends in cases.yaml holds cases for the policies of its folder. Exit code 1 when a
/// case is answered otherwise.
#[derive(Debug, clap::Args)]
#[command(after_help = FORM)]
pub(super) struct Args {
    /// Files of cases, or folders with them [default: .]
    paths: Vec<PathBuf>,
    /// How to show the answers
    #[arg(long, value_enum, default_value = "text")]
    format: AnswerFormat,
}

const FORM: &str = "\
A file of cases:
  policies: [no-host-network.yaml]     # default: all policies of the folder
  cases:
  - name: the host network is denied
    object: {apiVersion: v1, kind: Pod, …}   # or file: pod.yaml
    oldObject: {…}                     # for UPDATE and DELETE
    operation: CREATE                  # the default; UPDATE, DELETE, CONNECT
    subresource: ''                    # such as exec
    user: {name: ann, groups: [dev]}
    with: [{apiVersion: v1, kind: Namespace, …}]   # namespaces and parameters
    expect: deny                       # or allow, warn, audit, error
    message: host network              # what the message must contain";

/// What came of a case.
struct Answer {
    file: String,
    case: String,
    /// Why it is wrong.
    wrong: Option<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let here = [PathBuf::from(".")];
    let paths = if args.paths.is_empty() {
        &here[..]
    } else {
        &args.paths
    };
    let mut answers = Vec::new();
    for path in paths {
        for file in load::files(path)? {
            if load::is_cases(&file) || !path.is_dir() {
                judge_file(&file, &mut answers)?;
            }
        }
    }
    if answers.is_empty() {
        bail!("no cases: write a file that ends in cases.yaml beside the policy");
    }
    let wrong = answers
        .iter()
        .filter(|answer| answer.wrong.is_some())
        .count();
    output::print(&match args.format {
        AnswerFormat::Text => text(&answers, wrong),
        AnswerFormat::Json => for_programs(&answers),
        AnswerFormat::Sarif => policies::sarif(VERSION, &for_report(&answers)),
        AnswerFormat::Junit => policies::junit(&for_report(&answers)),
    })?;
    Ok(ExitCode::from(u8::from(wrong > 0)))
}

fn judge_file(file: &Path, answers: &mut Vec<Answer>) -> anyhow::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    for document in load::documents(file)? {
        let mut set = PolicySet::unbound_deny();
        let named: Vec<&str> = document.texts("policies").collect();
        if named.is_empty() {
            let folder = if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            };
            set = load::policies(folder)?.0;
        }
        for name in named {
            load::add(&mut set, &folder.join(name))?;
        }
        for (index, case) in document.list("cases").iter().enumerate() {
            let name = case
                .text("name")
                .map_or_else(|| format!("case {}", index + 1), str::to_owned);
            let verdict =
                judge(&set, case, folder).with_context(|| format!("{}: {name}", file.display()))?;
            answers.push(Answer {
                file: file.display().to_string(),
                wrong: wrong(case, &verdict)
                    .with_context(|| format!("{}: {name}", file.display()))?,
                case: name,
            });
        }
    }
    Ok(())
}

const FIELDS: &[&str] = &[
    "name",
    "object",
    "file",
    "oldObject",
    "operation",
    "subresource",
    "user",
    "with",
    "expect",
    "message",
];

fn judge(set: &PolicySet, case: &Value, folder: &Path) -> anyhow::Result<Verdict> {
    for (field, _) in case.entries("") {
        if !FIELDS.contains(&field) {
            bail!("unknown field {field}: write one of {}", FIELDS.join(", "));
        }
    }
    let old = case.at("oldObject");
    let value = match (case.text("file"), case.at("object")) {
        (Some(name), Value::Null) => load::documents(&folder.join(name))?
            .into_iter()
            .next()
            .with_context(|| format!("{name} is empty"))?,
        (None, Value::Null) if !old.is_null() => old.clone(),
        (None, object) if !object.is_null() => object.clone(),
        _ => bail!("write one of object and file"),
    };
    let object = Object::new(value, None)?;
    let mut around = Vec::new();
    for value in case.list("with") {
        around.push(Object::new(value.clone(), None)?);
    }
    let inventory = Inventory::new(around, Completeness::Fragment);
    let operation = case.text("operation").unwrap_or("CREATE");
    let operation = Operation::named(operation).with_context(|| {
        format!("operation {operation}: write CREATE, UPDATE, DELETE or CONNECT")
    })?;
    let mut request = Request::create(&object, &inventory).with_operation(operation);
    if !old.is_null() {
        request.old_object = old.clone();
    }
    // A case is silent where admission is not: what the API server fills in is there when policies are asked.
    let schemas = Schemas::with_definitions(&inventory);
    for object in [&mut request.object, &mut request.old_object] {
        if !object.is_null() {
            *object = schemas.defaulted(object);
        }
    }
    case.text("subresource")
        .unwrap_or_default()
        .clone_into(&mut request.subresource);
    case.text("user.name")
        .unwrap_or_default()
        .clone_into(&mut request.user.name);
    request.user.groups = case.texts("user.groups").map(str::to_owned).collect();
    let surroundings = Surroundings::of(&inventory);
    let verdict = match set.mutated(&request, &surroundings) {
        Ok(request) => set.judge(&request, &surroundings),
        Err(err) => Verdict::not_mutated(&err),
    };
    Ok(verdict)
}

/// Why a verdict is not the expected one.
fn wrong(case: &Value, verdict: &Verdict) -> anyhow::Result<Option<String>> {
    let expected = case
        .text("expect")
        .context("expect: write deny, allow, warn, audit or error")?;
    let failed: Vec<_> = verdict
        .denials
        .iter()
        .chain(&verdict.ignored)
        .filter(|denial| denial.is_error)
        .collect();
    // A policy that cannot be evaluated has said nothing: neither deny nor allow.
    if expected != "error"
        && let Some(first) = failed.first()
    {
        return Ok(Some(format!("could not be judged: {}", first.message)));
    }
    let (met, list) = match expected {
        "deny" => (!verdict.passes(), &verdict.denials),
        "allow" => (verdict.passes(), &verdict.warnings),
        "warn" => (!verdict.warnings.is_empty(), &verdict.warnings),
        "audit" => (!verdict.audits.is_empty(), &verdict.audits),
        "error" => (!failed.is_empty(), &verdict.denials),
        other => bail!("expect {other}: write deny, allow, warn, audit or error"),
    };
    if !met {
        let found = verdict.message().unwrap_or_else(|| "it passes".to_owned());
        return Ok(Some(format!("expected {expected}, but {found}")));
    }
    let Some(message) = case.text("message") else {
        return Ok(None);
    };
    if list.iter().any(|denial| denial.message.contains(message)) {
        return Ok(None);
    }
    let said: Vec<&str> = list.iter().map(|denial| denial.message.as_str()).collect();
    Ok(Some(format!(
        "no message contains {message:?}: {}",
        said.join("; ")
    )))
}

fn text(answers: &[Answer], wrong: usize) -> String {
    let mut text = String::new();
    for answer in answers {
        let _ = match &answer.wrong {
            None => writeln!(text, "ok    {}: {}", answer.file, answer.case),
            Some(why) => writeln!(text, "WRONG {}: {}\n      {why}", answer.file, answer.case),
        };
    }
    let _ = writeln!(text, "{} cases, {wrong} wrong", answers.len());
    text
}

fn for_report(answers: &[Answer]) -> Vec<policies::Answer> {
    let answer = |answer: &Answer| policies::Answer {
        policy: answer.file.clone(),
        subject: answer.case.clone(),
        file: answer.file.clone(),
        line: 0,
        said: answer.wrong.clone().map(|message| Said {
            gravity: Gravity::Denied,
            message,
        }),
    };
    answers.iter().map(answer).collect()
}

fn for_programs(answers: &[Answer]) -> String {
    let cases: Vec<serde_json::Value> = answers
        .iter()
        .map(|answer| {
            json!({
                "file": answer.file,
                "case": answer.case,
                "ok": answer.wrong.is_none(),
                "wrong": answer.wrong,
            })
        })
        .collect();
    format!("{:#}\n", json!({"version": 1, "cases": cases}))
}
