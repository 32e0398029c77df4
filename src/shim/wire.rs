//! What the two halves say to each other: one JSON document a line, bytes in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, BufRead, Read, Write};

/// Longest line: a build context in base64.
const LONGEST: u64 = 96 * 1024 * 1024;

/// What was typed, and where.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Typed {
    pub(super) program: String,
    pub(super) arguments: Vec<String>,
    pub(super) environment: BTreeMap<String, String>,
}

/// What the half outside asks for, or the end.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Ask {
    Read(String),
    Stdin,
    Pack(String),
    Write(String, String),
    Done { out: String, err: String, code: u8 },
}

/// The answer to all but the end.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    Content(String),
    Failed(String),
}

pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(super) fn decode(text: &str) -> io::Result<Vec<u8>> {
    STANDARD.decode(text).map_err(io::Error::other)
}

pub(super) fn send(to: &mut impl Write, what: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    to.write_all(&line)?;
    to.flush()
}

pub(super) fn receive<T: DeserializeOwned>(from: &mut impl BufRead) -> io::Result<T> {
    let mut line = Vec::new();
    from.take(LONGEST).read_until(b'\n', &mut line)?;
    if line.last() != Some(&b'\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(serde_json::from_slice(&line)?)
}
