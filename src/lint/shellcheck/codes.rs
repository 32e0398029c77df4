//! The codes of ShellCheck: their text, and a page for those that RUN meets most.

/// Where all of them are explained.
const READ_ON: &str = "https://www.shellcheck.net/wiki/";

/// Our words on the codes that are found in RUN most often, one section each.
const PAGES: &str = include_str!("codes.md");

/// The last code there may be, so that every code has a text that lives as long as the program.
const LAST: u16 = 4999;
/// `SC0000SC0001…`.
static TEXT: [u8; 6 * (LAST as usize + 1)] = text();

const fn text() -> [u8; 6 * (LAST as usize + 1)] {
    let mut out = [0; 6 * (LAST as usize + 1)];
    let mut number = 0;
    while number <= LAST as usize {
        let at = number * 6;
        out[at] = b'S';
        out[at + 1] = b'C';
        out[at + 2] = b'0' + (number / 1000) as u8;
        out[at + 3] = b'0' + (number / 100 % 10) as u8;
        out[at + 4] = b'0' + (number / 10 % 10) as u8;
        out[at + 5] = b'0' + (number % 10) as u8;
        number += 1;
    }
    out
}

/// `2086` as `SC2086`; `SC0000` for what ShellCheck never says.
pub(super) fn code(number: u16) -> &'static str {
    let at = 6 * usize::from(if number > LAST { 0 } else { number });
    TEXT.get(at..at + 6).and_then(|code| std::str::from_utf8(code).ok()).unwrap_or("SC0000")
}

/// The kebab-case name of a code that has a page; `shellcheck` for the others.
pub(super) fn name(number: u16) -> &'static str {
    let code = code(number);
    pages().find(|(known, ..)| *known == code).map_or("shellcheck", |(_, name, _)| name)
}

/// Code, name and text of every page.
fn pages() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    PAGES.split("\n# ").filter_map(|page| {
        let page = page.trim_start_matches("# ");
        let (title, body) = page.split_once('\n')?;
        let (code, name) = title.split_once(" · ")?;
        Some((code, name, body.trim()))
    })
}

/// The code that `word` is, in any case of letters, or the name of.
pub fn code_named(word: &str) -> Option<&'static str> {
    let number = word.get(..2).filter(|sc| sc.eq_ignore_ascii_case("SC")).and_then(|_| word.get(2..));
    let number = number.filter(|rest| rest.len() == 4 && rest.bytes().all(|byte| byte.is_ascii_digit()));
    match number.and_then(|rest| rest.parse().ok()) {
        Some(number @ 1000..=LAST) => Some(code(number)),
        _ => pages().find(|(_, name, _)| name.eq_ignore_ascii_case(word)).map(|(code, ..)| code),
    }
}

/// What is known about a code of ShellCheck: our page when it has one, and where to read on.
pub fn page(code: &str) -> String {
    let known = pages().find(|(known, ..)| *known == code);
    let (name, body) = known
        .map_or(("ShellCheck", "ShellCheck finds this in the shell of a RUN."), |(_, name, body)| {
            (name, body)
        });
    format!("# {code} · {name}\n\n{body}\n\n## Source\n\n[ShellCheck {code}]({READ_ON}{code})\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_text_and_the_common_ones_a_page() {
        assert_eq!(
            (code(2086), code(1000), code(4999), code(60000)),
            ("SC2086", "SC1000", "SC4999", "SC0000")
        );
        assert_eq!((name(2086), name(2999)), ("quote-variables", "shellcheck"));
        let all: Vec<_> = pages().collect();
        assert!(all.len() >= 20, "{}", all.len());
        for (at, (code, name, body)) in all.iter().enumerate() {
            assert!(code.len() == 6 && code.starts_with("SC"), "{code}");
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}");
            assert!(body.contains("```sh"), "{code} has no example");
            assert!(all.iter().skip(at + 1).all(|(other, twin, _)| other != code && twin != name), "{code}");
        }
    }

    #[test]
    fn explains_what_it_knows_and_where_to_read_on() {
        assert!(page("SC2086").starts_with("# SC2086 · quote-variables\n"));
        assert!(page("SC2999").contains("wiki/SC2999"));
        assert_eq!((code_named("sc2086"), code_named("Quote-Variables")), (Some("SC2086"), Some("SC2086")));
        assert_eq!(code_named("SC2999"), Some("SC2999"));
        for word in ["SC9", "SC0001", "DL2086", "SC20é", "", "SC99999", "SC+123", "SC5000"] {
            assert_eq!(code_named(word), None, "{word}");
        }
    }
}
