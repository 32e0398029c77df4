//! `--compat hadolint` against hadolint itself: the table of differences, cases, generated Dockerfiles,
//! and the formats that machines read.
//!
//! `tests/setup/setup.sh` installs the peer. Without it the comparisons with it are left out, said on
//! standard error; with `CI=true` that is a failure. `HADOLINT_FILES=10000` generates that many files,
//! `HADOLINT_SEED` others.

#![expect(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "hadolint/dockerfiles.rs"]
mod dockerfiles;
#[path = "hadolint/peer.rs"]
mod peer;

use docker_ecr_tutor::dockerfile::parse;
use docker_ecr_tutor::lint::report::{FileReport, Format, Style, write};
use docker_ecr_tutor::lint::{Compat, Config, DIFFERENCES, Diagnostic, LabelType, lint};
use std::collections::BTreeSet;
use std::sync::Arc;

/// `DL3006@1` and the like.
type Found = BTreeSet<String>;

fn compat() -> Config {
    Config { compat: Compat::Hadolint, ..Config::default() }
}

fn line_of(text: &str, found: &Diagnostic) -> usize {
    text.bytes().take(found.span.start).filter(|byte| *byte == b'\n').count() + 1
}

fn ours(text: &str, config: &Config) -> Found {
    let all = lint(&parse(text).0, config);
    all.iter().map(|found| format!("{}@{}", found.code, line_of(text, found))).collect()
}

fn read(list: &str) -> Found {
    list.split(',').filter(|word| *word != "-").map(str::to_owned).collect()
}

/// A row of the table of differences.
struct Row {
    codes: Vec<String>,
    text: String,
    ours: Found,
    compat: Found,
    hadolint: Option<Found>,
    args: Vec<String>,
}

impl Row {
    fn config(&self, compat: Compat) -> Config {
        let mut config = Config { compat, ..Config::default() };
        for pair in self.args.chunks(2) {
            match pair[0].as_str() {
                "--trusted-registry" => config.trusted_registries.push(pair[1].clone()),
                "--require-label" => drop(config.labels.insert(pair[1].clone(), LabelType::Text)),
                other => panic!("{other} in the table of differences"),
            }
        }
        config
    }

    fn of(&self, found: Found) -> Found {
        let about = |word: &String| {
            let code = word.split('@').next().unwrap();
            code == "DL1000" || self.codes.iter().any(|known| known == code)
        };
        found.into_iter().filter(about).collect()
    }
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut lines = DIFFERENCES.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```dockerfile ").filter(|info| info.starts_with("of=")) else {
            continue;
        };
        let text: String = lines.by_ref().take_while(|l| *l != "```").map(|l| format!("{l}\n")).collect();
        let (info, args) = info.split_once(" args=").unwrap_or((info, ""));
        let value = |name: &str| info.split(' ').find_map(|word| word.strip_prefix(name)).expect(name);
        let hadolint = value("hadolint=");
        rows.push(Row {
            codes: value("of=").split(',').map(str::to_owned).collect(),
            text,
            ours: read(value("ours=")),
            compat: read(value("compat=")),
            hadolint: (hadolint != "crash").then(|| read(hadolint)),
            args: args.split_whitespace().map(str::to_owned).collect(),
        });
    }
    rows
}

#[test]
fn the_table_of_differences_says_what_we_say() {
    let rows = rows();
    assert!(rows.len() > 80, "{} rows", rows.len());
    for row in &rows {
        assert_eq!(row.of(ours(&row.text, &row.config(Compat::None))), row.ours, "by default:\n{}", row.text);
        let compat = row.of(ours(&row.text, &row.config(Compat::Hadolint)));
        assert_eq!(compat, row.compat, "--compat hadolint:\n{}", row.text);
        let differs = row.hadolint.as_ref() != Some(&row.ours) || row.compat != row.ours;
        assert!(differs, "no difference:\n{}", row.text);
    }
}

#[test]
fn the_table_of_differences_says_what_hadolint_says() {
    let Some(peer) = peer::hadolint() else { return };
    let rows = rows();
    let (plain, special): (Vec<&Row>, Vec<&Row>) =
        rows.iter().partition(|row| row.args.is_empty() && row.hadolint.is_some());
    let texts: Vec<&str> = plain.iter().map(|row| row.text.as_str()).collect();
    let mut answers: Vec<(&Row, Option<Found>)> = plain
        .into_iter()
        .zip(peer.lint(&texts, &[]).expect("hadolint's answer").into_iter().map(Some))
        .collect();
    for row in special {
        let args: Vec<&str> = row.args.iter().map(String::as_str).collect();
        answers.push((row, peer.lint(&[&row.text], &args).map(|mut all| all.remove(0))));
    }
    for (row, answer) in answers {
        assert_eq!(answer.map(|found| row.of(found)), row.hadolint, "\n{}", row.text);
    }
}

/// The cases: a Dockerfile a line, and what hadolint 2.15.1 said of it.
fn cases() -> Vec<(String, Found)> {
    let case = |line: &str| {
        let case: serde_json::Value = serde_json::from_str(line).expect("a case");
        let words = case["hadolint"].as_array().expect("findings").iter();
        let found = words.map(|word| word.as_str().expect("code@line").to_owned()).collect();
        (case["dockerfile"].as_str().expect("text").to_owned(), found)
    };
    include_str!("hadolint/cases.jsonl").lines().map(case).collect()
}

#[test]
fn every_case_agrees() {
    let cases = cases();
    assert!(cases.len() > 1500, "{} cases", cases.len());
    for (text, hadolint) in &cases {
        assert_eq!(&ours(text, &compat()), hadolint, "\n{text}");
    }
}

#[test]
fn the_cases_are_what_hadolint_says() {
    let Some(peer) = peer::hadolint() else { return };
    // A part of them, another every day would be no better: that the file is not made up.
    let cases: Vec<(String, Found)> = cases().into_iter().step_by(7).collect();
    let texts: Vec<&str> = cases.iter().map(|(text, _)| text.as_str()).collect();
    let answers = peer.lint(&texts, &[]).expect("hadolint's answer");
    for ((text, hadolint), answer) in cases.iter().zip(answers) {
        assert_eq!(&answer, hadolint, "\n{text}");
    }
}

#[test]
fn generated_dockerfiles_get_the_same_findings() {
    let Some(peer) = peer::hadolint() else { return };
    let number = |name: &str, otherwise: u64| {
        std::env::var(name).map_or(otherwise, |value| value.parse().expect("a number"))
    };
    let (seed, count) = (number("HADOLINT_SEED", 1), number("HADOLINT_FILES", 250));
    let texts: Vec<String> =
        (0..count).map(|at| dockerfiles::generate(seed.wrapping_mul(1 << 32) + at)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let answers = peer.lint(&texts, &[]).expect("hadolint's answer");
    let (mut findings, mut differing) = (0, Vec::new());
    for (text, hadolint) in texts.iter().zip(answers) {
        let said = ours(text, &compat());
        findings += hadolint.len();
        if said != hadolint {
            let missing: Vec<_> = hadolint.difference(&said).collect();
            let extra: Vec<_> = said.difference(&hadolint).collect();
            differing.push(format!("missing {missing:?}, extra {extra:?}:\n{text}"));
        }
    }
    println!("{count} files, {findings} findings of hadolint, {} files differ", differing.len());
    assert!(differing.is_empty(), "seed {seed}: {}\n{}", differing.len(), differing.join("\n"));
}

/// What stands in the place of a message, which everybody words in their own way.
const MESSAGE: &str = "MESSAGE";

#[test]
fn formats_are_hadolints_byte_by_byte() {
    let Some(peer) = peer::hadolint() else { return };
    let files = [
        ("a &.Dockerfile", "FROM debian\nLABEL A=b\nUSER root\nRUN sudo true\nMAINTAINER x\n"),
        ("clean", "FROM debian:12\n"),
        ("b", "FROM debian\n"),
    ];
    let formats = [
        ("tty", Format::Tty),
        ("json", Format::Json),
        ("checkstyle", Format::Checkstyle),
        ("codeclimate", Format::Codeclimate),
        ("gnu", Format::Gnu),
        ("codacy", Format::Codacy),
        ("sonarqube", Format::Sonarqube),
    ];
    for (name, format) in formats {
        let reports: Vec<FileReport> = files.iter().map(|(name, text)| report(name, text)).collect();
        let mut out = Vec::new();
        write(format, &reports, Style { color: false, hadolint: true }, &mut out).unwrap();
        let words = reports.iter().flat_map(|r| &r.findings).map(|found| found.message.clone());
        let here = without(&String::from_utf8(out).unwrap(), words);
        let (there, messages) = peer.report(&files, name);
        assert_eq!(here, without(&there, messages.into_iter()), "{name}");
    }
}

fn report(name: &str, text: &str) -> FileReport {
    let mut findings = lint(&parse(text).0, &compat());
    // hadolint's order within a line is by chance.
    findings.sort_by_key(|found| (line_of(text, found), found.code));
    FileReport {
        name: name.to_owned(),
        shown: name.to_owned(),
        source: Arc::from(text),
        findings,
        secrets: Vec::new(),
    }
}

/// `report` with every message replaced, however the format escapes it; findings of a line in one order.
fn without(report: &str, messages: impl Iterator<Item = String>) -> String {
    let mut messages: Vec<String> = messages.collect();
    messages.sort_by_key(|message| std::cmp::Reverse(message.len()));
    let mut report = report.to_owned();
    for message in messages {
        let json = serde_json::to_string(&message).unwrap();
        let xml =
            message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        for spelt in [json.trim_matches('"'), &xml, &message] {
            report = report.replace(spelt, MESSAGE);
        }
    }
    report
}
