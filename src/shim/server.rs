//! The half outside: listens on the socket, performs what is typed in the sandbox, and keeps the record
//! of it, where no script can reach it.

use super::docker::Docker;
use super::wire::{self, Answer, Ask, Typed};
use super::{Inside, Remote, Said, aws};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// Commands performed at once; further ones wait.
const AT_ONCE: usize = 32;
/// Most commands that are remembered.
const MOST_CALLS: usize = 10_000;

/// A command that was typed, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `aws` or `docker`.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its exit code.
    pub code: u8,
}

impl Call {
    /// As it was typed, more or less.
    pub fn line(&self) -> String {
        format!("{} {}", self.program, self.arguments.join(" "))
    }
}

/// A command by its first words: `docker push`, `aws ecr create-repository`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// `aws` or `docker`.
    pub program: String,
    /// The words that must follow each other among the arguments that are no options.
    pub words: Vec<String>,
}

impl Words {
    /// `None` when `text` does not begin with one of the two programs.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace().map(str::to_owned);
        let program = words.next().filter(|program| super::NAMES.contains(&program.as_str()))?;
        let words: Vec<String> = words.collect();
        (!words.is_empty()).then_some(Self { program, words })
    }

    /// Whether these are the words of that command.
    pub fn name(&self, program: &str, arguments: &[String]) -> bool {
        let plain: Vec<&String> = arguments.iter().filter(|word| !word.starts_with('-')).collect();
        program == self.program
            && plain.windows(self.words.len()).any(|window| window.iter().copied().eq(&self.words))
    }

    /// What the command says when it fails on purpose, and with which exit code.
    pub fn failure(&self) -> (u8, String) {
        match self.program.as_str() {
            "aws" => (
                254,
                "\nAn error occurred (ServerException) when calling the operation: it fails here on purpose, to see what the script does then\n".into(),
            ),
            _ => (1, "docker: this command fails here on purpose, to see what the script does then\n".into()),
        }
    }
}

/// The machine that a script in the sandbox believes to be on.
#[derive(Debug)]
pub struct Machine {
    remote: Remote,
    region: String,
    failing: Option<Words>,
    docker: Mutex<Docker>,
    calls: Mutex<Vec<Call>>,
}

impl Machine {
    /// One whose registry is `remote`; the command named by `failing` fails on it.
    pub fn new(remote: Remote, region: &str, failing: Option<Words>) -> Self {
        let docker = Mutex::new(Docker::new(remote, region));
        Self { remote, region: region.to_owned(), failing, docker, calls: Mutex::default() }
    }

    /// What was typed so far, in the order in which it ended.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Performs a command and records it.
    pub fn perform(
        &self,
        program: &str,
        arguments: &[String],
        environment: &BTreeMap<String, String>,
        inside: &mut dyn Inside,
    ) -> Said {
        let failing = self.failing.as_ref().filter(|words| words.name(program, arguments));
        let said = match (failing, program) {
            (Some(words), _) => {
                let (code, text) = words.failure();
                Said::failed(code, text)
            }
            (None, "aws") => aws::run(self.remote, &self.region, arguments, environment, inside),
            (None, _) => {
                let mut docker = self.docker.lock().unwrap_or_else(PoisonError::into_inner);
                docker.run(arguments, environment, inside)
            }
        };
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() < MOST_CALLS {
            calls.push(Call { program: program.to_owned(), arguments: arguments.to_vec(), code: said.code });
        }
        said
    }
}

/// A machine that answers on a socket. Dropping it ends it.
#[derive(Debug)]
pub struct Shim {
    machine: Arc<Machine>,
    stop: CancellationToken,
}

impl Shim {
    /// Listens on `socket`.
    ///
    /// # Errors
    /// When that cannot be made.
    #[cfg(unix)]
    pub fn start(socket: &Path, machine: Machine) -> io::Result<Self> {
        let listener = tokio::net::UnixListener::bind(socket)?;
        let (machine, stop) = (Arc::new(machine), CancellationToken::new());
        let (served, ended) = (machine.clone(), stop.clone());
        let slots = Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
        tokio::spawn(async move {
            loop {
                let Ok(slot) = slots.clone().acquire_owned().await else { break };
                let accepted = tokio::select! {
                    () = ended.cancelled() => break,
                    accepted = listener.accept() => accepted,
                };
                let Ok((stream, _)) = accepted else { continue };
                let machine = served.clone();
                tokio::task::spawn_blocking(move || {
                    if let Err(error) = stream.into_std().and_then(|stream| serve(&machine, stream)) {
                        tracing::debug!(%error, "a command in the sandbox hung up");
                    }
                    drop(slot);
                });
            }
        });
        Ok(Self { machine, stop })
    }

    /// Not on this system.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(unix))]
    pub fn start(_socket: &Path, _machine: Machine) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// What was typed so far, in the order in which it ended.
    pub fn calls(&self) -> Vec<Call> {
        self.machine.calls()
    }
}

impl Drop for Shim {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// One command, from its first word to its exit code.
#[cfg(unix)]
fn serve(machine: &Machine, stream: std::os::unix::net::UnixStream) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    // A script that is stopped in the middle of a command takes its half of the socket along.
    stream.set_read_timeout(Some(std::time::Duration::from_secs(120)))?;
    let mut to = stream.try_clone()?;
    let mut from = io::BufReader::new(stream);
    let typed: Typed = wire::receive(&mut from)?;
    let mut inside = Sandbox { to: &mut to, from: &mut from };
    let said = machine.perform(&typed.program, &typed.arguments, &typed.environment, &mut inside);
    wire::send(&mut to, &Ask::Done { out: wire::encode(&said.out), err: said.err, code: said.code })
}

/// The other half, on the line.
struct Sandbox<'a, W, R> {
    to: &'a mut W,
    from: &'a mut R,
}

impl<W: io::Write, R: io::BufRead> Sandbox<'_, W, R> {
    fn ask(&mut self, what: &Ask) -> Result<Vec<u8>, String> {
        let asked = wire::send(self.to, what).and_then(|()| wire::receive(self.from));
        match asked.map_err(|error| error.to_string())? {
            Answer::Content(content) => wire::decode(&content).map_err(|error| error.to_string()),
            Answer::Failed(why) => Err(why),
        }
    }
}

impl<W: io::Write, R: io::BufRead> Inside for Sandbox<'_, W, R> {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        self.ask(&Ask::Read(path.to_owned()))
    }

    fn stdin(&mut self) -> Result<Vec<u8>, String> {
        self.ask(&Ask::Stdin)
    }

    fn pack(&mut self, folder: &str) -> Result<Vec<u8>, String> {
        self.ask(&Ask::Pack(folder.to_owned()))
    }

    fn write(&mut self, path: &str, content: &[u8]) -> Result<(), String> {
        self.ask(&Ask::Write(path.to_owned(), wire::encode(content))).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_command_is_known_by_its_words_wherever_its_options_stand() {
        let push = Words::parse("docker push").unwrap();
        assert!(push.name("docker", &line("push -q registry/app:v1")));
        assert!(push.name("docker", &line("image push registry/app:v1")));
        assert!(!push.name("docker", &line("buildx build --push .")));
        assert!(!push.name("aws", &line("push")));
        let create = Words::parse("aws ecr create-repository").unwrap();
        assert!(create.name("aws", &line("--region eu-central-1 ecr create-repository --repository-name x")));
        assert!(!create.name("aws", &line("ecr describe-repositories")));
        assert_eq!((Words::parse("rm -rf"), Words::parse("docker")), (None, None));
    }
}
