//! The editor against a plain `String`.

use super::*;
use crate::text::sanitise;
use crate::tui::theme::Theme;
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_segmentation::UnicodeSegmentation as _;

const PIECES: &[&str] = &[
    "a",
    "b",
    " ",
    "    ",
    "\t",
    "_",
    "-",
    "FROM x",
    "RUN y \\",
    "日",
    "本",
    "é",
    "e\u{301}",
    "\u{301}",
    "👩‍👩‍👧",
    "🇩🇪",
    "🇫",
    "\u{200d}",
    "\n",
    "\r\n",
    "\r",
    "\n\n",
    "ﾞ",
    "\u{1b}",
    "\u{202e}",
    "\u{2028}",
    "\u{9b}",
    "\u{0}",
    "\u{e0041}",
    "க்ஷி",
    "각",
    "\u{1100}",
];

fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(PIECES), 0..30).prop_map(|pieces| pieces.concat())
}

#[derive(Debug, Clone)]
enum Op {
    Do(Command),
    Paste(String),
    Jump(usize, usize),
    Reload(String),
}

fn op() -> impl Strategy<Value = Op> {
    use Command as C;
    use Motion as M;
    let commands = [
        C::Insert('a'),
        C::Insert(' '),
        C::Insert('日'),
        C::Insert('\u{301}'),
        C::Insert('\u{200d}'),
        C::Newline,
        C::Backspace,
        C::Delete,
        C::DeleteWordLeft,
        C::DeleteWordRight,
        C::DeleteLine,
        C::Indent,
        C::Outdent,
        C::ToggleComment,
        C::Duplicate,
        C::MoveLineUp,
        C::MoveLineDown,
        C::Undo,
        C::Redo,
        C::Copy,
        C::Cut,
        C::Paste,
        C::SelectAll,
        C::SelectLine,
        C::Move(M::Left),
        C::Move(M::Right),
        C::Move(M::Up),
        C::Move(M::Down),
        C::Move(M::WordLeft),
        C::Move(M::WordRight),
        C::Move(M::LineStart),
        C::Move(M::LineEnd),
        C::Select(M::Left),
        C::Select(M::Right),
        C::Select(M::Up),
        C::Select(M::Down),
        C::Select(M::WordLeft),
        C::Select(M::WordRight),
        C::Select(M::FileEnd),
        C::Move(M::PageUp),
        C::Move(M::PageDown),
    ];
    prop_oneof![
        8 => proptest::sample::select(commands.to_vec()).prop_map(Op::Do),
        2 => text().prop_map(Op::Paste),
        2 => (0usize..200, 0usize..200).prop_map(|(a, b)| Op::Jump(a, b)),
        1 => text().prop_map(Op::Reload),
    ]
}

fn run(editor: &mut Editor, op: &Op) {
    match op {
        Op::Do(command) => drop(editor.handle(*command)),
        Op::Paste(text) => drop(editor.paste(text)),
        Op::Jump(anchor, head) => editor.select(Selection { anchor: *anchor, head: *head }),
        Op::Reload(text) => editor.set_text_keeping_cursor(text),
    }
}

/// Every place of `text`: beginnings of clusters and ends of lines.
fn places(text: &str) -> Vec<usize> {
    let mut places = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.strip_suffix("\r\n").or_else(|| line.strip_suffix('\n')).unwrap_or(line);
        places.extend(content.grapheme_indices(true).map(|(at, _)| start + at));
        places.push(start + content.len());
        start += line.len();
    }
    places.push(text.len());
    places
}

/// What one operation must make of the text, told without the editor.
fn expected(before: &str, selection: Selection, op: &Op, eol: &str) -> Option<String> {
    let range = selection.range();
    let put = |range: Range<usize>, with: &str| {
        Some(format!("{}{with}{}", &before[..range.start], &before[range.end..]))
    };
    let places = places(before);
    match op {
        Op::Reload(text) => Some(text.clone()),
        Op::Paste(text) => put(range, &text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', eol)),
        Op::Do(Command::Insert(c)) => put(range, &c.to_string()),
        Op::Do(Command::Backspace | Command::Delete | Command::Cut) if !range.is_empty() => put(range, ""),
        Op::Do(Command::Delete) => {
            let next = places.iter().copied().find(|place| *place > range.start).unwrap_or(before.len());
            put(range.start..next, "")
        }
        Op::Do(Command::Backspace) => {
            let line = before[..range.start].rfind('\n').map_or(0, |at| at + 1);
            let blanks = &before[line..range.start];
            if blanks.len() > 1 && blanks.bytes().all(|b| b == b' ') {
                return put((blanks.len() - 1) / TAB_WIDTH * TAB_WIDTH + line..range.start, "");
            }
            let previous = places.iter().copied().rfind(|place| *place < range.start).unwrap_or(0);
            put(previous..range.start, "")
        }
        Op::Do(
            Command::Move(_) | Command::Select(_) | Command::SelectAll | Command::SelectLine | Command::Copy,
        )
        | Op::Jump(..) => Some(before.to_owned()),
        Op::Do(_) => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn edits_do_to_the_text_what_they_do_to_a_string(
        start in text(), ops in proptest::collection::vec(op(), 1..25)
    ) {
        let mut editor = Editor::new(&start, Language::Dockerfile);
        let mut seen = vec![start.clone()];
        for op in &ops {
            let before = editor.text();
            let (selection, revision) = (editor.selection(), editor.revision());
            let eol = editor.document.eol();
            run(&mut editor, op);
            let now = editor.text();
            if let Some(expected) = expected(&before, selection, op, eol) {
                prop_assert_eq!(&now, &expected, "{:?}", op);
            }
            if matches!(op, Op::Do(Command::Undo)) {
                prop_assert!(seen.contains(&now), "undo made a text that never was: {now:?}");
            }
            prop_assert!(now == before || editor.revision() != revision);
            seen.push(now.clone());
            let places = places(&now);
            let Selection { anchor, head } = editor.selection();
            prop_assert!(places.contains(&head), "{op:?} left the cursor at {head} of {now:?}");
            prop_assert!(places.contains(&anchor), "{op:?} left the anchor at {anchor} of {now:?}");
        }
        let end = editor.text();
        let mut steps = 0;
        while editor.handle(Command::Undo).changed {
            steps += 1;
        }
        prop_assert_eq!(editor.text(), start);
        prop_assert!(!editor.is_modified());
        for _ in 0..steps {
            prop_assert!(editor.handle(Command::Redo).changed);
        }
        if !ops.iter().any(|op| matches!(op, Op::Do(Command::Undo))) {
            prop_assert_eq!(editor.text(), end);
        }
    }

    #[test]
    fn places_are_those_of_the_whole_text(text in text()) {
        let document = Document::new(&text);
        let places = places(&text);
        for byte in 0..=text.len() {
            let floor = places.iter().copied().rfind(|place| *place <= byte).unwrap_or(0);
            prop_assert_eq!(document.floor(byte), floor);
        }
        for pair in places.windows(2).filter(|pair| pair[0] < pair[1]) {
            prop_assert_eq!(document.next(pair[0]), pair[1]);
            prop_assert_eq!(document.previous(pair[1]), pair[0]);
        }
    }

    #[test]
    fn no_cell_holds_what_steers_a_terminal(
        text in text(), ops in proptest::collection::vec(op(), 0..8), find in text(),
        (width, height) in (1u16..60, 1u16..12), ascii: bool, vim: bool,
    ) {
        let mut editor = Editor::new(&text, Language::Dockerfile);
        editor.set_vim(vim);
        let theme = Theme { ascii, ..Theme::default() };
        let area = Rect::new(0, 0, width, height);
        for op in &ops {
            run(&mut editor, op);
        }
        editor.set_gutter(vec![Some(GutterCell::new(text.clone(), crate::tui::theme::Role::Muted))]);
        editor.set_completion_words(CompletionWords { paths: vec![text], images: vec![find.clone()] });
        for round in 0..3 {
            let mut buffer = Buffer::empty(area);
            let cursor = EditorView::new(&editor, &theme).gutter(GUTTER_WIDTH).draw(area, &mut buffer);
            for cell in buffer.content() {
                prop_assert!(!cell.symbol().chars().any(sanitise::is_unsafe), "{:?}", cell.symbol());
            }
            prop_assert!(cursor.is_none_or(|at| area.contains(at)));
            match round {
                0 => {
                    editor.handle(Command::Find);
                    editor.paste(&find);
                }
                _ => {
                    editor.handle(Command::Cancel);
                    editor.handle(Command::Complete);
                }
            }
        }
    }

    #[test]
    fn vim_keys_never_leave_the_cursor_inside_a_cluster(
        text in text(),
        keys in proptest::collection::vec(proptest::sample::select(
            "hjklwbeWBE0^$gGdcy><xXsSDCYpPrJ~iaIAoOuvV.;,ftT123 \"(\u{1b}n/q".chars().collect::<Vec<_>>()), 0..60)
    ) {
        let mut editor = Editor::new(&text, Language::Dockerfile);
        editor.set_vim(true);
        for c in keys {
            editor.handle_key(key(if c == '\u{1b}' { KeyCode::Esc } else { KeyCode::Char(c) }));
            let now = editor.text();
            prop_assert!(places(&now).contains(&editor.cursor()), "{} in {now:?} after {c:?}", editor.cursor());
        }
        editor.handle_key(key(KeyCode::Esc));
        editor.handle_key(key(KeyCode::Esc));
        while editor.handle(Command::Undo).changed {}
        prop_assert_eq!(editor.text(), text);
    }
}
