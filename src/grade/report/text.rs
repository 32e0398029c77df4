//! The report for people: what was expected, what was measured, where to look, what to do next.

use crate::grade::{CheckResult, Report, Status};
use crate::text::sanitise;
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

/// How the report may look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Colours: on a terminal, and not under `NO_COLOR`.
    pub colour: bool,
    /// ASCII signs only.
    pub ascii: bool,
    /// Columns to wrap at.
    pub width: usize,
}

impl Default for Look {
    fn default() -> Self {
        Self { colour: false, ascii: false, width: 100 }
    }
}

impl Look {
    fn paint(self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn sign(self, status: Status) -> String {
        match (status, self.ascii) {
            (Status::Pass, false) => self.paint("32", "✓"),
            (Status::Pass, true) => self.paint("32", "+"),
            (Status::Fail, false) => self.paint("31", "✗"),
            (Status::Fail, true) => self.paint("31", "x"),
            (Status::NotRun, _) => self.paint("33", "-"),
        }
    }
}

/// One report, ending with a newline.
pub fn render(report: &Report, look: Look) -> String {
    let mut out = String::new();
    let dot = if look.ascii { "-" } else { "·" };
    let safe = |text: &str| sanitise::plain(text).into_owned();
    let heading = format!("{} {dot} {}", safe(&report.exercise), safe(&report.title));
    let _ = writeln!(out, "{}\n{}\n", look.paint("1", &heading), look.paint("2", &safe(&report.dir)));
    let width = report.results.iter().map(|r| r.id.width()).max().unwrap_or(0);
    for result in &report.results {
        check(&mut out, result, width, look);
    }
    let _ = writeln!(out, "\n{}", summary(report));
    if let Some(next) = next_step(report) {
        let _ = writeln!(out, "{}", look.paint("2", &wrap(&next, "next: ", "      ", look.width)));
    }
    out
}

/// One submission in one line, ending with a newline: for many at once.
pub fn line(report: &Report, look: Look) -> String {
    let status = match report.count(Status::Fail) {
        0 if report.passed() => Status::Pass,
        0 => Status::NotRun,
        _ => Status::Fail,
    };
    let of = |status: Status| {
        let ids = report.results.iter().filter(|result| result.status == status && !result.bonus);
        ids.map(|result| sanitise::plain(&result.id)).collect::<Vec<_>>().join(", ")
    };
    let about = match status {
        Status::Pass => String::new(),
        Status::Fail => format!("  {}", of(Status::Fail)),
        Status::NotRun => format!("  not run: {}", of(Status::NotRun)),
    };
    let (dir, id) = (sanitise::plain(&report.dir), sanitise::plain(&report.exercise));
    let (sign, score, most) = (look.sign(status), report.score(), report.max_score());
    format!("{sign} {dir}  {id}  {score}/{most}{}\n", look.paint("2", &about))
}

fn check(out: &mut String, result: &CheckResult, width: usize, look: Look) {
    let kind = if result.bonus { "bonus " } else { "" };
    let points = match result.status {
        Status::NotRun => format!("not run, {}", plural(result.points, &format!("{kind}point"))),
        _ => format!("{kind}{}/{}", result.score, result.points),
    };
    let pad = " ".repeat(width - result.id.width().min(width));
    let title = sanitise::plain(&result.title);
    let _ = writeln!(
        out,
        "{} {}{pad}  {title} {}",
        look.sign(result.status),
        sanitise::plain(&result.id),
        look.paint("2", &format!("({points})"))
    );
    for (name, text) in super::said(result) {
        for (number, line) in sanitise::lines(text).lines().enumerate() {
            let first = format!("    {:<10}", if number == 0 { name } else { "" });
            let _ = writeln!(out, "{}", wrap(line, &first, &" ".repeat(14), look.width));
        }
    }
}

fn summary(report: &Report) -> String {
    let parts = [(Status::Pass, "passed"), (Status::Fail, "failed"), (Status::NotRun, "not run")];
    let counts: Vec<String> = parts
        .iter()
        .map(|(status, word)| (report.count(*status), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let mut told =
        format!("{} of {}: {}", report.score(), plural(report.max_score(), "point"), counts.join(", "));
    if report.bonus() > 0 {
        told.push_str(&format!("; {} of them a bonus", report.bonus()));
    }
    if !report.unseen.is_empty() {
        told.push_str("; checks that are not shown count too");
    }
    if let Some(standing) = report.standing {
        let hints = plural(standing.hints_opened, "hint");
        told.push_str(&format!(" (attempt {}, {hints} opened)", standing.attempts));
    }
    told
}

fn next_step(report: &Report) -> Option<String> {
    if report.passed() {
        return None;
    }
    let first = |status| report.results.iter().find(|result| result.status == status && !result.bonus);
    match (first(Status::Fail), first(Status::NotRun)) {
        (Some(failed), _) => Some(format!("mend `{}`, then run this again", sanitise::plain(&failed.id))),
        (None, Some(_)) if report.only_static => {
            Some("run this again without `--only static`, where a container engine answers".to_owned())
        }
        (None, Some(_)) => Some(
            "`docker-ecr-tutor setup` says what is missing and how to get it; then run this again".to_owned(),
        ),
        (None, None) => None,
    }
}

fn plural(count: u32, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

/// `text` behind `first`, broken at blanks so that lines keep to `width`; later lines begin with `rest`.
fn wrap(text: &str, first: &str, rest: &str, width: usize) -> String {
    let mut out = first.to_owned();
    let mut column = first.width();
    let mut fresh = true;
    for word in text.split(' ') {
        let needed = word.width() + usize::from(!fresh);
        if !fresh && column + needed > width {
            out.push('\n');
            out.push_str(rest);
            column = rest.width();
            fresh = true;
        }
        if !fresh {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += word.width();
        fresh = false;
    }
    out
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn reports() -> Vec<Report> {
        let result = |id: &str, status, expected: &str, found: &str, look_at: &str| CheckResult {
            id: id.into(),
            title: format!("The {id} check"),
            status,
            points: 2,
            score: if status == Status::Pass { 2 } else { 0 },
            bonus: false,
            shown: Default::default(),
            needs: String::new(),
            expected: expected.into(),
            found: found.into(),
            look_at: look_at.into(),
            why: "Every byte is pulled by every machine that runs the image, at every release, so a \
                  smaller image starts sooner and costs less."
                .into(),
            millis: 1200,
        };
        let failing = Report {
            exercise: "exercise-1".into(),
            title: "Optimize an inefficient Dockerfile".into(),
            dir: "work/exercise-1".into(),
            results: vec![
                result("clean", Status::Pass, "no errors", "nothing of that kind", ""),
                result(
                    "small",
                    Status::Fail,
                    "at most 97.3 MB",
                    "186 MB\nof it 80 MB are the base",
                    "Dockerfile:1",
                ),
                result(
                    "answers",
                    Status::NotRun,
                    "200 on /health",
                    "it needs the build\u{1b}[2J, which failed",
                    "",
                ),
            ],
            unseen: Vec::new(),
            only_static: false,
            standing: None,
        };
        let passing =
            Report { results: failing.results[..1].to_vec(), dir: "solved".into(), ..failing.clone() };
        vec![failing, passing]
    }

    #[test]
    fn a_failing_report_explains_itself() {
        insta::assert_snapshot!(render(&reports()[0], Look { width: 80, ..Look::default() }));
    }

    #[test]
    fn a_passing_report_is_short_and_ascii_when_asked() {
        let text = render(&reports()[1], Look { ascii: true, ..Look::default() });
        assert!(text.is_ascii(), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn no_control_byte_comes_through_without_colour() {
        for report in reports() {
            let text = render(&report, Look::default());
            assert!(!text.chars().any(|c| c != '\n' && sanitise::is_unsafe(c)), "{text:?}");
        }
    }
}
