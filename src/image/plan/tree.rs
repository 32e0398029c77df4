//! The files of a build context as a builder looks at them: kind, mode and content, not the time they
//! were changed. Of a folder that the builder has already, BuildKit misses a change of the mode alone, so
//! that is no part of its key (measured with 20.10). Folders have keys too, made of those below them, so that equal parts of two trees are
//! passed over at once.

use super::key::{Key, Mixer};
use crate::image::dockerignore::Ignore;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Links that are followed on the way to a file.
const HOPS: usize = 40;
/// Differences that are told one by one.
const TOLD: usize = 50;

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileKind {
    /// A file with a content.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
}

/// One file, folder or link of a context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Path below the context, with `/`.
    pub path: String,
    /// What it is.
    pub kind: FileKind,
    /// Permission bits, those for set-uid and the like included.
    pub mode: u32,
    /// Key of the content; nothing for folders.
    pub content: Key,
    /// Where a link leads; empty for others.
    pub target: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    kind: FileKind,
    mode: u32,
    content: Key,
    target: String,
    children: BTreeMap<String, Arc<Node>>,
    /// Of all of it.
    key: Key,
}

/// How two files of the same path differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// Another content, or another kind of file.
    Content,
    /// Other permissions only.
    Mode,
    /// It was not there before.
    Added,
    /// It is gone.
    Removed,
}

/// The files of a context that reach the builder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    root: Arc<Node>,
}

impl Default for Tree {
    fn default() -> Self {
        Self { root: Arc::new(Node::folder(0)) }
    }
}

impl Node {
    fn folder(mode: u32) -> Self {
        let node = Self {
            kind: FileKind::Folder,
            mode,
            content: Key::default(),
            target: String::new(),
            children: BTreeMap::new(),
            key: Key::default(),
        };
        node.sealed()
    }

    /// With its key computed anew from those of its children.
    fn sealed(mut self) -> Self {
        let mixer = match self.kind {
            FileKind::File => Mixer::new("file").number(self.mode.into()).key(self.content),
            FileKind::Link => Mixer::new("link").text(&self.target),
            FileKind::Folder => self
                .children
                .iter()
                .fold(Mixer::new("folder"), |mixer, (name, node)| mixer.text(name).key(node.key)),
        };
        self.key = mixer.finish();
        self
    }

    /// Puts `entry` at `path` below, over what is there; `None` takes away.
    fn with(&self, path: &str, change: &mut dyn FnMut(Option<&Node>) -> Option<Node>) -> Self {
        let (name, rest) = path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest)));
        let mut node = self.clone();
        let child = node.children.get(name).map(Arc::as_ref);
        let changed = match rest {
            None => change(child),
            Some(rest) => {
                let below = child.cloned().unwrap_or_else(|| Self::folder(0o755)).with(rest, change);
                (child.is_some() || !below.children.is_empty()).then_some(below)
            }
        };
        match changed {
            Some(changed) => node.children.insert(name.to_owned(), Arc::new(changed)),
            None => node.children.remove(name),
        };
        node.sealed()
    }

    fn kept(&self, path: &str, ignore: &Ignore) -> Option<Arc<Self>> {
        if self.kind != FileKind::Folder {
            return (!ignore.excludes(path)).then(|| Arc::new(self.clone()));
        }
        let mut node = Self::folder(self.mode);
        for (name, child) in &self.children {
            let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            node.children.extend(child.kept(&path, ignore).map(|child| (name.clone(), child)));
        }
        // An excluded folder goes along once something in it does.
        let wanted = path.is_empty() || !node.children.is_empty() || !ignore.excludes(path);
        wanted.then(|| Arc::new(node.sealed()))
    }
}

impl Tree {
    /// The tree of these entries. What stands in a folder that is not among them gets one.
    pub fn new(entries: impl IntoIterator<Item = Entry>) -> Self {
        // Folders are sealed once, from the innermost out: adding one by one would take quadratic time.
        let mut open: BTreeMap<String, Node> = BTreeMap::from([(String::new(), Node::folder(0))]);
        for entry in entries {
            let mut parent = parent_of(&entry.path);
            while !open.contains_key(parent) {
                open.insert(parent.to_owned(), Node::folder(0o755));
                parent = parent_of(parent);
            }
            let Entry { path, kind, mode, content, target } = entry;
            let children = open.remove(&path).map(|node| node.children).unwrap_or_default();
            open.insert(path, Node { kind, mode, content, target, children, key: Key::default() });
        }
        // A path sorts before all that is below it.
        while open.len() > 1 {
            let Some((path, node)) = open.pop_last() else { break };
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            if let Some(parent) = open.get_mut(parent_of(&path)) {
                parent.children.insert(name, Arc::new(node.sealed()));
            }
        }
        let root = open.remove("").unwrap_or_else(|| Node::folder(0));
        Self { root: Arc::new(root.sealed()) }
    }

    /// Everything in it, folders before what is in them.
    pub fn entries(&self) -> Vec<Entry> {
        let mut found = Vec::new();
        let mut waiting: Vec<(String, &Node)> = vec![(String::new(), &self.root)];
        while let Some((path, node)) = waiting.pop() {
            for (name, child) in node.children.iter().rev() {
                let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                waiting.push((path, child));
            }
            if !path.is_empty() {
                found.push(Entry {
                    path,
                    kind: node.kind,
                    mode: node.mode,
                    content: node.content,
                    target: node.target.clone(),
                });
            }
        }
        found
    }

    /// The same with this text in the file at `path`, which gets a mode of its own when it is new.
    #[must_use]
    pub fn with_text(&self, path: &str, text: &str) -> Self {
        self.with_content(path, Key::of(text.as_bytes()))
    }

    /// The same with the file at `path` changed in a way nobody has seen before.
    #[must_use]
    pub fn with_another(&self, path: &str) -> Self {
        let before = self.find(path).map(|(_, node)| node.key).unwrap_or_default();
        self.with_content(path, Mixer::new("another").key(before).finish())
    }

    fn with_content(&self, path: &str, content: Key) -> Self {
        if self.find_plain(path).is_some_and(|node| node.kind == FileKind::File && node.content == content) {
            return self.clone();
        }
        let mut change = |node: Option<&Node>| {
            let mode = node.filter(|node| node.kind == FileKind::File).map_or(0o644, |node| node.mode);
            let (kind, target, children) = (FileKind::File, String::new(), BTreeMap::new());
            Some(Node { kind, mode, content, target, children, key: Key::default() }.sealed())
        };
        Self { root: Arc::new(self.root.with(path, &mut change)) }
    }

    /// The same without the file at `path`.
    #[must_use]
    pub fn without(&self, path: &str) -> Self {
        if self.find_plain(path).is_none() {
            return self.clone();
        }
        Self { root: Arc::new(self.root.with(path, &mut |_| None)) }
    }

    /// What of it reaches the builder.
    #[must_use]
    pub fn kept(&self, ignore: &Ignore) -> Self {
        if ignore.is_empty() {
            return self.clone();
        }
        Self { root: self.root.kept("", ignore).unwrap_or_else(|| Arc::new(Node::folder(0))) }
    }

    fn find_plain(&self, path: &str) -> Option<&Node> {
        path.split('/')
            .filter(|part| !part.is_empty() && *part != ".")
            .try_fold(&*self.root, |node, name| node.children.get(name).map(Arc::as_ref))
    }

    /// What `path` leads to, links followed, and where that is.
    fn find(&self, path: &str) -> Option<(String, &Node)> {
        let mut left: VecDeque<String> = path.split('/').map(str::to_owned).collect();
        let mut trail: Vec<(String, &Node)> = Vec::new();
        let mut hops = 0;
        while let Some(part) = left.pop_front() {
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    trail.pop();
                    continue;
                }
                _ => {}
            }
            let here = trail.last().map_or(&*self.root, |(_, node)| node);
            let child = here.children.get(&part)?;
            if child.kind == FileKind::Link {
                hops += 1;
                if hops > HOPS {
                    return None;
                }
                if child.target.starts_with('/') {
                    trail.clear();
                }
                child.target.split('/').rev().for_each(|part| left.push_front(part.to_owned()));
            } else {
                trail.push((part, child));
            }
        }
        let path: Vec<&str> = trail.iter().map(|(name, _)| name.as_str()).collect();
        Some((path.join("/"), trail.last().map_or(&*self.root, |(_, node)| node)))
    }

    /// What a COPY source names: paths and keys, in order; empty when nothing is there.
    pub(super) fn taken(&self, source: &str) -> Vec<(String, Key)> {
        self.nodes(source).into_iter().map(|(path, node)| (path, node.key)).collect()
    }

    fn nodes(&self, source: &str) -> Vec<(String, &Node)> {
        let parts: Vec<&str> = source.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        if !is_pattern(source) {
            return self.find(source).into_iter().collect();
        }
        let mut found = Vec::new();
        matching(&self.root, String::new(), &parts, &mut found);
        found
    }

    /// Every file below `source` and its key, without what `exclude` matches.
    pub(super) fn files(&self, source: &str, exclude: &Ignore) -> Vec<(String, Key)> {
        let mut files = Vec::new();
        for (top, node) in self.nodes(source) {
            let tree = Self { root: Arc::new(node.clone()) };
            let below = tree.entries();
            if below.is_empty() && !exclude.excludes(top.rsplit('/').next().unwrap_or_default()) {
                files.push((top, node.key));
                continue;
            }
            let kept = below.into_iter().filter(|entry| !exclude.excludes(&entry.path));
            files.extend(kept.map(|entry| {
                let mixer = Mixer::new("entry").number(entry.mode.into()).key(entry.content);
                (format!("{top}/{}", entry.path), mixer.text(&entry.target).finish())
            }));
        }
        files
    }

    /// How what a COPY source names differs from what it named in `then`; the first fifty of it.
    pub fn differences(&self, then: &Self, source: &str) -> Vec<(String, Difference)> {
        let by_path = |nodes: Vec<(String, &Node)>| -> BTreeMap<String, Node> {
            nodes.into_iter().map(|(path, node)| (path, node.clone())).collect()
        };
        let (now, then) = (by_path(self.nodes(source)), by_path(then.nodes(source)));
        let mut told = Vec::new();
        let paths: std::collections::BTreeSet<&String> = now.keys().chain(then.keys()).collect();
        for path in paths {
            compare(path, then.get(path), now.get(path), &mut told);
        }
        told
    }
}

fn compare(path: &str, then: Option<&Node>, now: Option<&Node>, told: &mut Vec<(String, Difference)>) {
    if told.len() >= TOLD {
        return;
    }
    match (then, now) {
        (Some(then), Some(now)) if then.key == now.key => {}
        (Some(then), Some(now)) if then.kind == FileKind::Folder && now.kind == FileKind::Folder => {
            let names: std::collections::BTreeSet<&String> =
                then.children.keys().chain(now.children.keys()).collect();
            for name in names {
                let below = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                let child = |node: &'_ Node| node.children.get(name).cloned();
                compare(&below, child(then).as_deref(), child(now).as_deref(), told);
            }
        }
        (Some(then), Some(now)) => {
            let same = then.kind == now.kind && then.content == now.content && then.target == now.target;
            told.push((path.to_owned(), if same { Difference::Mode } else { Difference::Content }));
        }
        (None, Some(_)) => told.push((path.to_owned(), Difference::Added)),
        (Some(_), None) => told.push((path.to_owned(), Difference::Removed)),
        (None, None) => {}
    }
}

fn parent_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Whether a COPY source has wildcards.
pub(super) fn is_pattern(source: &str) -> bool {
    source.contains(['*', '?', '[', '\\'])
}

fn matching<'t>(folder: &'t Node, path: String, parts: &[&str], found: &mut Vec<(String, &'t Node)>) {
    let Some((first, rest)) = parts.split_first() else { return };
    for (name, child) in &folder.children {
        if !glob(first, name) {
            continue;
        }
        let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
        match rest {
            [] => found.push((path, child)),
            rest => matching(child, path, rest, found),
        }
    }
}

/// Go's `filepath.Match` within one part of a path. Takes time linear in both for a `*` each.
fn glob(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        let step = match pattern.get(p) {
            Some('*') => {
                star = Some((p + 1, n));
                p += 1;
                continue;
            }
            Some('?') => Some(p + 1),
            Some('[') => class(&pattern, p + 1, name[n]),
            Some('\\') => (pattern.get(p + 1) == Some(&name[n])).then_some(p + 2),
            Some(c) => (*c == name[n]).then_some(p + 1),
            None => None,
        };
        match (step, star) {
            (Some(next), _) => (p, n) = (next, n + 1),
            (None, Some((behind, from))) => {
                star = Some((behind, from + 1));
                (p, n) = (behind, from + 1);
            }
            (None, None) => return false,
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

/// Behind the class that begins at `at`, when `c` is in it.
fn class(pattern: &[char], at: usize, c: char) -> Option<usize> {
    let negated = pattern.get(at) == Some(&'^');
    let mut at = at + usize::from(negated);
    let mut inside = false;
    let mut first = true;
    loop {
        let mut low = *pattern.get(at)?;
        if low == ']' && !first {
            return (inside != negated).then_some(at + 1);
        }
        first = false;
        if low == '\\' {
            at += 1;
            low = *pattern.get(at)?;
        }
        at += 1;
        let mut high = low;
        if pattern.get(at) == Some(&'-') {
            high = *pattern.get(at + 1)?;
            at += 2;
        }
        inside |= (low..=high).contains(&c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, content: &str) -> Entry {
        Entry {
            path: path.into(),
            kind: FileKind::File,
            mode: 0o644,
            content: Key::of(content.as_bytes()),
            target: String::new(),
        }
    }

    fn link(path: &str, target: &str) -> Entry {
        Entry { kind: FileKind::Link, target: target.into(), ..file(path, "") }
    }

    fn paths(taken: &[(String, Key)]) -> Vec<&str> {
        taken.iter().map(|(path, _)| path.as_str()).collect()
    }

    #[test]
    fn a_tree_is_its_entries_in_whatever_order_they_came() {
        let all = [file("b", "1"), file("a/x", "2"), file("a-b", "3"), file("a/y/z", "4")];
        let tree = Tree::new(all.clone());
        let turned = Tree::new(all.into_iter().rev());
        assert_eq!(tree, turned);
        assert_eq!(Tree::new(tree.entries()), tree);
        let names: Vec<String> = tree.entries().into_iter().map(|entry| entry.path).collect();
        assert_eq!(names, ["a", "a/x", "a/y", "a/y/z", "a-b", "b"]);
    }

    #[test]
    fn a_change_below_changes_the_folders_above_and_nothing_beside() {
        let tree = Tree::new([file("a/x", "1"), file("b/y", "2")]);
        let changed = tree.with_text("a/x", "other");
        assert_ne!(tree.taken("a"), changed.taken("a"));
        assert_ne!(tree.taken("."), changed.taken("."));
        assert_eq!(tree.taken("b"), changed.taken("b"));
        assert_eq!(changed.with_text("a/x", "1"), tree);
        assert_eq!(tree.with_text("c/new", "1").without("c/new").taken("a"), tree.taken("a"));
        assert_eq!(changed.differences(&tree, "."), [("a/x".into(), Difference::Content)]);
        assert_eq!(tree.without("b/y").differences(&tree, "*"), [("b/y".into(), Difference::Removed)]);
    }

    #[test]
    fn sources_are_paths_links_and_patterns() {
        let tree = Tree::new([
            file("src/a.py", "1"),
            file("src/b.txt", "2"),
            link("here", "src/a.py"),
            link("loop", "loop"),
        ]);
        assert_eq!(paths(&tree.taken("./src/")), ["src"]);
        assert_eq!(paths(&tree.taken("src/*.py")), ["src/a.py"]);
        assert_eq!(paths(&tree.taken("*")), ["here", "loop", "src"]);
        assert_eq!(paths(&tree.taken("here")), ["src/a.py"]);
        assert_eq!(tree.taken("loop"), []);
        assert_eq!(tree.taken("gone"), []);
        assert_eq!(tree.taken("../src/../.")[0].1, tree.taken("/")[0].1);
    }

    #[test]
    fn what_is_ignored_is_not_there() {
        let tree = Tree::new([file("a/x", "1"), file("a/keep", "2"), file("b", "3")]);
        let kept = tree.kept(&Ignore::parse("a\n!a/keep"));
        assert_eq!(paths(&kept.taken("a/*")), ["a/keep"]);
        assert_eq!(paths(&kept.taken("*")), ["a", "b"]);
        assert_eq!(tree.kept(&Ignore::parse("**")).entries(), []);
    }

    #[test]
    fn patterns_match_as_go_does() {
        for (pattern, name) in
            [("*", "a"), ("a*c", "abbc"), ("[a-c]?", "bx"), ("[^a]", "b"), ("\\*", "*"), ("**", "x")]
        {
            assert!(glob(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("a*c", "abd"), ("[a-c]", "d"), ("[^a]", "a"), ("a", "ab"), ("[a", "a"), ("\\", "x")]
        {
            assert!(!glob(pattern, name), "{pattern} {name}");
        }
        assert!(!glob(&"*a".repeat(50), &"a".repeat(40)));
    }

    #[test]
    fn a_mode_is_a_difference_of_its_own() {
        let tree = Tree::new([file("run.sh", "1")]);
        let executable = Tree::new([Entry { mode: 0o755, ..file("run.sh", "1") }]);
        assert_eq!(executable.differences(&tree, "."), [("run.sh".into(), Difference::Mode)]);
    }
}
