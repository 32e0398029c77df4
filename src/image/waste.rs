//! Bytes that an image carries and nobody can see: all that its layers hold less what the merged tree
//! shows, exactly, and who is to thank for each of them.

use super::stack::{Change, NodeId, Stack};
use std::collections::HashMap;

/// Why bytes are hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// A later layer removed the path, or a folder around it.
    Removed,
    /// A later layer put something else there.
    Replaced,
    /// A later layer wrote the same content again: only mode, owner or time are others.
    Rewritten,
    /// The same layer holds the path twice.
    Twice,
}

impl Cause {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Replaced => "replaced",
            Self::Rewritten => "rewritten",
            Self::Twice => "twice",
        }
    }
}

/// Hidden bytes under one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wasted {
    /// The path; of a removed folder the folder.
    pub node: NodeId,
    /// Bytes.
    pub bytes: u64,
    /// In so many files.
    pub files: usize,
    /// The layer that carries them.
    pub held_by: usize,
    /// The layer that hides them.
    pub hidden_by: usize,
    /// Why.
    pub cause: Cause,
}

/// All hidden bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Waste {
    /// Bytes of all layers.
    pub layers_bytes: u64,
    /// Bytes that the merged tree shows.
    pub merged_bytes: u64,
    /// By path, most bytes first.
    pub paths: Vec<Wasted>,
    /// By layer: hidden bytes that it carries.
    pub held: Vec<u64>,
    /// By layer: bytes of lower layers that it hides.
    pub hides: Vec<u64>,
}

impl Waste {
    /// All layer bytes less the bytes of the merged tree.
    pub fn bytes(&self) -> u64 {
        self.layers_bytes.saturating_sub(self.merged_bytes)
    }
}

/// What `stack` hides.
pub fn waste(stack: &Stack) -> Waste {
    let mut waste =
        Waste { held: vec![0; stack.layers()], hides: vec![0; stack.layers()], ..Waste::default() };
    let mut by_path: HashMap<(NodeId, usize, usize, Cause), (u64, usize)> = HashMap::new();
    let alive = stack.alive();
    for (place, item) in stack.items().iter().enumerate() {
        if item.size == 0 {
            continue;
        }
        waste.layers_bytes = waste.layers_bytes.saturating_add(item.size);
        if alive.get(place) == Some(&true) {
            waste.merged_bytes = waste.merged_bytes.saturating_add(item.size);
            continue;
        }
        // Nothing ended it, and yet it is not alive: a later hard link took its name.
        let (hidden_by, node, next) = stack.ended(place).unwrap_or((item.layer, item.node, None));
        let cause = match next {
            _ if hidden_by == item.layer => Cause::Twice,
            None => Cause::Removed,
            Some(next) if stack.compare(item, stack, next) == Change::Changed => Cause::Replaced,
            Some(_) => Cause::Rewritten,
        };
        for (list, layer) in [(&mut waste.held, item.layer), (&mut waste.hides, hidden_by)] {
            if let Some(sum) = list.get_mut(layer) {
                *sum = sum.saturating_add(item.size);
            }
        }
        let sum = by_path.entry((node, item.layer, hidden_by, cause)).or_default();
        *sum = (sum.0.saturating_add(item.size), sum.1 + 1);
    }
    waste.paths = by_path
        .into_iter()
        .map(|((node, held_by, hidden_by, cause), (bytes, files))| Wasted {
            node,
            bytes,
            files,
            held_by,
            hidden_by,
            cause,
        })
        .collect();
    waste.paths.sort_by_key(|wasted| {
        (std::cmp::Reverse(wasted.bytes), wasted.node, wasted.held_by, wasted.hidden_by, wasted.cause)
    });
    waste
}
