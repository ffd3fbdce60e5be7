//! The threads of the store: one that writes, with group commit, and a few that read.
//!
//! ```text
//!  calls ─► queue ─► writer: BEGIN, a savepoint a call, … COMMIT ─► all acknowledged at once
//!  calls ─► queue ─► readers, a connection each
//! ```
//!
//! A commit costs a write to the disk, whatever it holds. So the writer takes what waits in the queue
//! into one transaction; a call that fails is undone to its savepoint, and the others stay. Nothing is
//! acknowledged before the commit has returned. A connection that broke is opened anew at the next call.

use std::sync::{Arc, Mutex};
use std::thread;

use tokio::sync::{mpsc, oneshot};

use crate::error::{Error, Result};
use crate::schema::Dialect;
use crate::sql::Sql;

/// How many calls one commit takes at most.
const GROUP: usize = 512;

/// How many calls may wait; further ones wait outside, which slows their callers down.
const QUEUE: usize = 1024;

/// Opens a connection.
pub(crate) type Connect = Arc<dyn Fn() -> Result<Box<dyn Connection>> + Send + Sync>;

/// A connection that knows whether it is still one.
pub(crate) trait Connection: Sql + Send {
    fn is_broken(&self) -> bool;
}

impl Connection for crate::sqlite::Sqlite {
    fn is_broken(&self) -> bool {
        false
    }
}

impl Connection for crate::postgres::Postgres {
    fn is_broken(&self) -> bool {
        self.is_closed()
    }
}

/// A call on its way: run once, then answered.
trait Call: Send {
    /// Runs it; answers whether it succeeded.
    fn run(&mut self, sql: &mut dyn Sql) -> bool;
    /// It failed itself, for lack of space.
    fn found_full(&self) -> bool;
    /// Makes its answer a failure, because the transaction around it failed.
    fn fail(&mut self, err: Error);
    /// Gives the answer to whoever waits.
    fn answer(&mut self);
}

struct Waiting<T, F> {
    work: Option<F>,
    result: Option<Result<T>>,
    reply: Option<oneshot::Sender<Result<T>>>,
}

impl<T, F> Call for Waiting<T, F>
where
    T: Send,
    F: FnOnce(&mut dyn Sql) -> Result<T> + Send,
{
    fn run(&mut self, sql: &mut dyn Sql) -> bool {
        if let Some(work) = self.work.take() {
            self.result = Some(work(sql));
        }
        matches!(self.result, Some(Ok(_)))
    }

    fn found_full(&self) -> bool {
        matches!(self.result, Some(Err(Error::Full { .. })))
    }

    fn fail(&mut self, err: Error) {
        // An error of the call itself says more than that of the transaction.
        if !matches!(self.result, Some(Err(_))) {
            self.result = Some(Err(err));
        }
    }

    fn answer(&mut self) {
        if let Some(reply) = self.reply.take() {
            // Whoever asked may have gone; what was committed stays.
            let _gone = reply.send(self.result.take().unwrap_or(Err(Error::Closed)));
        }
    }
}

/// The queue to one or more threads.
#[derive(Clone)]
pub(crate) struct Queue(mpsc::Sender<Box<dyn Call>>);

impl Queue {
    /// Has `work` run on a thread of the queue and waits for its answer.
    pub(crate) async fn call<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Sql) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let call = Waiting {
            work: Some(work),
            result: None,
            reply: Some(reply),
        };
        self.0
            .send(Box::new(call))
            .await
            .map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }

    /// The same from a thread that may block.
    pub(crate) fn call_blocking<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Sql) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let call = Waiting {
            work: Some(work),
            result: None,
            reply: Some(reply),
        };
        self.0
            .blocking_send(Box::new(call))
            .map_err(|_| Error::Closed)?;
        answer.blocking_recv().map_err(|_| Error::Closed)?
    }
}

/// Starts the writer. It ends when the last [`Queue`] is dropped and all calls are answered.
pub(crate) fn start_writer(
    first: Box<dyn Connection>,
    connect: Connect,
) -> Result<(Queue, thread::JoinHandle<()>)> {
    let (sender, mut receiver) = mpsc::channel::<Box<dyn Call>>(QUEUE);
    let handle = thread::Builder::new()
        .name("store-writer".to_owned())
        .spawn(move || {
            let mut connection: Option<Box<dyn Connection>> = Some(first);
            let mut calls: Vec<Box<dyn Call>> = Vec::with_capacity(GROUP);
            while receiver.blocking_recv_many(&mut calls, GROUP) > 0 {
                if let Err(err) = write_group(&mut connection, &connect, &mut calls) {
                    fail_all(&mut calls, err);
                }
                for mut call in calls.drain(..) {
                    call.answer();
                }
            }
        })
        .map_err(Error::io("start a thread for", "the store"))?;
    Ok((Queue(sender), handle))
}

/// Nothing of a group was kept: who failed itself knows why, the others learn whether it passes.
fn fail_all(calls: &mut [Box<dyn Call>], err: Error) {
    let full = matches!(err, Error::Full { .. }) || calls.iter().any(|call| call.found_full());
    let mut first = Some(err);
    for call in calls {
        let source = || "another call of the same commit failed".into();
        let rest = if full {
            Error::Full { source: source() }
        } else {
            Error::Unavailable { source: source() }
        };
        // On a full disk the error of the transaction may be one that only follows from it.
        match first.take() {
            Some(err) if !full || matches!(err, Error::Full { .. }) => call.fail(err),
            _ => call.fail(rest),
        }
    }
}

/// Runs all calls in one transaction. An error means that none of them was kept, or that this is unknown.
fn write_group(
    connection: &mut Option<Box<dyn Connection>>,
    connect: &Connect,
    calls: &mut [Box<dyn Call>],
) -> Result<()> {
    let sql = opened(connection, connect)?;
    let begin = match sql.dialect() {
        Dialect::Sqlite => "BEGIN IMMEDIATE",
        Dialect::Postgres => "BEGIN",
    };
    if let Err(err) = sql.run(begin) {
        *connection = None;
        return Err(err);
    }
    let outcome = run_group(&mut **sql, calls);
    if outcome.is_err() {
        // On a broken connection this fails too; a new one knows nothing of the transaction.
        if sql.run("ROLLBACK").is_err() || sql.is_broken() {
            *connection = None;
        }
    }
    outcome
}

fn run_group(sql: &mut dyn Sql, calls: &mut [Box<dyn Call>]) -> Result<()> {
    // A single call needs no savepoint: the transaction is one.
    if let [call] = calls {
        return if call.run(sql) {
            sql.run("COMMIT")
        } else {
            sql.run("ROLLBACK")
        };
    }
    for call in calls.iter_mut() {
        sql.run("SAVEPOINT call")?;
        if call.run(sql) {
            sql.run("RELEASE SAVEPOINT call")?;
        } else {
            // A full disk ends the whole transaction in SQLite; then this fails, and so does the group.
            sql.run("ROLLBACK TO SAVEPOINT call; RELEASE SAVEPOINT call")?;
        }
    }
    sql.run("COMMIT")
}

fn opened<'a>(
    connection: &'a mut Option<Box<dyn Connection>>,
    connect: &Connect,
) -> Result<&'a mut Box<dyn Connection>> {
    if connection.as_ref().is_some_and(|sql| sql.is_broken()) {
        *connection = None;
    }
    match connection {
        Some(open) => Ok(open),
        empty => Ok(empty.insert(connect()?)),
    }
}

/// Starts `count` readers on one queue. Each opens its connection at its first call.
pub(crate) fn start_readers(
    connect: &Connect,
    count: usize,
) -> Result<(Queue, Vec<thread::JoinHandle<()>>)> {
    let (sender, receiver) = mpsc::channel::<Box<dyn Call>>(QUEUE);
    let receiver = Arc::new(Mutex::new(receiver));
    let mut handles = Vec::with_capacity(count);
    for _ in 0..count {
        let receiver = Arc::clone(&receiver);
        let connect = Arc::clone(connect);
        let handle = thread::Builder::new()
            .name("store-reader".to_owned())
            .spawn(move || {
                let mut connection = None;
                loop {
                    // Whoever holds the lock waits for a call; the others wait for the lock.
                    let next = match receiver.lock() {
                        Ok(mut queue) => queue.blocking_recv(),
                        Err(_) => None,
                    };
                    let Some(mut call) = next else { return };
                    read(&mut connection, &connect, &mut *call);
                    call.answer();
                }
            })
            .map_err(Error::io("start a thread for", "the store"))?;
        handles.push(handle);
    }
    Ok((Queue(sender), handles))
}

fn read(connection: &mut Option<Box<dyn Connection>>, connect: &Connect, call: &mut dyn Call) {
    match opened(connection, connect) {
        Ok(sql) => {
            call.run(&mut **sql);
            if sql.is_broken() {
                *connection = None;
            }
        }
        Err(err) => call.fail(err),
    }
}
