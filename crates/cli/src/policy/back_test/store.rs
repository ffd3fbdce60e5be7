//! What a hub keeps, read in the order of time: its events, and the versions of objects with those who made them.

use std::path::Path;

use anyhow::{Context as _, bail};
use catseye_admission::history::{Authors, Version};
use catseye_admission::past::Past;
use catseye_event::Event;
use catseye_event::intake::Intake;
use catseye_model::{Object, RedactionKey, Value};
use catseye_store::{EventFilter, ObjectFilter, ObjectVersion, Options, Store};
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Runtime;

/// Events of one page of the store.
const PAGE: usize = 500;

/// Events come newest first; so much of them is held to turn them around.
const STRETCH: SignedDuration = SignedDuration::from_mins(10);

/// How far around a version its call is looked for.
const AROUND: SignedDuration = SignedDuration::from_secs(60);

/// True for what is a hub's store and no log.
pub(super) fn is_store(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.starts_with("postgres://")
        || text.starts_with("postgresql://")
        || text.starts_with("sqlite:")
        || path.join("catseye.db").is_file()
}

/// An open store.
pub(super) struct Kept {
    runtime: Runtime,
    store: Store,
}

impl Kept {
    pub(super) fn open(url: &str) -> anyhow::Result<Self> {
        if !is_store(Path::new(url)) {
            bail!("{url} is no store of a hub: name its folder, or postgres://…");
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .context("failed to start the runtime")?;
        let store = runtime
            .block_on(Store::open(url, Options::default()))
            .context("failed to open the store")?;
        Ok(Kept { runtime, store })
    }

    /// Lets the past begin with the objects that were there at a time; with none when there is no time.
    pub(super) fn state_before(
        &mut self,
        time: Option<Timestamp>,
        past: &mut Past,
    ) -> anyhow::Result<()> {
        let Some(time) = time else {
            return Ok(());
        };
        let mut stream = self.store.objects_at(time, ObjectFilter::default());
        while let Some(part) = self.runtime.block_on(stream.next())? {
            for version in part {
                if let Some(object) = body(&version)? {
                    past.begin_with(&object);
                }
            }
        }
        Ok(())
    }

    /// Every audit event from a time on, oldest first.
    pub(super) fn for_each_event(
        &mut self,
        since: Option<Timestamp>,
        on_event: &mut dyn FnMut(&Event<'_>),
    ) -> anyhow::Result<()> {
        let stats = self.runtime.block_on(self.store.event_stats())?;
        let (Some(oldest), Some(newest)) = (stats.oldest, stats.newest) else {
            return Ok(());
        };
        let mut from = since.map_or(oldest, |since| since.max(oldest));
        while from <= newest {
            let to = from.saturating_add(STRETCH)?;
            self.events_between(from, to, on_event)?;
            from = to;
        }
        Ok(())
    }

    fn events_between(
        &mut self,
        from: Timestamp,
        to: Timestamp,
        on_event: &mut dyn FnMut(&Event<'_>),
    ) -> anyhow::Result<()> {
        let filter = EventFilter {
            since: Some(from),
            before: Some(to),
            source: Some("audit".to_owned()),
            ..EventFilter::default()
        };
        let mut found = Vec::new();
        let mut stream = self.store.event_stream(filter, PAGE);
        while let Some(page) = self.runtime.block_on(stream.next())? {
            found.extend(page.into_iter().map(|stored| stored.event.raw));
        }
        // What is kept has no values of secrets left that a key would hide.
        let mut intake = Intake::new(RedactionKey::new([0; 32]));
        for raw in found.iter().rev() {
            intake.feed(raw.as_bytes(), on_event);
            intake.feed(b"\n", on_event);
        }
        intake.finish(on_event);
        Ok(())
    }

    /// Every version of an object that began at a time or later, oldest first, with the writes of its time.
    pub(super) fn for_each_version(
        &mut self,
        since: Option<Timestamp>,
        on_version: &mut dyn FnMut(&Version<'_>, &Authors),
    ) -> anyhow::Result<()> {
        let mut stream = self
            .store
            .versions_from(since.unwrap_or(Timestamp::UNIX_EPOCH), Timestamp::MAX);
        let mut authors = Authors::default();
        let mut known_until: Option<Timestamp> = None;
        while let Some(part) = self.runtime.block_on(stream.next())? {
            for version in part {
                let seen = version.valid_from;
                let begin = seen.saturating_sub(AROUND)?;
                authors.forget_before(begin);
                if known_until
                    .is_none_or(|until| until < seen.saturating_add(AROUND).unwrap_or(until))
                {
                    let from = known_until.map_or(begin, |until| until.max(begin));
                    let to = seen.saturating_add(AROUND + STRETCH)?;
                    self.events_between(from, to, &mut |event| authors.learn(event))?;
                    known_until = Some(to);
                }
                let object = body(&version)?;
                on_version(
                    &Version {
                        object: object.as_ref(),
                        group: &version.key.group,
                        kind: &version.key.kind,
                        namespace: &version.key.namespace,
                        name: &version.key.name,
                        resource_version: &version.resource_version,
                        seen,
                    },
                    &authors,
                );
            }
        }
        Ok(())
    }
}

/// The object of a version; none where it was deleted.
fn body(version: &ObjectVersion) -> anyhow::Result<Option<Object>> {
    let Some(body) = version.body.as_ref().filter(|_| !version.deleted) else {
        return Ok(None);
    };
    let object = Object::new(Value::from(body), None)
        .with_context(|| format!("{} as it is kept", version.key))?;
    Ok(Some(object))
}
