//! `layers`: how many the Dockerfile adds, and which paths and texts must be in none of them, deleted
//! later or not.

use crate::engine::EngineError;
use crate::grade::Verdict;
use crate::grade::bench::{Bench, Halt};
use crate::image::archive;
use crate::image::dockerignore::Ignore;
use crate::image::tar::{self, EntryKind, Reader, Source, Stream, TarError};
use regex::bytes::Regex;
use std::io::{self, Read};

/// Paths that a failure shows.
const SHOWN: usize = 8;
/// Bytes of a file that are searched at a time.
const WINDOW: usize = 64 * 1024;
/// Most entries that are looked at in one image.
const MOST_ENTRIES: usize = 5_000_000;

pub(super) async fn check(
    bench: &mut Bench<'_>,
    at_most: Option<u32>,
    forbid_paths: &[String],
    forbid_text: &[String],
) -> Verdict {
    let count = at_most.map(|n| format!("at most {n} layers above the base image"));
    let none = (!forbid_paths.is_empty()).then(|| format!("in no layer: {}", forbid_paths.join(", ")));
    let text = (!forbid_text.is_empty())
        .then(|| format!("in no layer, history or configuration: the text {}", forbid_text.join(", ")));
    let expected = count.into_iter().chain(none).chain(text).collect::<Vec<_>>().join("; ");
    let outcome = match bench.image_for(&expected).await {
        Ok(outcome) => outcome,
        Err(verdict) => return verdict,
    };
    let from = |step: &&crate::engine::StepSummary| {
        step.size_bytes.is_some() && !step.instruction.to_ascii_uppercase().starts_with("FROM ")
    };
    let added: Vec<_> = outcome.steps.iter().filter(from).collect();
    if at_most.is_some_and(|most| added.len() > most as usize) {
        let last = added.last().map_or(String::new(), |step| step.instruction.clone());
        return Verdict::fail(expected, format!("{} layers", added.len())).at(last);
    }
    if forbid_paths.is_empty() && forbid_text.is_empty() {
        return Verdict::pass(expected, format!("{} layers", added.len()));
    }
    bench.say("looking into the layers");
    let forbidden = Forbidden::new(forbid_paths, forbid_text);
    match search(bench, &outcome.image.id, forbidden).await {
        Err(halt) => halt.verdict(expected),
        Ok(found) if found.is_empty() => Verdict::pass(expected, "none of them"),
        Ok(found) => {
            let more = found.len().saturating_sub(SHOWN);
            let shown = found.into_iter().take(SHOWN);
            let rest = (more > 0).then(|| format!("and {more} more"));
            let found = shown.chain(rest).collect::<Vec<_>>().join("\n");
            Verdict::fail(expected, found)
                .at("what COPY and ADD copy; deleting it in a later step hides it only")
        }
    }
}

/// What an image must not hold.
struct Forbidden {
    paths: Ignore,
    /// One of the texts, and the length of the longest.
    text: Option<(Regex, usize)>,
}

impl Forbidden {
    fn new(paths: &[String], texts: &[String]) -> Self {
        let either = texts.iter().map(|text| regex::escape(text)).collect::<Vec<_>>().join("|");
        let longest = texts.iter().map(String::len).max().unwrap_or(0);
        // Escaped text is always a pattern, unless there are megabytes of it.
        let regex = if either.is_empty() { None } else { Regex::new(&either).ok() };
        Self { paths: Ignore::parse(&paths.join("\n")), text: regex.map(|regex| (regex, longest)) }
    }

    /// Whether a text is in what `from` holds, however it is cut into reads.
    fn text_in(&self, mut from: impl Read) -> io::Result<bool> {
        let Some((regex, longest)) = &self.text else { return Ok(false) };
        let mut buffer = vec![0; WINDOW + longest];
        let mut kept = 0;
        loop {
            let length = kept + tar::fill(&mut from, &mut buffer[kept..])?;
            if regex.is_match(&buffer[..length]) {
                return Ok(true);
            }
            if length < buffer.len() {
                return Ok(false);
            }
            kept = *longest;
            buffer.copy_within(length - kept.., 0);
        }
    }
}

/// What of the forbidden is in any layer of the image, as the engine exports it.
async fn search(bench: &Bench<'_>, image: &str, forbidden: Forbidden) -> Result<Vec<String>, Halt> {
    let read = move |export| read_image(export, &forbidden);
    let read = bench.engine.read_export(image, &bench.cancel, |_| (), read).await?;
    read.map_err(|error| EngineError::Lost(Box::new(error)).into())
}

/// A saved image is a tar that holds, among other things, one tar per layer.
fn read_image(image: impl Read, forbidden: &Forbidden) -> Result<Vec<String>, TarError> {
    let mut found = Vec::new();
    let mut seen = 0;
    let mut archive = Reader::new(Stream(image));
    while let Some(entry) = archive.next_entry()? {
        let name = entry.name.as_slice();
        let about = name.ends_with(b"/json") || name.ends_with(b".json");
        let wanted = about || name.ends_with(b"/layer.tar") || name.starts_with(b"blobs/");
        if entry.kind != EntryKind::File || !wanted {
            continue;
        }
        let size = archive.left();
        let mut first = [0; 1];
        let length = tar::fill(&mut archive, &mut first)?;
        let whole = io::Cursor::new(first).take(length as u64).chain(&mut archive);
        // Manifests and configurations are among the blobs too.
        if about || matches!(first, [b'{' | b'[']) {
            if forbidden.text_in(whole)? {
                found.push("the image's history or configuration holds a secret".to_owned());
            }
        } else {
            read_layer(archive::entries(whole, size)?, forbidden, &mut found, &mut seen)?;
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn read_layer<S: Source>(
    mut layer: Reader<S>,
    forbidden: &Forbidden,
    found: &mut Vec<String>,
    seen: &mut usize,
) -> Result<(), TarError> {
    while let Some(entry) = layer.next_entry()? {
        *seen += 1;
        if *seen > MOST_ENTRIES {
            return Err(io::Error::other("the image holds more than five million files").into());
        }
        let name = String::from_utf8_lossy(&entry.name).into_owned();
        let name = name.trim_start_matches("./").trim_end_matches('/');
        if name.is_empty() {
            continue;
        }
        if forbidden.paths.excludes(name) {
            found.push(format!("a layer holds /{name}"));
        }
        if entry.kind == EntryKind::File && forbidden.text_in(&mut layer)? {
            found.push(format!("a layer holds a secret in /{name}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = ::tar::Builder::new(Vec::new());
        for (path, bytes) in files {
            let mut header = ::tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            builder.append_data(&mut header, path, *bytes).unwrap();
        }
        builder.into_inner().unwrap()
    }

    #[test]
    fn layers_are_searched_packed_or_not_in_both_layouts() {
        let plain = tar_of(&[("app/.env", b"SECRET"), ("app/main.py", b"")]);
        let other = tar_of(&[("./app/key.pem", b"k")]);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&other).unwrap();
        let gzip = gzip.finish().unwrap();
        let zstd = zstd::encode_all(&tar_of(&[("z/.env", b"")])[..], 1).unwrap();
        let image = tar_of(&[
            ("manifest.json", b"[]"),
            ("abc/layer.tar", &plain),
            ("blobs/sha256/1", &gzip),
            ("blobs/sha256/2", &zstd),
            ("blobs/sha256/3", b"{\"config\": 1}"),
        ]);
        let forbidden = Forbidden::new(&["**/.env".into(), "**/*.pem".into()], &[]);
        let found = ["a layer holds /app/.env", "a layer holds /app/key.pem", "a layer holds /z/.env"];
        assert_eq!(read_image(&image[..], &forbidden).unwrap(), found);
    }

    #[test]
    fn a_text_is_found_in_files_and_in_what_is_said_about_the_image() {
        let mut long = vec![b'.'; 3 * WINDOW];
        // Across the border of two windows.
        long[WINDOW - 4..WINDOW + 4].copy_from_slice(b"token-42");
        let layer = tar_of(&[("app/long", &long), ("app/short", b"token-42"), ("app/other", b"token-43")]);
        let image = tar_of(&[
            ("manifest.json", b"[]"),
            ("abc/layer.tar", &layer),
            ("abc/json", b"{\"history\": \"token-42\"}"),
            ("blobs/sha256/3", b"{\"config\": \"token-4\"}"),
        ]);
        let found = [
            "a layer holds a secret in /app/long",
            "a layer holds a secret in /app/short",
            "the image's history or configuration holds a secret",
        ];
        let forbidden = Forbidden::new(&[], &["a.text".into(), "token-42".into()]);
        assert_eq!(read_image(&image[..], &forbidden).unwrap(), found);
        assert_eq!(read_image(&image[..], &Forbidden::new(&[], &[])).unwrap(), Vec::<String>::new());
    }
}
