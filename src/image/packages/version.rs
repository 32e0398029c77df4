//! Versions in the order of those who number them: dpkg, apk, RPM, PEP 440, semantic versioning.

mod rpm;

pub use rpm::rpm;

use super::Ecosystem;
use std::cmp::Ordering;

/// How `a` stands to `b`.
pub fn compare(ecosystem: Ecosystem, a: &str, b: &str) -> Ordering {
    match ecosystem {
        Ecosystem::Debian => debian(a, b),
        Ecosystem::Alpine => alpine(a, b),
        Ecosystem::Python => python(a, b),
        Ecosystem::Node | Ecosystem::Go => semantic(a, b),
        Ecosystem::Rpm => rpm(a, b),
    }
}

/// Numbers of any length, as text of digits.
fn numbers(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// The digits at the beginning, and what follows them.
fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// `[epoch:]upstream[-revision]` (Debian Policy, 5.6.12).
pub fn debian(a: &str, b: &str) -> Ordering {
    fn parts(version: &str) -> (&str, &str, &str) {
        let (epoch, rest) = version.trim().split_once(':').unwrap_or(("0", version.trim()));
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
        (epoch, upstream, revision)
    }
    let (a, b) = (parts(a), parts(b));
    numbers(a.0, b.0).then_with(|| debian_part(a.1, b.1)).then_with(|| debian_part(a.2, b.2))
}

fn debian_part(mut a: &str, mut b: &str) -> Ordering {
    // `~` is before the end, the end before letters, letters before everything else.
    fn weight(byte: Option<u8>) -> i32 {
        match byte {
            Some(b'~') => -1,
            None | Some(b'0'..=b'9') => 0,
            Some(byte) if byte.is_ascii_alphabetic() => i32::from(byte),
            Some(byte) => i32::from(byte) + 256,
        }
    }
    while !a.is_empty() || !b.is_empty() {
        let (left, right) = (not_digits(a), not_digits(b));
        let length = left.0.len().max(right.0.len());
        for at in 0..length {
            let (x, y) = (left.0.as_bytes().get(at).copied(), right.0.as_bytes().get(at).copied());
            let order = weight(x).cmp(&weight(y));
            if order.is_ne() {
                return order;
            }
        }
        let (left, right) = (digits(left.1), digits(right.1));
        let order = numbers(left.0, right.0);
        if order.is_ne() {
            return order;
        }
        (a, b) = (left.1, right.1);
    }
    Ordering::Equal
}

fn not_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(|byte| !byte.is_ascii_digit()).count())
}

/// `1.2.3a_rc1-r4` (the package format's specification, apk-package(5)).
pub fn alpine(a: &str, b: &str) -> Ordering {
    let (a, b) = (Apk::parse(a), Apk::parse(b));
    let first = a.numbers.first().zip(b.numbers.first()).map_or(Ordering::Equal, |(a, b)| numbers(a, b));
    first
        .then_with(|| {
            let (a, b) = (a.numbers.iter().skip(1), b.numbers.iter().skip(1));
            by_parts(a, b, |a, b| {
                // With a zero before it, it is a fraction.
                let fraction = a.starts_with('0') || b.starts_with('0');
                if fraction { a.cmp(b) } else { numbers(a, b) }
            })
        })
        .then_with(|| a.letter.cmp(&b.letter))
        .then_with(|| {
            let length = a.suffixes.len().max(b.suffixes.len());
            let at = |all: &[(i32, String)], at: usize| all.get(at).cloned().unwrap_or((0, String::new()));
            (0..length)
                .map(|i| (at(&a.suffixes, i), at(&b.suffixes, i)))
                .map(|(a, b)| a.0.cmp(&b.0).then_with(|| numbers(&a.1, &b.1)))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        })
        .then_with(|| numbers(&a.revision, &b.revision))
}

/// Part by part; what has more parts is later.
fn by_parts<'a>(
    mut a: impl Iterator<Item = &'a String>,
    mut b: impl Iterator<Item = &'a String>,
    compare: impl Fn(&str, &str) -> Ordering,
) -> Ordering {
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => compare(a, b),
        };
        if order.is_ne() {
            return order;
        }
    }
}

#[derive(Default)]
struct Apk {
    numbers: Vec<String>,
    letter: Option<char>,
    /// Rank (before nothing at all: negative) and number.
    suffixes: Vec<(i32, String)>,
    revision: String,
}

impl Apk {
    fn parse(version: &str) -> Self {
        const SUFFIXES: [(&str, i32); 9] = [
            ("_alpha", -4),
            ("_beta", -3),
            ("_pre", -2),
            ("_rc", -1),
            ("_cvs", 1),
            ("_svn", 2),
            ("_git", 3),
            ("_hg", 4),
            ("_p", 5),
        ];
        let mut found = Self::default();
        let (version, revision) = version.trim().rsplit_once("-r").unwrap_or((version.trim(), "0"));
        found.revision = revision.to_owned();
        let mut rest = version;
        loop {
            let (number, after) = digits(rest);
            found.numbers.push(number.to_owned());
            match after.strip_prefix('.') {
                Some(after) => rest = after,
                None => {
                    rest = after;
                    break;
                }
            }
        }
        if let Some(letter) = rest.chars().next().filter(char::is_ascii_lowercase) {
            found.letter = Some(letter);
            rest = &rest[1..];
        }
        while let Some((name, rank)) = SUFFIXES.iter().find(|(name, _)| rest.starts_with(name)) {
            let (number, after) = digits(&rest[name.len()..]);
            found.suffixes.push((*rank, number.to_owned()));
            rest = after;
        }
        found
    }
}

/// PEP 440: `[N!]N(.N)*[{a|b|rc}N][.postN][.devN][+local]`.
pub fn python(a: &str, b: &str) -> Ordering {
    let (a, b) = (Pep::parse(a), Pep::parse(b));
    a.epoch
        .cmp(&b.epoch)
        .then_with(|| {
            let length = a.release.len().max(b.release.len());
            let at = |release: &[u64], at: usize| release.get(at).copied().unwrap_or(0);
            let pairs = (0..length).map(|i| at(&a.release, i).cmp(&at(&b.release, i)));
            pairs.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        })
        .then_with(|| a.stage().cmp(&b.stage()))
        .then_with(|| a.post.cmp(&b.post))
        // What is not for developers comes after all that are.
        .then_with(|| a.dev.unwrap_or(u64::MAX).cmp(&b.dev.unwrap_or(u64::MAX)))
        .then_with(|| a.local.cmp(&b.local))
}

#[derive(Default)]
struct Pep {
    epoch: u64,
    release: Vec<u64>,
    /// 1 alpha, 2 beta, 3 candidate; and its number.
    pre: Option<(u8, u64)>,
    post: Option<u64>,
    dev: Option<u64>,
    local: Vec<Local>,
}

/// A part of a local version: numbers come after words.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Local {
    Word(String),
    Number(u64),
}

impl Pep {
    /// Where it stands among alphas, betas, candidates and releases of one number.
    fn stage(&self) -> (u8, u64) {
        match self.pre {
            Some(pre) => pre,
            // `1.0.dev1` is before `1.0a1`.
            None if self.post.is_none() && self.dev.is_some() => (0, 0),
            None => (4, 0),
        }
    }

    fn parse(version: &str) -> Self {
        let mut found = Self::default();
        let version = version.trim().to_ascii_lowercase();
        let version = version.strip_prefix('v').unwrap_or(&version);
        let (version, local) = version.split_once('+').unwrap_or((version, ""));
        found.local = local
            .split(['.', '-', '_'])
            .filter(|part| !part.is_empty())
            .map(|part| part.parse().map_or_else(|_| Local::Word(part.to_owned()), Local::Number))
            .collect();
        let mut rest = version;
        if let Some((epoch, after)) = version.split_once('!') {
            found.epoch = epoch.parse().unwrap_or(0);
            rest = after;
        }
        loop {
            let (number, after) = digits(rest);
            if number.is_empty() {
                break;
            }
            found.release.push(number.parse().unwrap_or(u64::MAX));
            rest = after;
            match rest.strip_prefix('.') {
                Some(after) if after.starts_with(|c: char| c.is_ascii_digit()) => rest = after,
                _ => break,
            }
        }
        while !rest.is_empty() {
            if let Some(after) =
                rest.strip_prefix('-').filter(|r| r.starts_with(|c: char| c.is_ascii_digit()))
            {
                let (number, after) = digits(after);
                found.post = number.parse().ok();
                rest = after;
                continue;
            }
            rest = rest.trim_start_matches(['.', '-', '_']);
            let word = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_lowercase()).len();
            let (name, after) = rest.split_at(word);
            let (number, after) = digits(after.trim_start_matches(['.', '-', '_']));
            let number = number.parse().unwrap_or(0);
            match name {
                "a" | "alpha" => found.pre = Some((1, number)),
                "b" | "beta" => found.pre = Some((2, number)),
                "c" | "rc" | "pre" | "preview" => found.pre = Some((3, number)),
                "post" | "rev" | "r" => found.post = Some(number),
                "dev" => found.dev = Some(number),
                _ => break,
            }
            rest = after;
        }
        found
    }
}

/// Semantic versioning 2.0.0, section 11; a leading `v` is Go's, and Go's own `1.22rc1` is read too.
pub fn semantic(a: &str, b: &str) -> Ordering {
    fn parts(version: &str) -> ([&str; 3], Vec<&str>) {
        let version = version.trim();
        let version = version.strip_prefix('v').unwrap_or(version);
        let version = version.split('+').next().unwrap_or(version);
        let mut numbers = ["0"; 3];
        let mut rest = version;
        for number in &mut numbers {
            let (digits, after) = digits(rest);
            *number = digits;
            rest = after;
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None => break,
            }
        }
        let pre = rest.strip_prefix('-').unwrap_or(rest);
        (numbers, if pre.is_empty() { Vec::new() } else { pre.split('.').collect() })
    }
    let (a, b) = (parts(a), parts(b));
    let release = a.0.iter().zip(&b.0).map(|(a, b)| numbers(a, b)).find(|order| order.is_ne());
    release.unwrap_or(Ordering::Equal).then_with(|| match (a.1.is_empty(), b.1.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            let pairs = a.1.iter().zip(&b.1).map(|(a, b)| match (number(a), number(b)) {
                (true, true) => numbers(a, b),
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) => a.cmp(b),
            });
            pairs.into_iter().find(|order| order.is_ne()).unwrap_or_else(|| a.1.len().cmp(&b.1.len()))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Each line is in order, and each pair of it; `=` binds equals.
    fn ordered(compare: fn(&str, &str) -> Ordering, versions: &str) {
        let groups: Vec<Vec<&str>> =
            versions.split(" < ").map(|group| group.split(" = ").collect()).collect();
        for (i, left) in groups.iter().enumerate() {
            for (j, right) in groups.iter().enumerate() {
                for (a, b) in left.iter().flat_map(|a| right.iter().map(move |b| (a, b))) {
                    assert_eq!(compare(a, b), i.cmp(&j), "{a} and {b}");
                }
            }
        }
    }

    #[test]
    fn debians_order() {
        ordered(
            debian,
            "1.0~~ < 1.0~~a < 1.0~ < 1.0~rc1-1 < 1.0 = 1.0-0 = 0:1.0 < 1.0-1 < 1.0-1+b1 < 1.0a < 1.0+dfsg-1 < 1.0.1 < 1.10 < 2 < 1:0.1",
        );
        ordered(debian, "2.36-9 < 2.36-9+deb12u2 < 2.36-9+deb12u3 < 2.36-9+deb12u10 < 2.37-1");
        ordered(debian, "1:9.2p1-2+deb12u1 < 1:9.2p1-2+deb12u3 < 1:9.3p1-1");
        ordered(debian, "1.2.3 = 1.02.3 = 1.2.03");
    }

    #[test]
    fn alpines_order() {
        ordered(
            alpine,
            "1.2_alpha < 1.2_alpha2 < 1.2_beta < 1.2_pre1 < 1.2_rc1 < 1.2 = 1.2-r0 < 1.2-r1 < 1.2_git20200101 < 1.2_p1 < 1.2a < 1.2b < 1.2.0 < 1.2.1 < 1.10",
        );
        ordered(alpine, "1.2.12-r1 < 1.2.12-r2 < 1.2.12-r10 < 1.2.13-r0");
        ordered(alpine, "1.1.1k-r0 < 1.1.1l-r0 < 3.0.0-r0");
    }

    #[test]
    fn pythons_order() {
        ordered(
            python,
            "1.0.dev456 < 1.0a1 < 1.0a2.dev456 < 1.0a12.dev456 < 1.0a12 < 1.0b1.dev456 < 1.0b2 < 1.0b2.post345.dev456 < 1.0b2.post345 < 1.0rc1.dev456 < 1.0rc1 = 1.0c1 = 1.0-rc.1 < 1.0 = 1 = v1.0.0 < 1.0+abc.5 < 1.0+abc.7 < 1.0+5 < 1.0.post456.dev34 < 1.0.post456 = 1.0-456 < 1.1.dev1 < 1.10 < 1!0.1",
        );
        ordered(python, "2.9 < 2.10.1 < 2.11.3 < 3.1.3");
    }

    #[test]
    fn the_order_of_semantic_versions() {
        ordered(
            semantic,
            "1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-alpha.beta < 1.0.0-beta < 1.0.0-beta.2 < 1.0.0-beta.11 < 1.0.0-rc.1 < 1.0.0 = v1.0.0 = 1.0 = 1.0.0+build < 1.0.1 < 1.10.0 < 2.0.0",
        );
        ordered(semantic, "1.22rc1 < 1.22 < 1.22.1 < 1.22.10");
        ordered(semantic, "0.0.0-20200101000000-abcdefabcdef < 0.0.0-20210101000000-abcdefabcdef < 0.1.0");
    }

    proptest! {
        /// Whatever is written: no panic, and the order is one.
        #[test]
        fn any_texts_have_an_order(a in "[0-9a-z.~^:+!_-]{0,12}", b in "[0-9a-z.~^:+!_-]{0,12}", free in ".{0,12}") {
            for ecosystem in [Ecosystem::Debian, Ecosystem::Alpine, Ecosystem::Python, Ecosystem::Node, Ecosystem::Rpm] {
                prop_assert_eq!(compare(ecosystem, &a, &b), compare(ecosystem, &b, &a).reverse());
                prop_assert_eq!(compare(ecosystem, &free, &free), Ordering::Equal);
            }
        }
    }
}
