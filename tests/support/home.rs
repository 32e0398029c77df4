//! A person's own folders: HOME and every XDG folder in one temporary directory, so that a test neither
//! sees nor touches the files of whoever runs it.

use super::session::{Session, Size};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_docker-ecr-tutor");

/// Folders and environment of one person; gone when dropped.
pub struct Home {
    dir: TempDir,
}

impl Home {
    /// A new, empty home.
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("tutor-home-").tempdir().expect("a temporary directory");
        for folder in ["data", "config", "cache", "state", "runtime"] {
            std::fs::create_dir(dir.path().join(folder)).expect("a folder in the temporary directory");
        }
        Self { dir }
    }

    /// The home directory, which is also where programs start.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// What the program keeps: `$XDG_DATA_HOME/docker-ecr-tutor`.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data/docker-ecr-tutor")
    }

    /// The learner's own files of an exercise.
    pub fn workspace(&self, exercise: &str) -> PathBuf {
        self.data().join("work").join(exercise)
    }

    /// Writes a file under the home directory, with the folders it needs.
    pub fn write(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("its folder");
        std::fs::write(&path, content).expect("the file");
        path
    }

    /// All that a program here is given as environment, and nothing else.
    pub fn env(&self) -> Vec<(String, String)> {
        let at = |folder: &str| self.dir.path().join(folder).to_string_lossy().into_owned();
        let mut env = vec![
            ("HOME".into(), at("")),
            ("XDG_DATA_HOME".into(), at("data")),
            ("XDG_CONFIG_HOME".into(), at("config")),
            ("XDG_CACHE_HOME".into(), at("cache")),
            ("XDG_STATE_HOME".into(), at("state")),
            ("XDG_RUNTIME_DIR".into(), at("runtime")),
            ("TERM".into(), "xterm-256color".into()),
            ("COLORTERM".into(), "truecolor".into()),
            ("LANG".into(), "C.UTF-8".into()),
            ("TZ".into(), "UTC".into()),
            ("USER".into(), "learner".into()),
            ("SHELL".into(), "/bin/sh".into()),
        ];
        env.push(("PATH".into(), std::env::var("PATH").unwrap_or_else(|_| "/usr/bin:/bin".into())));
        // The engine is the machine's, not the home's: its place has to be told.
        if let Ok(host) = std::env::var("DOCKER_HOST") {
            env.push(("DOCKER_HOST".into(), host));
        } else if let Some(socket) = super::engine::socket() {
            env.push(("DOCKER_HOST".into(), format!("unix://{}", socket.display())));
        }
        env
    }

    /// The program in a pseudo-terminal of `size` (columns, rows); `env` is added to [`Home::env`].
    pub fn start(&self, args: &[&str], size: Size, env: &[(&str, &str)]) -> Session {
        self.start_program(PROGRAM, args, size, env)
    }

    /// Another program in a pseudo-terminal: a shell that starts ours, an editor to compare with.
    pub fn start_program(&self, program: &str, args: &[&str], size: Size, env: &[(&str, &str)]) -> Session {
        let mut all = self.env();
        all.extend(env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Session::spawn(program, args, size, &all, self.path())
    }

    /// The program without a terminal.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(args).env_clear().envs(self.env()).current_dir(self.path());
        command
    }
}
