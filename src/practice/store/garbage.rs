//! What nobody names any more: blobs of no image, manifests of pushes that were refused, and uploads that
//! were left behind. They go after a day of the registry's clock, and sooner where the disk is full.
//!
//! What is in use is marked with the moment ([`files::mark`]): an upload with each piece, a blob when it
//! comes, is shared, or is asked for by whoever is about to push an image of it. While a request has an
//! upload of a repository in hand, no blob of that repository goes: its image is still to come.

use super::digest::{Algorithm, Digest};
use super::{Entry, Moment, Store, StoreError, files};
use std::collections::HashSet;
use std::path::Path;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

/// How long what nobody names is kept, in seconds: a day.
pub const KEPT: u64 = 24 * 60 * 60;

/// How long it is kept on a full disk: what came now may be a push that others got half way.
pub const KEPT_WHEN_FULL: u64 = 5 * 60;

/// How often it is looked for, in seconds.
const OFTEN: u64 = 60 * 60;

impl Store {
    /// Removes what is due, when that was not done for an hour. Cheap when it was.
    pub fn tidy(&self) {
        let (now, last) = ((self.clock)().seconds(), self.tidied.load(Ordering::Acquire));
        // An exercise may put the clock back, too.
        let due = last == 0 || now < last || now >= last.saturating_add(OFTEN);
        if due && self.tidied.compare_exchange(last, now, Ordering::AcqRel, Ordering::Acquire).is_ok() {
            self.collect(KEPT);
        }
    }

    /// Removes what nobody names and nobody has used for more than `kept` seconds. Answers with its bytes.
    pub fn collect(&self, kept: u64) -> u64 {
        let mut bytes = 0;
        for name in self.names() {
            let Ok(entry) = self.entry(&name) else { continue };
            bytes += self.collect_in(&name, &entry, kept).unwrap_or_else(|error| {
                tracing::warn!(%error, repository = name, "what nobody needs stays");
                0
            });
        }
        bytes
    }

    fn collect_in(&self, name: &str, entry: &Entry, kept: u64) -> Result<u64, StoreError> {
        let now = (self.clock)();
        let home = self.home(name);
        let (mut bytes, in_hand) = self.collect_uploads(&home.join("uploads"), now, kept)?;
        // Pushes and removals wait meanwhile, and look again before they name a blob.
        let state = entry.write();
        if state.gone {
            return Ok(bytes);
        }
        let images = &state.repository.images;
        let named: HashSet<&Digest> =
            images.values().flat_map(|image| image.config.iter().chain(&image.layers)).collect();
        for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
            let mut sweep = |part: &str, needed: &dyn Fn(&Digest) -> bool| -> Result<(), StoreError> {
                for path in files::list(&home.join(part).join(algorithm.name()))? {
                    let file = path.file_name().unwrap_or_default().to_string_lossy();
                    let digest = Digest::parse(&format!("{}:{file}", algorithm.name()));
                    // What is no digest is a draft that is being written.
                    if digest.is_some_and(|digest| !needed(&digest)) {
                        bytes += remove_unused(&path, now, kept)?;
                    }
                }
                Ok(())
            };
            sweep("manifests", &|digest| images.contains_key(digest))?;
            if !in_hand {
                sweep("blobs", &|digest| named.contains(digest))?;
            }
        }
        Ok(bytes)
    }

    /// Removes uploads that were left behind. Answers with their bytes, and whether one is in hand.
    fn collect_uploads(&self, folder: &Path, now: Moment, kept: u64) -> Result<(u64, bool), StoreError> {
        let mut sessions = self.uploads.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut bytes, mut in_hand) = (0, false);
        for path in files::list(folder)? {
            let id = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let session = sessions.get(&id).cloned();
            let turn = session.as_ref().map(|session| session.try_lock());
            if matches!(turn, Some(Err(_))) {
                in_hand = true;
                continue;
            }
            bytes += remove_unused(&path, now, kept)?;
            if !path.exists() {
                sessions.remove(&id);
            }
        }
        Ok((bytes, in_hand))
    }
}

/// Removes a file that was not used for more than `kept` seconds. Answers with the bytes that are free now.
fn remove_unused(path: &Path, now: Moment, kept: u64) -> Result<u64, StoreError> {
    let Some(used) = files::used(path) else { return Ok(0) };
    if !now.is_past(used, kept) {
        return Ok(0);
    }
    let bytes = std::fs::metadata(path).map_or(0, |meta| meta.len());
    Ok(if files::remove(path)? { bytes } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::super::repository::Settings;
    use super::super::{Clock, Push};
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicU64;

    const START: u64 = 1_800_000_000;

    fn store(folder: &Path) -> (Store, Arc<AtomicU64>) {
        let time = Arc::new(AtomicU64::new(START));
        let shown = time.clone();
        let clock: Clock = Arc::new(move || Moment::of_seconds(shown.load(Ordering::SeqCst)));
        (Store::open(folder).unwrap().with_clock(clock), time)
    }

    fn blob(store: &Store, bytes: &'static [u8]) -> Digest {
        let session = store.begin_upload("app", Algorithm::Sha256).unwrap();
        let mut pieces = vec![bytes];
        session.blocking_lock().append(|| pieces.pop()).unwrap();
        let digest = Digest::of(bytes);
        store.finish_upload(&mut session.blocking_lock(), &digest).unwrap();
        digest
    }

    fn push(store: &Store, config: &Digest) -> Result<Digest, StoreError> {
        let text = format!(
            r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"digest":"{config}","size":1}}}}"#
        );
        let digest = Digest::of(text.as_bytes());
        let now = (store.clock)();
        let push = Push { bytes: text.as_bytes(), digest: &digest, content_type: None, tags: &[], now };
        store.push("app", push).map(|_| digest)
    }

    #[test]
    fn what_nobody_names_goes_after_a_day_of_its_clock_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let (store, time) = store(folder.path());
        store.create(Settings::new("app", 1)).unwrap();
        let (named, alone, asked) = (blob(&store, b"named"), blob(&store, b"alone"), blob(&store, b"asked"));
        let image = push(&store, &named).unwrap();
        let left = store.begin_upload("app", Algorithm::Sha256).unwrap();
        let mut pieces = vec![b"half"];
        left.blocking_lock().append(|| pieces.pop()).unwrap();
        let id = left.blocking_lock().id().to_owned();
        time.fetch_add(KEPT, Ordering::SeqCst);
        assert_eq!(store.collect(KEPT), 0);
        assert!(store.blob_to_push("app", &asked).is_some());
        time.fetch_add(1, Ordering::SeqCst);
        assert_eq!(store.collect(KEPT), 9, "the lone blob and the half one");
        assert!(store.blob("app", &alone).is_none() && store.upload("app", &id).is_err());
        assert!(store.blob("app", &named).is_some() && store.blob("app", &asked).is_some());
        // A push that believed it to be there is told, and mends it.
        let refused = push(&store, &alone);
        assert!(matches!(refused, Err(StoreError::MissingBlobs(missing)) if missing == [alone.clone()]));
        blob(&store, b"alone");
        push(&store, &alone).unwrap();
        // An image that goes leaves its blob for a day, at least from now on.
        store.change("app", |change| change.remove_with_referrers(&image)).unwrap();
        time.fetch_add(KEPT + 1, Ordering::SeqCst);
        store.tidy();
        assert!(store.blob("app", &named).is_none() && store.blob("app", &alone).is_some());
    }

    #[test]
    fn while_an_upload_is_in_hand_no_blob_beside_it_goes() {
        let folder = tempfile::tempdir().unwrap();
        let (store, time) = store(folder.path());
        store.create(Settings::new("app", 1)).unwrap();
        let first = blob(&store, b"first layer");
        let session = store.begin_upload("app", Algorithm::Sha256).unwrap();
        let second = session.blocking_lock();
        time.fetch_add(9 * KEPT, Ordering::SeqCst);
        assert_eq!(store.collect(KEPT), 0);
        assert!(store.blob("app", &first).is_some());
        drop(second);
        assert_eq!(store.collect(KEPT), 11);
        assert!(store.blob("app", &first).is_none());
    }
}
