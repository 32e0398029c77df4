//! The editor as people use it: keys in, text and screens out.

mod completion;
mod model;
mod screens;
mod vim_keys;

use super::*;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A Dockerfile under edit, the cursor at `|`; with two of them, the text between is selected.
fn editor(marked: &str) -> Editor {
    let mut parts = marked.split('|');
    let first = parts.next().unwrap_or("");
    let (anchor, middle) = (first.len(), parts.next());
    let head = anchor + parts.clone().next().map_or(0, |_| middle.unwrap_or("").len());
    let mut editor = Editor::new(&marked.replace('|', ""), Language::Dockerfile);
    if middle.is_some() {
        editor.select(Selection { anchor, head });
    }
    editor
}

/// The text with `|` at the cursor, and at the other end of the selection.
fn marked(editor: &Editor) -> String {
    let mut text = editor.text();
    let range = editor.selection().range();
    if !range.is_empty() {
        text.insert(range.end, '|');
    }
    text.insert(range.start, '|');
    text
}

fn key(code: KeyCode) -> KeyEvent {
    KeyEvent::new(code, KeyModifiers::NONE)
}

fn ctrl(c: char) -> KeyEvent {
    KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)
}

/// Type `keys`: `<esc>`, `<cr>`, `<tab>`, `<bs>`, `<c-x>` and characters.
fn press(editor: &mut Editor, keys: &str) {
    let mut rest = keys;
    while let Some(c) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|r| r.split_once('>'));
        let (event, next) = match named {
            Some(("esc", next)) => (key(KeyCode::Esc), next),
            Some(("cr", next)) => (key(KeyCode::Enter), next),
            Some(("tab", next)) => (key(KeyCode::Tab), next),
            Some(("bs", next)) => (key(KeyCode::Backspace), next),
            Some(("up", next)) => (key(KeyCode::Up), next),
            Some(("down", next)) => (key(KeyCode::Down), next),
            Some((name, next)) if name.starts_with("c-") => {
                (ctrl(name.chars().next_back().expect("a key behind c-")), next)
            }
            _ => (key(KeyCode::Char(c)), &rest[c.len_utf8()..]),
        };
        editor.handle_key(event);
        rest = next;
    }
}

/// What `command` makes of `before`.
fn after(before: &str, command: Command) -> String {
    let mut editor = editor(before);
    editor.handle(command);
    marked(&editor)
}

#[test]
fn undo_takes_back_words_and_redo_brings_them() {
    let mut editor = editor("|");
    press(&mut editor, "RUN apt update");
    for expected in ["RUN apt ", "RUN ", ""] {
        editor.handle(Command::Undo);
        assert_eq!(editor.text(), expected);
    }
    assert!(!editor.handle(Command::Undo).changed);
    for expected in ["RUN ", "RUN apt ", "RUN apt update"] {
        editor.handle(Command::Redo);
        assert_eq!(editor.text(), expected);
    }
}

#[test]
fn a_run_of_deletes_and_a_paste_are_one_step_each() {
    let mut editor = editor("one two|");
    press(&mut editor, "<bs><bs><bs><bs>");
    editor.paste("a\r\nb\rc");
    assert_eq!(marked(&editor), "onea\nb\nc|", "line ends become the file's");
    editor.handle(Command::Undo);
    assert_eq!(marked(&editor), "one|");
    editor.handle(Command::Undo);
    assert_eq!(marked(&editor), "one two|");
}

#[test]
fn moving_ends_a_step_of_typing() {
    let mut editor = editor("|");
    press(&mut editor, "ab");
    editor.handle(Command::Move(Motion::Left));
    press(&mut editor, "c");
    editor.handle(Command::Undo);
    assert_eq!(marked(&editor), "a|b");
}

#[test]
fn undoing_back_to_the_saved_text_is_not_modified() {
    let mut editor = editor("x|");
    press(&mut editor, "y");
    editor.mark_saved();
    press(&mut editor, "z");
    assert!(editor.is_modified());
    editor.handle(Command::Undo);
    assert!(!editor.is_modified());
    editor.handle(Command::Undo);
    assert!(editor.is_modified());
}

#[test]
fn crlf_files_stay_crlf() {
    let mut editor = editor("FROM a|\r\nRUN b");
    press(&mut editor, "<cr>c");
    assert_eq!(editor.text(), "FROM a\r\nc\r\nRUN b");
    editor.handle(Command::Move(Motion::FileEnd));
    press(&mut editor, "<cr>");
    assert_eq!(editor.text(), "FROM a\r\nc\r\nRUN b\r\n");
    press(&mut editor, "<bs>");
    assert_eq!(editor.text(), "FROM a\r\nc\r\nRUN b");
}

#[test]
fn new_lines_indent_as_the_text_asks() {
    let typed = |before: &str, language| {
        let mut editor = Editor::new(before, language);
        editor.handle(Command::Move(Motion::FileEnd));
        editor.handle(Command::Newline);
        editor.text()[before.len() + 1..].to_owned()
    };
    assert_eq!(typed("RUN a \\", Language::Dockerfile), "    ");
    assert_eq!(typed("RUN a \\\n    && b \\", Language::Dockerfile), "    ");
    assert_eq!(typed("RUN a \\\n    && b", Language::Dockerfile), "");
    assert_eq!(typed("def f():", Language::Python), "    ");
    assert_eq!(typed("func f() {", Language::Go), "\t");
    assert_eq!(typed("  a: 1", Language::Yaml), "  ");
}

#[test]
fn operations_on_lines() {
    assert_eq!(after("a\n|b\nc|", Command::ToggleComment), "a\n# |b\n# c|");
    assert_eq!(after("# a|\n  # b", Command::ToggleComment), "a|\n  # b");
    assert_eq!(after("a|b\nc", Command::Duplicate), "ab\na|b\nc");
    assert_eq!(after("|ab|", Command::Duplicate), "ab|ab|");
    assert_eq!(after("a\nb|b\nc", Command::MoveLineUp), "b|b\na\nc");
    assert_eq!(after("a\r\nb|b", Command::MoveLineUp), "b|b\r\na");
    assert_eq!(after("a|\nb\n", Command::MoveLineDown), "b\na|\n");
    assert_eq!(after("a|", Command::MoveLineDown), "a|");
    assert_eq!(after("a\nbc|d\ne", Command::DeleteLine), "a\ne|");
    assert_eq!(after("a\nb|", Command::DeleteLine), "a|");
    assert_eq!(after("|a\n\nb|", Command::Indent), "    |a\n\n    b|");
    assert_eq!(after("|    a\n  b\n\tc|", Command::Outdent), "|a\nb\nc|");
    assert_eq!(after("ab|", Command::Indent), "ab  |");
    assert_eq!(after("    |a", Command::Backspace), "|a");
}

#[test]
fn words_and_home() {
    assert_eq!(after("RUN apt-get| x", Command::DeleteWordLeft), "RUN apt-| x");
    assert_eq!(after("a\n|b", Command::DeleteWordLeft), "a|b");
    assert_eq!(after("a |bc  de", Command::DeleteWordRight), "a |  de");
    assert_eq!(after("  ab|", Command::Move(Motion::LineStart)), "  |ab");
    assert_eq!(after("  |ab", Command::Move(Motion::LineStart)), "|  ab");
    assert_eq!(after("日本 語|", Command::Move(Motion::WordLeft)), "日本 |語");
    assert_eq!(after("|a|b", Command::Move(Motion::Left)), "|ab");
}

#[test]
fn vertical_motion_keeps_the_column_of_the_screen() {
    let mut editor = editor("日本語|\nab\n\tx\nabcdefg");
    let columns = ["日本語\nab|\n\tx\nabcdefg", "日本語\nab\n\tx|\nabcdefg", "日本語\nab\n\tx\nabcdef|g"];
    for expected in columns {
        editor.handle(Command::Move(Motion::Down));
        assert_eq!(marked(&editor), expected);
    }
}

#[test]
fn copying_a_line_puts_it_in_as_a_line() {
    let mut editor = editor("a|b\nc");
    let outcome = editor.handle(Command::Copy);
    assert_eq!(outcome.effects, [EditorEffect::Copy("ab\n".to_owned())]);
    editor.handle(Command::Move(Motion::FileEnd));
    editor.handle(Command::Paste);
    assert_eq!(marked(&editor), "ab\nab\nc|");
    let outcome = editor.handle(Command::Cut);
    assert_eq!(outcome.effects, [EditorEffect::Copy("c\n".to_owned())]);
    assert_eq!(editor.text(), "ab\nab");
}

#[test]
fn quick_fixes_are_one_step_and_refused_when_they_do_not_fit() {
    let mut editor = editor("ADD a b\nCMD x|");
    assert!(!editor.apply_edits(&[Edit::insert(99, "x")]));
    assert!(!editor.apply_edits(&[Edit::delete((0..4).into()), Edit::delete((2..6).into())]));
    assert!(
        editor
            .apply_edits(&[Edit::replace((0..3).into(), "COPY"), Edit::replace((12..13).into(), "[\"x\"]")])
    );
    assert_eq!(marked(&editor), "COPY a b\nCMD [\"x\"]|");
    editor.handle(Command::Undo);
    assert_eq!(marked(&editor), "ADD a b\nCMD x|");
}

#[test]
fn a_reload_keeps_the_cursor_and_can_be_undone() {
    let mut editor = editor("one\ntwo\nthr|ee");
    editor.set_text_keeping_cursor("zero\none\ntwo\nthree");
    assert_eq!(marked(&editor), "zero\none\ntwo\nthr|ee");
    editor.handle(Command::Undo);
    assert_eq!(marked(&editor), "one\ntwo\nthr|ee");
    editor.set_text_keeping_cursor("é");
    editor.set_text_keeping_cursor("è");
    assert_eq!(editor.text(), "è");
}

#[test]
fn a_read_only_text_stays_as_it_is() {
    let mut editor = editor("abc|");
    editor.set_read_only(true);
    press(&mut editor, "x<bs><cr><c-k><c-x>");
    editor.paste("y");
    assert_eq!(editor.text(), "abc");
}

#[test]
fn find_goes_round_and_capitals_count_when_typed() {
    let mut editor = editor("run\nRUN |x\nrun");
    press(&mut editor, "<c-f>run");
    assert_eq!(marked(&editor), "run\nRUN x\n|run|");
    press(&mut editor, "<cr>");
    assert_eq!(marked(&editor), "|run|\nRUN x\nrun");
    press(&mut editor, "<bs><bs><bs>RU");
    assert_eq!(marked(&editor), "run\n|RU|N x\nrun");
    press(&mut editor, "<esc>");
    assert_eq!(editor.text(), "run\nRUN x\nrun", "the keys went to the bar");
}

#[test]
fn replacing_one_and_all() {
    let mut editor = editor("|a b a b a");
    press(&mut editor, "<c-r>a<tab>xy<cr>");
    assert_eq!(marked(&editor), "xy b |a| b a");
    editor.handle_key(KeyEvent::new(KeyCode::Char('a'), KeyModifiers::ALT));
    assert_eq!(editor.text(), "xy b xy b xy");
    press(&mut editor, "<esc>");
    editor.handle(Command::Undo);
    assert_eq!(editor.text(), "xy b a b a");
}

#[test]
fn going_to_a_line() {
    let mut editor = editor("|a\nbcd\ne");
    press(&mut editor, "<c-g>2:3<cr>");
    assert_eq!(marked(&editor), "a\nbc|d\ne");
    assert_eq!(editor.position(), Position { line: 2, column: 3 });
}

#[test]
fn keys_of_the_shell_are_left_to_it() {
    let mut editor = editor("a|");
    for event in [
        key(KeyCode::F(2)),
        key(KeyCode::Esc),
        ctrl('p'),
        ctrl('q'),
        KeyEvent::new(KeyCode::Enter, KeyModifiers::ALT),
    ] {
        assert_eq!(editor.handle_key(event), EditorOutcome::default(), "{event:?}");
        editor.set_vim(true);
        assert_eq!(editor.handle_key(event), EditorOutcome::default(), "{event:?} with vim keys");
        editor.set_vim(false);
    }
}
