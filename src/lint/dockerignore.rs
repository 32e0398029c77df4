//! `.dockerignore` as Docker reads it: which paths stay out of the build context.

/// The patterns of a `.dockerignore`, in order.
pub(super) struct Ignore<'a> {
    patterns: Vec<(bool, Vec<&'a str>)>,
}

/// No path that a build can copy is deeper; one that is counts as not left out.
const DEEPEST: usize = 64;
/// Longer patterns match nothing.
const LONGEST: usize = 512;

impl<'a> Ignore<'a> {
    /// The patterns in `text`.
    pub(super) fn new(text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let pattern = |line: &'a str| {
            let (again, path) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest.trim()));
            (again, parts(path))
        };
        Self { patterns: lines.filter(|line| line.len() <= LONGEST).map(pattern).take(10_000).collect() }
    }

    /// Whether some pattern brings paths back in.
    pub(super) fn has_exceptions(&self) -> bool {
        self.patterns.iter().any(|(again, _)| *again)
    }

    /// Whether `path` is left out: the last pattern that matches it or a folder above it decides.
    pub(super) fn excludes(&self, path: &str) -> bool {
        let path = parts(path);
        if path.len() > DEEPEST {
            return false;
        }
        if path.is_empty() {
            // The context itself is left out only when all that is in it is.
            let all = |pattern: &[&str]| matches!(pattern, ["*"] | ["**"] | ["**", "*"]);
            return self.patterns.iter().any(|(again, pattern)| !again && all(pattern));
        }
        let mut out = false;
        for (again, pattern) in &self.patterns {
            if *again == out && (1..=path.len()).any(|n| matches(pattern, path.get(..n).unwrap_or(&[]))) {
                out = !again;
            }
        }
        out
    }
}

fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".").collect()
}

/// Whether the parts of a path match those of a pattern; `**` takes any number of parts.
fn matches(pattern: &[&str], path: &[&str]) -> bool {
    let mut reachable = vec![false; path.len() + 1];
    reachable[0] = true;
    for part in pattern {
        let mut next = vec![false; path.len() + 1];
        if *part == "**" {
            let first = reachable.iter().position(|r| *r).unwrap_or(reachable.len());
            next.iter_mut().skip(first).for_each(|r| *r = true);
        } else {
            for (at, name) in path.iter().enumerate() {
                next[at + 1] = reachable[at] && part_matches(part, name);
            }
        }
        reachable = next;
    }
    reachable.last().copied().unwrap_or(false)
}

/// One part: `*`, `?`, `[a-z]`, backslash escapes.
fn part_matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        let step = match (pattern.get(p), name.get(n)) {
            (None, None) => return true,
            (Some('*'), _) => {
                star = Some((p + 1, n));
                p += 1;
                continue;
            }
            (Some(_), Some(c)) => one(&pattern, p, *c),
            _ => None,
        };
        match (step, star) {
            (Some(width), _) => {
                p += width;
                n += 1;
            }
            (None, Some((after, from))) if from < name.len() => {
                p = after;
                n = from + 1;
                star = Some((after, from + 1));
            }
            _ => return false,
        }
    }
}

/// How many pattern characters match `c` at `p`.
fn one(pattern: &[char], p: usize, c: char) -> Option<usize> {
    match pattern.get(p)? {
        '?' => Some(1),
        '\\' => (pattern.get(p + 1) == Some(&c)).then_some(2),
        '[' => {
            let close = p + 2 + pattern.get(p + 2..)?.iter().position(|x| *x == ']')?;
            let set = pattern.get(p + 1..close)?;
            let (negated, set) = if set.first() == Some(&'^') { (true, set.get(1..)?) } else { (false, set) };
            let mut hit = false;
            let mut at = 0;
            while let Some(low) = set.get(at) {
                if set.get(at + 1) == Some(&'-') && at + 2 < set.len() {
                    hit |= *low <= c && c <= set[at + 2];
                    at += 3;
                } else {
                    hit |= *low == c;
                    at += 1;
                }
            }
            (hit != negated).then_some(close - p + 1)
        }
        same => (*same == c).then_some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_docker_matches_them() {
        let ignore = |text: &str, path: &str| Ignore::new(text).excludes(path);
        assert!(ignore(".git\n", ".git/config"));
        assert!(!ignore("node_modules", "a/node_modules"));
        assert!(ignore("**/node_modules", "node_modules") && ignore("**/node_modules", "a/b/node_modules/x"));
        assert!(ignore("*.py[co]\n", "x.pyc") && !ignore("*.py[co]", "x.pyd"));
        assert!(ignore("/build/", "build/x") && ignore("# c\n  b?  ", "bb"));
        assert!(ignore("*\n!src\n", "README") && !ignore("*\n!src\n", "src/main.rs"));
        assert!(ignore("*\n!a\na/b", "a/b"));
        assert!(ignore("a**b", "axxb") && !ignore("a/**/b", "a/c"));
        assert!(ignore("**", "x") && ignore("**/*.md", "a/b.md"));
    }
}
