//! The shim: this very program under the names `aws` and `docker`, for scripts in a sandbox that has
//! neither, and no network.
//!
//! ```text
//! in the sandbox                          outside
//! deploy.sh → aws …, docker …  (client) ── unix socket ──→  server ── HTTP, loopback ──→ practice ECR
//!             asks for nothing, answers                     aws:    arguments → one call of the API
//!             what it is asked: a file,                     docker: images of this machine, push, pull
//!             standard input, a folder                      record of every call
//! ```
//!
//! | file | owns |
//! | --- | --- |
//! | `client` | the half inside: says what was typed, hands over what it is asked for |
//! | `wire` | the words of the two |
//! | `server` | the socket, the record, failures on purpose |
//! | `aws` | the `aws` command line, version 2, as far as scripts about ECR go |
//! | `docker` | the `docker` command line, likewise; it builds without running anything |
//! | `registry` | calls of the API, pushes and pulls |
//! | `http` | one request |
//! | `mapped` | outside of any sandbox: the real `docker`, to which ECR's host name is the practice registry |
//!
//! The half inside decides nothing and keeps nothing, so that a script gains nothing by forging it.

pub mod aws;
pub mod client;
pub mod docker;
mod http;
pub mod mapped;
pub mod registry;
pub mod server;
mod wire;

pub use registry::Remote;
pub use server::{Call, Machine, Shim, Words};

/// The names under which this program is the shim.
pub const NAMES: [&str; 2] = ["aws", "docker"];

/// Environment variable with the path of the socket.
pub const SOCKET: &str = "DOCKER_ECR_TUTOR_SHIM";

/// What a program says and how it ends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    /// Standard output.
    pub out: Vec<u8>,
    /// Standard error.
    pub err: String,
    /// Exit code.
    pub code: u8,
}

impl Said {
    fn out(text: impl Into<Vec<u8>>) -> Self {
        Self { out: text.into(), ..Self::default() }
    }

    fn failed(code: u8, text: impl Into<String>) -> Self {
        Self { err: text.into(), code, ..Self::default() }
    }

    fn with_err(mut self, text: impl Into<String>) -> Self {
        self.err = text.into();
        self
    }
}

/// What a command may ask of the sandbox that it was typed in.
pub trait Inside {
    /// The content of a file.
    ///
    /// # Errors
    /// In the system's words when there is none.
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String>;
    /// All of standard input.
    ///
    /// # Errors
    /// In the system's words when it cannot be read.
    fn stdin(&mut self) -> Result<Vec<u8>, String>;
    /// A folder as a tar archive.
    ///
    /// # Errors
    /// In the system's words when there is none, or it is too large.
    fn pack(&mut self, folder: &str) -> Result<Vec<u8>, String>;
    /// Writes a file that only its owner may read.
    ///
    /// # Errors
    /// In the system's words when it cannot be written.
    fn write(&mut self, path: &str, content: &[u8]) -> Result<(), String>;
}
