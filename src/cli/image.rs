//! `image IMAGE`: what an image is made of: its steps with their sizes, and how it starts.

use super::Global;
use crate::failure::{Failure, Kind};
use crate::image::{ImageInfo, human_size};
use crate::text::sanitise;
use std::fmt::Write as _;
use std::io::Write;

/// What `image` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Name or id of an image in the engine
    image: String,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Table,
    Json,
}

pub(super) fn run(args: &Args, global: &Global, out: &mut dyn Write) -> Result<u8, Failure> {
    let image = super::runtime()?.block_on(async {
        let engine = super::connect(global).await?;
        engine.image(&args.image).await.map_err(super::engine_failure)
    })?;
    let text = match args.format {
        Format::Table => table(&image),
        Format::Json => {
            serde_json::to_string_pretty(&json(&image)).map_err(|e| Failure::new(Kind::Internal, e))? + "\n"
        }
    };
    out.write_all(text.as_bytes()).map_err(|error| Failure::new(Kind::Environment, error))?;
    Ok(0)
}

fn table(image: &ImageInfo) -> String {
    let mut text = String::new();
    let user = if image.config.user.is_empty() { "root" } else { &image.config.user };
    let start: Vec<&str> =
        image.config.entrypoint.iter().chain(&image.config.cmd).map(String::as_str).collect();
    let rows = [
        ("id", image.id.clone()),
        ("names", image.tags.join(", ")),
        ("platform", image.platform.clone()),
        ("size", format!("{} in {} layers", human_size(image.size_bytes), image.layers.len())),
        ("user", user.to_owned()),
        ("starts", start.join(" ")),
        ("ports", image.config.exposed_ports.join(", ")),
    ];
    for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(text, "{name:<9} {}", sanitise::plain(value));
    }
    let _ = writeln!(text, "\n{:>9}  step, oldest first", "size");
    for step in &image.history {
        let made = sanitise::plain(&step.created_by).split_whitespace().collect::<Vec<_>>().join(" ");
        let size = if step.size_bytes == 0 { String::new() } else { human_size(step.size_bytes) };
        let _ = writeln!(text, "{size:>9}  {}", sanitise::bounded(&made, 110));
    }
    text
}

fn json(image: &ImageInfo) -> serde_json::Value {
    let config = &image.config;
    serde_json::json!({
        "schema_version": 1,
        "id": image.id,
        "tags": image.tags,
        "platform": image.platform,
        "size_bytes": image.size_bytes,
        "layers": image.layers,
        "history": image.history.iter().map(|step| serde_json::json!({
            "created_by": step.created_by,
            "size_bytes": step.size_bytes,
        })).collect::<Vec<_>>(),
        "config": {
            "user": config.user,
            "working_dir": config.working_dir,
            "entrypoint": config.entrypoint,
            "cmd": config.cmd,
            "exposed_ports": config.exposed_ports,
            "labels": config.labels,
            "healthcheck": config.healthcheck,
            "stop_signal": config.stop_signal,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{HistoryEntry, ImageConfig};

    #[test]
    fn the_table_tells_what_each_step_costs() {
        let step = |created_by: &str, size_bytes| HistoryEntry {
            created_by: created_by.into(),
            size_bytes,
            ..HistoryEntry::default()
        };
        let image = ImageInfo {
            id: "sha256:0123".into(),
            tags: vec!["app:1".into()],
            size_bytes: 140_000_000,
            history: vec![
                step("FROM base", 139_000_000),
                step("RUN  true\u{1b}[2J", 1_000_000),
                step("CMD x", 0),
            ],
            layers: vec!["a".into(), "b".into()],
            config: ImageConfig { cmd: vec!["python".into(), "main.py".into()], ..ImageConfig::default() },
            platform: "linux/amd64".into(),
        };
        insta::assert_snapshot!(table(&image));
        assert_eq!(json(&image)["history"][1]["size_bytes"], 1_000_000);
    }
}
