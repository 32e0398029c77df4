//! A workshop that is hosted for a test, and learners who are plain clients.

use crate::peers::peer;
use async_nats::{Client, Subscriber};
use docker_ecr_tutor::engine::Environment;
use docker_ecr_tutor::workshop::event::{Event, FORMAT, Parcel, What};
use docker_ecr_tutor::workshop::host::{Event as Told, Handle, HostError, Options, Setup, Which};
use docker_ecr_tutor::workshop::plan::{Part, Plan};
use docker_ecr_tutor::workshop::record::Line;
use docker_ecr_tutor::workshop::seat::{Key, Kind, Seat, Subjects, jwt, options};
use docker_ecr_tutor::workshop::server::Greeting;
use docker_ecr_tutor::workshop::words::{Says, Word};
use futures_util::StreamExt as _;
use std::future::Future;
use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long anything may take that is waited for.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for it, and says what was waited for when it does not come.
pub async fn within<T>(what: &str, wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
}

/// An address of loopback that nobody else has, so that its ports are free and stay ours.
pub fn own_address() -> IpAddr {
    static COUNT: AtomicU8 = AtomicU8::new(1);
    let [.., high, low] = std::process::id().to_be_bytes();
    match cfg!(target_os = "linux") {
        true => IpAddr::from([127, 1 + high % 250, low, COUNT.fetch_add(1, Ordering::Relaxed)]),
        false => IpAddr::from([127, 0, 0, 1]),
    }
}

/// A server of our own at such an address.
pub fn own_server() -> Setup {
    Setup::Own { ip: own_address(), port: None, reached_as: None, tls: None, ca: None }
}

/// Whether there is a `nats-server`; says what is left out without.
pub fn is_there() -> bool {
    peer("nats-server").is_some()
}

pub fn plan() -> Plan {
    let part = |title: &str, exercise: &str| Part {
        title: title.into(),
        minutes: 20,
        lessons: Vec::new(),
        exercises: vec![exercise.into()],
        hints_after: None,
        solutions_after: None,
        messages: Vec::new(),
    };
    Plan {
        format: 1,
        title: "A room".into(),
        parts: vec![part("One", "exercise-1"), part("Two", "exercise-2")],
    }
}

pub fn engine() -> Environment {
    // Nothing here may fall back to a container unseen.
    Environment { host_option: Some("unix:///nowhere".into()), ..Environment::default() }
}

pub async fn start(data: &Path, which: Which) -> Result<Hosted, HostError> {
    let options = Options { data: data.to_owned(), which, engine: engine() };
    let handle = Handle::start(options).await?;
    Ok(Hosted { handle, lines: Vec::new(), skipped: 0, away: 0, here: 0, live: false })
}

pub fn new(setup: Setup) -> Which {
    Which::New { plan: plan(), exercises: Vec::new(), setup }
}

pub fn again(workshop: &str) -> Which {
    Which::Again { workshop: workshop.to_owned(), setup: None }
}

/// A hosted workshop and what it told so far.
pub struct Hosted {
    pub handle: Handle,
    pub lines: Vec<Line>,
    pub skipped: u64,
    pub away: u32,
    pub here: u32,
    pub live: bool,
}

impl Hosted {
    /// A new workshop in this data folder, on a server of its own.
    pub async fn new(data: &Path) -> Self {
        start(data, new(own_server())).await.unwrap()
    }

    /// Hears what the host tells, until it is enough.
    pub async fn until(&mut self, what: &str, mut enough: impl FnMut(&Self) -> bool) {
        while !enough(self) {
            match within(what, self.handle.events.recv()).await.expect("the host goes on") {
                Told::Lines(lines) => self.lines.extend(lines),
                Told::Live => self.live = true,
                Told::Skipped { count, .. } => self.skipped = count,
                Told::ServerAway { .. } => self.away += 1,
                Told::ServerHere => self.here += 1,
                Told::Failed { why } => panic!("the host cannot go on: {why}"),
            }
        }
    }

    /// Numbers of the recorded events of one learner, in the order of the record.
    pub fn numbers(&self, learner: &str) -> Vec<u64> {
        let told = self.lines.iter().filter_map(|line| match line {
            Line::Told(told) if told.from == learner => Some(&told.parcel.events),
            _ => None,
        });
        told.flatten().map(|event| event.seq).collect()
    }

    pub fn subjects(&self) -> Subjects {
        Subjects::of(&self.handle.workshop)
    }

    pub async fn seat(&self) -> Seat {
        let address = &self.handle.address;
        let greeting = Greeting::read(&address.host, address.port, PATIENCE).await.unwrap();
        let account = greeting.account().map(str::to_owned).or(address.account.clone()).unwrap();
        Seat { key: Key::make(Kind::Learner).unwrap(), token: address.token.clone(), account }
    }

    pub async fn learner(&self) -> Learner {
        Learner::connect(&self.handle.address.server(), self.seat().await, |options| options).await
    }

    /// The instructor's own connection, as the keys in the folder allow it.
    pub async fn instructor(&self) -> Client {
        let text = std::fs::read_to_string(self.handle.folder.join("keys.json")).unwrap();
        let seeds: serde_json::Value = serde_json::from_str(&text).unwrap();
        let key = |kind, name: &str| Key::read(kind, seeds[name].as_str().unwrap()).unwrap();
        let (me, account) = (key(Kind::Learner, "me"), key(Kind::Account, "account"));
        let pass = jwt::instructor(&me.public(), &account);
        options(pass, me).connect(self.handle.address.server()).await.unwrap()
    }
}

/// A plain client with a learner's pass.
pub struct Learner {
    pub seat: Seat,
    pub key: String,
    pub client: Client,
    /// What the server complained of.
    pub complaints: mpsc::UnboundedReceiver<String>,
    words: Subscriber,
    all: Subscriber,
}

impl Learner {
    pub async fn connect(
        server: &str,
        seat: Seat,
        dress: impl FnOnce(async_nats::ConnectOptions) -> async_nats::ConnectOptions,
    ) -> Self {
        let (told, complaints) = mpsc::unbounded_channel();
        let options = seat.options().event_callback(move |event| {
            let told = told.clone();
            async move {
                let _ = told.send(event.to_string());
            }
        });
        let options = options.reconnect_delay_callback(|_| Duration::from_millis(100));
        let client = within("the learner is let in", dress(options).connect(server)).await.unwrap();
        let (subjects, key) = (seat.subjects(), seat.key.public());
        let words = client.subscribe(subjects.to(&key)).await.unwrap();
        let all = client.subscribe(subjects.all()).await.unwrap();
        Self { seat, key, client, complaints, words, all }
    }

    pub fn parcel(&self, name: &str, events: Vec<(u64, What)>) -> Vec<u8> {
        let events = events.into_iter().map(|(seq, what)| Event { seq, at: 1_000, what }).collect();
        Parcel { format: FORMAT, name: name.into(), version: "0".into(), events }.write().unwrap()
    }

    /// Sends events of these numbers once.
    pub async fn send(&self, numbers: impl IntoIterator<Item = u64>) {
        let what = |seq| if seq == 1 { What::Joined } else { What::Active };
        let events = numbers.into_iter().map(|seq| (seq, what(seq))).collect();
        self.send_raw(self.parcel("Ada", events)).await;
    }

    pub async fn send_raw(&self, bytes: Vec<u8>) {
        self.client.publish(self.seat.subjects().from(&self.key), bytes.into()).await.unwrap();
    }

    /// The next word that is said to this learner alone.
    pub async fn word(&mut self) -> Word {
        let message = within("a word to the learner", self.words.next()).await.unwrap();
        Word::read(&message.subject, &message.payload, &self.seat.token).unwrap()
    }

    /// The next message to this learner, believed or not.
    pub async fn raw(&mut self) -> async_nats::Message {
        within("a message to the learner", self.words.next()).await.unwrap()
    }

    /// The next word that is said to all.
    pub async fn word_to_all(&mut self) -> Word {
        let message = within("a word to all", self.all.next()).await.unwrap();
        Word::read(&message.subject, &message.payload, &self.seat.token).unwrap()
    }

    /// Sends events again and again, as a learner's program does, until the host says that they are recorded.
    pub async fn tell(&mut self, first: u64, last: u64) {
        let told = async {
            loop {
                self.send(first..=last).await;
                let again = tokio::time::sleep(Duration::from_secs(1));
                tokio::pin!(again);
                loop {
                    let message = tokio::select! {
                        message = self.words.next() => message.unwrap(),
                        () = &mut again => break,
                    };
                    let word = Word::read(&message.subject, &message.payload, &self.seat.token).unwrap();
                    if matches!(word.says, Says::Recorded { up_to } if up_to >= last) {
                        return;
                    }
                }
            }
        };
        within("the events are recorded", told).await;
    }

    /// Waits for a complaint of the server that has all these words in it.
    pub async fn complaint(&mut self, words: &[&str]) {
        let what = words.join(" … ");
        loop {
            let said = within(&what, self.complaints.recv()).await.unwrap();
            if words.iter().all(|word| said.to_lowercase().contains(&word.to_lowercase())) {
                return;
            }
        }
    }
}
