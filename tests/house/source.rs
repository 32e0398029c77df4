//! Rust source as the house rules see it: without comments, strings and tests, as the paths it names.

use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The code of a file: comments and the insides of strings and characters are gone, and so is a test
/// module at its end.
pub fn code(source: &str) -> String {
    let blank = blank(source);
    static TESTS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"#\[cfg\(test\)\]\s*(#\[[^\]]*\]\s*)*mod \w+ \{").expect("a regular expression")
    });
    match TESTS.find(&blank) {
        Some(found) => blank[..found.start()].to_owned(),
        None => blank,
    }
}

fn blank(source: &str) -> String {
    // In the order in which they can start; a lifetime is no character.
    static TOKENS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r####"(?sx) //[^\n]* | /\*.*?\*/ | b?r"[^"]*" | b?r\#"(?:[^"]|"[^\#])*"\#
                | b?r\#\#"(?:[^"]|"[^\#]|"\#[^\#])*"\#\# | b?"(?:\\.|[^"\\])*" | b?'(?:\\[^\n]{1,9}?|[^'\\\n])' "####,
        )
        .expect("a regular expression")
    });
    TOKENS
        .replace_all(source, |found: &regex::Captures| if found[0].starts_with('/') { " " } else { "\"\"" })
        .into_owned()
}

/// Every path that code names, `use` trees taken apart: `use std::{fs, io::Read}` names `std::fs` and
/// `std::io::Read`. Macros of a crate count as `name!`'s path: `tokio::select`.
pub fn paths(code: &str) -> BTreeSet<String> {
    static USE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?s)\buse\s+([^;]+);").expect("a regular expression"));
    static INLINE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\b[A-Za-z_]\w*(?:\s*::\s*[A-Za-z_]\w*)+").expect("a regular expression")
    });
    let mut found = BTreeSet::new();
    for tree in USE.captures_iter(code) {
        expand("", tree[1].trim(), &mut found);
    }
    let rest = USE.replace_all(code, ";");
    for path in INLINE.find_iter(&rest) {
        found.insert(path.as_str().split_whitespace().collect());
    }
    found
}

/// Adds the paths of one `use` tree under `prefix`.
fn expand(prefix: &str, tree: &str, found: &mut BTreeSet<String>) {
    let tree = tree.trim();
    if tree.is_empty() {
        return;
    }
    let Some(open) = tree.find('{') else {
        let path = tree.split(" as ").next().unwrap_or_default().trim();
        let path =
            if path == "self" { prefix.trim_end_matches("::").to_owned() } else { format!("{prefix}{path}") };
        found.insert(path.trim_start_matches("::").split_whitespace().collect());
        return;
    };
    let prefix = format!("{prefix}{}", &tree[..open]);
    let (mut depth, mut start) = (0, open + 1);
    for (at, character) in tree.char_indices().skip_while(|(at, _)| *at <= open) {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => return expand(&prefix, &tree[start..at], found),
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&prefix, &tree[start..at], found);
                start = at + 1;
            }
            _ => {}
        }
    }
}
