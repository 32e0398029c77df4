//! From options to a workshop that is hosted: folder, record, server, connection, tasks.

use super::book::{self, Book, BookError};
use super::folder::{Folder, FolderError, Setup};
use super::ledger::Ledger;
use super::rights::{self, RightsError};
use super::serve::{self, Host};
use super::{Event, Handle, Options, Which, take};
use crate::workshop::record::{FORMAT, Head, Line};
use crate::workshop::room::Room;
use crate::workshop::seat::{self, Address, Key, Kind, Seat, Subjects, jwt};
use crate::workshop::server::{self, Greeting, GreetingError, Running, ServerError, Settings};
use async_nats::{Client, ConnectOptions};
use std::collections::VecDeque;
use std::net::{IpAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

/// How long a server has to greet, and a connection to stand.
const WITHIN: Duration = Duration::from_secs(10);
/// Batches that wait for whoever shows the workshop.
const EVENTS: usize = 256;
/// Messages that wait to be written down.
const TAKEN: usize = 2_048;
/// Lines of the record that are told at once, when it is read again.
const LINES: usize = 500;

/// A workshop that cannot be hosted.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// Its folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Its record.
    #[error(transparent)]
    Book(#[from] BookError),
    /// A server of ours.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// Somebody's server does not answer.
    #[error(transparent)]
    Greeting(#[from] GreetingError),
    /// The credentials cannot be read, or are none.
    #[error("{path}: {reason}")]
    Creds {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The server does not let us in.
    #[error("cannot connect to {server}: {reason}")]
    Connect {
        /// Which.
        server: String,
        /// Why.
        reason: String,
    },
    /// The stream cannot be had.
    #[error("the account cannot keep what learners tell: {0}")]
    Stream(String),
    /// Learners may do too little, or too much.
    #[error("{fault}")]
    Rights {
        /// The workshop's id, to try again with.
        workshop: String,
        /// What it is.
        fault: RightsError,
        /// What whoever runs the server types.
        commands: String,
    },
}

/// What stands in a record, without its lines.
#[derive(Default)]
struct Read {
    ledger: Ledger,
    head: Option<Box<Head>>,
    room: Option<Room>,
    helped: VecDeque<String>,
    last: u64,
}

/// The server that a workshop uses, ours or somebody's.
struct Served {
    address: Address,
    account: String,
    /// Where our own client goes.
    server: String,
    ca: Option<PathBuf>,
    own: Option<(Settings, Running)>,
}

pub(super) async fn start(options: Options) -> Result<Handle, HostError> {
    let mut made = None;
    let started = begin(options, &mut made).await;
    if let (Err(error), Some(path)) = (&started, made)
        && !matches!(error, HostError::Rights { .. })
    {
        // Nobody has joined it and nobody can: a try that failed leaves nothing behind.
        let _ = std::fs::remove_dir_all(path);
    }
    started
}

/// `made` is the folder of a new workshop.
async fn begin(options: Options, made: &mut Option<PathBuf>) -> Result<Handle, HostError> {
    // Servers see the folder from elsewhere, and a next host from another folder.
    let data = std::path::absolute(&options.data).unwrap_or(options.data);
    let mut read = Read::default();
    let (mut folder, book) = match options.which {
        Which::New { plan, exercises, setup } => {
            let folder = Folder::make(&data, setup)?;
            *made = Some(folder.path.clone());
            let (workshop, at) = (folder.workshop.clone(), serve::now());
            let head = Head { format: FORMAT, workshop, at, room: Room::new(plan), exercises };
            read.fold(&Line::Head(Box::new(head.clone())));
            let book = Book::create(&folder.record(), head)?;
            (folder, book)
        }
        Which::Again { workshop, setup } => {
            let mut folder = Folder::open(&data, &workshop)?;
            folder.setup = setup.unwrap_or(folder.setup);
            let book = Book::open(&folder.record(), |line| read.fold(&line))?;
            (folder, book)
        }
    };
    let (Some(room), Some(head)) = (read.room.take(), read.head.take()) else {
        // A record without a head does not open.
        return Err(FolderError::None(folder.workshop).into());
    };
    let served = Served::of(&mut folder, options.engine).await?;
    let (events, heard) = mpsc::channel(EVENTS);
    let back = Arc::new(Notify::new());
    let ready = async {
        folder.keep_setup()?;
        let client = served.connect(&folder, &events, &back).await?;
        let js = async_nats::jetstream::new(client.clone());
        served.tried(&folder, &client, &js).await?;
        Ok((client, js))
    };
    let (client, js) = match ready.await {
        Ok(ready) => ready,
        Err(error) => {
            served.end().await;
            return Err(error);
        }
    };
    let (changes, asked) = mpsc::channel(64);
    let stop = CancellationToken::new();
    let subjects = Subjects::of(&folder.workshop);
    let length = book.length();
    let host = Host {
        client,
        subjects: subjects.clone(),
        words: folder.keys.words.clone(),
        ledger: read.ledger,
        room,
        helped: read.helped,
        events: events.clone(),
        skipped: 0,
        stop: stop.clone(),
        book: Arc::new(Mutex::new(book)),
    };
    let (address, server) = (served.address.clone(), served.process());
    let (workshop, path) = (folder.workshop.clone(), folder.path.clone());
    let (to, taken) = mpsc::channel(TAKEN);
    let ending = stop.clone();
    let task = tokio::spawn(async move {
        let keeping = tokio::spawn(keep(served.own, events.clone(), ending.clone()));
        retell(folder.record(), length, events, &ending).await;
        let taking = tokio::spawn(take::take(js, subjects, read.last, to, back));
        host.run(taken, asked).await;
        ending.cancel();
        let _ = tokio::join!(taking, keeping);
        // Locked to the end: a second host begins when this one is done.
        drop(folder);
    });
    let stop = stop.drop_guard();
    Ok(Handle { address, head, workshop, folder: path, events: heard, server, changes, stop, task })
}

impl Read {
    fn fold(&mut self, line: &Line) {
        match line {
            Line::Head(head) => {
                self.room = Some(head.room.clone());
                self.head = Some(head.clone());
            }
            Line::Told(told) => {
                let numbers =
                    |event: Option<&crate::workshop::event::Event>| event.map_or(0, |event| event.seq);
                let events = &told.parcel.events;
                let numbers = (numbers(events.first()), numbers(events.last()));
                let bytes = told.parcel.write().map_or(0, |bytes| bytes.len());
                self.ledger.recorded(&told.from, numbers, bytes, told.at);
                self.last = self.last.max(told.n);
            }
            Line::Did { at, change } => {
                serve::note_helped(&mut self.helped, change);
                if let Some(room) = &mut self.room {
                    room.apply(change, *at);
                }
            }
        }
    }
}

impl Served {
    async fn of(folder: &mut Folder, engine: crate::engine::Environment) -> Result<Self, HostError> {
        match folder.setup.clone() {
            Setup::Own { ip, port, reached_as, tls, ca } => {
                let mut settings = Settings {
                    folder: folder.server(),
                    ip,
                    port: port.unwrap_or_default(),
                    tls: tls.clone(),
                    account: folder.keys.account.public(),
                    passes: server::config::Passes::of(&folder.keys),
                    engine,
                };
                let running = match port {
                    Some(_) => settings.start().await?,
                    None => start_anywhere(&mut settings).await?,
                };
                let port = settings.port;
                let shown = if ip.is_unspecified() { outside().unwrap_or(settings.near()) } else { ip };
                let (host, shown_port) = reached_as.clone().unwrap_or((shown.to_string(), None));
                let address = Address {
                    tls: tls.is_some(),
                    host,
                    port: shown_port.unwrap_or(port),
                    account: None,
                    token: folder.keys.token.clone(),
                };
                // A certificate is made out to the name that learners use.
                let near = Address { host: settings.near().to_string(), port, ..address.clone() };
                let server = if tls.is_some() { address.server() } else { near.server() };
                folder.setup = Setup::Own { ip, port: Some(port), reached_as, tls, ca: ca.clone() };
                let account = settings.account.clone();
                Ok(Self { address, account, server, ca, own: Some((settings, running)) })
            }
            Setup::Theirs { tls, host, port, creds, ca } => {
                let greeting = Greeting::read(&host, port, WITHIN).await?;
                let account = account_of(&creds)?;
                let address = Address {
                    tls: tls || greeting.tls,
                    host,
                    port,
                    account: Some(account.clone()),
                    token: folder.keys.token.clone(),
                };
                Ok(Self { server: address.server(), address, account, ca, own: None })
            }
        }
    }

    async fn connect(
        &self,
        folder: &Folder,
        events: &mpsc::Sender<Event>,
        back: &Arc<Notify>,
    ) -> Result<Client, HostError> {
        let options = match &folder.setup {
            Setup::Own { .. } => {
                let me = folder.keys.me.clone();
                seat::options(jwt::instructor(&me.public(), &folder.keys.account), me)
            }
            Setup::Theirs { creds, .. } => {
                let broken = |reason: String| HostError::Creds { path: creds.clone(), reason };
                let text = std::fs::read_to_string(creds).map_err(|error| broken(error.to_string()))?;
                ConnectOptions::with_credentials(&text)
                    .map_err(|_| broken("these are no credentials of a NATS user".into()))?
            }
        };
        let (events, back, theirs) = (events.clone(), back.clone(), self.own.is_none());
        let options = options.event_callback(move |event| {
            let (events, back) = (events.clone(), back.clone());
            async move {
                let told = match event {
                    async_nats::Event::Connected => {
                        back.notify_one();
                        Event::ServerHere
                    }
                    async_nats::Event::Disconnected if theirs => {
                        Event::ServerAway { why: "the connection is gone".into() }
                    }
                    _ => return,
                };
                let _ = events.send(told).await;
            }
        });
        self.dressed(options)
            .connect(&self.server)
            .await
            .map_err(|error| HostError::Connect { server: self.server.clone(), reason: error.to_string() })
    }

    /// What every connection of ours has.
    fn dressed(&self, options: ConnectOptions) -> ConnectOptions {
        let options = options
            .name("docker-ecr-tutor host")
            .connection_timeout(WITHIN)
            .max_reconnects(None)
            .reconnect_delay_callback(|tries| Duration::from_millis(100 * (1 << tries.min(4))))
            .require_tls(self.address.tls);
        match &self.ca {
            Some(ca) => options.add_root_certificates(ca.clone()),
            None => options,
        }
    }

    /// Whether the server keeps what learners tell, and lets them do what they may and no more. Our own has read
    /// its scope from us; JetStream may still be reading its store.
    async fn tried(
        &self,
        folder: &Folder,
        client: &Client,
        js: &async_nats::jetstream::Context,
    ) -> Result<(), HostError> {
        let subjects = Subjects::of(&folder.workshop);
        let until = tokio::time::Instant::now() + WITHIN;
        loop {
            match take::stream(js, &subjects).await {
                Ok(_) => break,
                Err(_) if self.own.is_some() && tokio::time::Instant::now() < until => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Err(fault) => return Err(HostError::Stream(fault.0)),
            }
        }
        if self.own.is_some() {
            return Ok(());
        }
        let key = Key::make(Kind::Learner).map_err(FolderError::from)?;
        let seat = Seat { key, token: folder.keys.token.clone(), account: self.account.clone() };
        let tried = rights::tried(client, &self.server, seat, |seat| self.dressed(seat.options())).await;
        tried.map_err(|fault| HostError::Rights {
            workshop: folder.workshop.clone(),
            fault,
            commands: rights::commands(&folder.keys.token, &self.account),
        })
    }

    fn process(&self) -> Option<u32> {
        match &self.own {
            Some((_, Running::Process(process))) => process.id(),
            _ => None,
        }
    }

    async fn end(self) {
        if let Some((_, running)) = self.own {
            running.stop().await;
        }
    }
}

/// Keeps a server of ours up, and ends it in the end.
async fn keep(own: Option<(Settings, Running)>, events: mpsc::Sender<Event>, stop: CancellationToken) {
    let Some((settings, mut running)) = own else { return };
    loop {
        let mut why = tokio::select! {
            () = stop.cancelled() => return running.stop().await,
            why = running.ended() => why,
        };
        running.stop().await;
        running = loop {
            let told = events.send(Event::ServerAway { why });
            tokio::select! {
                _ = told => {}
                () = stop.cancelled() => return,
            }
            let again = tokio::select! {
                again = settings.start() => again,
                () = stop.cancelled() => return,
            };
            match again {
                Ok(running) => break running,
                Err(error) => why = error.to_string(),
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
                () = stop.cancelled() => return,
            }
        };
    }
}

/// Tells the lines that were in the record.
async fn retell(record: PathBuf, length: u64, events: mpsc::Sender<Event>, stop: &CancellationToken) {
    let stopped = stop.clone();
    let told = events.clone();
    let read = tokio::task::spawn_blocking(move || {
        let mut lines = Vec::with_capacity(LINES);
        let tell = |lines: &mut Vec<Line>| told.blocking_send(Event::Lines(std::mem::take(lines))).is_ok();
        book::replay(&record, length, &mut |line| {
            lines.push(line);
            (lines.len() < LINES || tell(&mut lines)) && !stopped.is_cancelled()
        })?;
        if !lines.is_empty() {
            tell(&mut lines);
        }
        Ok::<_, BookError>(())
    });
    // It was read a moment ago: what fails now is told, and the board has less.
    if let Ok(Err(error)) = read.await {
        let _ = events.send(Event::Failed { why: error.to_string() }).await;
    }
    let _ = events.send(Event::Live).await;
}

/// Starts it at a port that is free; another program may be quicker, and then it is another one.
async fn start_anywhere(settings: &mut Settings) -> Result<Running, HostError> {
    let mut tries = 0;
    loop {
        settings.port = free_port(settings.ip)?;
        match settings.start().await {
            Err(ServerError::Port { .. } | ServerError::Down(_)) if tries < 3 => tries += 1,
            other => return Ok(other?),
        }
    }
}

/// The usual port when it is free, else one that is.
fn free_port(ip: IpAddr) -> Result<u16, HostError> {
    let bind = |port| std::net::TcpListener::bind((ip, port)).and_then(|listener| listener.local_addr());
    let bound = bind(seat::address::PORT).or_else(|_| bind(0));
    let bound = bound.map_err(|source| ServerError::Port { ip, port: 0, source })?;
    Ok(bound.port())
}

/// The address under which others in the network see this machine, if it is in one. Nothing is sent.
pub fn outside() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // An address for documents: only the way to it is asked for.
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|ip| !ip.is_unspecified())
}

/// The account that credentials are of: what their pass says, which is no secret.
fn account_of(creds: &Path) -> Result<String, HostError> {
    use base64::Engine as _;
    let broken = |reason: &str| HostError::Creds { path: creds.to_owned(), reason: reason.to_owned() };
    let text = std::fs::read_to_string(creds).map_err(|error| broken(&error.to_string()))?;
    let none = || broken("these are no credentials of a NATS user");
    let pass = text.lines().map(str::trim).find(|line| line.starts_with("ey") && line.contains('.'));
    let claims = pass.and_then(|pass| pass.split('.').nth(1)).ok_or_else(none)?;
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).map_err(|_| none())?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).map_err(|_| none())?;
    let account = claims.pointer("/nats/issuer_account").or(claims.get("iss"));
    let account = account.and_then(serde_json::Value::as_str).ok_or_else(none)?;
    seat::keys::is_public(Kind::Account, account).then(|| account.to_owned()).ok_or_else(none)
}
