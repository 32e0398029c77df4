//! What is drawn of a document.

use super::*;
use crate::text::sanitise;
use proptest::prelude::*;

#[test]
fn code_is_coloured() {
    let layout = parse("```dockerfile\nFROM alpine:3.19 # x\n```").layout(40, false);
    let from = layout.lines[1].runs.iter().find(|run| run.text.contains("FROM")).unwrap();
    assert_eq!(from.look.role, Role::Keyword);
}

#[test]
fn an_address_is_sent_with_every_cell_of_its_link_and_changes_no_width() {
    let document = parse("[容x](https://a.b/)");
    let layout = document.layout(10, false);
    let area = Rect::new(0, 0, 10, 1);
    let (mut plain, mut linked) = (Buffer::empty(area), Buffer::empty(area));
    let theme = Theme { hyperlinks: true, ..Theme::default() };
    draw(document.links(), &layout, 0, Marks::default(), area, &mut plain, &Theme::default());
    draw(document.links(), &layout, 0, Marks::default(), area, &mut linked, &theme);
    assert_eq!(plain[(0, 0)].symbol(), "容");
    assert_eq!(linked[(0, 0)].symbol(), "\u{1b}]8;id=0;https://a.b/\u{1b}\\容\u{1b}]8;;\u{1b}\\");
    for x in 0..10 {
        assert_eq!(plain[(x, 0)].cell_width(), linked[(x, 0)].cell_width(), "cell {x}");
    }
    let empty = Buffer::empty(area);
    let sent: Vec<u16> = empty.diff(&linked).iter().map(|(x, _, _)| *x).collect();
    assert_eq!(sent, [0, 2]);
}

#[test]
fn controls_and_bidi_never_reach_a_cell() {
    let hostile = "a\u{1b}[31m\u{9b}b\u{202e}c `\u{7}x` [t\u{1b}](https://a.b/\u{1b}]0;x)\n\n```\u{1b}[2J\n\tx\u{8}\u{2066}\n```\n";
    let theme = Theme { hyperlinks: true, ..Theme::default() };
    assert_clean(&drawn(hostile, 40, &theme));
}

fn drawn(markdown: &str, width: u16, theme: &Theme) -> Buffer {
    let document = parse(markdown);
    let layout = document.layout(width, false);
    let area = Rect::new(0, 0, width.max(1), 12);
    let mut buffer = Buffer::empty(area);
    draw(document.links(), &layout, 0, Marks::default(), area, &mut buffer, theme);
    buffer
}

fn assert_clean(buffer: &Buffer) {
    for cell in buffer.content() {
        assert!(!cell.symbol().chars().any(sanitise::is_unsafe), "{:?}", cell.symbol());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn any_text_is_drawn_soundly(
        markdown in r"([#>*+|`~\[\]()!:\-1.x \n\t\\<&_^=]|\PC|\pC|```[a-z]*\n|容|👩‍👩‍👧|e\u{301}){0,200}",
        width in 0u16..60,
    ) {
        assert_clean(&drawn(&markdown, width, &Theme::default()));
    }
}
