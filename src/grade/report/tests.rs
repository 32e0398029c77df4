//! What all formats promise: nothing handed in steers a terminal, a page or a spreadsheet, the same
//! verdicts give the same bytes, and what is hidden stays hidden. `tests/reports.rs` has each format read
//! by its own tools.

use super::*;
use crate::course::model::Shown;

/// Verdicts that hold every kind of result, and texts that mean something to some format.
pub(crate) fn hostile() -> Vec<Report> {
    let text = "=cmd|'/c calc'!A0 <script>alert(1)</script> \"&'%0A::error::x @everyone | `a` ]]> # \
                \u{1b}[2J\u{202e}\u{9b}\nsecond line\t,;";
    let result = |id: &str, status, bonus, shown| CheckResult {
        id: id.into(),
        title: format!("Title of {id}: {text}"),
        status,
        points: 4,
        score: if status == Status::Pass { 4 } else { 1 },
        bonus,
        shown,
        needs: String::new(),
        expected: text.into(),
        found: text.into(),
        look_at: "Dockerfile:3".into(),
        why: text.into(),
        millis: 1500,
    };
    let results = vec![
        result("good", Status::Pass, false, Shown::All),
        result("bad", Status::Fail, false, Shown::All),
        CheckResult { score: 0, needs: "bad".into(), ..result("untried", Status::NotRun, false, Shown::All) },
        result("extra", Status::Fail, true, Shown::All),
        result("named", Status::Fail, false, Shown::Title),
        CheckResult { title: "covert".into(), ..result("covert", Status::Fail, false, Shown::Nothing) },
    ];
    vec![Report {
        exercise: "exercise-1".into(),
        title: text.into(),
        dir: "-submissions/ada,\"x\" <b>".into(),
        results,
        unseen: Vec::new(),
        only_static: false,
        standing: None,
    }]
}

fn each(reports: &[Report], look: impl Fn(Format, &str)) {
    for (_, format) in FORMATS {
        look(format, &render(format, reports, &Style::default()).unwrap());
    }
}

#[test]
fn no_format_lets_through_what_steers_a_terminal() {
    each(&hostile(), |format, text| {
        let foreign = |c: char| !matches!(c, '\n') && sanitise::is_unsafe(c);
        let text = if format == Format::Csv { text.replace("\r\n", "\n") } else { text.to_owned() };
        assert!(!text.chars().any(foreign), "{}: {text:?}", format.name());
        assert!(text.ends_with('\n'), "{}", format.name());
    });
}

#[test]
fn the_same_verdicts_give_the_same_bytes_and_times_only_when_asked_for() {
    let later = |mut reports: Vec<Report>| {
        reports.iter_mut().flat_map(|report| &mut report.results).for_each(|result| result.millis = 7);
        reports
    };
    for (name, format) in FORMATS {
        let text = |reports: &[Report], times| {
            render(format, reports, &Style { times, ..Style::default() }).unwrap()
        };
        assert_eq!(text(&hostile(), false), text(&later(hostile()), false), "{name}");
        let timed = text(&hostile(), true) != text(&later(hostile()), true);
        let has_times = matches!(format, Format::Json | Format::Junit | Format::Gradescope);
        assert_eq!(timed, has_times, "{name}");
    }
}

#[test]
fn hidden_checks_are_titles_or_nothing_in_every_format() {
    let reports: Vec<Report> = hostile().into_iter().map(Report::for_learner).collect();
    let whole = hostile();
    assert_eq!((reports[0].score(), reports[0].max_score()), (whole[0].score(), whole[0].max_score()));
    each(&reports, |format, text| {
        assert!(!text.contains("covert"), "{}: {text}", format.name());
        assert!(text.contains("named"), "{}: {text}", format.name());
    });
    each(&whole, |format, text| assert!(text.contains("covert"), "{}: {text}", format.name()));
}

#[test]
fn a_page_holds_no_markup_of_others() {
    let page = html::render(&hostile());
    assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
    assert!(page.contains("&lt;script&gt;") && page.contains("default-src 'none'"), "{page}");
    let table = markdown::render(&hostile());
    assert!(!table.contains("<script") && !table.contains("@everyone"), "{table}");
    let rows = table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| |"));
    assert_eq!(rows.filter(|row| !row.starts_with("| ---")).count(), 6, "{table}");
}

#[test]
fn a_spreadsheet_finds_no_formula() {
    let text = csv::render(&hostile());
    assert!(text.contains("\"'=cmd") && text.contains("\"'-submissions"), "{text}");
    assert!(!text.contains("\"=") && !text.contains("\"-"), "{text}");
}

#[test]
fn github_gets_ten_annotations_of_a_step_and_the_summary_all() {
    let mut reports = hostile();
    let bad = reports[0].results[1].clone();
    reports[0].results = (0..25).map(|n| CheckResult { id: format!("c{n}"), ..bad.clone() }).collect();
    let text = github::render(&reports);
    assert_eq!(text.lines().filter(|line| line.starts_with("::")).count(), 10, "{text}");
    assert!(text.contains("::16 more checks did not pass"), "{text}");
    assert!(text.lines().all(|line| line.starts_with("::") || line.starts_with("score ")), "{text}");
    assert!(text.starts_with("::error file=-submissions/ada%2C\"x\" <b>/Dockerfile,line=3,title="), "{text}");
    assert_eq!(step_summary(&reports).matches("Title of bad").count(), 25);
    reports[0].results = vec![bad; 20_000];
    let summary = step_summary(&reports);
    assert!(summary.len() <= LARGEST_SUMMARY && summary.ends_with("may be.\n"), "{}", summary.len());
}

#[test]
fn a_place_is_a_file_with_or_without_a_line() {
    let at = |text: &str| {
        let result = CheckResult { look_at: text.into(), ..hostile()[0].results[1].clone() };
        place(&result).map(|(file, line)| (file.to_owned(), line))
    };
    assert_eq!(at("Dockerfile:3"), Some(("Dockerfile".into(), Some(3))));
    assert_eq!(at(".dockerignore"), Some((".dockerignore".into(), None)));
    assert_eq!(
        (at("USER in the Dockerfile"), at("12 MB of it: RUN x"), at("a:b"), at("")),
        (None, None, None, None)
    );
}

#[test]
fn one_submission_in_one_line() {
    let line = |report: &Report| text::line(report, text::Look { ascii: true, ..text::Look::default() });
    let reports = text::tests::reports();
    assert_eq!(line(&reports[0]), "x work/exercise-1  exercise-1  2/6  small\n");
    assert_eq!(line(&reports[1]), "+ solved  exercise-1  2/2\n");
    let mut untried = reports[0].clone();
    untried.results.remove(1);
    assert_eq!(line(&untried), "- work/exercise-1  exercise-1  2/4  not run: answers\n");
}

#[test]
fn every_format_looks_as_it_did() {
    for (name, format) in FORMATS.into_iter().filter(|(_, format)| !matches!(format, Format::Text)) {
        let rendered = render(format, &text::tests::reports(), &Style::default()).unwrap();
        insta::assert_snapshot!(name, rendered.replace('\r', ""));
    }
}
