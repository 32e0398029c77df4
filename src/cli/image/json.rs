//! An image as JSON. Layers count from 1. Values of environment variables and secrets are left out.

use crate::image::ImageConfig;
use crate::image::explore::{self, Explored};
use crate::image::finding::Finding;
use crate::image::rules::Verdict;
use crate::image::stack::{Change, NodeId};
use crate::image::tar::EntryKind;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Version of the form; it grows when a field changes its meaning or goes.
const FORM: u32 = 2;

/// Writes all that is known of `image`, and with `files` what each layer did to which path.
///
/// # Errors
/// When `out` cannot be written.
pub(super) fn write(
    image: &Explored,
    files: bool,
    verdicts: Option<&[Verdict]>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let info = &image.info;
    let mut all = json!({
        "schema_version": FORM,
        "name": image.name,
        "id": info.id,
        "tags": info.tags,
        "platform": info.platform,
        "created": image.created,
        "size_bytes": image.waste.layers_bytes,
        "merged_bytes": image.waste.merged_bytes,
        "wasted_bytes": image.waste.bytes(),
        "config": config(&info.config),
        "history": info.history.iter().map(|step| json!({
            "created_by": step.created_by,
            "size_bytes": step.size_bytes,
        })).collect::<Vec<_>>(),
        "waste": image.waste.paths.iter().map(|wasted| json!({
            "path": image.stack.path(wasted.node),
            "bytes": wasted.bytes,
            "files": wasted.files,
            "held_by": wasted.held_by + 1,
            "hidden_by": wasted.hidden_by + 1,
            "cause": wasted.cause.word(),
        })).collect::<Vec<_>>(),
        "dive": dive(image),
        "findings": image.findings.iter().map(finding).collect::<Vec<_>>(),
    });
    if let Some(verdicts) = verdicts {
        all["ci"] = json!({
            "pass": crate::image::rules::holds(verdicts),
            "rules": verdicts.iter().map(|verdict| json!({
                "rule": verdict.rule,
                "status": verdict.status.word(),
                "message": verdict.message,
            })).collect::<Vec<_>>(),
        });
    }
    // Layers are written one by one: with their files they are most of it.
    let text = serde_json::to_string_pretty(&all)?;
    let text = text.strip_suffix("\n}").unwrap_or(&text);
    write!(out, "{text},\n  \"layers\": [")?;
    for at in 0..image.layers.len() {
        let comma = if at == 0 { "" } else { "," };
        let layer = serde_json::to_string(&layer(image, at))?;
        // The brace that ends it follows its files.
        write!(out, "{comma}\n    {}", layer.strip_suffix('}').unwrap_or(&layer))?;
        if files {
            write_files(image, at, out)?;
        }
        write!(out, "}}")?;
    }
    writeln!(out, "\n  ]\n}}")
}

fn config(config: &ImageConfig) -> Value {
    let name = |variable: &String| variable.split('=').next().unwrap_or_default().to_owned();
    json!({
        "user": config.user,
        "working_dir": config.working_dir,
        "entrypoint": config.entrypoint,
        "cmd": config.cmd,
        "env_names": config.env.iter().map(name).collect::<Vec<_>>(),
        "exposed_ports": config.exposed_ports,
        "labels": config.labels,
        "healthcheck": config.healthcheck,
        "stop_signal": config.stop_signal,
    })
}

fn layer(image: &Explored, at: usize) -> Value {
    let line = &image.layers[at];
    json!({
        "number": at + 1,
        "diff_id": line.diff_id,
        "instruction": line.instruction,
        "size_bytes": line.bytes,
        "entries": line.entries,
        "wasted_bytes": image.waste.held.get(at),
        "hides_bytes": image.waste.hides.get(at),
    })
}

fn write_files(image: &Explored, at: usize, out: &mut dyn Write) -> io::Result<()> {
    write!(out, ", \"files\": [")?;
    let mut first = true;
    for node in in_order(image) {
        let Some(change) = image.stack.change(node, at) else { continue };
        // Of a removed folder the folder is enough, as in the layer itself.
        let gone = |node| image.stack.change(node, at) == Some(Change::Removed);
        if change == Change::Removed && image.stack.parent(node).is_some_and(gone) {
            continue;
        }
        let mut file = json!({"path": image.stack.path(node), "change": change_word(change)});
        if let Some(item) = image.stack.put(node, at) {
            file["kind"] = json!(kind_word(item.kind));
            file["size"] = json!(item.size);
            file["mode"] = json!(format!("{:04o}", item.mode));
            file["uid"] = json!(item.uid);
            file["gid"] = json!(item.gid);
            if !item.link.is_empty() {
                file["link"] = json!(item.link);
            }
        }
        let comma = if first { "" } else { "," };
        first = false;
        write!(out, "{comma}\n      {}", serde_json::to_string(&file)?)?;
    }
    write!(out, "]")
}

/// All paths but `/`, in the order of a tree that is sorted by name.
pub(super) fn in_order(image: &Explored) -> Vec<NodeId> {
    let mut order = Vec::with_capacity(image.stack.len());
    let mut open: Vec<NodeId> = image.stack.children(NodeId::ROOT).iter().rev().copied().collect();
    while let Some(node) = open.pop() {
        order.push(node);
        open.extend(image.stack.children(node).iter().rev());
    }
    order
}

pub(super) fn change_word(change: Change) -> &'static str {
    match change {
        Change::Added => "added",
        Change::Changed => "changed",
        Change::Metadata => "metadata",
        Change::Same => "same",
        Change::Removed => "removed",
    }
}

fn kind_word(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::File => "file",
        EntryKind::Directory => "directory",
        EntryKind::Symlink => "symlink",
        EntryKind::Hardlink => "hardlink",
        EntryKind::Character => "character-device",
        EntryKind::Block => "block-device",
        EntryKind::Fifo => "fifo",
    }
}

fn dive(image: &Explored) -> Value {
    let dive = &image.dive;
    json!({
        "sizeBytes": dive.size_bytes,
        "inefficientBytes": dive.wasted_bytes,
        "efficiencyScore": dive.efficiency,
        "userWastedPercent": dive.user_wasted_percent,
        "fileReference": dive.inefficient.iter().map(|file| json!({
            "count": file.count,
            "sizeBytes": file.size_bytes,
            "file": image.stack.path(file.node),
        })).collect::<Vec<_>>(),
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "concern": finding.concern.key(),
        "what": finding.what,
        "place": finding.place,
        "layer": finding.layer.map(|layer| layer + 1),
        "bytes": finding.bytes,
        "files": finding.files,
        "in_merged_image": finding.live,
        "hidden_by": finding.hidden_by.map(|layer| layer + 1),
        "doubtful": finding.doubtful,
    })
}

/// Two images side by side.
pub(super) fn comparison(left: &Explored, right: &Explored) -> Value {
    let side = |image: &Explored| {
        json!({
            "name": image.name,
            "id": image.info.id,
            "size_bytes": image.waste.layers_bytes,
            "merged_bytes": image.waste.merged_bytes,
            "wasted_bytes": image.waste.bytes(),
            "layers": (0..image.layers.len()).map(|at| layer(image, at)).collect::<Vec<_>>(),
            "config": config(&image.info.config),
        })
    };
    let differences = explore::compare(left, right);
    json!({
        "schema_version": FORM,
        "left": side(left),
        "right": side(right),
        "differences": differences.iter().map(|difference| json!({
            "path": difference.path,
            "change": change_word(difference.change),
            "left_bytes": difference.left_bytes,
            "right_bytes": difference.right_bytes,
            "files": difference.files,
        })).collect::<Vec<_>>(),
    })
}
