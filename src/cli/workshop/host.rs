//! `workshop host`: leads a workshop, as plain lines or on the board; `workshop list`: those that there are.

use super::super::{Global, Led, environment, runtime};
use super::plan;
use crate::failure::{Failure, Kind};
use crate::text::sanitise;
use crate::workshop::board::Limits;
use crate::workshop::event::What;
use crate::workshop::host::folder::{self, FolderError};
use crate::workshop::host::{self, Event, Handle, HostError, Options, Setup, Which};
use crate::workshop::lead::{Leads, Live};
use crate::workshop::record::{Line, Told};
use crate::workshop::room::{Change, Clock, Room};
use crate::workshop::seat::address::place_of;
use crate::workshop::server::ServerError;
use std::collections::BTreeMap;
use std::io::Write;
use std::net::IpAddr;
use std::path::PathBuf;
use tokio::sync::mpsc;

/// What `workshop host` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = HOST)]
pub struct Args {
    /// The plan
    #[arg(default_value = "workshop.yaml")]
    plan: PathBuf,
    /// Go on with a workshop that was hosted before, by its id (`workshop list`): its record, its learners, its
    /// server and port
    #[arg(long, value_name = "ID", conflicts_with = "plan")]
    again: Option<String>,
    /// Address of this machine at which the server listens, with a port or not; 0.0.0.0 is all of them
    /// [default: the one by which this machine goes to the network, port 4222 or a free one]
    #[arg(long, value_name = "ADDRESS[:PORT]", value_parser = listen)]
    listen: Option<(IpAddr, Option<u16>)>,
    /// How learners reach this machine, when not under that address: what the join line names
    #[arg(long, value_name = "HOST[:PORT]", value_parser = reached)]
    reached_as: Option<(String, Option<u16>)>,
    /// Certificate of the server in PEM, so that it speaks TLS; made out to what the join line names
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Key of that certificate
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Use this server or cluster instead of one of our own: nats://HOST:PORT or tls://HOST:PORT
    #[arg(long, requires = "creds", conflicts_with_all = ["listen", "reached_as", "tls_cert"], value_parser = url)]
    url: Option<(bool, String, u16)>,
    /// Credentials of a user of the account there, with all rights in it, as `nsc` writes them
    #[arg(long, value_name = "FILE", requires = "url")]
    creds: Option<PathBuf>,
    /// Certificates to trust beside the machine's, in PEM
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Plain lines instead of the board; commands are typed (`help` lists them)
    #[arg(long)]
    plain: bool,
}

const HOST: &str = "\
The server is the nats-server on PATH, else a container of nats:2, else one that --url names. It is stopped when
the host ends. Keys and record of the workshop lie in workshops/ID of the data folder; what learners tell is on
the disk there before it is acknowledged. Whoever has the join line may take a seat; what a seat may do is to
tell in its own name, and to hear what is said to it and to all.

Exit codes: 0 it was ended; 2 wrong usage, or a plan that does not hold; 3 no server, or one that does not let us.";

const COMMANDS: &str = "\
next | part N | pause | resume | extend MINUTES | say TEXT | hints EXERCISE | solution EXERCISE | helped KEY |
over | join (the line once more) | quit";

fn listen(text: &str) -> Result<(IpAddr, Option<u16>), String> {
    if let Ok(ip) = text.parse() {
        return Ok((ip, None));
    }
    let with_port = text.parse::<std::net::SocketAddr>();
    let with_port = with_port.map_err(|_| "an address of this machine: 192.168.1.20 or 192.168.1.20:4222")?;
    Ok((with_port.ip(), Some(with_port.port()).filter(|port| *port > 0)))
}

fn reached(text: &str) -> Result<(String, Option<u16>), String> {
    let (host, port) = place_of(text).map_err(|error| error.to_string())?;
    let said = text.rsplit(']').next().is_some_and(|rest| rest.contains(':'));
    Ok((host, said.then_some(port)))
}

fn url(text: &str) -> Result<(bool, String, u16), String> {
    let (tls, place) = match text.split_once("://") {
        Some(("nats", place)) => (false, place),
        Some(("tls", place)) => (true, place),
        _ => return Err("an address of a server begins with nats:// or tls://".into()),
    };
    let (host, port) = place_of(place.trim_end_matches('/')).map_err(|error| error.to_string())?;
    Ok((tls, host, port))
}

impl Args {
    fn setup(&self) -> Setup {
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let ca = self.ca.as_ref().map(absolute);
        if let (Some((tls, host, port)), Some(creds)) = (&self.url, &self.creds) {
            return Setup::Theirs { tls: *tls, host: host.clone(), port: *port, creds: absolute(creds), ca };
        }
        let here = || (host::outside().unwrap_or(IpAddr::from([127, 0, 0, 1])), None);
        let (ip, port) = self.listen.unwrap_or_else(here);
        let tls = self.tls_cert.as_ref().zip(self.tls_key.as_ref());
        let tls = tls.map(|(cert, key)| (absolute(cert), absolute(key)));
        Setup::Own { ip, port, reached_as: self.reached_as.clone(), tls, ca }
    }

    /// Whether it is led on the board.
    ///
    /// # Errors
    /// When that is what is asked for, and there is no terminal.
    pub fn shows(&self) -> Result<bool, Failure> {
        use std::io::IsTerminal as _;
        if self.plain {
            return Ok(false);
        }
        if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
            let what = anyhow::anyhow!("the board of a workshop needs a terminal for its input and output");
            return Err(Failure::new(Kind::User, what).hint("--plain leads it in lines"));
        }
        Ok(true)
    }

    /// Whether another server is named than the one that a workshop had.
    fn names_server(&self) -> bool {
        self.url.is_some() || self.listen.is_some() || self.tls_cert.is_some() || self.reached_as.is_some()
    }

    fn options(&self, global: &Global) -> Result<Options, Failure> {
        let which = match &self.again {
            Some(workshop) => {
                Which::Again { workshop: workshop.clone(), setup: self.names_server().then(|| self.setup()) }
            }
            None => {
                let course = global.load_course()?;
                let plan = plan::read(&self.plan, &course)?;
                let exercises = host::exercises(&plan, &course);
                Which::New { plan, exercises, setup: self.setup() }
            }
        };
        Ok(Options { data: global.data()?, which, engine: environment(global) })
    }
}

/// Begins to host: with the runtime that it lives in.
///
/// # Errors
/// When the plan does not hold, or there is no server to be had.
pub fn begin(args: &Args, global: &Global) -> Result<(tokio::runtime::Runtime, Handle), Failure> {
    let options = args.options(global)?;
    let runtime = runtime()?;
    let handle = runtime.block_on(Handle::start(options)).map_err(failure)?;
    Ok((runtime, handle))
}

/// Begins to host for the board.
///
/// # Errors
/// As [`begin`].
pub fn lead_on_board(args: &Args, global: &Global) -> Result<Led, Failure> {
    let (runtime, mut handle) = begin(args, global)?;
    let leads = Leads::Live(Live::of(&mut handle, Limits::default()));
    let workshop = handle.workshop.clone();
    let after = move || {
        runtime.block_on(handle.stop());
        let ended = format!("Ended. To go on: docker-ecr-tutor workshop host --again {workshop}\n");
        // Whoever closed the terminal does not read it.
        let _ = tell(&mut std::io::stdout(), &ended);
    };
    Ok(Led { leads, after: Some(Box::new(after)) })
}

/// What to do when a workshop cannot be hosted.
fn failure(error: HostError) -> Failure {
    let environment =
        |hints: &[&str]| (Kind::Environment, hints.iter().map(|hint| (*hint).to_owned()).collect());
    let (kind, hints): (Kind, Vec<String>) = match &error {
        HostError::Folder(FolderError::None(_)) => {
            (Kind::User, vec!["`docker-ecr-tutor workshop list` names those that are here".into()])
        }
        HostError::Folder(FolderError::Hosted(_)) => {
            (Kind::User, vec!["end that one first: `quit` or Ctrl-C in its terminal".into()])
        }
        HostError::Server(ServerError::Nowhere(_) | ServerError::Image { .. }) => environment(&[
            "install nats-server (Debian, Ubuntu: apt install nats-server; macOS: brew install nats-server)",
            "or start an engine that can pull nats:2",
            "or use a server that is there: --url nats://HOST:PORT --creds FILE",
        ]),
        HostError::Server(ServerError::Port { .. }) => environment(&[
            "name another address or port of this machine with --listen ADDRESS:PORT",
            "learners who have joined reach the workshop at its old port only: free that one if you can",
        ]),
        HostError::Creds { .. } => {
            (Kind::User, vec!["`nsc generate creds --account ACCOUNT --name USER` writes some".into()])
        }
        HostError::Stream(_) => environment(&[
            "the account needs JetStream with room for a stream of 1 GiB, and the user all rights in it",
        ]),
        HostError::Rights { workshop, commands, .. } => (
            Kind::Environment,
            vec![
                format!("whoever runs the server types this once for this workshop:\n{commands}"),
                format!("then: docker-ecr-tutor workshop host --again {workshop}"),
            ],
        ),
        _ => environment(&[]),
    };
    hints.into_iter().fold(Failure::new(kind, error), Failure::hint)
}

/// Hosts, and prints a line for each thing that happens. Commands come on standard input.
///
/// # Errors
/// When it cannot begin, or not go on.
pub fn run(args: &Args, global: &Global, out: &mut dyn Write) -> Result<(), Failure> {
    let (runtime, handle) = begin(args, global)?;
    runtime.block_on(lead(handle, out))
}

async fn lead(mut handle: Handle, out: &mut dyn Write) -> Result<(), Failure> {
    let mut shown = Shown { room: handle.head.room.clone(), names: BTreeMap::new(), live: false };
    let begins = format!(
        "{} · workshop {}\n\nLearners type:\n\n  {}\n\nCommands: {COMMANDS}\n",
        shown.room.plan.title,
        handle.workshop,
        handle.join_line()
    );
    tell(out, &begins)?;
    let mut typed = typed();
    let mut listening = true;
    let mut ended = Box::pin(super::super::practice_ecr::stop_signal());
    let result = loop {
        tokio::select! {
            event = handle.events.recv() => match event {
                None => break Ok(()),
                Some(Event::Failed { why }) => {
                    let why = anyhow::anyhow!("the workshop cannot be recorded any more: {why}");
                    let hint = format!("make room, then: docker-ecr-tutor workshop host --again {}", handle.workshop);
                    break Err(Failure::new(Kind::Environment, why).hint(hint));
                }
                Some(event) => {
                    let lines = shown.lines(event);
                    if let Err(error) = tell(out, &lines) {
                        break Err(error);
                    }
                }
            },
            line = typed.recv(), if listening => match line {
                Some(line) => match shown.command(line.trim(), &handle) {
                    Typed::Change(change) => {
                        let _ = handle.changes().send(change).await;
                    }
                    Typed::Say(text) => tell(out, &text)?,
                    Typed::Quit => break Ok(()),
                },
                // Nobody types; it goes on until it is ended.
                None => listening = false,
            },
            _ = &mut ended => break Ok(()),
        }
    };
    let workshop = handle.workshop.clone();
    handle.stop().await;
    tell(out, &format!("Ended. To go on: docker-ecr-tutor workshop host --again {workshop}\n"))?;
    result
}

/// The lines of standard input. A thread reads them: it may wait for ever, and ends with the process.
fn typed() -> mpsc::Receiver<String> {
    let (lines, typed) = mpsc::channel(8);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if lines.blocking_send(line).is_err() {
                return;
            }
        }
    });
    typed
}

fn tell(out: &mut dyn Write, text: &str) -> Result<(), Failure> {
    let text = sanitise::lines(text);
    let told = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    told.map_err(|error| Failure::new(Kind::Environment, error))
}

/// What was typed.
enum Typed {
    Change(Change),
    Say(String),
    Quit,
}

/// What has been printed of a workshop.
struct Shown {
    room: Room,
    /// Learners by their keys.
    names: BTreeMap<String, Known>,
    live: bool,
}

/// What is known of a learner.
#[derive(Default)]
struct Known {
    /// The number of the last call for help.
    called: Option<u64>,
}

impl Shown {
    fn command(&self, line: &str, handle: &Handle) -> Typed {
        let (word, rest) = line.split_once(' ').map_or((line, ""), |(word, rest)| (word, rest.trim()));
        let part = match self.room.clock {
            Clock::Running { part, .. } | Clock::Paused { part, .. } => part + 1,
            Clock::Waiting => 0,
            Clock::Over => self.room.plan.parts.len(),
        };
        let change = match (word, rest) {
            ("next", "") => Some(Change::Part { part }),
            ("part", n) => {
                n.parse::<usize>().ok().and_then(|n| n.checked_sub(1)).map(|part| Change::Part { part })
            }
            ("pause", "") => Some(Change::Pause),
            ("resume", "") => Some(Change::Resume),
            ("extend", n) => n.parse().ok().map(|minutes| Change::Extend { minutes }),
            ("say", text) if !text.is_empty() => Some(Change::Announce { text: text.to_owned() }),
            ("hints", id) if self.room.is_planned(id) => Some(Change::OpenHints { exercise: id.to_owned() }),
            ("solution", id) if self.room.is_planned(id) => {
                Some(Change::OpenSolution { exercise: id.to_owned() })
            }
            ("helped", key) => {
                let called = self.names.get(key).and_then(|known| known.called);
                called.map(|seq| Change::Helped { learner: key.to_owned(), seq })
            }
            ("over", "") => Some(Change::End),
            ("join", "") => return Typed::Say(format!("{}\n", handle.join_line())),
            ("quit", "") => return Typed::Quit,
            ("", "") => return Typed::Say(String::new()),
            _ => None,
        };
        change.map_or_else(|| Typed::Say(format!("Commands: {COMMANDS}\n")), Typed::Change)
    }

    fn lines(&mut self, event: Event) -> String {
        let mut text = String::new();
        match event {
            Event::Lines(lines) => {
                for line in lines {
                    self.line(line, &mut text);
                }
            }
            Event::Live => {
                if !self.names.is_empty() {
                    text = format!("Learners in the record: {}; what follows is new.\n", self.names.len());
                }
                self.live = true;
            }
            Event::ServerAway { why } => {
                text = format!("The server is away: {}\n", sanitise::plain(&why));
            }
            Event::ServerHere => text = "The server is here.\n".into(),
            Event::Skipped { count, why } => {
                text = format!("Messages not taken: {count}; the last was {}\n", sanitise::plain(&why));
            }
            // Handled where it ends the loop.
            Event::Failed { .. } => {}
        }
        text
    }

    fn line(&mut self, line: Line, text: &mut String) {
        match line {
            Line::Head(_) => {}
            Line::Did { at, change } => {
                self.room.apply(&change, at);
                if self.live {
                    *text += &format!("{}  you: {}\n", time(at), did(&change, &self.room));
                }
            }
            Line::Told(told) => {
                let is_new = !self.names.contains_key(&told.from);
                let known = self.names.entry(told.from.clone()).or_default();
                let calls =
                    told.parcel.events.iter().rev().find(|event| matches!(event.what, What::Help { .. }));
                known.called = calls.map(|event| event.seq).or(known.called);
                if self.live {
                    events(&told, is_new, text);
                }
            }
        }
    }
}

fn did(change: &Change, room: &Room) -> String {
    let title =
        |part: usize| room.plan.parts.get(part).map_or("the end".into(), |part| sanitise::plain(&part.title));
    match change {
        Change::Part { part } => format!("part {}: {}", part + 1, title(*part)),
        Change::Pause => "the clock stands".into(),
        Change::Resume => "the clock runs".into(),
        Change::Extend { minutes } => format!("{minutes:+} minutes"),
        Change::Announce { text } => format!("said: {}", sanitise::plain(text)),
        Change::OpenHints { exercise } => format!("opened the hints of {exercise}"),
        Change::OpenSolution { exercise } => format!("opened the solution of {exercise}"),
        Change::Follow { page: Some(page) } => format!("shows {}", sanitise::plain(&page.lesson)),
        Change::Follow { page: None } => "shows no page".into(),
        Change::Helped { learner, .. } => format!("helped {learner}"),
        Change::End => "the workshop is over".into(),
    }
}

/// A line for each event. What they say was made safe when the parcel was read.
fn events(told: &Told, is_new: bool, text: &mut String) {
    let Told { at, from, parcel, .. } = told;
    let name = if is_new { format!("{} ({from})", parcel.name) } else { parcel.name.clone() };
    for event in &parcel.events {
        let what = match &event.what {
            What::Joined => "is here".to_owned(),
            What::At { .. } | What::Active => continue,
            What::Started { exercise } => format!("began {exercise}"),
            What::Checked { exercise, points, of, failed, .. } if !failed.is_empty() => {
                format!("checked {exercise}: {points} of {of} points; fails {}", failed.join(", "))
            }
            What::Checked { exercise, points, of, .. } => {
                format!("checked {exercise}: {points} of {of} points")
            }
            What::Passed { exercise } => format!("passed {exercise}"),
            What::HintOpened { exercise, hint } => format!("opened hint {hint} of {exercise}"),
            What::Idle => "does nothing".to_owned(),
            What::Help { exercise, says, files } => {
                let about = exercise.as_ref().map(|id| format!(" with {id}")).unwrap_or_default();
                let files =
                    if files.is_empty() { String::new() } else { format!(" ({} files)", files.len()) };
                format!("asks for help{about}: {}{files} [{from}]", sanitise::plain(says))
            }
            What::HelpOver => "needs no more help".to_owned(),
            What::Left => "left".to_owned(),
        };
        *text += &format!("{}  {name} {what}\n", time(*at));
    }
}

/// A moment as the clock on the wall has it.
fn time(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at)
        .map(|at| at.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string())
        .unwrap_or_default()
}

/// Lists the workshops of the data folder.
///
/// # Errors
/// When the folder cannot be read.
pub fn list(global: &Global, out: &mut dyn Write) -> Result<(), Failure> {
    let listed = folder::list(&global.data()?).map_err(|error| Failure::new(Kind::Environment, error))?;
    if listed.is_empty() {
        return tell(out, "No workshop was hosted here yet; `docker-ecr-tutor workshop host` begins one.\n");
    }
    for one in listed {
        let day = |at| jiff::Timestamp::from_millisecond(at).ok();
        let head = one.head.as_ref();
        let day = head.and_then(|head| day(head.at)).map(|at| at.to_zoned(jiff::tz::TimeZone::system()));
        let day = day.map_or("          ".into(), |day| day.strftime("%Y-%m-%d").to_string());
        let title =
            head.map_or("(its record cannot be read)".into(), |head| sanitise::plain(&head.room.plan.title));
        let hosted = if one.hosted { "  hosted now" } else { "" };
        tell(out, &format!("{}  {day}  {title}{hosted}\n    {}\n", one.workshop, one.record.display()))?;
    }
    Ok(())
}
