//! The handle: opening a store by its address, and the way of every call to its threads.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::keeper::Keeper;
use crate::postgres::Postgres;
use crate::schema;
use crate::sql::Sql;
use crate::sqlite::Sqlite;
use crate::worker::{self, Connect, Connection, Queue};

/// The name of the database in a store's folder.
pub(crate) const DATABASE: &str = "catseye.db";

/// The folder of the segments, beside the database.
pub(crate) const EVENTS: &str = "events";

/// How long a database has for a sign of life.
const PING: Duration = Duration::from_secs(2);

/// How a store works.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder of the event segments. Without it `events` beside a SQLite database; PostgreSQL has no
    /// such place, so there it must be given.
    pub events: Option<PathBuf>,
    /// Threads that read, each with a connection.
    pub readers: usize,
    /// Blocks become a segment when they hold this many events …
    pub segment_events: u64,
    /// … or this many bytes before compression.
    pub segment_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            events: None,
            readers: 3,
            segment_events: 100_000,
            segment_bytes: 256 << 20,
        }
    }
}

/// What the hub remembers. A handle: clones are the same store, and it closes with the last of them.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    /// `None` only while it closes.
    writer: Option<Queue>,
    readers: Option<Queue>,
    keeper: Option<Keeper>,
    reading: Vec<thread::JoinHandle<()>>,
    writing: Option<thread::JoinHandle<()>>,
    place: Place,
    events: PathBuf,
}

/// Where a store is.
#[derive(Clone)]
pub(crate) enum Place {
    Sqlite(PathBuf),
    Postgres(Box<tokio_postgres::Config>),
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.address()).finish()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Closing the queues ends the threads, the keeper first: it writes through the others.
        if let Some(keeper) = self.keeper.take() {
            keeper.stop();
        }
        // The writer last: SQLite moves its log into the database when the last connection closes, and when
        // two close at once neither is the last.
        self.readers = None;
        self.reading.drain(..).for_each(join);
        self.writer = None;
        if let Some(thread) = self.writing.take() {
            join(thread);
        }
    }
}

fn join(thread: thread::JoinHandle<()>) {
    // The last handle may be dropped by a thread of the store itself; that one ends by itself.
    if thread.thread().id() != thread::current().id() {
        let _ended = thread.join();
    }
}

impl Place {
    pub(crate) fn read(url: &str) -> Result<Place> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let config = url.parse().map_err(|_| Error::Address {
                // An address may hold a password.
                url: "postgres://…".to_owned(),
            })?;
            return Ok(Place::Postgres(Box::new(config)));
        }
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(Error::Address {
                    url: url.to_owned(),
                });
            }
            return Ok(Place::Sqlite(PathBuf::from(path)));
        }
        if url.is_empty() || url.contains("://") {
            return Err(Error::Address {
                url: url.to_owned(),
            });
        }
        Ok(Place::Sqlite(Path::new(url).join(DATABASE)))
    }

    fn connector(&self) -> (Connect, Connect) {
        match self.clone() {
            Place::Sqlite(path) => {
                let reading = path.clone();
                (
                    Arc::new(move || boxed(Sqlite::open(&path))),
                    Arc::new(move || boxed(Sqlite::open_reader(&reading))),
                )
            }
            Place::Postgres(config) => {
                let connect: Connect = Arc::new(move || boxed(Postgres::open(&config)));
                (Arc::clone(&connect), connect)
            }
        }
    }
}

fn boxed(opened: Result<impl Connection + 'static>) -> Result<Box<dyn Connection>> {
    Ok(Box::new(opened?))
}

impl Store {
    /// Opens a store, makes it when it is not there, and brings an older schema up to date.
    ///
    /// `url` is a folder (SQLite in it), `sqlite:PATH` (the file), or `postgres://USER@HOST/NAME` with the
    /// parameters of libpq. Refused are newer schemas, damaged and foreign files.
    pub async fn open(url: &str, options: Options) -> Result<Store> {
        let place = Place::read(url)?;
        tokio::task::spawn_blocking(move || Store::open_blocking(place, &options))
            .await
            .map_err(|_| Error::Closed)?
    }

    pub(crate) fn open_blocking(place: Place, options: &Options) -> Result<Store> {
        let events = events_folder(&place, options)?;
        if let Place::Sqlite(path) = &place
            && let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        }
        let (connect_writer, connect_reader) = place.connector();
        let mut first = connect_writer()?;
        schema::migrate(&mut *first)?;
        std::fs::create_dir_all(&events).map_err(Error::io("create", &events))?;
        let (writer, writing) = worker::start_writer(first, connect_writer)?;
        let (readers, reading) = worker::start_readers(&connect_reader, options.readers.max(1))?;
        let keeper = Keeper::start(&writer, &readers, &events, options)?;
        Ok(Store(Arc::new(Inner {
            writer: Some(writer),
            readers: Some(readers),
            keeper: Some(keeper),
            reading,
            writing: Some(writing),
            place,
            events,
        })))
    }

    /// Where the store is, without user and password.
    pub fn address(&self) -> String {
        match &self.0.place {
            Place::Sqlite(path) => format!("sqlite:{}", path.display()),
            Place::Postgres(config) => {
                format!("postgres:{}", config.get_dbname().unwrap_or_default())
            }
        }
    }

    /// The folder of the event segments.
    pub fn events_folder(&self) -> PathBuf {
        self.0.events.clone()
    }

    /// Asks the database for a sign of life, which it has to give within two seconds.
    pub async fn ping(&self) -> Result<()> {
        let asked = self.read(|sql| sql.query("SELECT 1", &[]).map(|_| ()));
        let answer = tokio::time::timeout(PING, asked).await;
        answer.unwrap_or_else(|_| {
            Err(Error::Unavailable {
                source: "it gave no sign of life within two seconds".into(),
            })
        })
    }

    pub(crate) fn keeper(&self) -> Result<&Keeper> {
        self.0.keeper.as_ref().ok_or(Error::Closed)
    }

    pub(crate) fn blocks_grew(&self, blocks: u64, events: u64, bytes: u64) {
        if let Some(keeper) = &self.0.keeper {
            keeper.blocks_grew(blocks, events, bytes);
        }
    }

    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Sql) -> Result<T> + Send + 'static,
    {
        let queue = self.0.writer.as_ref().ok_or(Error::Closed)?;
        queue.call(work).await
    }

    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Sql) -> Result<T> + Send + 'static,
    {
        let queue = self.0.readers.as_ref().ok_or(Error::Closed)?;
        queue.call(work).await
    }
}

fn events_folder(place: &Place, options: &Options) -> Result<PathBuf> {
    match (&options.events, place) {
        (Some(folder), _) => Ok(folder.clone()),
        (None, Place::Sqlite(path)) => Ok(path.with_file_name(EVENTS)),
        (None, Place::Postgres(_)) => Err(Error::invalid(
            "events are kept in files: name a folder for them beside the address of PostgreSQL",
        )),
    }
}
