//! Each format by a snapshot, and that none lets a control character through.

use super::*;
use crate::lint::{Config, Linted, all_rules, inspect};

const SOURCE: &str = "FROM debian\nRUN pip install flask\nLABEL Foo=\"x\"\nCMD echo \"<&>\" é\n";

fn report(name: &str, source: &str) -> FileReport {
    told(name, source, &Config::default())
}

fn told(name: &str, source: &str, config: &Config) -> FileReport {
    let (file, _) = crate::dockerfile::parse(source);
    let Linted { findings, secrets, .. } = inspect(&file, config);
    FileReport { name: name.into(), shown: name.into(), source: source.into(), findings, secrets }
}

fn written(format: Format, files: &[FileReport], style: Style) -> String {
    let mut out = Vec::new();
    write(format, files, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn formats() {
    let files = [report("Dockerfile", SOURCE), report("clean", "FROM a:1\nUSER 1\n")];
    for (name, format) in Format::ALL {
        insta::assert_snapshot!(name, written(format, &files, Style::default()));
    }
    insta::assert_snapshot!(
        "tty_hadolint",
        written(Format::Tty, &files, Style { hadolint: true, color: false })
    );
}

#[test]
fn no_control_character_reaches_the_output() {
    let source = "FROM \u{1b}[31mdebian\u{9b}\u{202e}\nRUM \u{7}\u{1b}]0;x\u{7}\nADD \u{1b}x /\n";
    for (name, format) in Format::ALL {
        let text = written(format, &[report("D\u{1b}ockerfile", source)], Style::default());
        let unsafe_char = |c: char| (c.is_control() && !matches!(c, '\n' | '\0')) || c == '\u{202e}';
        let raw = text.chars().find(|c| unsafe_char(*c));
        assert!(raw.is_none(), "{name}: {raw:?} in {text}");
    }
}

#[test]
fn json_formats_are_json_and_places_are_right() {
    let files = [report("Dockerfile", SOURCE)];
    let list: serde_json::Value =
        serde_json::from_str(&written(Format::Json, &files, Style::default())).unwrap();
    let first = &list[0];
    assert_eq!(
        (first["line"].as_u64(), first["column"].as_u64(), first["endColumn"].as_u64()),
        (Some(1), Some(6), Some(12))
    );
    for format in [Format::GitlabCodeclimate, Format::Sonarqube, Format::Sarif] {
        serde_json::from_str::<serde_json::Value>(&written(format, &files, Style::default())).unwrap();
    }
}

/// A file with a secret of each kind, on lines that other rules find fault with too.
const SECRETS: &[&str] = &[
    "hunter2hunter2",
    "AKIA7Q4XN2WZ5KDP3RTB",
    "p4ssw0rdInUrl",
    "root:ch4ngedPw",
    "loginPw77",
    "MIIEowIBAAKCAQEAx7Vh2kQm9sT4",
    "second+line/of+the+key0123",
    "legacy Secret77",
];
const SECRETIVE: &str = "FROM debian
ENV API_TOKEN=hunter2hunter2 Other=AKIA7Q4XN2WZ5KDP3RTB
ENV DB_PASSWORD legacy Secret77
RUN cd /x && wget https://me:p4ssw0rdInUrl@example.org/a
RUN echo 'root:ch4ngedPw' | chpasswd && docker login -u me -p loginPw77 && cd /y
ENV KEY=\"-----BEGIN RSA PRIVATE KEY-----\\nMIIEowIBAAKCAQEAx7Vh2kQm9sT4\\nsecond+line/of+the+key0123\\n-----END RSA PRIVATE KEY-----\"
LABEL Token=AKIA7Q4XN2WZ5KDP3RTB
CMD echo AKIA7Q4XN2WZ5KDP3RTB
";

#[test]
fn no_format_writes_a_secret_even_when_nobody_wants_its_finding() {
    let quiet = Config {
        ignored: ["DL3064", "DET0006", "DET0007", "DET0009"].map(str::to_owned).to_vec(),
        ..Config::default()
    };
    for config in [Config::default(), quiet] {
        let file = told("Dockerfile", SECRETIVE, &config);
        assert!(file.findings.len() >= 8, "{:?}", file.findings);
        for (name, format) in Format::ALL {
            let text = written(format, std::slice::from_ref(&file), Style::default());
            for secret in SECRETS {
                assert!(!text.contains(secret), "{name} has {secret}:\n{text}");
            }
        }
    }
    insta::assert_snapshot!(
        "tty_secrets",
        written(Format::Tty, &[report("Dockerfile", SECRETIVE)], Style::default())
    );
}

#[test]
fn what_is_embedded_of_a_page_has_no_words_for_tests() {
    let found = report("D", SOURCE).findings[0].clone();
    let codes = all_rules().map(|info| info.code).chain(["SC2086"]);
    let findings = codes.map(|code| Diagnostic { code, ..found.clone() }).collect();
    let file = FileReport { findings, ..report("D", SOURCE) };
    let text = written(Format::Sarif, &[file], Style::default());
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    let rules = report["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), all_rules().count() + 1);
    for rule in rules {
        let page = rule["help"]["markdown"].as_str().unwrap();
        for line in page.lines().filter(|line| line.starts_with("```")) {
            assert!(["```", "```dockerfile", "```sh"].contains(&line), "{}: {line}", rule["id"]);
        }
    }
}
