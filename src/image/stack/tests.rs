//! The stack against a naive model of an overlay file system, and the cases worth a name.

use super::*;
use crate::image::fixture::{self, Put};
use crate::image::layer;
use crate::image::waste::{Cause, waste};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn layers(all: &[&[Put<'_>]]) -> Vec<Layer> {
    all.iter().map(|puts| layer::read(&fixture::layer_tar(puts)[..], false).unwrap()).collect()
}

fn stack(all: &[&[Put<'_>]]) -> Stack {
    build(&layers(all).iter().collect::<Vec<_>>()).unwrap()
}

fn live(stack: &Stack) -> Vec<String> {
    let mut paths: Vec<String> =
        stack.nodes().filter(|node| stack.live(*node).is_some()).map(|node| stack.path(node)).collect();
    paths.sort();
    paths
}

fn change(stack: &Stack, path: &str, layer: usize) -> Option<Change> {
    stack.change(stack.find(path).unwrap(), layer)
}

#[test]
fn each_layer_says_what_it_did_to_a_path() {
    let stack = stack(&[
        &[Put::File("a", b"1"), Put::File("b", b"1"), Put::File("c", b"1"), Put::File("d", b"1")],
        &[
            Put::File("a", b"2"),
            Put::Mode("b", 0o600, b"1"),
            Put::Gone("c"),
            Put::File("d", b"1"),
            Put::File("e", b""),
        ],
        &[Put::File("c", b"3")],
    ]);
    let of = |path| [0, 1, 2].map(|layer| change(&stack, path, layer));
    assert_eq!(of("a"), [Some(Change::Added), Some(Change::Changed), None]);
    assert_eq!(of("b"), [Some(Change::Added), Some(Change::Metadata), None]);
    assert_eq!(of("c"), [Some(Change::Added), Some(Change::Removed), Some(Change::Added)]);
    assert_eq!(of("d"), [Some(Change::Added), Some(Change::Same), None]);
    assert_eq!(of("e"), [None, Some(Change::Added), None]);
    assert_eq!(stack.at(stack.find("/c").unwrap(), 1), None);
    assert_eq!(stack.find("nowhere/c"), None);
}

#[test]
fn a_whiteout_takes_a_whole_folder_and_never_what_its_own_layer_puts_there() {
    let stack = stack(&[
        &[Put::File("d/e/f", b"123"), Put::File("d/g", b"1")],
        &[Put::File("d/new", b"1"), Put::Gone("d")],
    ]);
    assert_eq!(live(&stack), ["/d", "/d/new"]);
    assert_eq!(change(&stack, "d/e/f", 1), Some(Change::Removed));
    let wasted = waste(&stack);
    let paths: Vec<_> =
        wasted.paths.iter().map(|w| (stack.path(w.node), w.bytes, w.files, w.cause)).collect();
    assert_eq!(paths, [("/d".into(), 4, 2, Cause::Removed)]);
}

#[test]
fn an_opaque_folder_hides_what_was_below_it() {
    let stack = stack(&[
        &[Put::File("d/old", b"12"), Put::File("x", b"1")],
        &[Put::Opaque("d"), Put::File("d/new", b"1")],
    ]);
    assert_eq!(live(&stack), ["/d", "/d/new", "/x"]);
    assert_eq!(waste(&stack).bytes(), 2);
}

#[test]
fn a_file_in_place_of_a_folder_and_a_folder_in_place_of_a_link() {
    let stack = stack(&[
        &[Put::File("d/x", b"12"), Put::Dir("usr/lib", 0o755), Put::Symlink("lib", "usr/lib")],
        &[Put::File("d", b"1"), Put::File("lib/y", b"1")],
    ]);
    assert_eq!(live(&stack), ["/d", "/lib", "/lib/y", "/usr", "/usr/lib"]);
    assert_eq!(stack.live(stack.find("lib").unwrap()).map(|item| item.kind), Some(EntryKind::Directory));
    assert_eq!(waste(&stack).bytes(), 2);
}

#[test]
fn hard_links_share_their_bytes_and_loops_end() {
    let one = stack(&[
        &[Put::File("a", b"12345"), Put::Hardlink("b", "a"), Put::Hardlink("c", "b")],
        &[Put::Gone("a")],
    ]);
    // The first name is gone, the bytes are not.
    assert_eq!((waste(&one).bytes(), waste(&one).merged_bytes), (0, 5));
    let shown = one.shown(1);
    assert_eq!(shown.iter().sum::<u64>(), 5);
    let loops = stack(&[&[
        Put::Hardlink("a", "b"),
        Put::Hardlink("b", "a"),
        Put::Hardlink("c", "c"),
        Put::Hardlink("d", "no"),
    ]]);
    assert_eq!(live(&loops), ["/a", "/b", "/c", "/d"]);
}

#[test]
fn causes_are_told_apart() {
    let stack = stack(&[
        &[
            Put::File("removed", b"1"),
            Put::File("replaced", b"12"),
            Put::File("rewritten", b"123"),
            Put::File("twice", b"1234"),
            Put::File("twice", b"x"),
        ],
        &[Put::Gone("removed"), Put::File("replaced", b"ab"), Put::Mode("rewritten", 0o755, b"123")],
    ]);
    let waste = waste(&stack);
    let found: Vec<_> = waste.paths.iter().map(|w| (w.bytes, w.cause, w.held_by, w.hidden_by)).collect();
    assert_eq!(
        found,
        [
            (4, Cause::Twice, 0, 0),
            (3, Cause::Rewritten, 0, 1),
            (2, Cause::Replaced, 0, 1),
            (1, Cause::Removed, 0, 1)
        ]
    );
    assert_eq!((waste.held, waste.hides), (vec![10, 0], vec![4, 6]));
}

#[derive(Debug, Clone)]
enum Op {
    File(usize, u8),
    Dir(usize),
    Gone(usize),
    Opaque(usize),
}

const PATHS: [&str; 9] = ["a", "a/b", "a/b/c", "a/d", "e", "e/b", "e/b/c", "f", "a/b/g"];

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (0..PATHS.len(), 0_u8..5).prop_map(|(path, size)| Op::File(path, size)),
        1 => (0..PATHS.len()).prop_map(Op::Dir),
        2 => (0..PATHS.len()).prop_map(Op::Gone),
        1 => (0..PATHS.len()).prop_map(Op::Opaque),
    ]
}

/// `None` is a folder, else the size of a file.
type Model = BTreeMap<String, Option<u64>>;

fn below(path: &str) -> impl Fn(&String) -> bool {
    let prefix = format!("{path}/");
    move |other| other.starts_with(&prefix)
}

fn apply(model: &mut Model, ops: &[Op]) {
    for op in ops {
        match op {
            Op::Gone(path) => {
                let inside = below(PATHS[*path]);
                model.retain(|key, _| key != PATHS[*path] && !inside(key));
            }
            Op::Opaque(path) => {
                let inside = below(PATHS[*path]);
                model.retain(|key, _| !inside(key));
            }
            _ => {}
        }
    }
    for op in ops {
        let (path, what) = match op {
            Op::File(path, size) => (PATHS[*path], Some(u64::from(*size))),
            Op::Dir(path) => (PATHS[*path], None),
            _ => continue,
        };
        for (at, _) in path.match_indices('/') {
            if model.get(&path[..at]) != Some(&None) {
                model.insert(path[..at].into(), None);
            }
        }
        if what.is_some() {
            let inside = below(path);
            model.retain(|key, _| !inside(key));
        }
        model.insert(path.into(), what);
    }
}

proptest! {
    /// After every layer the tree is the model's, and waste is exactly what it does not show.
    #[test]
    fn the_stack_is_an_overlay_file_system(all in prop::collection::vec(prop::collection::vec(op(), 0..8), 1..5)) {
        let content = [7_u8; 8];
        let tars: Vec<Vec<u8>> = all.iter().map(|ops| {
            let puts: Vec<Put<'_>> = ops.iter().map(|op| match op {
                Op::File(path, size) => Put::File(PATHS[*path], &content[..usize::from(*size)]),
                Op::Dir(path) => Put::Dir(PATHS[*path], 0o755),
                Op::Gone(path) => Put::Gone(PATHS[*path]),
                Op::Opaque(path) => Put::Opaque(PATHS[*path]),
            }).collect();
            fixture::layer_tar(&puts)
        }).collect();
        let layers: Vec<Layer> = tars.iter().map(|tar| layer::read(&tar[..], false).unwrap()).collect();
        let stack = build(&layers.iter().collect::<Vec<_>>()).unwrap();
        let mut model = Model::new();
        for (at, ops) in all.iter().enumerate() {
            apply(&mut model, ops);
            let seen: Model = stack.nodes().filter_map(|node| {
                let item = stack.at(node, at)?;
                let size = (item.kind != EntryKind::Directory).then_some(item.size);
                Some((stack.path(node)[1..].to_owned(), size))
            }).collect();
            prop_assert_eq!(&seen, &model);
            prop_assert_eq!(stack.shown(at).iter().sum::<u64>(), model.values().flatten().sum::<u64>());
        }
        let waste = waste(&stack);
        prop_assert_eq!(waste.merged_bytes, model.values().flatten().sum::<u64>());
        prop_assert_eq!(waste.layers_bytes, layers.iter().map(|layer| layer.bytes).sum::<u64>());
        prop_assert_eq!(waste.paths.iter().map(|wasted| wasted.bytes).sum::<u64>(), waste.bytes());
        prop_assert_eq!(waste.held.iter().sum::<u64>(), waste.bytes());
        prop_assert_eq!(waste.hides.iter().sum::<u64>(), waste.bytes());
    }
}
