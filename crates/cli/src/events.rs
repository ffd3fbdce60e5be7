//! `catseye events`: the audit events that a hub keeps, searched.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use catseye_store::{EventFilter, EventRecord, Options, Store};
use clap::ValueEnum;
use jiff::Timestamp;

use crate::audit::printable;
use crate::output;

/// Events of one page of the store.
const PAGE: usize = 500;

/// Search the audit events that a hub keeps, newest first
///
/// Reads the hub's store, while the hub runs or not. Older events lie in Parquet files, an hour a folder,
/// below `events` in the store's folder, where DuckDB and others read them too; statistics and Bloom filters
/// pass over what cannot match. Words are compared whole.
///
/// Exit codes: 0 something was found, 1 nothing, 2 could not run.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  catseye events --store /var/lib/catseye --actor alice --since 2026-11-24T00:00:00Z
  catseye events --resource secrets --verb list --code 403
  catseye events --id 5f0c… --format json          one event as it came, less the values of secrets
  duckdb -c \"select actor, count(*) from 'catseye-state/events/**/*.parquet' group by 1\"")]
pub(crate) struct Args {
    /// The store: a folder, or postgres://…
    #[arg(
        long,
        value_name = "URL",
        env = "CATSEYE_STORE_URL",
        hide_env_values = true,
        default_value = "catseye-state"
    )]
    store: String,
    /// The folder of the event segments, where the store is PostgreSQL
    #[arg(long, value_name = "DIR")]
    events: Option<PathBuf>,
    /// At or after this time
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// By this user
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// With this verb: get, list, create, …
    #[arg(long)]
    verb: Option<String>,
    /// To this resource, `pods` or `pods/exec`
    #[arg(long)]
    resource: Option<String>,
    /// In this namespace
    #[arg(long, short)]
    namespace: Option<String>,
    /// To the object of this name
    #[arg(long)]
    name: Option<String>,
    /// With this status code
    #[arg(long)]
    code: Option<i32>,
    /// From this address
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    /// The event of this id
    #[arg(long)]
    id: Option<String>,
    /// With this text anywhere in the event
    #[arg(long)]
    text: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line an event
    Table,
    /// The events themselves, a line each, as `catseye audit` reads them
    Json,
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args {
        store: url,
        events,
        since,
        until,
        actor,
        verb,
        resource,
        namespace,
        name,
        code,
        from,
        id,
        text,
        limit,
        format,
    } = args;
    if !url.contains("://") && !std::path::Path::new(&url).is_dir() {
        anyhow::bail!("{url} is no folder: name the hub's store with --store");
    }
    let (resource, subresource) = match resource {
        None => (None, None),
        Some(text) => match text.split_once('/') {
            Some((resource, sub)) => (Some(resource.to_owned()), Some(sub.to_owned())),
            None => (Some(text), None),
        },
    };
    let filter = EventFilter {
        since,
        before: until,
        source: None,
        actor,
        verb,
        resource,
        subresource,
        namespace,
        name,
        code,
        source_ip: from,
        id,
        text,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("failed to start the runtime")?;
    let options = Options {
        events,
        ..Options::default()
    };
    let found = runtime.block_on(async {
        let store = Store::open(&url, options)
            .await
            .context("failed to open the store")?;
        let mut stream = store.event_stream(filter, PAGE.min(limit.max(1)));
        let mut found: Vec<EventRecord> = Vec::new();
        while found.len() < limit
            && let Some(page) = stream.next().await?
        {
            found.extend(page.into_iter().map(|stored| stored.event));
        }
        found.truncate(limit);
        anyhow::Ok(found)
    })?;
    let mut out = String::new();
    for event in &found {
        match format {
            Format::Table => out.push_str(&line(event)),
            Format::Json => out.push_str(&event.raw),
        }
        out.push('\n');
    }
    output::print(&out)?;
    if found.len() == limit {
        anstream::eprintln!("the newest {limit}; --limit shows more");
    }
    Ok(if found.is_empty() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The path of a call that is about no resource: it stands in the event itself only.
fn path(event: &EventRecord) -> Option<String> {
    if !event.resource.is_empty() {
        return None;
    }
    let raw: serde_json::Value = serde_json::from_str(&event.raw).ok()?;
    Some(raw.get("requestURI")?.as_str()?.to_owned())
}

fn line(event: &EventRecord) -> String {
    let resource = match event.subresource.as_str() {
        "" => event.resource.clone(),
        subresource => format!("{}/{subresource}", event.resource),
    };
    let resource = match path(event) {
        Some(path) => path,
        None => resource,
    };
    let object = match (event.namespace.as_str(), event.name.as_str()) {
        ("", name) => name.to_owned(),
        (namespace, "") => format!("{namespace}/*"),
        (namespace, name) => format!("{namespace}/{name}"),
    };
    let about = if object.is_empty() {
        resource
    } else {
        format!("{resource} {object}")
    };
    let text = format!(
        "{} {:>3} {} {} {about} from {} with {}",
        event.time, event.code, event.actor, event.verb, event.source_ip, event.user_agent
    );
    printable(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(resource: &str, name: &str) -> EventRecord {
        EventRecord {
            time: Timestamp::UNIX_EPOCH,
            source: "audit".to_owned(),
            actor: "ann".to_owned(),
            verb: "get".to_owned(),
            resource: resource.to_owned(),
            subresource: String::new(),
            namespace: String::new(),
            name: name.to_owned(),
            code: 200,
            source_ip: "10.0.0.1".to_owned(),
            user_agent: "curl".to_owned(),
            id: "a".to_owned(),
            raw: r#"{"requestURI":"/healthz?verbose"}"#.to_owned(),
        }
    }

    #[test]
    fn a_call_that_is_about_no_resource_is_shown_with_its_path() {
        assert_eq!(
            line(&event("", "")),
            "1970-01-01T00:00:00Z 200 ann get /healthz?verbose from 10.0.0.1 with curl"
        );
        assert_eq!(
            line(&event("nodes", "a")),
            "1970-01-01T00:00:00Z 200 ann get nodes a from 10.0.0.1 with curl"
        );
    }
}
