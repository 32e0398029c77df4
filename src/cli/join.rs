//! `join` and `leave`: a learner's seat in a workshop.

use super::Global;
use crate::failure::{Failure, Kind};
use crate::store::Store;
use crate::text::sanitise;
use crate::workshop::event::What;
use crate::workshop::link::{self, Delivered, SeatError, deliver};
use crate::workshop::seat::{Address, AddressError};
use std::io::{BufRead as _, IsTerminal as _, Write};
use std::path::PathBuf;
use std::time::Duration;

/// How long joining waits to be heard.
const JOIN: Duration = Duration::from_secs(8);
/// How long leaving waits until all is recorded.
const LEAVE: Duration = Duration::from_secs(15);
/// How long it waits when the learner goes anyway.
const ANYWAY: Duration = Duration::from_secs(3);
/// How long a grading on the command line waits.
const CHECK: Duration = Duration::from_secs(3);

const ABOUT_JOIN: &str = "\
What is told from now on: that you joined and are there, which page or exercise is open, gradings with the names of \
the checks that failed, hints opened, and that nothing was done for five minutes. What is in your files is told only \
when you call for help, choose a file and confirm. `docker-ecr-tutor leave` ends it.

Without a network everything goes on: what is to be told waits in the data folder and is sent later.

The line holds the token of the workshop, and shells keep what is typed in their history. To keep it out of there, \
leave `#` and the token away and type the token when asked, or give `-` and the whole address on standard input.

Exit codes:
  0  you have a seat (whether the host heard it already is said)
  2  the address is none, or the server does not know its token
  3  the seat cannot be kept on this machine";

/// Arguments of `join`.
#[derive(Debug, clap::Args)]
#[command(after_help = ABOUT_JOIN)]
pub struct JoinArgs {
    /// The address that the instructor gave out: nats://HOST:PORT#TOKEN, in quotes; - reads it from standard input
    #[arg(value_name = "ADDRESS|-")]
    address: String,
    /// What the instructor shall call you
    #[arg(long)]
    name: String,
    /// Trust the certificates in this file (PEM), where the server's is signed by nobody that the system knows
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Take the seat and end, without opening the course
    #[arg(long)]
    pub no_open: bool,
}

const ABOUT_LEAVE: &str = "\
What waits is sent first; that may take some seconds. When the host cannot be reached you stay, unless you say \
--anyway: what was not sent then waits, and is sent if you join the same workshop again.

Exit codes:
  0  you have left
  2  you sit in no workshop
  3  something is not sent yet, and you stay";

/// Arguments of `leave`.
#[derive(Debug, clap::Args)]
#[command(after_help = ABOUT_LEAVE)]
pub struct LeaveArgs {
    /// Leave also when something could not be sent
    #[arg(long)]
    anyway: bool,
}

/// Takes a seat.
///
/// # Errors
/// When the address is none, the server knows no such token, or the seat cannot be kept.
pub fn join(args: &JoinArgs, global: &Global, out: &mut dyn Write) -> Result<u8, Failure> {
    let address = read_address(&args.address)?;
    if let Some(ca) = &args.ca
        && !ca.is_file()
    {
        let error = anyhow::anyhow!("there is no file {}", ca.display());
        return Err(Failure::new(Kind::User, error).hint("--ca names a file with certificates in PEM"));
    }
    let ca = args.ca.as_ref().map(|path| path.canonicalize().unwrap_or_else(|_| path.clone()));
    let data = global.data()?;
    let store = open(global)?;
    let before = store.seat().map_err(unkept)?;
    let seat = link::take(&store, &address, &args.name, ca.as_deref()).map_err(unseated)?;
    link::tell(&store, &seat.workshop, &What::Joined).map_err(unkept)?;
    let place = format!("{}:{}", address.host, address.port);
    let told = match super::runtime()?.block_on(deliver(&data, &seat.workshop, JOIN)) {
        Delivered::All => {
            format!("You sit in the workshop at {place} as {}, and its host has heard you.", seat.name)
        }
        Delivered::Waits { why, .. } => format!(
            "You sit in the workshop at {place} as {}. Its host has not heard it yet{}. What you do is kept, and \
             sent when it can be.",
            seat.name,
            why.map(|why| format!(" ({why})")).unwrap_or_default()
        ),
        Delivered::Refused(why) => {
            // Who mistyped a line must not lose the seat they had.
            store.give_up_seat(&seat.workshop).map_err(unkept)?;
            if let Some(before) = before.filter(|before| before.workshop != seat.workshop) {
                store.take_seat(&before).map_err(unkept)?;
            }
            let error = anyhow::anyhow!("{place} lets you not in: {}", sanitise::plain(&why));
            return Err(Failure::new(Kind::User, error)
                .hint("compare the line letter by letter with what the instructor shows")
                .hint("ask the instructor whether the workshop is still the same"));
        }
    };
    writeln!(out, "{}", sanitise::plain(&told)).map_err(unwritten)?;
    Ok(0)
}

/// Gives the seat up.
///
/// # Errors
/// When there is none, or something is not sent yet.
pub fn leave(args: &LeaveArgs, global: &Global, out: &mut dyn Write) -> Result<u8, Failure> {
    let data = global.data()?;
    let store = open(global)?;
    let Some(seat) = store.seat().map_err(unkept)? else {
        let error = anyhow::anyhow!("you sit in no workshop");
        return Err(
            Failure::new(Kind::User, error).hint("`docker-ecr-tutor join ADDRESS --name NAME` takes a seat")
        );
    };
    link::say_goodbye(&store, &seat.workshop).map_err(unkept)?;
    let within = if args.anyway { ANYWAY } else { LEAVE };
    let (unsent, why) = match super::runtime()?.block_on(deliver(&data, &seat.workshop, within)) {
        Delivered::All => (0, None),
        Delivered::Waits { unsent, why } => (unsent, why),
        Delivered::Refused(why) => (store.unsent(&seat.workshop).map_err(unkept)?, Some(why)),
    };
    if unsent > 0 && !args.anyway {
        store.stay(&seat.workshop).map_err(unkept)?;
        link::tell(&store, &seat.workshop, &What::Joined).map_err(unkept)?;
        let why = why.map(|why| format!(" ({})", sanitise::plain(&why))).unwrap_or_default();
        let error =
            anyhow::anyhow!("the host has not recorded all that you told it{why}; you stay in the workshop");
        return Err(Failure::new(Kind::Environment, error)
            .hint("try again when the network is back")
            .hint("`docker-ecr-tutor leave --anyway` leaves all the same"));
    }
    store.give_up_seat(&seat.workshop).map_err(unkept)?;
    let rest = match unsent {
        0 => String::new(),
        unsent => format!(" {unsent} of the things told could not be sent; they are if you join it again."),
    };
    writeln!(out, "You have left the workshop; nothing is sent any more.{rest}").map_err(unwritten)?;
    Ok(0)
}

/// Tells a workshop, if there is a seat in one of this course, what the command line graded.
pub fn checked(global: &Global, store: &Store, reports: &[crate::grade::Report]) -> Result<(), Failure> {
    let Some(taken) = link::taken(store).map_err(unseated)? else { return Ok(()) };
    let told: Vec<What> = reports.iter().flat_map(link::told).collect();
    for what in &told {
        link::tell(store, &taken.workshop, what).map_err(unkept)?;
    }
    if !told.is_empty() {
        // What is not recorded in this time waits for the next who sends.
        let _ = super::runtime()?.block_on(deliver(&global.data()?, &taken.workshop, CHECK));
    }
    Ok(())
}

fn open(global: &Global) -> Result<Store, Failure> {
    Store::open(&global.data()?).map(|store| store.for_course(global.course_key())).map_err(unkept)
}

/// The address as it was given, from standard input, or with its token asked for.
fn read_address(given: &str) -> Result<Address, Failure> {
    let text = match given {
        "-" => line()?,
        given if !given.contains('#') && std::io::stdin().is_terminal() => {
            // The rest is looked at first: nobody types a token for an address that is none.
            const ANY: &str = "0000-0000-0000-0000-0000-0000-0000";
            Address::read(&format!("{given}#{ANY}")).map_err(wrong_address)?;
            format!("{given}#{}", ask_token()?)
        }
        given => given.to_owned(),
    };
    Address::read(&text).map_err(wrong_address)
}

fn wrong_address(error: AddressError) -> Failure {
    Failure::new(Kind::User, error)
        .hint("the whole line is: docker-ecr-tutor join 'nats://HOST:PORT#TOKEN' --name NAME")
        .hint("`docker-ecr-tutor join --help` says how to keep the token out of the shell's history")
}

fn line() -> Result<String, Failure> {
    let mut text = String::new();
    let read = std::io::Read::take(std::io::stdin().lock(), 2_000).read_line(&mut text);
    read.map_err(|error| Failure::new(Kind::User, anyhow::Error::new(error).context("nothing can be read")))?;
    Ok(text.trim().to_owned())
}

/// Asks for the token, which is not shown while it is typed.
fn ask_token() -> Result<String, Failure> {
    let mut err = std::io::stderr().lock();
    let _ = write!(err, "Token (it is not shown): ").and_then(|()| err.flush());
    let quiet = quiet::Quiet::new();
    let typed = line();
    drop(quiet);
    let _ = writeln!(err);
    typed
}

#[cfg(unix)]
mod quiet {
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    /// What is typed is not shown until this is dropped.
    pub struct Quiet(Option<Termios>);

    impl Quiet {
        pub fn new() -> Self {
            let before = tcgetattr(std::io::stdin()).ok();
            if let Some(mut modes) = before.clone() {
                modes.local_modes.remove(LocalModes::ECHO);
                let _ = tcsetattr(std::io::stdin(), OptionalActions::Flush, &modes);
            }
            Self(before)
        }
    }

    impl Drop for Quiet {
        fn drop(&mut self) {
            if let Some(before) = &self.0 {
                let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, before);
            }
        }
    }
}

#[cfg(not(unix))]
mod quiet {
    /// Elsewhere it is shown.
    pub struct Quiet;

    impl Quiet {
        pub fn new() -> Self {
            Self
        }
    }
}

fn unkept(error: crate::store::StoreError) -> Failure {
    Failure::new(Kind::Environment, anyhow::Error::new(error).context("the seat cannot be kept"))
}

fn unseated(error: SeatError) -> Failure {
    Failure::new(Kind::Environment, anyhow::Error::new(error).context("the seat cannot be used"))
}

fn unwritten(error: std::io::Error) -> Failure {
    Failure::new(Kind::Environment, error)
}
