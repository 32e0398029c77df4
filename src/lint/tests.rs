//! Every rule's page is run as its specification, and what must hold for all rules is held.

mod buildkit;

use super::page::{Example, examples};
use super::*;
use crate::dockerfile::{parse, tests::hostile};

#[test]
fn every_page_is_true() {
    for info in all_rules() {
        let page = examples(info.documentation);
        let title = format!("# {} · {}\n", info.code, info.name);
        assert!(info.documentation.starts_with(&title), "{}", info.code);
        assert!(
            info.documentation.contains("## Why") && info.documentation.contains("## Source"),
            "{}",
            info.code
        );
        assert!(page.iter().any(|b| b.kind == "bad"), "{}: no bad example", info.code);
        assert!(page.iter().any(|b| b.kind == "good"), "{}: no good example", info.code);
        let mut before: Option<(&Example, Config)> = None;
        for block in &page {
            let config = block.config(info);
            let (_, errors) = parse(&block.text);
            assert!(
                errors.is_empty() || info.code == rules::SYNTAX,
                "{}: {errors:?}\n{}",
                info.code,
                block.text
            );
            match block.kind.as_str() {
                "bad" => {
                    let found = block.findings(info);
                    let marks: Vec<&str> = found.iter().map(|d| d.span.of(&block.text)).collect();
                    assert_eq!(marks, block.marks, "{}:\n{}{found:#?}", info.code, block.text);
                    before = Some((block, config));
                }
                "good" => {
                    let found = block.findings(info);
                    assert_eq!(found, [], "{}:\n{}", info.code, block.text);
                }
                "fixed" => {
                    let (bad, config) = before.as_ref().expect("a fixed block follows a bad one");
                    let mut edits = Vec::new();
                    for found in bad.findings(info) {
                        edits.extend(found.fix.into_iter().flat_map(|fix| fix.edits));
                    }
                    let fixed = crate::text::apply_edits(&bad.text, &edits);
                    assert_eq!(fixed.as_deref(), Some(block.text.as_str()), "{}", info.code);
                    let left = lint(&parse(&block.text).0, config);
                    assert!(left.iter().all(|d| d.code != info.code), "{}: still there", info.code);
                }
                other => panic!("{}: a block of kind {other:?}", info.code),
            }
        }
    }
}

#[test]
fn codes_and_names_are_unique_and_well_formed() {
    let mut seen = std::collections::HashSet::new();
    for info in all_rules() {
        assert!(seen.insert(info.code.to_lowercase()), "{}", info.code);
        assert!(
            seen.insert(info.name.to_lowercase()) || info.code.to_lowercase() == info.name,
            "{}",
            info.name
        );
        assert!(
            info.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
            "{}",
            info.name
        );
        assert!(std::ptr::eq(rule(info.code).unwrap(), info) && rule(info.name).is_some());
    }
}

fn codes(source: &str) -> Vec<&'static str> {
    lint(&parse(source).0, &Config::default()).into_iter().map(|d| d.code).collect()
}

#[test]
fn half_typed_text_hides_nothing_elsewhere() {
    let found = codes("FROM debian\nRUN apt-get ins\nENV \nADD . /app\nUSER root\nCMD [\"py");
    for code in ["DL3006", "DL1000", "DL3020", "DL3002", "DL3025"] {
        assert!(found.contains(&code), "{code} is not in {found:?}");
    }
}

#[test]
fn pragmas_silence_their_instruction_stage_or_file() {
    let quiet = |source: &str| !codes(source).contains(&"DL3020");
    assert!(!quiet("FROM a:1\nADD a /\n"));
    assert!(quiet("FROM a:1\n# hadolint ignore=DL3020\nADD a /\n"));
    assert!(quiet("FROM a:1\n# hadolint ignore=DL3006 , DL3020 # because\n# more words\n\nADD a /\n"));
    assert!(quiet("FROM a:1\n# hadolint ignore=DL3020\n# hadolint ignore=DL3006\nADD a /\n"));
    assert!(quiet("FROM a:1\nADD a \\\n # hadolint ignore=copy-instead-of-add\n /\n"));
    assert!(quiet("FROM a:1\nADD a /\n# hadolint global ignore=DL3020\n"));
    assert!(quiet("# hadolint stage ignore=DL3020\nFROM a:1\nUSER x\nADD a /\n"));
    assert!(!quiet("# hadolint stage ignore=DL3020\nFROM a:1\nFROM b:1\nADD a /\n"));
    assert!(!quiet("FROM a:1\n# hadolint ignore=DL3020\nUSER b\nADD a /\n"));
    let deprecated = |source: &str| codes(source).contains(&"DL4000");
    assert!(!deprecated("# check=skip=MaintainerDeprecated;error=true\nFROM a:1\nMAINTAINER x\n"));
    assert!(!deprecated("FROM a:1\n# check=skip=all as I say\nMAINTAINER x\n"));
    assert!(deprecated("FROM a:1\n# check=skip=all\nUSER a\nMAINTAINER x\n"));
}

/// Lines of which Dockerfiles are made for the properties below.
const LINES: &[&str] = &[
    "FROM debian:12 AS a",
    "FROM --platform=$TARGETPLATFORM python:latest",
    "FROM a",
    "ADD a b /app",
    "ADD . /app",
    "add x.txt /x",
    "ADD --chown=a x.tar.gz /x",
    "COPY a b ./app",
    "COPY . .",
    "COPY --from=a /x /y",
    "RUN apt install curl",
    "RUN apt-get update && apt-get install curl",
    "RUN apt-get update && \\\n    apt-get install -y curl",
    "RUN apk add curl && \\\n # why\n\n apk add jq",
    "RUN pip install -r requirements.txt",
    "RUN sudo make",
    "RUN echo a",
    "RUN echo b",
    "RUN cd /x",
    "RUN a || b",
    "RUN a | b",
    "RUN a; b",
    "RUN <<EOF\napt-get install x\nEOF",
    "RUN [\"apt-get\", \"install\", \"x\"]",
    "RUN yum install x",
    "RUN zypper install x",
    "RUN dnf install x",
    "RUN wget http://x/y",
    "RUN useradd -u 1234567 a",
    "ONBUILD RUN apt-get install x",
    "MAINTAINER Ada \"B\" <a@b>",
    "MAINTAINER $x",
    "CMD run it",
    "CMD ['a', 'b']",
    "CMD [\"a\"]",
    "ENTRYPOINT a \\\n  b",
    "USER root",
    "USER me",
    "WORKDIR x",
    "ENV a b",
    "ENV A=1 B=$A",
    "LABEL A=1",
    "EXPOSE 99999",
    "HEALTHCHECK CMD a b",
    "ARG TOKEN=x",
    "SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]",
    "# hadolint ignore=DL3020",
    "",
    "RUN",
    "ENV",
    "COPY \"",
    "é 漢",
    "from a:1 as Build",
    "Run make",
    "ENV a b 'c' $d",
    "ENV a b \\\n\n  c",
    "LABEL a  b c",
    "EXPOSE 80/TCP 8080:80",
    "COPY $PAHT /y",
    "ARG PAHTS=x",
    "FROM a:$VERSON AS c",
    "COPY --from=BUILD /x /y",
    "CMD a",
];

fn dockerfile() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    (prop::collection::vec(0..LINES.len(), 0..12), any::<bool>()).prop_map(|(lines, crlf)| {
        let text: String = lines.into_iter().map(|at| format!("{}\n", LINES[at])).collect();
        if crlf { text.replace('\n', "\r\n") } else { text }
    })
}

fn count(source: &str, code: &str) -> usize {
    lint(&parse(source).0, &Config::default()).iter().filter(|d| d.code == code).count()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

    #[test]
    fn findings_lie_on_characters_in_order(source in dockerfile()) {
        for compat in [Compat::None, Compat::Hadolint] {
            let config = Config { compat, dockerignore: Some(None), ..Config::default() };
            let found = lint(&parse(&source).0, &config);
            assert!(found.iter().all(|d| source.get(d.span.range()).is_some()));
            assert!(found.is_sorted_by_key(|d| d.span));
        }
    }

    #[test]
    fn a_fix_removes_its_finding_and_breaks_nothing(source in dockerfile()) {
        let errors = parse(&source).1.len();
        for found in lint(&parse(&source).0, &Config::default()) {
            let Some(fix) = &found.fix else { continue };
            let fixed = crate::text::apply_edits(&source, &fix.edits).expect("edits that fit");
            assert!(count(&fixed, found.code) < count(&source, found.code), "{} in {source:?} gives {fixed:?}", found.code);
            assert!(parse(&fixed).1.len() <= errors, "{} in {source:?} gives {fixed:?}", found.code);
        }
    }

    #[test]
    fn all_fixes_together_converge(source in dockerfile()) {
        for how in [Applicability::Safe, Applicability::Unsafe] {
            let once = fix::apply_all(&source, &Config::default(), how);
            assert!(parse(&once.source).1.len() <= parse(&source).1.len());
            let twice = fix::apply_all(&once.source, &Config::default(), how);
            assert_eq!(once.source, twice.source, "{source:?}");
            assert_eq!(twice.applied, []);
        }
    }
}

/// Found by fuzzing.
#[test]
fn no_fix_names_what_cannot_be_read() {
    let source = "ARG BASI%S=1\nFROM debian:${BASIS}\nRUN echo\n";
    let once = fix::apply_all(source, &Config::default(), Applicability::Unsafe);
    let twice = fix::apply_all(&once.source, &Config::default(), Applicability::Unsafe);
    assert_eq!(once.source, twice.source);
    let found = lint(&parse(source).0, &Config::default());
    let found = found.iter().find(|d| d.code == "UndefinedArgInFrom").expect("a finding");
    assert!(found.message.contains("did you mean") && found.fix.is_none(), "{found:?}");
}

#[test]
fn a_page_is_for_people() {
    for info in all_rules() {
        let page = page(info.code).expect("a page");
        assert!(!page.markdown.contains('«') && page.markdown.contains("\nSeverity: "), "{}", info.code);
        assert!(!page.markdown.contains("```dockerfile "), "{}", info.code);
        if info.fixes().risky {
            let risk = info.risk().unwrap_or_default();
            assert!(
                !risk.is_empty(),
                "{}: its page lacks a section Fix: what may the fix change?",
                info.code
            );
        }
    }
    assert!(page("sc2086").is_some_and(|page| page.markdown.contains("wiki/SC2086")));
    assert_eq!((page("SC20x6"), page("DL9999"), page("")), (None, None, None));
}

#[test]
fn a_page_reads_well() {
    insta::assert_snapshot!("page_dl3025", page("dl3025").expect("a page").markdown);
    insta::assert_snapshot!("page_settings", page("DET0003").expect("a page").markdown);
}

/// Parses and lints `text` in both manners.
fn work(text: &str) {
    for compat in [Compat::None, Compat::Hadolint] {
        let config = Config { compat, dockerignore: Some(None), ..Config::default() };
        lint(&parse(text).0, &config);
    }
}

#[test]
fn hostile_text_takes_work_in_proportion_to_its_length() {
    for ((what, small), (_, large)) in hostile::texts(3_000).into_iter().zip(hostile::texts(24_000)) {
        // Eight times the text; quadratic work would take 64 times as long.
        let (few, many) = (hostile::spent(|| work(&small)), hostile::spent(|| work(&large)));
        let most = few * 24 + std::time::Duration::from_millis(100);
        assert!(many < most, "{what}: {few:?} for {} bytes, {many:?} for {}", small.len(), large.len());
    }
}
