//! The other engines' turns: all of these tests once more.

use super::support;

/// A newer engine with the other kind of image store.
#[test]
fn the_second_engine_does_the_same() {
    if let Some(other) = (!support::in_turn()).then(support::second_engine).flatten() {
        other.once_more(&[]);
    }
}

/// Podman, as far as it goes; what it cannot do is said where it is left out.
#[test]
fn podman_does_the_same_but_for_what_it_cannot() {
    if let Some(other) = (!support::in_turn()).then(support::podman).flatten() {
        other.once_more(&[]);
    }
}
