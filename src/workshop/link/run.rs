//! The link's life: while there is a seat it connects, and connects again for ever. Of several terminals one
//! sends, the one that holds the lock; all of them hear.

use super::session::{self, Ended};
use super::{Heard, parts};
use crate::store::outbox::Seat;
use crate::store::{Store, StoreError};
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How often one looks whether another terminal told something or left.
pub(super) const LOOK: Duration = Duration::from_secs(2);
/// The shortest and the longest wait before connecting again.
const WAITS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(15));
/// Who is refused asks again after this time: the host may be about to come back.
const REFUSED: Duration = Duration::from_secs(15);

/// A running link; dropping it ends it.
#[derive(Debug)]
pub struct Link {
    wake: Arc<Notify>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Link {
    /// Starts a link on `runtime` for the seat that the data folder has. `wake` is notified when something was
    /// told in this process; `hears` is called with all that is heard, from the runtime's threads, in order.
    pub fn start(
        runtime: &Handle,
        data: PathBuf,
        wake: Arc<Notify>,
        hears: impl Fn(Heard) + Send + Sync + 'static,
    ) -> Self {
        Self::begin(runtime, Place::Folder(data), wake, hears)
    }

    /// The same over a store that somebody has open, for whoever is sure to be the only one that sends from it:
    /// a cohort of learners in one process.
    pub fn over(
        runtime: &Handle,
        store: Arc<Mutex<Store>>,
        wake: Arc<Notify>,
        hears: impl Fn(Heard) + Send + Sync + 'static,
    ) -> Self {
        Self::begin(runtime, Place::Store(store), wake, hears)
    }

    fn begin(
        runtime: &Handle,
        place: Place,
        wake: Arc<Notify>,
        hears: impl Fn(Heard) + Send + Sync + 'static,
    ) -> Self {
        let stop = CancellationToken::new();
        let life = Life { place, wake: Arc::clone(&wake), hears: Box::new(hears) };
        let until = stop.clone();
        let task = runtime.spawn(async move {
            tokio::select! {
                () = life.run() => {}
                () = until.cancelled() => {}
            }
        });
        Self { wake, stop, task }
    }

    /// Something was told.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Ends it and waits until it has ended.
    pub async fn end(mut self) {
        self.stop.cancel();
        let _ = (&mut self.task).await;
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Where seat and outbox are.
enum Place {
    /// In the data folder, which other terminals use too.
    Folder(PathBuf),
    /// In a store that is open.
    Store(Arc<Mutex<Store>>),
}

/// What a link lives with.
pub(super) struct Life {
    place: Place,
    pub(super) wake: Arc<Notify>,
    pub(super) hears: Box<dyn Fn(Heard) + Send + Sync>,
}

impl Life {
    async fn run(self) {
        let (store, shared) = match &self.place {
            Place::Store(store) => (Arc::clone(store), None),
            Place::Folder(data) => {
                let folder = data.clone();
                let store = match blocking(move || Store::open(&folder)).await {
                    Some(Ok(store)) => store,
                    Some(Err(error)) => return (self.hears)(Heard::Offline(error.to_string())),
                    None => return,
                };
                (Arc::new(Mutex::new(store)), Some(data.clone()))
            }
        };
        let outbox = Outbox { store, lock: Arc::default(), shared };
        let mut wait = WAITS.0;
        loop {
            let seat = match outbox.call(Store::seat).await {
                Some(Some(seat)) => seat,
                Some(None) => return (self.hears)(Heard::Gone),
                None => return,
            };
            let pause = match self.session(&seat, &outbox).await {
                Ended::Gone => return (self.hears)(Heard::Gone),
                Ended::Lost { why, heard } => {
                    (self.hears)(Heard::Offline(why));
                    wait = if heard { WAITS.0 } else { (wait * 2).min(WAITS.1) };
                    wait
                }
                Ended::Refused(why) => {
                    (self.hears)(Heard::Refused(why));
                    REFUSED
                }
            };
            tokio::time::sleep(spread(pause)).await;
        }
    }

    async fn session(&self, seat: &Seat, outbox: &Outbox) -> Ended {
        match parts(seat) {
            Ok((address, key)) => session::run(self, seat, &address, key, outbox).await,
            Err(error) => Ended::Refused(error.to_string()),
        }
    }
}

/// Between half of it and all: a room full of programs that lost their server must not all come back at once.
fn spread(pause: Duration) -> Duration {
    let mut random = [0; 1];
    let _ = getrandom::fill(&mut random);
    pause.mul_f64(0.5 + f64::from(random[0]) / 512.0)
}

/// The store, for asynchronous callers, and the right to send.
#[derive(Clone)]
pub(super) struct Outbox {
    store: Arc<Mutex<Store>>,
    lock: Arc<Mutex<Option<File>>>,
    /// The folder, where other terminals may send too.
    shared: Option<PathBuf>,
}

impl Outbox {
    /// Asks the store. `None` when it does not work: that is no reason to end, what is kept stays kept.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Option<T> {
        let store = Arc::clone(&self.store);
        let answer = blocking(move || ask(&store.lock().unwrap_or_else(PoisonError::into_inner))).await?;
        answer.inspect_err(|error| tracing::warn!(%error, "the outbox cannot be used")).ok()
    }

    /// Whether this process is the one that sends. Once it is, it stays so until the link ends.
    pub(super) async fn may_send(&self) -> bool {
        let Some(folder) = &self.shared else { return true };
        let (lock, path) = (Arc::clone(&self.lock), folder.join("workshop.lock"));
        let take = move || {
            let mut held = lock.lock().unwrap_or_else(PoisonError::into_inner);
            if held.is_none() {
                *held = File::create(path).ok().filter(|file| file.try_lock().is_ok());
            }
            held.is_some()
        };
        blocking(take).await.unwrap_or(false)
    }
}

/// Does something that waits for the disk; `None` only when the program is ending.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}
