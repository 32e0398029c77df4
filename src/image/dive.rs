//! dive's numbers, under dive's names, so that its rules can be kept here: computed as dive 0.13
//! computes them, mistakes included. What is true is in [`waste`](super::waste).
//!
//! For each path that is a leaf in some layer: `cum` sums what each layer has there, `min` is the least,
//! and with two layers or more the path is inefficient. A whiteout of a folder counts what lay below it,
//! one of a file nothing. Efficiency is Σ min / Σ cum. Known mistakes: the copy that has to stay counts
//! as waste; the files of a folder that is removed as a whole do not; opaque folders are not seen; the
//! first whiteout of a path that is not there ends its layer.

use super::layer::{Kind, Layer, Record};
use super::stack::{NodeId, Stack};
use super::tar::EntryKind;

/// A path that dive lists as inefficient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReference {
    /// How many layers have it.
    pub count: u32,
    /// Their sizes together.
    pub size_bytes: u64,
    /// The path.
    pub node: NodeId,
}

/// dive's verdict.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dive {
    /// Bytes of all layers.
    pub size_bytes: u64,
    /// Bytes of all layers but the first.
    pub user_size_bytes: u64,
    /// Σ cum of the inefficient paths.
    pub wasted_bytes: u64,
    /// Σ min / Σ cum.
    pub efficiency: f64,
    /// Wasted by user bytes. Where dive divides nothing by nothing this is 0.
    pub user_wasted_percent: f64,
    /// The inefficient paths, largest first.
    pub inefficient: Vec<FileReference>,
}

#[derive(Clone, Copy, Default)]
struct Path {
    cum: u64,
    min: u64,
    count: u32,
    /// What dive's stacked tree has there.
    present: bool,
    directory: bool,
    size: u64,
}

/// What one layer says of a path.
#[derive(Clone, Copy)]
struct Said {
    node: NodeId,
    whiteout: bool,
    directory: bool,
    size: u64,
}

/// dive's numbers of the `layers` that `stack` was made of.
pub fn dive(stack: &Stack, layers: &[&Layer]) -> Dive {
    let mut paths = vec![Path::default(); stack.len()];
    let mut order = Vec::new();
    // By node: the last layer that said something of it, and where; and that said something below it.
    let mut said_in = vec![(usize::MAX, 0); stack.len()];
    let mut folder_in = vec![usize::MAX; stack.len()];
    for (at, layer) in layers.iter().enumerate() {
        let mut said: Vec<Said> = Vec::new();
        let mut dangling = false;
        layer.each(|record| {
            let whiteout = match record.kind {
                Kind::Entry(_) => false,
                Kind::Whiteout => true,
                // dive drops the mark and keeps what it hides.
                Kind::Opaque => return,
            };
            let Some(node) = stack.find(record.path) else {
                dangling = true;
                return;
            };
            let what = Said {
                node,
                whiteout,
                directory: record.kind == Kind::Entry(EntryKind::Directory),
                size: record.size,
            };
            let mut up = stack.parent(node);
            while let Some(folder) = up.filter(|folder| folder_in[folder.index()] != at) {
                folder_in[folder.index()] = at;
                up = stack.parent(folder);
            }
            match said_in[node.index()] {
                (last, place) if last == at && !whiteout && !said[place].whiteout => said[place] = what,
                _ => {
                    if !whiteout {
                        said_in[node.index()] = (at, said.len());
                    }
                    said.push(what);
                }
            }
        });
        let there = |said: &Said, paths: &[Path]| at == 0 || paths[said.node.index()].present;
        dangling |= said.iter().any(|said| said.whiteout && !there(said, &paths));
        let counted = if dangling { until_dangling(stack, layer, &paths, at) } else { None };
        for said in &said {
            let leaf = said.whiteout || folder_in[said.node.index()] != at;
            let left_out = counted.as_ref().is_some_and(|counted| !counted.contains(&key(stack, said)));
            if !leaf || left_out || said.whiteout && !there(said, &paths) {
                continue;
            }
            let size = match said.whiteout {
                true => removed_size(stack, said.node, &paths),
                false => said.size,
            };
            let path = &mut paths[said.node.index()];
            path.min = if path.count == 0 { size } else { path.min.min(size) };
            path.cum = path.cum.saturating_add(size);
            path.count += 1;
            if path.count == 2 {
                order.push(said.node);
            }
        }
        lay(stack, &said, &mut paths);
    }
    let (min, cum) = paths.iter().filter(|path| path.count > 0).fold((0_u64, 0_u64), |(min, cum), path| {
        (min.saturating_add(path.min), cum.saturating_add(path.cum))
    });
    let mut inefficient: Vec<FileReference> = order
        .into_iter()
        .map(|node| {
            let path = &paths[node.index()];
            FileReference { count: path.count, size_bytes: path.cum, node }
        })
        .collect();
    inefficient.sort_by_key(|file| (std::cmp::Reverse(file.size_bytes), file.node));
    let sum = |layers: &[&Layer]| layers.iter().fold(0_u64, |sum, layer| sum.saturating_add(layer.bytes));
    let wasted = inefficient.iter().fold(0_u64, |sum, file| sum.saturating_add(file.size_bytes));
    let user = sum(layers.get(1..).unwrap_or_default());
    let percent = wasted as f64 / user as f64;
    Dive {
        size_bytes: sum(layers),
        user_size_bytes: user,
        wasted_bytes: wasted,
        efficiency: if cum == 0 { 1.0 } else { min as f64 / cum as f64 },
        user_wasted_percent: if percent.is_nan() { 0.0 } else { percent },
        inefficient,
    }
}

/// What dive counts for the whiteout of `node`: of a folder all below it.
fn removed_size(stack: &Stack, node: NodeId, paths: &[Path]) -> u64 {
    if !paths[node.index()].directory {
        return 0;
    }
    let mut open = vec![node];
    let mut sum = 0_u64;
    while let Some(node) = open.pop() {
        let path = &paths[node.index()];
        if path.present {
            sum = sum.saturating_add(path.size);
            open.extend(stack.children(node));
        }
    }
    sum
}

/// Lays what a layer says on dive's stacked tree, which knows no replacement of a folder by a file.
fn lay(stack: &Stack, said: &[Said], paths: &mut [Path]) {
    for gone in said.iter().filter(|said| said.whiteout) {
        let mut open = vec![gone.node];
        while let Some(node) = open.pop() {
            let path = &mut paths[node.index()];
            if path.present {
                (path.present, path.directory, path.size) = (false, false, 0);
                open.extend(stack.children(node));
            }
        }
    }
    for put in said.iter().filter(|said| !said.whiteout) {
        let path = &mut paths[put.node.index()];
        (path.present, path.directory, path.size) = (true, put.directory, put.size);
        let mut up = stack.parent(put.node);
        while let Some(folder) = up.filter(|folder| !paths[folder.index()].present) {
            paths[folder.index()].present = true;
            up = stack.parent(folder);
        }
    }
}

/// The name under which dive's tree of the layer has it.
fn key(stack: &Stack, said: &Said) -> String {
    let path = stack.path(said.node);
    if said.whiteout { whiteout_key(path.trim_start_matches('/')) } else { path.replace('/', "\0") }
}

fn whiteout_key(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let slash = if folder.is_empty() { "" } else { "/" };
    format!("/{folder}{slash}.wh.{name}").replace('/', "\0")
}

/// The names before the first whiteout of a path that is not there, in dive's order: it goes no further
/// in that layer.
fn until_dangling(
    stack: &Stack,
    layer: &Layer,
    paths: &[Path],
    at: usize,
) -> Option<std::collections::BTreeSet<String>> {
    let mut all = std::collections::BTreeSet::new();
    let mut first: Option<String> = None;
    layer.each(|record: Record<'_>| match record.kind {
        Kind::Opaque => {}
        Kind::Entry(_) => {
            all.insert(format!("/{}", record.path).replace('/', "\0"));
        }
        Kind::Whiteout => {
            let name = whiteout_key(record.path);
            let node = stack.find(record.path);
            if node.is_none_or(|node| at > 0 && !paths[node.index()].present) {
                let least = first.take().map_or(name.clone(), |first| first.min(name.clone()));
                first = Some(least);
            }
            all.insert(name);
        }
    });
    let first = first?;
    all.retain(|name| *name < first);
    Some(all)
}
