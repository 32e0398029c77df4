//! The editor against a plain model, and its look.

use super::*;

fn editor(text: &str) -> Editor {
    Editor::new(text, Language::Dockerfile)
}

#[test]
fn typing_and_undoing_by_words() {
    let mut editor = editor("");
    for c in "RUN apt update".chars() {
        editor.handle(Command::Insert(c));
    }
    assert_eq!(editor.text(), "RUN apt update");
    editor.handle(Command::Undo);
    assert_eq!(editor.text(), "RUN apt ");
    editor.handle(Command::Undo);
    assert_eq!(editor.text(), "RUN ");
    editor.handle(Command::Redo);
    editor.handle(Command::Redo);
    assert_eq!(editor.text(), "RUN apt update");
}
