//! The store as the registry and the API use it, opened again and again.

use super::repository::tests::image;
use super::*;

fn open(folder: &tempfile::TempDir) -> Store {
    Store::open(folder.path()).unwrap()
}

fn tags(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Pushes an index that names nothing; `salt` makes it another one.
fn push(store: &Store, salt: &str, names: &[&str]) -> Result<Digest, StoreError> {
    let bytes = format!(r#"{{"mediaType":"{OCI_INDEX}","manifests":[],"annotations":{{"s":"{salt}"}}}}"#);
    let digest = Digest::of(bytes.as_bytes());
    let tags = tags(names);
    let push = Push {
        bytes: bytes.as_bytes(),
        digest: &digest,
        content_type: None,
        tags: &tags,
        now: Moment::of_seconds(5),
    };
    store.push("team/app", push).map(|_| digest)
}

#[test]
fn what_was_kept_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    store.create(Settings::new("team/app", 1)).unwrap();
    let (one, two) = (push(&store, "1", &["v1", "x"]).unwrap(), push(&store, "2", &["x"]).unwrap());
    store.put_document(Owner::Image("team/app", &one), "scan", &7).unwrap();
    store.pulled("team/app", &one, Moment::of_seconds(100)).unwrap();
    store.pulled("team/app", &one, Moment::of_seconds(101)).unwrap();
    assert_eq!(
        store.read("team/app", |state| state.images[&one].pulled_at).unwrap(),
        Some(Moment::of_seconds(101))
    );
    drop(store);
    let store = open(&folder);
    store
        .read("team/app", |state| {
            assert_eq!((&state.tags["v1"], &state.tags["x"]), (&one, &two));
            assert_eq!(state.images[&one].tags.iter().collect::<Vec<_>>(), ["v1"]);
            assert_eq!(state.images[&one].pulled_at, Some(Moment::of_seconds(100)));
        })
        .unwrap();
    assert!(store.manifest("team/app", &one).unwrap().unwrap().starts_with(b"{"));
    assert_eq!(store.document::<u32>(Owner::Image("team/app", &one), "scan").unwrap(), Some(7));
    store.change("team/app", |change| change.remove_with_referrers(&one)).unwrap();
    assert_eq!(store.manifest("team/app", &one).unwrap(), None);
    assert_eq!(store.document::<u32>(Owner::Image("team/app", &one), "scan").unwrap(), None);
}

#[test]
fn an_immutable_tag_is_refused_even_for_the_same_digest_and_nothing_of_that_push_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let mut settings = Settings::new("team/app", 1);
    settings.mutability = Mutability::ImmutableWithExclusion;
    settings.exclusions = vec!["dev*".into()];
    store.create(settings).unwrap();
    push(&store, "1", &["v1", "dev"]).unwrap();
    for salt in ["1", "2"] {
        let again = push(&store, salt, &["new", "v1"]);
        assert!(matches!(&again, Err(StoreError::Immutable(tag)) if tag == "v1"), "{again:?}");
    }
    let moved = push(&store, "3", &["dev"]).unwrap();
    store
        .read("team/app", |state| {
            assert_eq!(state.images.len(), 2);
            assert_eq!(state.tags["dev"], moved);
            assert!(!state.tags.contains_key("new"));
        })
        .unwrap();
}

#[test]
fn a_journal_of_whole_seconds_is_read_and_goes_on_in_milliseconds() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    store.create(Settings::new("team/app", 1)).unwrap();
    let digest = Digest::of(b"{}");
    drop(store);
    let home = folder.path().join("repositories/team~app");
    std::fs::write(home.join("manifests/sha256").join(digest.hex()), "{}").unwrap();
    let image =
        r#"{"media_type":"m","manifest_bytes":2,"size_bytes":3,"pushed_at":1700000000,"archived_at":5}"#;
    let old = format!(r#"[{{"image":["{digest}",{image}]}}]"#)
        + "\n"
        + &format!(r#"[{{"pull":["{digest}",1700000001]}}]"#);
    std::fs::write(home.join("journal"), old + "\n").unwrap();
    let store = open(&folder);
    store
        .read("team/app", |state| {
            let image = &state.images[&digest];
            assert_eq!(image.pushed_at, Moment::of_seconds(1_700_000_000));
            assert_eq!(image.pulled_at, Some(Moment::of_seconds(1_700_000_001)));
            assert_eq!(image.archived_at, Some(Moment::of_seconds(5)));
        })
        .unwrap();
    store.pulled("team/app", &digest, Moment::of_millis(1_800_000_000_123)).unwrap();
    drop(store);
    let pulled = open(&folder).read("team/app", |state| state.images[&digest].pulled_at).unwrap();
    assert_eq!(pulled, Some(Moment::of_millis(1_800_000_000_123)));
}

#[test]
fn a_refused_change_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    store.create(Settings::new("team/app", 1)).unwrap();
    let digest = push(&store, "1", &["v1"]).unwrap();
    let refused = store.change("team/app", |change| {
        change.untag("v1");
        change.put_image(Digest::of(b"x"), image(Some(digest.clone())));
        change.remove_with_referrers(&digest)?;
        Err::<(), _>(StoreError::Exists)
    });
    assert!(matches!(refused, Err(StoreError::Exists)));
    let check = |store: &Store| {
        store
            .read("team/app", |state| {
                assert_eq!(state.images.keys().collect::<Vec<_>>(), [&digest]);
                assert_eq!(state.tags["v1"], digest);
                assert_eq!(state.referrers_of(&digest).count(), 0);
            })
            .unwrap();
    };
    check(&store);
    drop(store);
    check(&open(&folder));
}

#[test]
fn settings_and_documents_change_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    store.create(Settings::new("team/app", 1)).unwrap();
    assert!(matches!(store.create(Settings::new("team/app", 2)), Err(StoreError::Exists)));
    let set = |value| {
        move |settings: &mut Settings| {
            settings.scan_on_push = value;
            if value { Ok(()) } else { Err(StoreError::Exists) }
        }
    };
    store.configure("team/app", set(true)).unwrap();
    store.configure("team/app", set(false)).unwrap_err();
    let count = |store: &Store, fail: bool| {
        store.change_document(Owner::Repository("team/app"), "count", |count: &mut u32| {
            *count += 1;
            if fail { Err(StoreError::Exists) } else { Ok(*count) }
        })
    };
    assert_eq!(count(&store, false).unwrap(), 1);
    count(&store, true).unwrap_err();
    drop(store);
    let store = open(&folder);
    assert!(store.settings("team/app").unwrap().scan_on_push);
    assert_eq!(count(&store, false).unwrap(), 2);
    assert!(store.remove_document(Owner::Repository("team/app"), "count").unwrap());
    assert!(!store.remove_document(Owner::Repository("team/app"), "count").unwrap());
    assert!(store.document::<u32>(Owner::Registry, "../lock").is_err());
    assert!(store.put_document(Owner::Repository("none"), "count", &1).is_err());
}

#[test]
fn a_deleted_repository_takes_everything_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    store.create(Settings::new("team/app", 1)).unwrap();
    let digest = push(&store, "1", &["v1"]).unwrap();
    store.put_document(Owner::Registry, "policy", &1).unwrap();
    let full = store
        .delete("team/app", |state| if state.images.is_empty() { Ok(()) } else { Err(StoreError::Exists) });
    assert!(matches!(full, Err(StoreError::Exists)));
    store.delete("team/app", |_| Ok::<_, StoreError>(())).unwrap();
    assert!(matches!(store.manifest("team/app", &digest), Err(StoreError::NoRepository)));
    store.create(Settings::new("team/app", 2)).unwrap();
    assert_eq!(store.read("team/app", |state| state.images.len()).unwrap(), 0);
    assert_eq!(store.document::<u32>(Owner::Registry, "policy").unwrap(), Some(1));
    store.reset().unwrap();
    assert!(store.names().is_empty());
    assert_eq!(store.document::<u32>(Owner::Registry, "policy").unwrap(), None);
    store.create(Settings::new("team/app", 3)).unwrap();
}

#[test]
fn what_was_cut_off_is_removed_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    store.create(Settings::new("team/app", 1)).unwrap();
    let digest = push(&store, "1", &[]).unwrap();
    let home = store.home("team/app");
    let manifests = home.join("manifests/sha256");
    let stray = manifests.join(Digest::of(b"stray").hex());
    let old_blob = home.join("blobs/sha256").join(Digest::of(b"old").hex());
    let new_blob = home.join("blobs/sha256").join(Digest::of(b"new").hex());
    let draft = home.join("repository.json.7-7.new");
    for path in [&stray, &old_blob, &new_blob, &draft] {
        std::fs::write(path, "x").unwrap();
    }
    let day = std::time::SystemTime::now() - std::time::Duration::from_secs(garbage::KEPT + 60);
    File::options().write(true).open(&old_blob).unwrap().set_modified(day).unwrap();
    std::fs::create_dir_all(store.home("half-made").join("blobs")).unwrap();
    std::fs::create_dir_all(store.trash().join("0")).unwrap();
    drop(store);
    let store = open(&folder);
    assert_eq!(store.collect(garbage::KEPT), 1);
    for path in [&stray, &old_blob, &draft, &store.home("half-made"), &store.trash()] {
        assert!(!path.exists(), "{}", path.display());
    }
    assert!(new_blob.exists() && manifests.join(digest.hex()).exists());
}

#[test]
fn a_folder_is_served_by_one_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let serving = Serving { address: ([127, 0, 0, 1], 5).into(), region: "r".into() };
    store.serving(&serving).unwrap();
    let second = Store::open(folder.path());
    assert!(matches!(&second, Err(OpenError::InUse { serving: Some(s), .. }) if *s == serving), "{second:?}");
    drop(store);
    open(&folder);
}

#[test]
fn damage_is_said_and_not_papered_over() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    store.create(Settings::new("team/app", 1)).unwrap();
    push(&store, "1", &[]).unwrap();
    let home = store.home("team/app");
    drop(store);
    let whole = std::fs::read(home.join("journal")).unwrap();
    std::fs::write(home.join("journal"), [b"rubbish\n", &whole[..]].concat()).unwrap();
    assert!(matches!(Store::open(folder.path()), Err(OpenError::Damaged { line: 1, .. })));
    std::fs::write(home.join("journal"), whole).unwrap();
    std::fs::write(home.join("repository.json"), "{").unwrap();
    assert!(matches!(Store::open(folder.path()), Err(OpenError::Damaged { .. })));
}

#[test]
fn a_manifest_whose_parts_are_missing_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    store.create(Settings::new("team/app", 1)).unwrap();
    let blob = Digest::of(b"blob");
    let tries = [
        format!(r#"{{"config":{{"digest":"{blob}","size":4}}}}"#),
        format!(r#"{{"manifests":[{{"digest":"{blob}","size":4}}]}}"#),
    ];
    let push = |bytes: &str| {
        let digest = Digest::of(bytes.as_bytes());
        let push = Push {
            bytes: bytes.as_bytes(),
            digest: &digest,
            content_type: None,
            tags: &[],
            now: Moment::of_seconds(1),
        };
        store.push("team/app", push).unwrap_err()
    };
    assert!(matches!(push(&tries[0]), StoreError::MissingBlobs(missing) if missing == [blob.clone()]));
    assert!(matches!(push(&tries[1]), StoreError::MissingImages(missing) if missing == [blob.clone()]));
    let refers = format!(r#"{{"mediaType":"a/b","subject":{{"digest":"{blob}","size":4}}}}"#);
    let digest = Digest::of(refers.as_bytes());
    let late = Push {
        bytes: refers.as_bytes(),
        digest: &digest,
        content_type: None,
        tags: &[],
        now: Moment::of_seconds(1),
    };
    store.push("team/app", late).unwrap();
    let referrers = store.read("team/app", |state| state.referrers_of(&blob).count());
    assert_eq!(referrers.unwrap(), 1);
}

#[test]
fn a_blob_belongs_to_its_repository_until_it_is_mounted() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    for name in ["one", "two"] {
        store.create(Settings::new(name, 1)).unwrap();
    }
    let digest = Digest::of(b"blob");
    let session = store.begin_upload("one", Algorithm::Sha256).unwrap();
    let mut pieces = vec!["blob"];
    session.blocking_lock().append(|| pieces.pop()).unwrap();
    store.finish_upload(&mut session.blocking_lock(), &digest).unwrap();
    assert!(store.blob("two", &digest).is_none());
    assert!(!store.mount_blob("none", "two", &digest).unwrap());
    assert!(store.mount_blob("one", "two", &digest).unwrap());
    assert!(store.remove_blob("one", &digest).unwrap());
    assert_eq!(std::fs::read(store.blob("two", &digest).unwrap().0).unwrap(), b"blob");
    assert!(matches!(store.mount_blob("two", "none", &digest), Err(StoreError::NoRepository)));
}
