//! The terminal interface, Elm-style: `Msg` → `update(&mut Model, Msg) -> Vec<Effect>` → runtime.
//! `update` and `view` are pure; [`runtime`](self) alone performs effects.

pub mod editor;
pub mod highlight;
pub mod keymap;
pub mod theme;
pub mod widgets;
