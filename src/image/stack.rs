//! Layers laid on each other: one tree of every path that any layer names, and what each layer did to
//! it. The merged image is what is left after the last layer, as overlay file systems show it.
//!
//! A whiteout and an opaque mark concern the layers below, never their own; what is no directory
//! replaces all that was below a directory of the same name; a path named twice in one layer is what
//! it was last (OCI image specification, "Representing changes").

use super::layer::{HalfDigest, Kind, Layer, Record};
use super::secret::Signs;
use super::tar::EntryKind;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// Most paths of one image, and most things that its layers put there or took away.
const MOST_NODES: usize = 4_000_000;
const MOST_EVENTS: usize = 12_000_000;
/// Most layers of one image; engines stop at 127.
pub const MOST_LAYERS: usize = 1000;
/// Longest way from hard link to hard link.
const MOST_HOPS: usize = 8;
const NONE: u32 = u32::MAX;

/// Why layers cannot be laid on each other.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the image holds more than {0}, which is more than this program reads")]
pub struct TooLarge(&'static str);

/// A path of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    /// `/`.
    pub const ROOT: Self = Self(0);

    /// Its place, below [`Stack::len`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Something that a layer put at a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Where.
    pub node: NodeId,
    /// The layer, from 0.
    pub layer: usize,
    /// What it is.
    pub kind: EntryKind,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes that it holds in this layer; a hard link holds none.
    pub size: u64,
    /// Seconds since 1970.
    pub mtime: i64,
    /// Of its content; zeros for what has none.
    pub digest: HalfDigest,
    /// What its content looked like.
    pub signs: Signs,
    /// Target of a link.
    pub link: Box<str>,
    /// The item whose bytes it shows: itself, but for hard links.
    content: u32,
}

/// What a layer did to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// It was not there before.
    Added,
    /// Its content is another.
    Changed,
    /// Mode or owner are others; the content is copied all the same.
    Metadata,
    /// It was written again as it was.
    Same,
    /// It is gone.
    Removed,
}

#[derive(Debug, Clone, PartialEq)]
struct Event {
    node: u32,
    layer: u16,
    /// The item that is there now, or nothing.
    item: u32,
    /// Of a removal: the path that was removed, which holds this one.
    root: u32,
}

#[derive(Debug, Clone, PartialEq)]
struct Node {
    name_at: u32,
    name_len: u16,
    parent: u32,
    /// While building a list through [`Node::next`]; then where its children begin, and how many.
    first: u32,
    next: u32,
    events: (u32, u32),
}

/// Every path of every layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    names: String,
    nodes: Vec<Node>,
    /// Children of each node one after the other, sorted by name.
    children: Vec<NodeId>,
    items: Vec<Item>,
    events: Vec<Event>,
    layers: usize,
}

/// Lays `layers` on each other, the base first.
///
/// # Errors
/// When there is more than an image of any use holds.
pub fn build(layers: &[&Layer]) -> Result<Stack, TooLarge> {
    if layers.len() > MOST_LAYERS {
        return Err(TooLarge("1000 layers"));
    }
    let mut builder = Builder::new();
    for (at, layer) in layers.iter().enumerate() {
        builder.lay(at, layer)?;
    }
    Ok(builder.finish(layers.len()))
}

impl Stack {
    /// Number of paths, `/` included.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether no layer holds anything.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() == 1
    }

    /// Number of layers.
    pub fn layers(&self) -> usize {
        self.layers
    }

    /// Everything that any layer put anywhere, in the layers' order.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The name of a path's last part; untrusted.
    pub fn name(&self, node: NodeId) -> &str {
        let Some(node) = self.nodes.get(node.index()) else { return "" };
        let start = node.name_at as usize;
        self.names.get(start..start + usize::from(node.name_len)).unwrap_or_default()
    }

    /// The folder it is in.
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        let parent = self.nodes.get(node.index())?.parent;
        (parent != NONE).then_some(NodeId(parent))
    }

    /// What lies in it in any layer, sorted by name.
    pub fn children(&self, node: NodeId) -> &[NodeId] {
        let Some(node) = self.nodes.get(node.index()) else { return &[] };
        self.children.get(node.first as usize..node.first as usize + node.next as usize).unwrap_or_default()
    }

    /// The whole path, with a `/` before it; untrusted.
    pub fn path(&self, node: NodeId) -> String {
        let mut parts = Vec::new();
        let mut at = Some(node);
        while let Some(node) = at.filter(|node| *node != NodeId::ROOT) {
            parts.push(self.name(node));
            at = self.parent(node);
        }
        parts.reverse();
        format!("/{}", parts.join("/"))
    }

    /// The path's place, with or without a `/` before it.
    pub fn find(&self, path: &str) -> Option<NodeId> {
        let mut at = NodeId::ROOT;
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let children = self.children(at);
            let found = children.binary_search_by(|child| self.name(*child).cmp(part)).ok()?;
            at = children[found];
        }
        Some(at)
    }

    /// What is at `node` after `layer` and those below it.
    pub fn at(&self, node: NodeId, layer: usize) -> Option<&Item> {
        let events = self.events(node);
        let until = events.partition_point(|event| usize::from(event.layer) <= layer);
        self.item(events.get(until.checked_sub(1)?)?.item)
    }

    /// What is at `node` in the end.
    pub fn live(&self, node: NodeId) -> Option<&Item> {
        self.item(self.events(node).last()?.item)
    }

    /// What `layer` itself put at `node`.
    pub fn put(&self, node: NodeId, layer: usize) -> Option<&Item> {
        self.at(node, layer).filter(|item| item.layer == layer)
    }

    /// What `layer` did to `node`, if anything.
    pub fn change(&self, node: NodeId, layer: usize) -> Option<Change> {
        let events = self.events(node);
        let until = events.partition_point(|event| usize::from(event.layer) <= layer);
        let event = events.get(until.checked_sub(1)?).filter(|event| usize::from(event.layer) == layer)?;
        let before = layer.checked_sub(1).and_then(|below| self.at(node, below));
        Some(match (before, self.item(event.item)) {
            (None, Some(_)) => Change::Added,
            (Some(before), Some(after)) => self.compare(before, self, after),
            // Put and removed by one layer: nothing that anyone could have seen.
            (None, None) => return None,
            (Some(_), None) => Change::Removed,
        })
    }

    /// How `after`, of `other`, differs from `before`; never `Added` or `Removed`.
    pub fn compare(&self, before: &Item, other: &Self, after: &Item) -> Change {
        let (one, two) = (self.content(before), other.content(after));
        let linked = |kind| matches!(kind, EntryKind::File | EntryKind::Hardlink);
        let alike = before.kind == after.kind || linked(before.kind) && linked(after.kind);
        let symlinks = before.kind == EntryKind::Symlink && before.link != after.link;
        if !alike || symlinks || one.digest != two.digest || one.size != two.size {
            return Change::Changed;
        }
        let rights = |item: &Item| (item.mode, item.uid, item.gid, item.signs.has(Signs::CAPABILITIES));
        if rights(before) == rights(after) { Change::Same } else { Change::Metadata }
    }

    /// The item whose bytes `item` shows: of a hard link the file it is another name of.
    pub fn content<'a>(&'a self, item: &'a Item) -> &'a Item {
        self.item(item.content).unwrap_or(item)
    }

    /// Everything that was ever put at `node`, with its place in [`Stack::items`], base layer first.
    pub fn history(&self, node: NodeId) -> impl Iterator<Item = (usize, &Item)> {
        let events = self.events(node).iter();
        events.filter_map(|event| Some((event.item as usize, self.item(event.item)?)))
    }

    /// By path the bytes that it shows after `layer`; those of a file with several names at one of them.
    pub fn shown(&self, layer: usize) -> Vec<u64> {
        let mut shown_at = vec![NONE; self.items.len()];
        for node in self.nodes() {
            let Some(item) = self.at(node, layer) else { continue };
            let own = self.content(item).node == node;
            if let Some(at) = shown_at.get_mut(item.content as usize)
                && (own || *at == NONE)
            {
                *at = node.0;
            }
        }
        let mut shown = vec![0; self.nodes.len()];
        for (item, at) in self.items.iter().zip(shown_at) {
            if let Some(bytes) = shown.get_mut(at as usize) {
                *bytes = item.size;
            }
        }
        shown
    }

    /// For each item whether its bytes are in the merged image.
    pub fn alive(&self) -> Vec<bool> {
        let mut alive = vec![false; self.items.len()];
        for node in &self.nodes {
            let last = self.events.get(node.events.0 as usize..node.events.1 as usize).and_then(<[_]>::last);
            if let Some(item) = last.and_then(|event| self.item(event.item))
                && let Some(alive) = alive.get_mut(item.content as usize)
            {
                *alive = true;
            }
        }
        alive
    }

    /// Who ended the item with this place in [`Stack::items`]: the layer, and the path that was
    /// removed or replaced. `None` while nothing did.
    pub fn ended(&self, place: usize) -> Option<(usize, NodeId, Option<&Item>)> {
        let item = self.items.get(place)?;
        let events = self.events(item.node);
        let own = events.iter().position(|event| event.item as usize == place)?;
        let event = events.get(own + 1)?;
        let next = self.item(event.item);
        // A removal that makes room for something new in the same layer is a replacement.
        let again = events.get(own + 2).filter(|later| later.layer == event.layer);
        let next = next.or_else(|| again.and_then(|later| self.item(later.item)));
        let root = if next.is_some() { item.node } else { NodeId(event.root) };
        Some((usize::from(event.layer), root, next))
    }

    /// Bytes below and at each path: of what `count` picks.
    pub fn sums(&self, count: impl Fn(NodeId) -> u64) -> Vec<u64> {
        let mut sums: Vec<u64> = (0..self.nodes.len()).map(|at| count(NodeId(at as u32))).collect();
        // A folder is always made before what lies in it.
        for at in (1..self.nodes.len()).rev() {
            let own = sums[at];
            if let Some(sum) = sums.get_mut(self.nodes[at].parent as usize) {
                *sum = sum.saturating_add(own);
            }
        }
        sums
    }

    /// All paths, folders before what lies in them.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    fn events(&self, node: NodeId) -> &[Event] {
        let Some(node) = self.nodes.get(node.index()) else { return &[] };
        self.events.get(node.events.0 as usize..node.events.1 as usize).unwrap_or_default()
    }

    fn item(&self, at: u32) -> Option<&Item> {
        self.items.get(at as usize)
    }
}

struct Builder {
    names: String,
    nodes: Vec<Node>,
    items: Vec<Item>,
    events: Vec<Event>,
    /// What is at each node now.
    now: Vec<u32>,
    /// Nodes by parent and name.
    known: HashMap<(u32, u64), u32>,
    hasher: RandomState,
    /// The folder asked for last, and its node.
    last: (String, u32),
}

impl Builder {
    fn new() -> Self {
        let root = Node { name_at: 0, name_len: 0, parent: NONE, first: NONE, next: NONE, events: (0, 0) };
        Self {
            names: String::new(),
            nodes: vec![root],
            items: Vec::new(),
            events: Vec::new(),
            now: vec![NONE],
            known: HashMap::new(),
            hasher: RandomState::new(),
            last: (String::new(), 0),
        }
    }

    fn lay(&mut self, layer: usize, records: &Layer) -> Result<(), TooLarge> {
        // What goes, goes first: it is about the layers below.
        records.each(|record| match record.kind {
            Kind::Whiteout => {
                if let Some(node) = self.find(record.path) {
                    self.remove(node, layer, true);
                }
            }
            Kind::Opaque => {
                if let Some(node) = self.find(record.path) {
                    self.remove(node, layer, false);
                }
            }
            Kind::Entry(_) => {}
        });
        let mut links = Vec::new();
        let mut full = false;
        records.each(|record| {
            let Kind::Entry(kind) = record.kind else { return };
            full = full
                || self.nodes.len().max(self.items.len()) > MOST_NODES
                || self.events.len() > MOST_EVENTS
                || self.names.len() > (u32::MAX / 2) as usize;
            if full {
                return;
            }
            let item = self.put(&record, kind, layer);
            if kind == EntryKind::Hardlink {
                links.push(item);
            }
        });
        if full {
            return Err(TooLarge("four million paths"));
        }
        for link in links {
            self.resolve(link);
        }
        Ok(())
    }

    fn put(&mut self, record: &Record<'_>, kind: EntryKind, layer: usize) -> u32 {
        let (folder, name) = record.path.rsplit_once('/').unwrap_or(("", record.path));
        let folder = self.folder(folder, layer);
        let node = self.child(folder, name);
        if kind != EntryKind::Directory {
            self.remove(node, layer, false);
        }
        let place = self.items.len() as u32;
        self.items.push(Item {
            node: NodeId(node),
            layer,
            kind,
            mode: record.mode,
            uid: record.uid,
            gid: record.gid,
            size: record.size,
            mtime: record.mtime,
            digest: record.digest,
            signs: record.signs,
            link: record.link.into(),
            content: place,
        });
        self.event(node, layer, place, node);
        place
    }

    /// The folder at `path`, made where no layer names it. Archives mostly stay in one for a while.
    fn folder(&mut self, path: &str, layer: usize) -> u32 {
        if path == self.last.0 && (path.is_empty() || self.is_directory(self.last.1)) {
            return self.last.1;
        }
        let mut node = 0;
        for part in path.split('/').filter(|part| !part.is_empty()) {
            node = self.child(node, part);
            if !self.is_directory(node) {
                self.implicit(node, layer);
            }
        }
        self.last = (path.to_owned(), node);
        node
    }

    /// A folder that has to be there, though no layer names it or something else was there.
    fn implicit(&mut self, node: u32, layer: usize) {
        let place = self.items.len() as u32;
        self.items.push(Item {
            node: NodeId(node),
            layer,
            kind: EntryKind::Directory,
            mode: 0o755,
            uid: 0,
            gid: 0,
            size: 0,
            mtime: 0,
            digest: HalfDigest::default(),
            signs: Signs::default(),
            link: Box::default(),
            content: place,
        });
        self.event(node, layer, place, node);
    }

    fn is_directory(&self, node: u32) -> bool {
        let now = self.now[node as usize];
        self.items.get(now as usize).is_some_and(|item| item.kind == EntryKind::Directory)
    }

    fn event(&mut self, node: u32, layer: usize, item: u32, root: u32) {
        self.now[node as usize] = item;
        self.events.push(Event { node, layer: layer as u16, item, root });
    }

    /// Ends all that is below `root` now, and with `itself` what is at it.
    fn remove(&mut self, root: u32, layer: usize, itself: bool) {
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            let mut child = self.nodes[node as usize].first;
            while child != NONE {
                // Below what is not there, nothing is.
                if self.now[child as usize] != NONE {
                    open.push(child);
                }
                child = self.nodes[child as usize].next;
            }
            if (node != root || itself) && self.now[node as usize] != NONE {
                self.event(node, layer, NONE, root);
            }
        }
    }

    /// Follows a hard link to the item that holds the bytes: in its own layer, else in what is there.
    fn resolve(&mut self, link: u32) {
        let mut at = link;
        for _ in 0..MOST_HOPS {
            let Some(item) = self.items.get(at as usize) else { return };
            if item.kind != EntryKind::Hardlink {
                self.items[link as usize].content = at;
                return;
            }
            let Some(target) = self.find(&item.link) else { return };
            let next = self.now[target as usize];
            // Around in a circle, or to itself.
            if next == NONE || next == link || next == at {
                return;
            }
            at = next;
        }
    }

    fn find(&self, path: &str) -> Option<u32> {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        parts.try_fold(0, |node, part| self.lookup(node, part).ok())
    }

    /// The child of that name, or the key under which it would be.
    fn lookup(&self, parent: u32, name: &str) -> Result<u32, (u32, u64)> {
        let mut hash = self.hasher.hash_one(name);
        loop {
            match self.known.get(&(parent, hash)) {
                Some(found) if self.name(*found) == name => return Ok(*found),
                // Two names, one hash.
                Some(_) => hash = hash.wrapping_add(1),
                None => return Err((parent, hash)),
            }
        }
    }

    fn child(&mut self, parent: u32, name: &str) -> u32 {
        let key = match self.lookup(parent, name) {
            Ok(found) => return found,
            Err(key) => key,
        };
        let node = self.nodes.len() as u32;
        let name_at = self.names.len() as u32;
        self.names.push_str(name);
        let next = std::mem::replace(&mut self.nodes[parent as usize].first, node);
        let name_len = (self.names.len() - name_at as usize) as u16;
        self.nodes.push(Node { name_at, name_len, parent, first: NONE, next, events: (0, 0) });
        self.now.push(NONE);
        self.known.insert(key, node);
        node
    }

    fn name(&self, node: u32) -> &str {
        let node = &self.nodes[node as usize];
        let start = node.name_at as usize;
        &self.names[start..start + usize::from(node.name_len)]
    }

    fn finish(mut self, layers: usize) -> Stack {
        self.known = HashMap::new();
        self.now = Vec::new();
        // Stable: of one path they stay in the layers' order.
        self.events.sort_by_key(|event| event.node);
        let mut at = 0;
        for (index, node) in self.nodes.iter_mut().enumerate() {
            let start = at;
            while self.events.get(at).is_some_and(|event| event.node as usize == index) {
                at += 1;
            }
            node.events = (start as u32, at as u32);
        }
        let mut children: Vec<NodeId> = Vec::with_capacity(self.nodes.len());
        for index in 0..self.nodes.len() {
            let start = children.len();
            let mut child = self.nodes[index].first;
            while child != NONE {
                children.push(NodeId(child));
                child = self.nodes[child as usize].next;
            }
            children[start..].sort_by(|a, b| self.name(a.0).cmp(self.name(b.0)));
            // `next` of this node is still the way to its siblings: only `first` may go yet.
            self.nodes[index].first = start as u32;
        }
        let total = children.len() as u32;
        for index in 0..self.nodes.len() {
            let end = self.nodes.get(index + 1).map_or(total, |node| node.first);
            self.nodes[index].next = end - self.nodes[index].first;
        }
        self.items.shrink_to_fit();
        Stack {
            names: self.names,
            nodes: self.nodes,
            children,
            items: self.items,
            events: self.events,
            layers,
        }
    }
}

#[cfg(test)]
mod tests;
