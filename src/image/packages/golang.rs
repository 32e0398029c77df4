//! The build information that Go leaves in an executable: which Go made it, from which modules.
//!
//! Since Go 1.18 it is a block of 32 bytes that begins with a magic number and has a flag for "the texts
//! follow here", then two texts with their lengths before them: Go's version, and the module list
//! between two sentinels of 16 bytes (documentation and layout: Go's package `debug/buildinfo`).

use super::{Ecosystem, Listed};
use crate::image::tar::fill;
use regex::bytes::Regex;
use std::io::{self, Read};
use std::sync::LazyLock;

const HEADER: usize = 32;
const SENTINEL: usize = 16;
/// Longest list of modules that is read, and longest name of a Go version, in bytes.
const LONGEST: usize = 1024 * 1024;
const LONGEST_VERSION: usize = 256;
const CHUNK: usize = 64 * 1024;
const MAGIC_BYTES: usize = 14;

static MAGIC: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?-u)\xff Go buildinf:").ok());

/// The modules of an executable that streams by; none when Go did not make it.
pub(super) fn modules(program: &mut impl Read) -> io::Result<Vec<Listed>> {
    let Some(magic) = MAGIC.as_ref() else { return Ok(Vec::new()) };
    let mut held: Vec<u8> = Vec::new();
    loop {
        let before = held.len();
        held.resize(before + CHUNK, 0);
        let read = fill(program, &mut held[before..])?;
        held.truncate(before + read);
        let ended = read < CHUNK;
        let mut from = 0;
        // The magic number is in programs that look for it too: what follows it there is no block.
        while let Some(found) = magic.find_at(&held, from) {
            let at = found.start();
            if held.len() - at < HEADER + LONGEST && !ended {
                from = at;
                break;
            }
            if let Some(modules) = block(&held[at..]) {
                return Ok(modules);
            }
            from = found.end();
        }
        if ended {
            return Ok(Vec::new());
        }
        let waits = magic.find_at(&held, from).is_some();
        let kept = if waits { from } else { held.len().saturating_sub(MAGIC_BYTES - 1).max(from) };
        held.drain(..kept);
    }
}

fn block(block: &[u8]) -> Option<Vec<Listed>> {
    // Bit 1 says that the texts follow; older programs hold addresses, which mean nothing in a stream.
    if block.get(15)? & 2 == 0 {
        return None;
    }
    let mut rest = block.get(HEADER..)?;
    let version = text(&mut rest).filter(|version| version.len() <= LONGEST_VERSION)?;
    let listed = text(&mut rest).unwrap_or_default();
    let listed = listed.get(SENTINEL..listed.len().saturating_sub(SENTINEL)).unwrap_or_default();
    let version = std::str::from_utf8(version).ok()?.strip_prefix("go")?;
    // `1.22.1 X:experiment`
    let version = version.split(' ').next().unwrap_or(version);
    let mut found = vec![module("stdlib", version)];
    let mut last_is_module = false;
    for line in String::from_utf8_lossy(listed).lines() {
        let mut fields = line.split('\t');
        match (fields.next(), fields.next(), fields.next()) {
            (Some("dep"), Some(path), Some(version)) => {
                found.push(module(path, version));
                last_is_module = true;
            }
            (Some("=>"), Some(path), Some(version)) if last_is_module => {
                found.pop();
                found.push(module(path, version));
            }
            _ => last_is_module = false,
        }
    }
    Some(found)
}

fn module(path: &str, version: &str) -> Listed {
    let version = version.strip_prefix('v').unwrap_or(version);
    Listed { ecosystem: Ecosystem::Go, name: path.to_owned(), version: version.to_owned(), source: None }
}

/// A text with its length before it: seven bits a byte, the lowest first.
fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let mut length: usize = 0;
    for shift in (0..28).step_by(7) {
        let (first, after) = rest.split_first()?;
        *rest = after;
        length |= usize::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            let (text, after) = rest.split_at_checked(length)?;
            *rest = after;
            return Some(text);
        }
    }
    None
}
