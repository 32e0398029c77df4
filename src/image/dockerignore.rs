//! `.dockerignore` with Docker's own semantics: which paths of a folder never reach the builder.
//!
//! Patterns are those of Go's `filepath.Match` with `**` added; a leading `/` is dropped, `!` makes
//! an exception, the last pattern that matches a path or one of its parents decides.

use regex::Regex;

/// A parsed `.dockerignore`.
#[derive(Debug, Clone, Default)]
pub struct Ignore {
    patterns: Vec<Pattern>,
    errors: Vec<IgnoreError>,
}

/// A pattern that Docker refuses; a build with it fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreError {
    /// Line in the file, from 1.
    pub line: usize,
    /// The pattern as written.
    pub pattern: String,
}

#[derive(Debug, Clone)]
struct Pattern {
    exception: bool,
    text: String,
    regex: Regex,
}

impl Ignore {
    /// Reads a `.dockerignore`. Never fails: patterns Docker would refuse are in [`Ignore::errors`].
    pub fn parse(text: &str) -> Self {
        let mut ignore = Self::default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (index, line) in text.lines().enumerate() {
            // Docker looks for `#` before it trims, so an indented `#` is a pattern.
            if line.starts_with('#') {
                continue;
            }
            let written = line.trim();
            if written.is_empty() {
                continue;
            }
            match Pattern::parse(written) {
                Some(pattern) => ignore.patterns.push(pattern),
                None => ignore.errors.push(IgnoreError { line: index + 1, pattern: written.to_string() }),
            }
        }
        ignore
    }

    /// Patterns a builder has read already: one each, and none is a comment.
    pub fn from_patterns<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Self {
        let patterns = patterns.into_iter().filter_map(Pattern::parse).collect();
        Self { patterns, errors: Vec::new() }
    }

    /// Patterns Docker would refuse.
    pub fn errors(&self) -> &[IgnoreError] {
        &self.errors
    }

    /// Whether nothing is ignored.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether `path` (relative to the context, with `/`) stays out of the context.
    pub fn excludes(&self, path: &str) -> bool {
        let path = path.trim_start_matches("./").trim_end_matches('/');
        let mut excluded = false;
        for pattern in &self.patterns {
            // A pattern that would change nothing need not be tried.
            if pattern.exception == excluded && pattern.covers(path) {
                excluded = !pattern.exception;
            }
        }
        excluded
    }

    /// Whether something below the excluded folder `dir` may be in the context all the same, so that
    /// a walk has to go into it.
    pub fn may_keep_below(&self, dir: &str) -> bool {
        let below = format!("{dir}/");
        self.patterns.iter().filter(|pattern| pattern.exception).any(|pattern| {
            // What stands before the first wildcard decides where an exception may match.
            let fixed = pattern.text.split(['*', '?', '[', '\\']).next().unwrap_or_default();
            let wild = fixed.len() < pattern.text.len();
            fixed.starts_with(&below) || wild && below.starts_with(fixed)
        })
    }
}

impl Pattern {
    fn parse(written: &str) -> Option<Self> {
        let (exception, text) = match written.strip_prefix('!') {
            Some(rest) => (true, rest.trim()),
            None => (false, written),
        };
        if text.is_empty() {
            return None;
        }
        let text = clean(text);
        let text = if text.len() > 1 { text.strip_prefix('/').unwrap_or(&text).to_string() } else { text };
        let regex = Regex::new(&translate(&text)?).ok()?;
        Some(Self { exception, text, regex })
    }

    /// Whether the pattern matches `path` or one of the folders it is in.
    fn covers(&self, path: &str) -> bool {
        self.regex.is_match(path) || path.match_indices('/').any(|(at, _)| self.regex.is_match(&path[..at]))
    }
}

/// Go's `path.Clean`: no empty or `.` elements, `..` resolved where that is possible.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." => {
                    parts.pop();
                }
                _ if rooted => {}
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_string(),
        (false, false) => parts.join("/"),
    }
}

/// The regular expression of a pattern; nothing when its brackets or escapes are not closed.
fn translate(pattern: &str) -> Option<String> {
    let mut out = String::from("(?s)^");
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.peek() == Some(&'*') => {
                chars.next();
                if chars.peek() == Some(&'/') {
                    chars.next();
                }
                out.push_str(if chars.peek().is_none() { ".*" } else { "(.*/)?" });
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '\\' => push_literal(&mut out, chars.next()?),
            '[' => translate_class(&mut out, &mut chars)?,
            c => push_literal(&mut out, c),
        }
    }
    out.push('$');
    Some(out)
}

fn translate_class(out: &mut String, chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<()> {
    out.push('[');
    if chars.peek() == Some(&'^') {
        chars.next();
        out.push('^');
    }
    let mut ranges = 0;
    loop {
        let low = match chars.next()? {
            ']' if ranges > 0 => break,
            // A bare `]` or `-` cannot open a range.
            ']' | '-' => return None,
            '\\' => chars.next()?,
            c => c,
        };
        push_literal(out, low);
        if chars.peek() == Some(&'-') {
            chars.next();
            let high = match chars.next()? {
                ']' | '-' => return None,
                '\\' => chars.next()?,
                c => c,
            };
            out.push('-');
            push_literal(out, high);
        }
        ranges += 1;
    }
    out.push(']');
    Some(())
}

fn push_literal(out: &mut String, c: char) {
    out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn holds(ignore: &str, excluded: &[&str], kept: &[&str]) {
        let parsed = Ignore::parse(ignore);
        for path in excluded {
            assert!(parsed.excludes(path), "{ignore:?} should exclude {path}");
        }
        for path in kept {
            assert!(!parsed.excludes(path), "{ignore:?} should keep {path}");
        }
    }

    #[test]
    fn plain_names_match_at_the_root_and_take_all_below() {
        holds(
            "node_modules",
            &["node_modules", "node_modules/a/b.js"],
            &["src/node_modules", "node_modules2"],
        );
        holds("/build/", &["build", "build/x"], &["src/build"]);
        holds("./a/../b", &["b", "b/c"], &["a"]);
    }

    #[test]
    fn stars_stop_at_slashes_and_double_stars_do_not() {
        holds("*.md", &["a.md", ".md"], &["docs/a.md", "a.mdx"]);
        holds("**/*.md", &["a.md", "docs/deep/a.md"], &["a.txt"]);
        holds("**/node_modules", &["node_modules/x", "a/b/node_modules/x/y"], &["a/node_modules2"]);
        holds("docs/**", &["docs/a", "docs/a/b"], &["docs", "doc"]);
        holds("a/**/z", &["a/z", "a/b/c/z"], &["a/b"]);
        holds("**", &["a", "a/b"], &[]);
        holds("temp?", &["temp1", "tempa/x"], &["temp", "temp12"]);
    }

    #[test]
    fn the_last_match_decides() {
        holds("*\n!keep", &["a", "b/c"], &["keep", "keep/below"]);
        holds("*.md\n!README*.md\nREADME-secret.md", &["x.md", "README-secret.md"], &["README.md"]);
        holds("!keep\n*", &["keep"], &[]);
        holds("secrets\n!secrets/public/**", &["secrets/key"], &["secrets/public/a"]);
    }

    #[test]
    fn comments_blanks_and_marks_are_not_patterns() {
        holds("\u{feff}# a\n\n  b  \n #c\r\nd\r\n", &["b", "d", "#c"], &["# a", "a", "c"]);
    }

    #[test]
    fn classes_and_escapes() {
        holds("[ab].txt", &["a.txt", "b.txt"], &["c.txt"]);
        holds("[^a-c].txt", &["d.txt"], &["a.txt"]);
        holds(r"\*.txt", &["*.txt"], &["a.txt"]);
        holds("a.b+c(d)", &["a.b+c(d)"], &["aXb+c(d)"]);
        holds("[&&~].x", &["&.x", "~.x"], &["a.x"]);
    }

    #[test]
    fn what_docker_refuses_is_named_with_its_line() {
        let parsed = Ignore::parse("ok\n[a\n!\n\\");
        let lines: Vec<usize> = parsed.errors().iter().map(|error| error.line).collect();
        assert_eq!(lines, [2, 3, 4]);
        assert!(parsed.excludes("ok"));
    }

    #[test]
    fn a_walk_enters_an_excluded_folder_only_for_an_exception() {
        let parsed = Ignore::parse("*\n!src/app/*.py\n!a");
        assert!(parsed.may_keep_below("src"));
        assert!(parsed.may_keep_below("src/app"));
        assert!(!parsed.may_keep_below("node_modules"));
        assert!(!parsed.may_keep_below("srcs"));
        let parsed = Ignore::parse("*\n!**/keep");
        assert!(parsed.may_keep_below("any/where"));
        assert!(!Ignore::parse("*").may_keep_below("a"));
    }
}
