//! All that is said about an image in one piece: what the explorer shows, the `image` command prints,
//! and CI judges.

use super::ImageInfo;
use super::archive::Image;
use super::dive::{Dive, dive};
use super::finding::{Finding, findings};
use super::layer::Layer;
use super::manifest::{Config, Manifest};
use super::stack::{self, Change, NodeId, Stack, TooLarge};
use super::waste::{Waste, waste};

/// A layer in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerLine {
    /// `sha256:…` of the unpacked archive.
    pub diff_id: String,
    /// The instruction that made it; empty where the image does not tell. Untrusted.
    pub instruction: String,
    /// Bytes of its files.
    pub bytes: u64,
    /// Number of its entries, whiteouts included.
    pub entries: u64,
}

/// An image, understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Explored {
    /// What it was asked for by; untrusted.
    pub name: String,
    /// Its configuration and sizes, as an engine would tell.
    pub info: ImageInfo,
    /// When it was made, as RFC 3339; untrusted.
    pub created: String,
    /// Where its parts are in an archive.
    pub manifest: Manifest,
    /// Its layers, base first.
    pub layers: Vec<LayerLine>,
    /// Every path of every layer.
    pub stack: Stack,
    /// Hidden bytes.
    pub waste: Waste,
    /// dive's numbers.
    pub dive: Dive,
    /// What should not be there.
    pub findings: Vec<Finding>,
}

impl Explored {
    /// Understands an image that was read; `id` is what an engine calls it.
    ///
    /// # Errors
    /// When it holds too much.
    pub fn new(name: &str, id: &str, image: Image) -> Result<Self, TooLarge> {
        let Image { manifest, config, layers, .. } = image;
        let borrowed: Vec<&Layer> = layers.iter().collect();
        let stack = stack::build(&borrowed)?;
        let dive = dive(&stack, &borrowed);
        let sizes: Vec<u64> = layers.iter().map(|layer| layer.bytes).collect();
        let lines = Self::lines(&config, &layers);
        drop(layers);
        let waste = waste(&stack);
        let findings = findings(&stack, &config);
        let info = config.info(id, &manifest.tags, &sizes);
        Ok(Self {
            name: name.into(),
            info,
            created: config.created,
            manifest,
            layers: lines,
            stack,
            waste,
            dive,
            findings,
        })
    }

    fn lines(config: &Config, layers: &[Layer]) -> Vec<LayerLine> {
        let made = config.instructions();
        let line = |(layer, instruction): (&Layer, String)| LayerLine {
            diff_id: layer.diff_id.clone().unwrap_or_default(),
            instruction,
            bytes: layer.bytes,
            entries: layer.count,
        };
        layers.iter().zip(made).map(line).collect()
    }

    /// The last layer, from 0; `None` when there is none.
    pub fn last_layer(&self) -> Option<usize> {
        self.layers.len().checked_sub(1)
    }

    /// The layer that holds the bytes of `node` as it is after `layer`: where to extract it from, and the
    /// path that it has there. `None` when it is no regular file.
    pub fn holder(&self, node: NodeId, layer: usize) -> Option<(usize, String)> {
        let item = self.stack.at(node, layer)?;
        let content = self.stack.content(item);
        let is_file = content.kind == super::tar::EntryKind::File;
        is_file.then(|| (content.layer, self.stack.path(content.node).trim_start_matches('/').to_owned()))
    }
}

/// What differs between two images at one path: a file, or a whole folder that only one has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The path; untrusted.
    pub path: String,
    /// In the first image.
    pub left: Option<NodeId>,
    /// In the second.
    pub right: Option<NodeId>,
    /// `Added` is only in the second, `Removed` only in the first.
    pub change: Change,
    /// Bytes in the first.
    pub left_bytes: u64,
    /// Bytes in the second.
    pub right_bytes: u64,
    /// Files that differ.
    pub files: usize,
}

impl Difference {
    /// How much larger the second is.
    pub fn delta(&self) -> i128 {
        i128::from(self.right_bytes) - i128::from(self.left_bytes)
    }
}

/// The merged trees of two images laid beside each other: what differs, the largest difference first.
pub fn compare(left: &Explored, right: &Explored) -> Vec<Difference> {
    let (a, b) = (&left.stack, &right.stack);
    let shown = |stack: &Stack| stack.layers().checked_sub(1).map_or_else(Vec::new, |last| stack.shown(last));
    let (shown_a, shown_b) = (shown(a), shown(b));
    let at = |list: &[u64], node: NodeId| list.get(node.index()).copied().unwrap_or(0);
    let (sum_a, sum_b) = (a.sums(|node| at(&shown_a, node)), b.sums(|node| at(&shown_b, node)));
    let is_file = |stack: &Stack, node| {
        u64::from(stack.live(node).is_some_and(|item| item.kind != super::tar::EntryKind::Directory))
    };
    let (files_a, files_b) = (a.sums(|node| is_file(a, node)), b.sums(|node| is_file(b, node)));
    let mut found = Vec::new();
    let mut open = vec![(NodeId::ROOT, NodeId::ROOT)];
    while let Some((one, two)) = open.pop() {
        let mut push = |left: Option<NodeId>, right: Option<NodeId>, change| {
            let path = left.map(|node| a.path(node)).or_else(|| right.map(|node| b.path(node)));
            let whole = change == Change::Added || change == Change::Removed;
            let pick = |node: Option<NodeId>, sums: &[u64], own: &[u64]| {
                node.map_or(0, |node| at(if whole { sums } else { own }, node))
            };
            let files = pick(left, &files_a, &[]).max(pick(right, &files_b, &[]));
            found.push(Difference {
                path: path.unwrap_or_default(),
                left,
                right,
                change,
                left_bytes: pick(left, &sum_a, &shown_a),
                right_bytes: pick(right, &sum_b, &shown_b),
                files: if whole { usize::try_from(files).unwrap_or(usize::MAX) } else { 1 },
            });
        };
        let live_a = |node: &&NodeId| a.live(**node).is_some();
        let live_b = |node: &&NodeId| b.live(**node).is_some();
        let mut lefts = a.children(one).iter().filter(live_a).peekable();
        let mut rights = b.children(two).iter().filter(live_b).peekable();
        loop {
            let order = match (lefts.peek(), rights.peek()) {
                (None, None) => break,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(l), Some(r)) => a.name(**l).cmp(b.name(**r)),
            };
            match order {
                std::cmp::Ordering::Less => push(lefts.next().copied(), None, Change::Removed),
                std::cmp::Ordering::Greater => push(None, rights.next().copied(), Change::Added),
                std::cmp::Ordering::Equal => {
                    let (Some(l), Some(r)) = (lefts.next().copied(), rights.next().copied()) else { break };
                    let (Some(before), Some(after)) = (a.live(l), b.live(r)) else { continue };
                    let directory = super::tar::EntryKind::Directory;
                    match (before.kind == directory, after.kind == directory) {
                        (true, true) => open.push((l, r)),
                        (false, false) => {
                            let change = a.compare(before, b, after);
                            if change != Change::Same {
                                push(Some(l), Some(r), change);
                            }
                        }
                        // A folder in place of a file, or the other way round.
                        _ => {
                            push(Some(l), None, Change::Removed);
                            push(None, Some(r), Change::Added);
                        }
                    }
                }
            }
        }
    }
    found.sort_by(|x, y| {
        let size = |difference: &Difference| std::cmp::Reverse(difference.delta().unsigned_abs());
        size(x).cmp(&size(y)).then_with(|| x.path.cmp(&y.path)).then_with(|| x.change.cmp(&y.change))
    });
    found
}

#[cfg(test)]
mod tests;
