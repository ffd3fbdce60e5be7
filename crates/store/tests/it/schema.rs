//! Opening: older schemas, newer ones, files of others, damaged ones.

use catseye_store::{Error, Options, Store};

use crate::stage::{Stage, ask, block_on};

async fn refused(url: &str) -> Error {
    Store::open(url, Options::default()).await.unwrap_err()
}

#[test]
fn a_newer_schema_is_refused_and_left_as_it_is() {
    for stage in [Some(Stage::sqlite()), Stage::postgres()]
        .into_iter()
        .flatten()
    {
        block_on(async {
            drop(stage.open().await);
            if stage.is_sqlite() {
                let path = stage.folder.path().join("catseye.db");
                let database = rusqlite::Connection::open(path).unwrap();
                database
                    .execute("INSERT INTO schema_version VALUES (999)", [])
                    .unwrap();
            } else {
                ask(
                    &stage.url,
                    "INSERT INTO catseye.schema_version VALUES (999)",
                )
                .await;
            }
            let err = Store::open(&stage.url, stage.options.clone())
                .await
                .unwrap_err();
            assert!(matches!(err, Error::Newer { found: 999, .. }), "{err:?}");
        });
    }
}

#[test]
fn a_foreign_database_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("theirs.db");
    let theirs = rusqlite::Connection::open(&path).unwrap();
    theirs
        .execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)")
        .unwrap();
    drop(theirs);
    let before = std::fs::read(&path).unwrap();
    block_on(async {
        let err = refused(&format!("sqlite:{}", path.display())).await;
        assert!(matches!(err, Error::Foreign { .. }), "{err:?}");
    });
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let text = "dear diary ".repeat(1000);
    std::fs::write(&path, &text).unwrap();
    block_on(async {
        let err = refused(&format!("sqlite:{}", path.display())).await;
        assert!(matches!(err, Error::Foreign { .. }), "{err:?}");
    });
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_damaged_store_says_so() {
    let stage = Stage::sqlite();
    block_on(async {
        let store = stage.open().await;
        for part in 0..20 {
            let events = (0..200)
                .map(|n| crate::events::event(part * 200 + n, "ann"))
                .collect();
            crate::events::write(&store, events).await;
        }
        // A reader has been at work: closing must still leave everything in the one file.
        store.event_stats().await.unwrap();
        drop(store);
        assert!(!stage.folder.path().join("catseye.db-wal").exists());
        let path = stage.folder.path().join("catseye.db");
        let mut bytes = std::fs::read(&path).unwrap();
        // All pages but the first, which holds the head and the names of the tables.
        for byte in &mut bytes[8192..] {
            *byte = 0xA5;
        }
        std::fs::write(&path, bytes).unwrap();
        let err = match Store::open(&stage.url, stage.options.clone()).await {
            Err(err) => err,
            Ok(store) => store.event_stats().await.unwrap_err(),
        };
        assert!(matches!(err, Error::Corrupt { .. }), "{err:?}");
    });
}

#[test]
fn addresses_are_explained_and_show_no_password() {
    block_on(async {
        for url in ["", "mysql://x/y", "sqlite:"] {
            let err = refused(url).await;
            assert!(matches!(err, Error::Address { .. }), "{url}: {err:?}");
        }
        let err = refused("postgres://ann:secret@h/db?no_such=1").await;
        assert!(!format!("{err:?} {err}").contains("secret"), "{err:?}");
        let err = refused("postgres://ann:secret@h/db").await;
        assert!(
            matches!(err, Error::Invalid { .. }),
            "a folder for events is asked for: {err:?}"
        );
        let nobody = Options {
            events: Some(tempfile::tempdir().unwrap().keep()),
            ..Options::default()
        };
        let err = Store::open("postgres://ann:secret@/db?host=/nonexistent", nobody)
            .await
            .unwrap_err();
        assert!(matches!(err, Error::Unavailable { .. }), "{err:?}");
    });
}

#[test]
fn a_folder_is_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/store");
    block_on(async {
        let store = Store::open(path.to_str().unwrap(), Options::default())
            .await
            .unwrap();
        store.ping().await.unwrap();
        assert_eq!(
            store.address(),
            format!("sqlite:{}", path.join("catseye.db").display())
        );
    });
    assert!(path.join("catseye.db").is_file());
    assert!(path.join("events").is_dir());
}
