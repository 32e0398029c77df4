//! RPM's order of versions: `[epoch:]version-release`, each part by `rpmvercmp`.

use super::{digits, numbers};
use std::cmp::Ordering;

/// How `a` stands to `b`.
pub fn rpm(a: &str, b: &str) -> Ordering {
    fn parts(version: &str) -> (&str, &str, &str) {
        let (epoch, rest) = version.trim().split_once(':').unwrap_or(("0", version.trim()));
        let (version, release) = rest.rsplit_once('-').unwrap_or((rest, ""));
        (epoch, version, release)
    }
    let (a, b) = (parts(a), parts(b));
    numbers(a.0, b.0).then_with(|| part(a.1, b.1)).then_with(|| part(a.2, b.2))
}

/// Runs of digits and runs of letters, one by one; what stands between them only separates. `~` is before
/// everything, the end too; `^` is after the end, and before everything else.
fn part(mut a: &str, mut b: &str) -> Ordering {
    fn word(text: &str) -> &str {
        text.trim_start_matches(|c: char| !c.is_ascii_alphanumeric() && c != '~' && c != '^')
    }
    fn letters(text: &str) -> (&str, &str) {
        text.split_at(text.bytes().take_while(u8::is_ascii_alphabetic).count())
    }
    loop {
        (a, b) = (word(a), word(b));
        let begins = |mark: char| (a.starts_with(mark), b.starts_with(mark));
        match (begins('~'), begins('^')) {
            ((true, true), _) | (_, (true, true)) => {
                (a, b) = (a.get(1..).unwrap_or(""), b.get(1..).unwrap_or(""));
                continue;
            }
            ((true, false), _) => return Ordering::Less,
            ((false, true), _) => return Ordering::Greater,
            (_, (true, false)) => return if b.is_empty() { Ordering::Greater } else { Ordering::Less },
            (_, (false, true)) => return if a.is_empty() { Ordering::Less } else { Ordering::Greater },
            _ => {}
        }
        if a.is_empty() || b.is_empty() {
            return a.len().cmp(&b.len());
        }
        let (left, right) = match digits(a) {
            ("", _) => (letters(a), letters(b)),
            left => (left, digits(b)),
        };
        // Of a number and a word, the number is later.
        let order = match (digits(a).0.is_empty(), right.0.is_empty()) {
            (false, true) => Ordering::Greater,
            (true, true) => Ordering::Less,
            (false, false) => numbers(left.0, right.0),
            (true, false) => left.0.cmp(right.0),
        };
        if order.is_ne() {
            return order;
        }
        (a, b) = (left.1, right.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `rpm` 4.18.0 answered to `rpm --eval '%{lua: print(rpm.vercmp(a, b))}'`.
    const ANSWERS: &[(&str, &str, i32)] = &[
        ("1.0", "1.0", 0),
        ("1.0", "2.0", -1),
        ("2.0.1", "2.0.1a", -1),
        ("5.5p1", "5.5p10", -1),
        ("10xyz", "10.1xyz", -1),
        ("xyz10", "xyz10.1", -1),
        ("xyz.4", "8", -1),
        ("5.5p2", "5.6p1", -1),
        ("5.6p1", "6.5p1", -1),
        ("6.0.rc1", "6.0", 1),
        ("10b2", "10a1", 1),
        ("10a2", "10b2", -1),
        ("1.0a", "1.0aa", -1),
        ("10.0001", "10.1", 0),
        ("10.0001", "10.0039", -1),
        ("4.999.9", "5.0", -1),
        ("20101121", "20101122", -1),
        ("2_0", "2.0", 0),
        ("a+", "a_", 0),
        ("+", "_", 0),
        ("1.0~rc1", "1.0", -1),
        ("1.0~rc1", "1.0~rc2", -1),
        ("1.0~rc1~git123", "1.0~rc1", -1),
        ("1.0^", "1.0", 1),
        ("1.0^git1", "1.0", 1),
        ("1.0^git1", "1.0^git2", -1),
        ("1.0^git1", "1.01", -1),
        ("1.0^20160101", "1.0.1", -1),
        ("1.0^20160101^git1", "1.0^20160102", -1),
        ("1.0~rc1^git1", "1.0~rc1", 1),
        ("1.0^git1~pre", "1.0^git1", -1),
        ("52.amzn2023.0.3", "52.amzn2023.0.10", -1),
        ("1.amzn2023", "1.amzn2023.0.1", -1),
        ("3.0.8", "3.0.08", 0),
        ("1b.fc17", "1.fc17", -1),
        ("1g.fc17", "1.fc17", 1),
        ("1..0", "1.0", 0),
        ("1.1.α", "1.1.β", 0),
        ("0", "00", 0),
        ("1a1", "1a", 1),
        ("1.a", "1.1", -1),
    ];

    #[test]
    fn the_order_is_rpms_own() {
        for (a, b, order) in ANSWERS {
            assert_eq!(part(a, b), order.cmp(&0), "{a} and {b}");
            assert_eq!(part(b, a), 0.cmp(order), "{b} and {a}");
        }
    }

    #[test]
    fn an_epoch_weighs_more_than_a_version_and_a_version_more_than_a_release() {
        let ordered = ["9.9-9", "1:1.0-1", "1:1.0-2", "1:1.0-10", "1:1.0.1-1", "2:0-0"];
        for (i, a) in ordered.iter().enumerate() {
            for (j, b) in ordered.iter().enumerate() {
                assert_eq!(rpm(a, b), i.cmp(&j), "{a} and {b}");
            }
        }
        assert_eq!(rpm("0:1-1", "1-1"), Ordering::Equal);
    }
}
