//! Ignore files as Trivy has them (`.trivyignore`): one id in a line, `#` before remarks, and a day after
//! which the line no longer counts: `CVE-2023-45853 exp:2026-12-31`.

/// Most lines that are read.
const MOST_LINES: usize = 100_000;

/// What somebody has looked at and decided to live with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ignored {
    /// Id, and the last day on which it is left out.
    lines: Vec<(String, Option<String>)>,
}

/// A line that is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

impl Ignored {
    /// Reads an ignore file.
    ///
    /// # Errors
    /// At the first line that is not understood.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut lines = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            let mut words = line.split_whitespace();
            let Some(id) = words.next() else { continue };
            let fault = |what: String| Fault { line: at + 1, what };
            if lines.len() == MOST_LINES {
                return Err(fault(format!("more than {MOST_LINES} ids")));
            }
            let until = match words.next() {
                None => None,
                Some(word) => {
                    let day = word.strip_prefix("exp:").filter(|day| is_day(day));
                    Some(day.ok_or_else(|| {
                        fault(format!("{word:?} is no last day; write it as exp:2026-12-31"))
                    })?)
                }
            };
            if let Some(more) = words.next() {
                return Err(fault(format!("{more:?} is one word too many")));
            }
            lines.push((id.to_owned(), until.map(str::to_owned)));
        }
        Ok(Self { lines })
    }

    /// Whether `id` is left out on the day `today` (`2026-11-22`).
    pub fn has(&self, id: &str, today: &str) -> bool {
        // Days written so are in order as texts are.
        let counts = |until: &Option<String>| until.as_deref().is_none_or(|until| today <= until);
        self.lines.iter().any(|(known, until)| known == id && counts(until))
    }
}

fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &&str, count| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    matches!(&parts[..], [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_left_out_until_its_day_has_passed() {
        let text = "# accepted\nCVE-1\n\nCVE-2 exp:2026-11-22 # until the base is renewed\n";
        let ignored = Ignored::parse(text).expect("an ignore file");
        assert!(ignored.has("CVE-1", "2030-01-01"));
        assert!(ignored.has("CVE-2", "2026-11-22"));
        assert!(!ignored.has("CVE-2", "2026-11-23"));
        assert!(!ignored.has("CVE-11", "2026-11-22"));
    }

    #[test]
    fn a_line_that_is_not_understood_is_told_with_its_number() {
        let fault = Ignored::parse("CVE-1\nCVE-2 exp:tomorrow").expect_err("no day");
        assert_eq!(fault.to_string(), "line 2: \"exp:tomorrow\" is no last day; write it as exp:2026-12-31");
        assert_eq!(Ignored::parse("CVE-1 CVE-2").expect_err("two ids").line, 1);
        assert_eq!(Ignored::parse("CVE-1 exp:2026-01-01 x").expect_err("a word").line, 1);
    }
}
