//! The rows of the file tree: which folders are open, what the search and the filter leave, in which
//! order. Rows are computed when one of these changes, not when they are drawn.

use crate::image::explore::Explored;
use crate::image::stack::{Change, NodeId};
use crate::image::tar::EntryKind;
use std::collections::HashSet;

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The path.
    pub node: NodeId,
    /// How many folders it lies in.
    pub depth: u16,
    /// Bytes of it and of all that is in it.
    pub bytes: u64,
    /// What the layer did to it, or to something in it.
    pub change: Option<Change>,
    /// Whether it is a folder, and an open one.
    pub folder: Option<bool>,
}

/// The tree as it is shown.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    open: HashSet<NodeId>,
    /// Largest first, else by name.
    pub by_size: bool,
    /// Only what the layer did.
    pub only_changes: bool,
    /// Only paths that hold this, any case.
    pub find: String,
    rows: Vec<Row>,
    /// Of the layer that is shown: bytes below each path, and what was done below it.
    bytes: Vec<u64>,
    changes: Vec<Option<Change>>,
}

impl Tree {
    /// The rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Shows `image` after `layer`; with `marks`, what that layer did.
    pub fn show(&mut self, image: &Explored, layer: usize, marks: bool) {
        let stack = &image.stack;
        let shown = stack.shown(layer);
        let mut removed = vec![0; stack.len()];
        self.changes = vec![None; stack.len()];
        if marks {
            for node in stack.nodes() {
                let change = stack.change(node, layer);
                // A folder that was written again as it was is told by what lies in it.
                let folder = stack.at(node, layer).is_some_and(|item| item.kind == EntryKind::Directory);
                if change == Some(Change::Removed)
                    && let Some(before) = layer.checked_sub(1).and_then(|below| stack.at(node, below))
                {
                    removed[node.index()] = before.size;
                }
                self.changes[node.index()] = change.filter(|change| !(folder && *change == Change::Same));
            }
            for node in stack.nodes().rev() {
                if let (Some(_), Some(parent)) = (self.changes[node.index()], stack.parent(node)) {
                    let above = &mut self.changes[parent.index()];
                    *above = above.or(Some(Change::Changed));
                }
            }
        }
        let at = |list: &[u64], node: NodeId| list.get(node.index()).copied().unwrap_or(0);
        self.bytes = stack.sums(|node| at(&shown, node));
        // What is gone counts for itself only, not for the folder that it was in.
        let removed = stack.sums(|node| at(&removed, node));
        for node in stack.nodes().filter(|node| self.changes[node.index()] == Some(Change::Removed)) {
            self.bytes[node.index()] = at(&removed, node);
        }
        self.arrange(image, layer);
    }

    /// Computes the rows anew, after a folder was opened or the search changed.
    pub fn arrange(&mut self, image: &Explored, layer: usize) {
        let stack = &image.stack;
        let hits = self.hits(image);
        let is_shown = |node: NodeId| {
            let there =
                stack.at(node, layer).is_some() || self.changes[node.index()] == Some(Change::Removed);
            let changed = !self.only_changes || self.changes[node.index()].is_some();
            there && changed && hits.as_ref().is_none_or(|hits| hits[node.index()])
        };
        let mut rows = Vec::new();
        let mut open: Vec<(NodeId, u16)> = vec![(NodeId::ROOT, 0)];
        while let Some((node, depth)) = open.pop() {
            if node != NodeId::ROOT {
                let gone = self.changes[node.index()] == Some(Change::Removed);
                let item =
                    if gone { layer.checked_sub(1).and_then(|below| stack.at(node, below)) } else { None };
                let item = item.or_else(|| stack.at(node, layer));
                let is_folder = item.is_some_and(|item| item.kind == EntryKind::Directory);
                let is_open = hits.is_some() || self.open.contains(&node);
                rows.push(Row {
                    node,
                    depth: depth - 1,
                    bytes: self.bytes[node.index()],
                    change: self.changes[node.index()],
                    folder: is_folder.then_some(is_open),
                });
                if !(is_folder && is_open) {
                    continue;
                }
            }
            let mut children: Vec<NodeId> =
                stack.children(node).iter().copied().filter(|child| is_shown(*child)).collect();
            if self.by_size {
                children.sort_by_key(|child| std::cmp::Reverse(self.bytes[child.index()]));
            }
            open.extend(children.into_iter().rev().map(|child| (child, depth.saturating_add(1))));
        }
        self.rows = rows;
    }

    /// What the search leaves: paths that have it, the folders they lie in, and what lies in them.
    fn hits(&self, image: &Explored) -> Option<Vec<bool>> {
        if self.find.is_empty() {
            return None;
        }
        let wanted = self.find.to_lowercase();
        let stack = &image.stack;
        let mut hits = vec![false; stack.len()];
        for node in stack.nodes().skip(1) {
            let found = match wanted.contains('/') {
                true => stack.path(node).to_lowercase().contains(&wanted),
                false => stack.name(node).to_lowercase().contains(&wanted),
            };
            let mut at = Some(node).filter(|_| found);
            while let Some(node) = at.filter(|node| !hits[node.index()]) {
                hits[node.index()] = true;
                at = stack.parent(node);
            }
        }
        Some(hits)
    }

    /// Opens or closes the folder.
    pub fn toggle(&mut self, node: NodeId) {
        if !self.open.remove(&node) {
            self.open.insert(node);
        }
    }

    /// Opens (`true`) or closes the folder; answers whether anything changed.
    pub fn set_open(&mut self, node: NodeId, open: bool) -> bool {
        if open { self.open.insert(node) } else { self.open.remove(&node) }
    }

    /// Opens all folders in which `node` lies.
    pub fn reveal(&mut self, image: &Explored, node: NodeId) {
        let mut at = image.stack.parent(node);
        while let Some(folder) = at {
            self.open.insert(folder);
            at = image.stack.parent(folder);
        }
    }
}
