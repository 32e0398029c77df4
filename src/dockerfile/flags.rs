//! The flags of each instruction: which there are, and what may stand behind their `=`.

use super::SyntaxError;
use super::instruction::{Flag, Instruction, KEYWORDS};

/// What a flag takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// Any text, once.
    Text,
    /// Any text, as often as wanted.
    Texts,
    /// Nothing, `true` or `false`.
    Switch,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A time such as `1m30s`.
    Time,
    /// A whole number that is not negative.
    Count,
    /// What a RUN mounts.
    Mount,
}

use Takes::{Count, Mount, OneOf, Switch, Text, Texts, Time};

/// The flags of an instruction; `None` when nobody looks at them.
fn known(keyword: &str) -> Option<&'static [(&'static str, Takes)]> {
    Some(match keyword {
        "FROM" => &[("platform", Text)],
        "RUN" => &[
            ("mount", Mount),
            ("network", OneOf(&["default", "none", "host"])),
            ("security", OneOf(&["sandbox", "insecure"])),
            ("device", Texts),
        ],
        "COPY" => &[
            ("from", Text),
            ("chown", Text),
            ("chmod", Text),
            ("link", Switch),
            ("parents", Switch),
            ("exclude", Texts),
        ],
        "ADD" => &[
            ("chown", Text),
            ("chmod", Text),
            ("link", Switch),
            ("checksum", Text),
            ("keep-git-dir", Switch),
            ("exclude", Texts),
            ("unpack", Switch),
        ],
        "HEALTHCHECK" => &[
            ("interval", Time),
            ("timeout", Time),
            ("start-period", Time),
            ("start-interval", Time),
            ("retries", Count),
        ],
        "ARG" | "STOPSIGNAL" => return None,
        keyword if KEYWORDS.contains(&keyword) => &[],
        _ => return None,
    })
}

/// What is wrong with the flags of `instruction`: all are there, have what they take, and none stands
/// twice that may stand once.
pub(super) fn check(instruction: &Instruction, errors: &mut Vec<SyntaxError>) {
    if instruction.flags.is_empty() {
        return;
    }
    let keyword = &instruction.keyword;
    let Some(known) = known(keyword) else { return };
    for (at, flag) in instruction.flags.iter().enumerate() {
        let name = flag.name.as_str();
        let Some((_, takes)) = known.iter().find(|(known, _)| *known == name) else {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let hint =
                nearest(name, &names).map_or(String::new(), |near| format!("; did you mean --{near}?"));
            errors.push(SyntaxError::new(flag.span, format!("{keyword} has no flag --{name}{hint}")));
            continue;
        };
        let again = || instruction.flags.iter().take(at).any(|before| before.name == name);
        let message = if !matches!(takes, Texts | Mount) && again() {
            Some(format!("--{name} stands here twice; only one is allowed"))
        } else {
            wrong(flag, *takes)
        };
        errors.extend(message.map(|message| SyntaxError::refused(flag.span, message)));
    }
}

/// What is wrong with the value of a flag.
fn wrong(flag: &Flag, takes: Takes) -> Option<String> {
    let (name, value) = (&flag.name, flag.value.value());
    let bare = !flag.has_value;
    if bare && takes != Switch {
        return Some(format!("--{name} needs a value: --{name}=…"));
    }
    let good = match takes {
        Text | Texts => true,
        Switch => bare || ["true", "false"].iter().any(|word| value.eq_ignore_ascii_case(word)),
        OneOf(words) if !words.contains(&value) => {
            return Some(format!("--{name} is one of {}, not `{value}`", words.join(", ")));
        }
        OneOf(_) => true,
        Time => value.is_empty() || is_time(value),
        Count => value.is_empty() || value.parse::<i32>().is_ok_and(|count| count >= 0),
        Mount => return mount(value),
    };
    let wanted = match takes {
        Switch => "true or false",
        Time => "a time with its unit, such as 30s or 1m30s, of at least 1ms",
        _ => "a whole number",
    };
    (!good).then(|| format!("--{name} takes {wanted}, not `{value}`"))
}

/// Whether `text` is a duration as Go writes it, zero or at least a millisecond.
fn is_time(text: &str) -> bool {
    const UNITS: [(&str, f64); 8] = [
        ("ns", 1e-6),
        ("us", 1e-3),
        ("µs", 1e-3),
        ("μs", 1e-3),
        ("ms", 1.0),
        ("s", 1e3),
        ("m", 6e4),
        ("h", 3.6e6),
    ];
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return true;
    }
    let mut total = 0.0;
    loop {
        let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, behind) = rest.split_at(length);
        let unit = behind.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(unit);
        let Ok(number) = number.parse::<f64>() else { return false };
        let Some((_, size)) = UNITS.iter().find(|(name, _)| *name == unit) else { return false };
        total += number * size;
        if behind.is_empty() {
            return total == 0.0 || total >= 1.0;
        }
        rest = behind;
    }
}

/// What is wrong with a `--mount`. What hangs on a variable is believed.
fn mount(text: &str) -> Option<String> {
    const KEYS: [&str; 19] = [
        "type",
        "from",
        "source",
        "target",
        "readonly",
        "id",
        "sharing",
        "required",
        "size",
        "mode",
        "uid",
        "gid",
        "src",
        "dst",
        "destination",
        "ro",
        "rw",
        "readwrite",
        "env",
    ];
    let mut kind = "bind";
    for field in text.split(',') {
        let (key, value) = field.split_once('=').map_or((field, None), |(key, value)| (key, Some(value)));
        let key = key.to_ascii_lowercase();
        let Some(value) = value else {
            match key.as_str() {
                "readonly" | "ro" | "readwrite" | "rw" => continue,
                "required" if matches!(kind, "secret" | "ssh" | "$") => continue,
                "required" => return Some(format!("a {kind} mount knows no `required`")),
                _ => return Some(format!("`{field}` in --mount has to be key=value")),
            }
        };
        let variable = value.contains('$');
        let boolean = || {
            matches!(
                value,
                "1" | "t" | "T" | "true" | "TRUE" | "True" | "0" | "f" | "F" | "false" | "FALSE" | "False"
            )
        };
        match key.as_str() {
            "from" if value.find('$').is_some_and(|at| at + 1 < value.len()) => {
                return Some("`from` of --mount takes no variable; name a stage that is FROM it".to_owned());
            }
            "type" if variable => kind = "$",
            "type" => {
                const KINDS: [&str; 5] = ["bind", "cache", "tmpfs", "secret", "ssh"];
                match KINDS.iter().find(|known| value.eq_ignore_ascii_case(known)) {
                    Some(known) => kind = known,
                    None => {
                        return Some(format!(
                            "there are no mounts of type `{value}`; there are {}",
                            KINDS.join(", ")
                        ));
                    }
                }
            }
            _ if variable => {}
            "sharing"
                if !["shared", "private", "locked"].iter().any(|known| value.eq_ignore_ascii_case(known)) =>
            {
                return Some(format!("`sharing` is shared, private or locked, not `{value}`"));
            }
            "readonly" | "ro" | "readwrite" | "rw" | "required" if !boolean() => {
                return Some(format!("`{key}` is true or false, not `{value}`"));
            }
            "uid" | "gid" if value.parse::<u32>().is_err() => {
                return Some(format!("`{key}` is a number, not `{value}`"));
            }
            "mode" if u32::from_str_radix(value, 8).is_err() => {
                return Some(format!("`mode` is an octal number, not `{value}`"));
            }
            known if KEYS.contains(&known) => {}
            other => {
                let hint =
                    nearest(other, &KEYS).map_or(String::new(), |near| format!("; did you mean {near}?"));
                return Some(format!("--mount has no `{other}`{hint}"));
            }
        }
    }
    None
}

/// The candidate that `word` is a slip of the keyboard for.
pub fn nearest<'c>(word: &str, candidates: &[&'c str]) -> Option<&'c str> {
    if word.len() > 40 || word.len() < 2 {
        return None;
    }
    let most = 1 + word.len() / 4;
    let near = |candidate: &&&str| candidate.len().abs_diff(word.len()) <= most;
    let found =
        candidates.iter().filter(near).map(|candidate| (distance(word, candidate), *candidate)).min()?;
    (found.0 <= most).then_some(found.1)
}

/// Damerau-Levenshtein distance with adjacent swaps; both words are short.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (rows[i][j] + usize::from(x != y)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *y && *x == b[j - 1] {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_go() {
        for good in ["0", "30s", "1m30s", "1.5h", "1ms", "+2s", "1h0m"] {
            assert!(is_time(good), "{good}");
        }
        for bad in ["30", "s", "1 s", "-1s", "1us", "1x", ".", ""] {
            assert!(!is_time(bad), "{bad}");
        }
    }

    #[test]
    fn mounts_have_keys_and_values() {
        for good in [
            "type=cache,target=/x,sharing=locked",
            "type=secret,id=a,required",
            "target=/x,ro",
            "type=$T,required",
            "from=x,source=$y,target=/z",
        ] {
            assert_eq!(mount(good), None, "{good}");
        }
        for bad in [
            "type=disk",
            "typ=cache",
            "target",
            "from=$x",
            "required",
            "uid=a",
            "mode=9",
            "sharing=no",
            "ro=maybe",
        ] {
            assert!(mount(bad).is_some(), "{bad}");
        }
    }
}
