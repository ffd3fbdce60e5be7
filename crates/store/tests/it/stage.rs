//! Where a test plays: a store of its own, on SQLite or on a PostgreSQL that the tests start.

use std::fs;
use std::future::Future;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use catseye_store::{Options, Store};

/// A place for a store, which is removed with it.
pub(crate) struct Stage {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) url: String,
    pub(crate) options: Options,
}

impl Stage {
    pub(crate) fn sqlite() -> Stage {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("catseye.db").display());
        Stage::at(folder, url)
    }

    /// `None`, with the reason printed, when there is no PostgreSQL.
    pub(crate) fn postgres() -> Option<Stage> {
        let server = shared_server()?;
        Some(Stage::on(server))
    }

    /// A database of its own on a server.
    pub(crate) fn on(server: &Server) -> Stage {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let name = format!("test{}", NEXT.fetch_add(1, Ordering::Relaxed));
        server.run(&format!("CREATE DATABASE {name}"));
        Stage::at(tempfile::tempdir().unwrap(), server.url(&name))
    }

    fn at(folder: tempfile::TempDir, url: String) -> Stage {
        let options = Options {
            events: Some(folder.path().join("events")),
            ..Options::default()
        };
        Stage {
            folder,
            url,
            options,
        }
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.url, self.options.clone()).await.unwrap()
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }
}

/// Waits for a future on a runtime of its own.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// The same test on both back ends: `NAME::sqlite` and `NAME::postgres`.
macro_rules! on_both {
    ($(async fn $name:ident($stage:ident) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn run($stage: &crate::stage::Stage) $body

            #[test]
            fn sqlite() {
                let stage = crate::stage::Stage::sqlite();
                crate::stage::block_on(run(&stage));
            }

            #[test]
            fn postgres() {
                if let Some(stage) = crate::stage::Stage::postgres() {
                    crate::stage::block_on(run(&stage));
                }
            }
        }
    )*};
}
pub(crate) use on_both;

/// A PostgreSQL server on a Unix socket in a folder of its own. It ends with this process, even with a
/// killed one: the shell that started it waits for the end of its standard input.
pub(crate) struct Server {
    shell: Child,
    pub(crate) folder: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ended = self.shell.wait();
    }
}

fn shared_server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER
        .get_or_init(|| Server::start(&std::env::temp_dir()))
        .as_ref()
}

/// The folder of the newest PostgreSQL programs.
fn programs() -> Option<PathBuf> {
    let mut found = Vec::new();
    for version in fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
    {
        let bin = version.path().join("bin");
        let number = version.file_name().to_string_lossy().parse::<u32>();
        if bin.join("initdb").is_file() && bin.join("postgres").is_file() {
            found.push((number.unwrap_or(0), bin));
        }
    }
    found.sort();
    if let Some((_, bin)) = found.pop() {
        return Some(bin);
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .find(|bin| bin.join("initdb").is_file() && bin.join("postgres").is_file())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

/// A command as somebody whom PostgreSQL accepts: it refuses root.
fn unprivileged(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"])
        .arg(program);
    command
}

fn skip(reason: &str) {
    assert!(
        std::env::var_os("CATSEYE_REQUIRE_POSTGRES").is_none(),
        "CATSEYE_REQUIRE_POSTGRES is set, and {reason}"
    );
    eprintln!("skipped on PostgreSQL: {reason}");
}

impl Server {
    /// Starts a server with its files below `parent`; `None`, with the reason printed, when there is none.
    pub(crate) fn start(parent: &Path) -> Option<Server> {
        let Some(bin) = programs() else {
            skip("initdb and postgres are not installed");
            return None;
        };
        let folder = tempfile::Builder::new()
            .prefix("catseye-pg")
            .tempdir_in(parent)
            .unwrap()
            .keep();
        if is_root() {
            let owned = Command::new("chown")
                .arg("nobody:nogroup")
                .arg(&folder)
                .status();
            assert!(owned.unwrap().success());
        }
        let data = folder.join("data");
        let made = unprivileged(&bin.join("initdb"))
            .args([
                "--auth=trust",
                "--username=catseye",
                "--no-sync",
                "--encoding=UTF8",
            ])
            .args(["--locale=C", "-D"])
            .arg(&data)
            .current_dir("/")
            .output();
        match made {
            Ok(output) if output.status.success() => {}
            other => {
                let _partly = fs::remove_dir_all(&folder);
                skip(&format!("initdb failed: {other:?}"));
                return None;
            }
        }
        let server = Server {
            shell: Server::launch(&bin, &folder),
            folder,
        };
        server.wait_until_up();
        Some(server)
    }

    fn launch(bin: &Path, folder: &Path) -> Child {
        // A line on its input means "stop, and keep the files"; its end means "stop, and remove them".
        let script = "\"$@\" & pid=$!; read -r keep; kill -QUIT $pid; wait $pid; \
                      [ \"$keep\" = keep ] || rm -rf \"$0\"";
        let log = fs::File::create(folder.join("log")).unwrap();
        let mut shell = unprivileged(Path::new("/bin/sh"));
        shell
            .arg("-c")
            .arg(script)
            .arg(folder)
            .arg(bin.join("postgres"))
            .arg("-D")
            .arg(folder.join("data"))
            .arg("-k")
            .arg(folder)
            .args(["-c", "listen_addresses=", "-c", "max_connections=200"])
            .args([
                "-c",
                "shared_buffers=32MB",
                "-c",
                "wal_level=minimal",
                "-c",
                "max_wal_senders=0",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .current_dir("/");
        shell.spawn().unwrap()
    }

    fn wait_until_up(&self) {
        let deadline = Instant::now() + Duration::from_mins(2);
        let url = self.url("postgres");
        block_on(async {
            loop {
                let connected = tokio_postgres::connect(&url, tokio_postgres::NoTls).await;
                match connected {
                    Ok((_client, _connection)) => return,
                    Err(err) if Instant::now() > deadline => {
                        panic!("PostgreSQL does not start: {err}")
                    }
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        });
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!(
            "postgres://catseye@/{database}?host={}",
            self.folder.display()
        )
    }

    /// Runs a statement as the superuser; answers the first column of what comes back.
    pub(crate) fn run(&self, statement: &str) -> Vec<String> {
        let url = self.url("postgres");
        // On a thread of its own: a test may already be on a runtime.
        std::thread::scope(|scope| {
            scope
                .spawn(|| block_on(ask(&url, statement)))
                .join()
                .unwrap()
        })
    }

    /// Stops the server as a crash would, and starts it again on the same files.
    pub(crate) fn restart(&mut self) {
        if let Some(mut stdin) = self.shell.stdin.take() {
            stdin.write_all(b"keep\n").unwrap();
        }
        let _ended = self.shell.wait();
        let bin = programs().unwrap();
        self.shell = Server::launch(&bin, &self.folder);
        self.wait_until_up();
    }
}

/// Runs a statement; answers the first column of what comes back.
pub(crate) async fn ask(url: &str, statement: &str) -> Vec<String> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .unwrap();
    let driver = tokio::spawn(connection);
    let answers = client.simple_query(statement).await.unwrap();
    drop(client);
    let _ended = driver.await;
    let mut column = Vec::new();
    for answer in answers {
        if let tokio_postgres::SimpleQueryMessage::Row(row) = answer {
            column.push(row.get(0).unwrap_or_default().to_owned());
        }
    }
    column
}

/// A small file system of its own; unmounted with it.
pub(crate) struct SmallDisk(pub(crate) tempfile::TempDir);

impl SmallDisk {
    pub(crate) fn mount(megabytes: u32) -> Option<SmallDisk> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={megabytes}m,mode=0777"),
                "tmpfs",
            ])
            .arg(folder.path())
            .output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(SmallDisk(folder));
        }
        assert!(
            std::env::var_os("CATSEYE_REQUIRE_MOUNT").is_none(),
            "CATSEYE_REQUIRE_MOUNT is set, and no file system can be mounted"
        );
        eprintln!("skipped: a full disk needs root to mount one");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _left = Command::new("umount")
            .arg("--lazy")
            .arg(self.0.path())
            .status();
    }
}
