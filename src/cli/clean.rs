//! `clean`: removes what this program made in the engine, and only that.

use super::Global;
use crate::failure::{Failure, Kind};
use crate::image::human_size;
use crate::text::sanitise;
use std::fmt::Write as _;
use std::io::Write;

pub(super) fn run(global: &Global, out: &mut dyn Write) -> Result<u8, Failure> {
    let report = super::runtime()?.block_on(async {
        let engine = super::connect(global).await?;
        engine.clean().await.map_err(super::engine_failure)
    })?;
    let mut text = String::new();
    for (what, names) in [("container", &report.containers), ("image", &report.images)] {
        for name in names {
            let _ = writeln!(text, "removed {what} {}", sanitise::plain(name));
        }
    }
    for kept in &report.kept {
        let _ = writeln!(text, "kept {}", sanitise::plain(kept));
    }
    let _ = match (report.containers.len(), report.images.len()) {
        (0, 0) if report.kept.is_empty() => writeln!(text, "There is nothing of ours in the engine."),
        (containers, images) => {
            let freed = human_size(report.freed_bytes);
            writeln!(text, "{containers} containers and {images} images removed, about {freed} freed.")
        }
    };
    out.write_all(text.as_bytes()).map_err(|error| Failure::new(Kind::Environment, error))?;
    Ok(if report.kept.is_empty() { 0 } else { 3 })
}
