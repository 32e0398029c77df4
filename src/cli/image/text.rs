//! An image for a person to read. Layers count from 1.

use super::json::{change_word, in_order};
use crate::image::explore::{self, Difference, Explored};
use crate::image::finding::{Concern, Finding};
use crate::image::human_size;
use crate::image::stack::{Change, NodeId};
use crate::image::tar::EntryKind;
use crate::text::sanitise;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Paths with hidden bytes that are told, findings of one kind, and differences.
const SHOWN: usize = 15;
const DIFFERENCES: usize = 40;
/// Characters of an instruction.
const INSTRUCTION: usize = 100;

/// The overview: facts, layers, hidden bytes, dive's numbers, findings. With `layer`, what that layer
/// hides and holds is told instead of all.
pub(super) fn overview(image: &Explored, layer: Option<usize>) -> String {
    let mut text = String::new();
    for (name, value) in facts(image) {
        let _ = writeln!(text, "{name:<9} {}", sanitise::plain(&value));
    }
    let _ = writeln!(text, "\nlayer       size    hidden  made by");
    for (at, line) in image.layers.iter().enumerate() {
        if layer.is_some_and(|layer| layer != at) {
            continue;
        }
        let held = image.waste.held.get(at).copied().unwrap_or(0);
        let hidden = if held == 0 { String::new() } else { human_size(held) };
        let made = made_by(&line.instruction);
        let _ = writeln!(text, "{:>5}  {:>9} {hidden:>9}  {made}", at + 1, human_size(line.bytes));
    }
    waste(&mut text, image, layer);
    findings(&mut text, image, layer);
    text
}

fn made_by(instruction: &str) -> String {
    if instruction.is_empty() {
        return "(the image does not tell)".to_owned();
    }
    sanitise::bounded(&sanitise::plain(instruction), INSTRUCTION).into_owned()
}

fn facts(image: &Explored) -> Vec<(&'static str, String)> {
    let info = &image.info;
    let config = &info.config;
    let start: Vec<&str> = config.entrypoint.iter().chain(&config.cmd).map(String::as_str).collect();
    let labels: Vec<String> = config.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let layers = image.layers.len();
    let plural = if layers == 1 { "" } else { "s" };
    let all = [
        ("id", info.id.clone()),
        ("names", info.tags.join(", ")),
        ("platform", info.platform.clone()),
        ("made", image.created.clone()),
        ("size", format!("{} in {layers} layer{plural}", human_size(image.waste.layers_bytes))),
        ("user", if config.user.is_empty() { "root".into() } else { config.user.clone() }),
        ("starts", start.join(" ")),
        ("works in", config.working_dir.clone()),
        ("ports", config.exposed_ports.join(", ")),
        ("health", if config.healthcheck { "checked".into() } else { "not checked".into() }),
        ("labels", sanitise::bounded(&labels.join(", "), 300).into_owned()),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn waste(text: &mut String, image: &Explored, layer: Option<usize>) {
    let waste = &image.waste;
    let share = waste.bytes() as f64 / waste.layers_bytes.max(1) as f64 * 100.0;
    let _ = writeln!(
        text,
        "\nhidden: {} of {} ({share:.1} %) are in the layers and not in the merged image",
        human_size(waste.bytes()),
        human_size(waste.layers_bytes)
    );
    let mine =
        waste.paths.iter().filter(|w| layer.is_none_or(|layer| w.held_by == layer || w.hidden_by == layer));
    let mine: Vec<_> = mine.collect();
    for wasted in mine.iter().take(SHOWN) {
        let files = if wasted.files > 1 { format!(" ({} files)", wasted.files) } else { String::new() };
        let _ = writeln!(
            text,
            "{:>9}  in layer {}, {} by layer {}: {}{files}",
            human_size(wasted.bytes),
            wasted.held_by + 1,
            wasted.cause.word(),
            wasted.hidden_by + 1,
            sanitise::plain(&image.stack.path(wasted.node)),
        );
    }
    more(text, mine.len(), SHOWN);
    let dive = &image.dive;
    let _ = writeln!(
        text,
        "dive's numbers: efficiency {:.4} %, wastedBytes {} ({}), userWastedPercent {:.4} %",
        dive.efficiency * 100.0,
        dive.wasted_bytes,
        human_size(dive.wasted_bytes),
        dive.user_wasted_percent * 100.0
    );
}

fn more(text: &mut String, total: usize, shown: usize) {
    if total > shown {
        let _ = writeln!(text, "           and {} more; --format json has all", total - shown);
    }
}

fn findings(text: &mut String, image: &Explored, layer: Option<usize>) {
    for concern in Concern::ALL {
        let of = |finding: &&Finding| {
            finding.concern == concern && layer.is_none_or(|layer| finding.layer == Some(layer))
        };
        let found: Vec<&Finding> = image.findings.iter().filter(of).collect();
        if found.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n{} ({})", concern.title(), found.len());
        for finding in found.iter().take(SHOWN) {
            let size = if finding.bytes == 0 { String::new() } else { human_size(finding.bytes) };
            let place = sanitise::plain(&finding.place);
            let _ = writeln!(text, "{size:>9}  {place}: {}{}", finding.what, whereabouts(finding));
        }
        more(text, found.len(), SHOWN);
    }
}

/// Where a finding lies, and what became of it.
fn whereabouts(finding: &Finding) -> String {
    let layer = finding.layer.map_or_else(String::new, |layer| format!(", layer {}", layer + 1));
    let hidden = finding.hidden_by.map_or_else(String::new, |layer| {
        format!("; layer {} hides it, and it is in the image all the same", layer + 1)
    });
    let doubt = if finding.doubtful { " (may be a test's or a manual's)" } else { "" };
    format!("{layer}{hidden}{doubt}")
}

/// Which files are listed, and how.
pub(super) struct Listing<'a> {
    /// What this layer did, else the merged image.
    pub layer: Option<usize>,
    /// Only paths that hold this, any case.
    pub find: Option<&'a str>,
    /// Largest first.
    pub by_size: bool,
}

/// The list of files.
pub(super) fn files(image: &Explored, listing: &Listing<'_>, out: &mut dyn Write) -> io::Result<()> {
    let stack = &image.stack;
    let Some(last) = image.last_layer() else { return Ok(()) };
    let wanted = listing.find.map(str::to_lowercase);
    let line = |node: NodeId| {
        let (mark, item) = match listing.layer {
            None => (' ', stack.at(node, last)?),
            Some(layer) => match stack.change(node, layer)? {
                Change::Removed => ('-', stack.at(node, layer.checked_sub(1)?)?),
                change => (mark(change), stack.at(node, layer)?),
            },
        };
        let path = stack.path(node);
        if wanted.as_ref().is_some_and(|wanted| !path.to_lowercase().contains(wanted)) {
            return None;
        }
        Some((item, mark, path))
    };
    let mut found: Vec<_> = in_order(image).into_iter().filter_map(line).collect();
    if listing.by_size {
        found.sort_by(|a, b| b.0.size.cmp(&a.0.size).then_with(|| a.2.cmp(&b.2)));
    }
    let mut out = io::BufWriter::new(out);
    for (item, mark, path) in found {
        let arrow = if item.link.is_empty() { "" } else { " -> " };
        let link = sanitise::plain(&item.link);
        writeln!(
            out,
            "{mark} {} {:>11} {:>12} {}{arrow}{link}",
            mode(item.kind, item.mode),
            format!("{}:{}", item.uid, item.gid),
            item.size,
            sanitise::plain(&path)
        )?;
    }
    out.flush()
}

fn mark(change: Change) -> char {
    match change {
        Change::Added => '+',
        Change::Changed => '*',
        Change::Metadata => '%',
        Change::Same => '=',
        Change::Removed => '-',
    }
}

/// `drwxr-sr-t`, as `ls` writes it.
fn mode(kind: EntryKind, mode: u32) -> String {
    let first = match kind {
        EntryKind::File | EntryKind::Hardlink => '-',
        EntryKind::Directory => 'd',
        EntryKind::Symlink => 'l',
        EntryKind::Character => 'c',
        EntryKind::Block => 'b',
        EntryKind::Fifo => 'p',
    };
    let mut text = String::from(first);
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (mode & special != 0, bits & 1 != 0) {
            (true, true) => letter,
            (true, false) => letter.to_ascii_uppercase(),
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    text
}

/// Two images side by side, then what differs.
pub(super) fn comparison(left: &Explored, right: &Explored) -> String {
    let mut text = String::new();
    let short = |image: &Explored| sanitise::bounded(&sanitise::plain(&image.name), 30).into_owned();
    let _ = writeln!(text, "{:<10} {:>30} {:>30}", "", short(left), short(right));
    let row = |text: &mut String, name: &str, of: &dyn Fn(&Explored) -> String| {
        let cut = |image| {
            let value = of(image);
            sanitise::bounded(&sanitise::plain(&value), 30).into_owned()
        };
        let _ = writeln!(text, "{name:<10} {:>30} {:>30}", cut(left), cut(right));
    };
    row(&mut text, "size", &|image| human_size(image.waste.layers_bytes));
    row(&mut text, "hidden", &|image| human_size(image.waste.bytes()));
    row(&mut text, "layers", &|image| image.layers.len().to_string());
    row(&mut text, "user", &|image| {
        let user = &image.info.config.user;
        if user.is_empty() { "root".into() } else { user.clone() }
    });
    row(&mut text, "starts", &|image| {
        image
            .info
            .config
            .entrypoint
            .iter()
            .chain(&image.info.config.cmd)
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    });
    row(&mut text, "ports", &|image| image.info.config.exposed_ports.join(", "));
    for concern in Concern::ALL {
        let count = |image: &Explored| image.findings.iter().filter(|f| f.concern == concern).count();
        if count(left) + count(right) > 0 {
            let _ = writeln!(text, "{:<10} {:>30} {:>30}", concern.key(), count(left), count(right));
        }
    }
    let differences = explore::compare(left, right);
    let _ = writeln!(text, "\n  what differs  in {} paths, the largest first", differences.len());
    for difference in differences.iter().take(DIFFERENCES) {
        let files =
            if difference.files > 1 { format!(" ({} files)", difference.files) } else { String::new() };
        let _ = writeln!(
            text,
            "{:>10}  {:<8}  {}{files}",
            signed(difference),
            change_word(difference.change),
            sanitise::plain(&difference.path)
        );
    }
    more(&mut text, differences.len(), DIFFERENCES);
    text
}

fn signed(difference: &Difference) -> String {
    let delta = difference.delta();
    let sign = match delta {
        0 => "",
        ..0 => "-",
        _ => "+",
    };
    format!("{sign}{}", human_size(u64::try_from(delta.unsigned_abs()).unwrap_or(u64::MAX)))
}
