//! What every document must keep to, whatever is in it.

use super::*;
use crate::text::sanitise;
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn parsed(markdown: &str) -> Document {
    Document::parse(markdown, unpainted)
}

fn shown(markdown: &str, width: u16) -> String {
    let layout = parsed(markdown).layout(width, false);
    layout.lines.iter().map(|line| line.text() + "\n").collect()
}

fn sound(markdown: &str, width: u16) {
    for ascii in [false, true] {
        let layout = parsed(markdown).layout(width, ascii);
        for line in &layout.lines {
            assert!(line.width() <= usize::from(width), "{:?} is wider than {width}", line.text());
            assert!(!line.text().chars().any(sanitise::is_unsafe), "{:?}", line.text());
        }
    }
}

const SAMPLE: &str = "\
# Images, *small* and large

A paragraph with **strong**, *emphasis*, ~~struck~~ words, `inline code`, a [link](https://docs.docker.com/build/)
and a [lesson](02-dockerfile-basics.md#run). 容器映像是分层的，每一层只保存差异。Emoji 👩‍👩‍👧 too.[^1]

## Lists

1. First
2. Second
   - nested *one*
   - nested two with a text that is long enough to wrap at eighty columns, so that its indentation is seen
3. Third

- [x] done
- [ ] to do

> A quote
> > inside a quote

> [!WARNING]
> Never bake a secret into a layer.

| Base | Size | Remark |
| :--- | ---: | :----: |
| `python:3.12` | 1020 MB | everything and a compiler, which a server that only answers requests never needs |
| `python:3.12-slim-bookworm` | 140 MB | usual |

```dockerfile
FROM python:3.12-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends build-essential libpq-dev && rm -rf /var/lib/apt/lists/*
```

### Third level

![A diagram of layers](layers.png)

---

<div onclick=\"x()\">html</div>

[^1]: A footnote.
";

#[test]
fn a_page_at_80_and_30_columns() {
    insta::assert_snapshot!("page_80", shown(SAMPLE, 80));
    insta::assert_snapshot!("page_30", shown(SAMPLE, 30));
    for width in 1..100 {
        sound(SAMPLE, width);
    }
}

#[test]
fn a_page_read_out() {
    insta::assert_snapshot!("page_spoken", spoken(&parsed(SAMPLE)));
}

#[test]
fn a_layout_knows_its_headings_and_links() {
    let document = parsed(SAMPLE);
    let layout = document.layout(80, false);
    let names: Vec<_> = layout.headings.iter().map(|h| (h.level, h.slug.as_str())).collect();
    assert_eq!(names, [(1, "images-small-and-large"), (2, "lists"), (3, "third-level")]);
    assert!(layout.lines[layout.headings[1].line].text().contains("Lists"));
    assert_eq!(layout.links().iter().map(|(link, _)| *link).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(document.links()[0], Target::Web("https://docs.docker.com/build/".to_owned()));
}

#[test]
fn search_marks_cells_and_folds_case_unless_asked_not_to() {
    let layout = parsed("容 Cache, cache and CACHE").layout(40, false);
    assert_eq!(search(&layout, "cache"), [(0, 3..8), (0, 10..15), (0, 20..25)]);
    assert_eq!(search(&layout, "Cache"), [(0, 3..8)]);
    assert_eq!(search(&layout, ""), []);
}

#[test]
fn controls_and_bidi_never_come_through() {
    let hostile = "a\u{1b}[31m\u{9b}b\u{202e}c `\u{7}x` [t\u{1b}](https://a.b/\u{1b}]0;x)\n\n```\u{1b}[2J\n\tx\u{8}\u{2066}\n```\n";
    sound(hostile, 40);
    assert!(!spoken(&parsed(hostile)).chars().any(|c| c != '\n' && sanitise::is_unsafe(c)));
}

#[test]
fn hostile_pages_take_no_longer_than_their_size() {
    let mega = 1 << 16;
    let inputs = [
        ">".repeat(mega),
        "- ".repeat(mega / 2),
        (0..1000).map(|depth| format!("{}- x\n", "  ".repeat(depth))).collect(),
        "[".repeat(mega),
        "**a ".repeat(mega / 4),
        "`".repeat(mega),
        "x".repeat(mega),
        "容".repeat(mega / 3),
        format!("a{}", "\u{301}".repeat(mega / 2)),
        format!("|{0}\n|{1}\n{2}", "a|".repeat(1000), "-|".repeat(1000), "|\n".repeat(mega / 2)),
        "[^a]: ".repeat(mega / 6),
        "<".repeat(mega),
    ];
    for input in &inputs {
        let start = Instant::now();
        sound(input, 80);
        sound(input, 3);
        // Debug builds on a shared machine: generous, yet far from what quadratic time would take.
        let took = start.elapsed();
        assert!(
            took < Duration::from_secs(8),
            "{:?}… took {took:?}",
            &input.chars().take(9).collect::<String>()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_text_is_laid_out_soundly(
        markdown in r"([#>*+|`~\[\]()!:\-1.x \n\t\\<&_^=]|\PC|\pC|```[a-z]*\n|> \[!NOTE\]\n|\|-\|-\|\n|容|👩‍👩‍👧|e\u{301}){0,200}",
        width in 0u16..60,
    ) {
        sound(&markdown, width);
        let document = parsed(&markdown);
        let layout = document.layout(width, false);
        prop_assert!(!spoken(&document).chars().any(|c| c != '\n' && sanitise::is_unsafe(c)));
        search(&layout, "x");
    }
}
