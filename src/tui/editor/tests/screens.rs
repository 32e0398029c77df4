//! What the view draws. Below each line of text, one of marks: `s` selected, `u` underlined, `m` a
//! match; the cursor is `▏` before its cell.

use super::*;
use crate::lint::{Applicability, Fix, Severity};
use crate::tui::theme::{Role, Theme};
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use std::time::Duration;

fn draw(editor: &Editor, width: u16, height: u16) -> String {
    draw_in(editor, &Theme::default(), width, height)
}

fn draw_in(editor: &Editor, theme: &Theme, width: u16, height: u16) -> String {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    let cursor = EditorView::new(editor, theme).gutter(GUTTER_WIDTH).draw(area, &mut buffer);
    let selection = theme.style(Role::Selection);
    let found = theme.style(Role::Match);
    let mut out = String::new();
    for y in 0..height {
        let (mut text, mut marks) = (String::new(), String::new());
        let mut hidden = 0;
        for x in 0..width {
            let cell = &buffer[(x, y)];
            if cursor == Some((x, y).into()) {
                text.push('▏');
                marks.push(' ');
            }
            let style = cell.style();
            marks.push(match () {
                () if selection.bg.is_some() && style.bg == selection.bg => 's',
                () if found.bg.is_some() && style.bg == found.bg => 'm',
                () if style.add_modifier.contains(Modifier::UNDERLINED) => 'u',
                () => ' ',
            });
            if hidden > 0 {
                hidden -= 1;
                continue;
            }
            text.push_str(cell.symbol());
            hidden = super::super::width(cell.symbol()).saturating_sub(1);
        }
        out.push_str(&format!("{}\n", text.trim_end()));
        if !marks.trim().is_empty() {
            out.push_str(&format!("{}\n", marks.trim_end()));
        }
    }
    out
}

fn diagnostic(severity: Severity, span: Range<usize>, message: &str, fix: bool) -> Diagnostic {
    Diagnostic {
        code: "DL3020",
        name: "use-copy",
        severity,
        span: span.into(),
        message: message.to_owned(),
        fix: fix.then(|| Fix {
            title: "Use COPY".to_owned(),
            applicability: Applicability::Safe,
            edits: vec![Edit::replace((17..20).into(), "COPY")],
        }),
    }
}

fn example() -> Editor {
    let mut editor = editor(
        "FROM python:3.12\nA|DD . /app\nWORKDIR /app\nRUN pip install -r requirements.txt\nCMD python main.py\n",
    );
    editor.set_diagnostics(vec![
        diagnostic(Severity::Warning, 17..20, "Use COPY for plain files", true),
        diagnostic(Severity::Info, 82..96, "Use the exec form", false),
    ]);
    editor.set_gutter(vec![
        Some(GutterCell::new("1020", Role::Text)),
        Some(GutterCell::new(" 0.1", Role::Text).and("  0.4 ", Role::Muted).and("↻", Role::Warning)),
    ]);
    editor
}

#[test]
fn problems_gutter_and_message() {
    insta::assert_snapshot!("wide", draw(&example(), 80, 8));
    insta::assert_snapshot!("narrow", draw(&example(), 40, 5));
    insta::assert_snapshot!("tiny", draw(&example(), 9, 3));
    let ascii = Theme { ascii: true, colour: false, ..Theme::default() };
    insta::assert_snapshot!("ascii", draw_in(&example(), &ascii, 80, 6));
}

#[test]
fn wide_characters_tabs_and_controls() {
    let mut editor = editor("|日本語 e\u{301}x\n\ta\tb|\n\u{1b}[31m\u{202e}\u{9b}x\u{0}\n👩‍👩‍👧‍👦 🇩🇪 y\r\nlast");
    insta::assert_snapshot!("glyphs", draw(&editor, 30, 7));
    editor.go_to(2);
    for _ in 0..10 {
        editor.scroll_sideways(1);
        let drawn = draw(&editor, 12, 3);
        assert!(!drawn.contains('\u{1b}'));
    }
    editor.go_to(0);
    draw(&editor, 30, 3);
    editor.scroll_sideways(1);
    insta::assert_snapshot!("cut by the left edge", draw(&editor, 30, 3));
}

#[test]
fn a_long_line_scrolls_with_the_cursor() {
    let mut editor = Editor::new(&format!("{}end", "日本 ".repeat(40)), Language::Plain);
    editor.handle(Command::Move(Motion::LineEnd));
    insta::assert_snapshot!("scrolled right", draw(&editor, 30, 2));
}

#[test]
fn the_scroll_follows_the_cursor_but_not_the_wheel() {
    let text: String = (1..=100).map(|n| format!("line {n}\n")).collect();
    let mut editor = Editor::new(&text, Language::Plain);
    draw(&editor, 30, 10);
    editor.go_to_position(Position { line: 50, column: 1 });
    assert!(draw(&editor, 30, 10).contains("▏line 50"));
    let wheel =
        MouseEvent { kind: MouseEventKind::ScrollUp, column: 3, row: 3, modifiers: KeyModifiers::NONE };
    for _ in 0..10 {
        editor.handle_mouse(wheel, Duration::ZERO);
    }
    let scrolled = draw(&editor, 30, 10);
    assert!(!scrolled.contains("line 50") && scrolled.contains("line 11"), "{scrolled}");
    press(&mut editor, "x");
    assert!(draw(&editor, 30, 10).contains("x▏line 50"));
}

#[test]
fn clicks_select_characters_words_and_lines() {
    let mut editor = editor("|FROM 日本 x\nRUN apt-get update\n");
    let drawn = draw(&editor, 40, 5);
    let column = drawn.lines().next().and_then(|l| l.find("▏FROM")).expect("the first line") as u16;
    let click = |editor: &mut Editor, kind, x: u16, y, at| {
        let event = MouseEvent { kind, column: column + x, row: y, modifiers: KeyModifiers::NONE };
        editor.handle_mouse(event, Duration::from_millis(at))
    };
    let down = MouseEventKind::Down(MouseButton::Left);
    click(&mut editor, down, 6, 0, 0);
    assert_eq!(marked(&editor), "FROM |日本 x\nRUN apt-get update\n");
    click(&mut editor, down, 5, 1, 1_000);
    click(&mut editor, down, 5, 1, 1_200);
    assert_eq!(marked(&editor), "FROM 日本 x\nRUN |apt|-get update\n");
    click(&mut editor, MouseEventKind::Drag(MouseButton::Left), 13, 1, 1_300);
    assert_eq!(marked(&editor), "FROM 日本 x\nRUN |apt-get update|\n");
    click(&mut editor, down, 5, 1, 1_350);
    assert_eq!(marked(&editor), "FROM 日本 x\n|RUN apt-get update\n|");
    assert!(!click(&mut editor, down, 5, 9, 3_000).consumed, "outside");
}

#[test]
fn find_bar_and_matches() {
    let mut editor = editor("|FROM a\nRUN a\nRUN b\n");
    press(&mut editor, "<c-f>run");
    insta::assert_snapshot!("find", draw(&editor, 40, 6));
    press(&mut editor, "<c-r>RUN --network=none");
    insta::assert_snapshot!("replace", draw(&editor, 40, 6));
}

#[test]
fn completion_popup() {
    let mut editor = editor("FROM a AS b\n|");
    press(&mut editor, "e");
    insta::assert_snapshot!("offers", draw(&editor, 60, 8));
    let mut below = super::editor("\n\n\n\n\n\n|");
    press(&mut below, "COPY --");
    insta::assert_snapshot!("offers above", draw(&below, 60, 7));
}

#[test]
fn an_empty_text_and_a_single_cell() {
    insta::assert_snapshot!("empty", draw(&editor("|"), 20, 2));
    draw(&example(), 1, 1);
}
