//! What ShellCheck gets, and where what it says lands.

use super::*;
use crate::dockerfile::parse;
use crate::lint::Severity;

fn of(source: &str) -> Vec<Script> {
    scripts(&parse(source).0, &Config::default())
}

/// The script without our lines.
fn body(script: &Script) -> &str {
    &script.text[script.header..]
}

fn header(source: &str) -> String {
    let all = of(source);
    let last = all.last().expect("a script");
    last.text[..last.header].to_owned()
}

/// A remark about `found`, the first place of it in the script.
fn remark(script: &Script, found: &str, code: u16) -> Remark {
    let start = script.header + body(script).find(found).expect("that text");
    let span = Span::new(start, start + found.len());
    let quote = |at| Edit::insert(at, "\"");
    let edits = vec![(quote(span.start), false), (quote(span.end), true)];
    Remark { code, severity: Severity::Info, span, message: "quote".into(), edits }
}

fn findings(source: &str, found: &str, config: &Config) -> Vec<Diagnostic> {
    let (file, _) = parse(source);
    let scripts = scripts(&file, config);
    let script = scripts.last().expect("a script");
    diagnose(&file, config, [(script, [remark(script, found, 2086)].as_slice())])
}

#[test]
fn continued_lines_are_joined_and_comments_between_them_gone() {
    let source = "FROM a:1\nRUN echo a \\\n  # why\n\n  && echo é $X\\\n y\n";
    assert_eq!(of(source).iter().map(body).collect::<Vec<_>>(), ["echo a   && echo é $X y\n"]);
    let found = findings(source, "é $X", &Config::default());
    assert_eq!(found[0].span.of(source), "é $X");
    assert_eq!((found[0].code, found[0].name), ("SC2086", "quote-variables"));
    let fixed = crate::text::apply_edits(source, &found[0].fix.as_ref().expect("a fix").edits);
    assert_eq!(
        fixed.expect("edits that fit"),
        source.replace("é $X", "\"é $X\""),
        "a quote stays on its line"
    );
    // Over a continued line the span takes in the mark and nothing more.
    assert_eq!(findings(source, "$X y", &Config::default())[0].span.of(source), "$X\\\n y");
}

#[test]
fn the_other_escape_character_and_windows_line_ends() {
    let source = "# escape=`\r\nFROM a:1\r\nRUN echo a `\r\n  $X\r\n";
    assert_eq!(body(&of(source)[0]), "echo a   $X\n");
    assert_eq!(findings(source, "$X", &Config::default())[0].span.of(source), "$X");
}

#[test]
fn heredocs_are_read_as_the_shell_reads_them() {
    let script = |source: &str| of(source).iter().map(|s| body(s).to_owned()).collect::<Vec<_>>();
    assert_eq!(script("FROM a:1\nRUN <<-E\n\techo $X\n\t# c\n\tE\n"), ["echo $X\n# c\n\n"]);
    assert_eq!(script("FROM a:1\nRUN cat <<E >x && y\nb\nE\n"), ["cat <<E >x && y\nb\nE\n"]);
    assert_eq!(script("FROM a:1\nRUN <<E cat >x; cat <<F\nb\nE\nF\n"), ["<<E cat >x; cat <<F\nb\nE\nF\n"]);
    assert_eq!(script("FROM a:1\nRUN bash <<'E'\nb\nE\n"), ["b\n\n"]);
    assert_eq!(script("FROM a:1\nRUN bash <<E\nb\nE\n"), [""; 0], "expanded before it is read");
    assert_eq!(script("FROM a:1\nRUN <<E\n#!/usr/bin/env python3\nx\nE\n"), [""; 0]);
    assert_eq!(script("FROM a:1\nRUN python3 <<E\nx\nE\n"), ["python3 <<E\nx\nE\n"]);
    assert_eq!(script("FROM a:1\nRUN [\"a\", \"$b\"]\nCMD x $y\n"), [""; 0]);
    let source = "FROM a:1\nRUN <<-E\n\techo 漢\n\techo $X\n\tE\nRUN x\n";
    let (file, _) = parse(source);
    let first = &scripts(&file, &Config::default())[0];
    let said = [remark(first, "$X", 2086)];
    assert_eq!(diagnose(&file, &Config::default(), [(first, said.as_slice())])[0].span.of(source), "$X");
    assert!(
        header("FROM a:1\nRUN <<E\n#!/bin/bash -e\nx\nE\n")
            .starts_with("#!/bin/sh -e\n# shellcheck shell=bash\n")
    );
}

#[test]
fn the_shell_is_the_one_that_runs_it() {
    let shell = |source: &str| {
        let header = header(source);
        header.split("shell=").nth(1).and_then(|rest| rest.lines().next()).expect("a shell").to_owned()
    };
    assert_eq!(shell("FROM foo:1\nRUN x"), "sh");
    assert_eq!(shell("FROM alpine:3\nRUN x"), "busybox");
    assert_eq!(shell("FROM python:3-alpine\nRUN x"), "busybox");
    assert_eq!(shell("FROM debian:12\nRUN x"), "dash");
    assert_eq!(shell("FROM registry.example/debian:12\nRUN x"), "sh");
    assert_eq!(shell("FROM public.ecr.aws/lambda/python:3.12\nRUN x"), "bash");
    assert_eq!(shell("ARG B=alpine:3\nFROM $B AS b\nFROM b\nRUN x"), "busybox");
    assert_eq!(shell("FROM a:1\nSHELL [\"/bin/bash\", \"-c\"]\nRUN x"), "bash");
    assert_eq!(shell("FROM a:1 AS b\nSHELL [\"/usr/bin/env\", \"bash\", \"-c\"]\nFROM b\nRUN x"), "bash");
    assert_eq!(shell("FROM debian:12\n# hadolint shell=bash\nRUN x"), "bash", "a comment says it");
    assert_eq!(shell("# hadolint shell=/bin/ksh -e\nFROM debian:12\nRUN x"), "ksh");
    assert_eq!(
        shell("FROM a:1\n# hadolint shell=ksh\nSHELL [\"/bin/bash\", \"-c\"]\nRUN x"),
        "bash",
        "the later of comment and SHELL counts"
    );
    assert_eq!(
        shell("FROM a:1\nRUN x\nSHELL [\"/bin/bash\", \"-c\"]"),
        "sh",
        "SHELL counts from its place on"
    );
    assert!(
        header("FROM a:1\nSHELL [\"bash\", \"-euo\", \"pipefail\", \"-c\"]\nRUN x")
            .starts_with("#!/bin/sh -e\n")
    );
    for none in ["[\"pwsh\", \"-c\"]", "[\"cmd\", \"/S\"]", "[\"/bin/zsh\", \"-c\"]"] {
        assert_eq!(of(&format!("FROM a:1\nSHELL {none}\nRUN x\n")), [], "{none}");
    }
}

#[test]
fn what_arg_and_env_set_is_declared_and_nothing_else() {
    let source =
        "ARG out\nFROM a:1 AS b\nENV base=1\nFROM b\nARG one two=2\nENV a-b=1 base=2\nRUN x\nENV later=1\n";
    let header = header(source);
    let names = header.lines().nth(2).expect("a line").split("no_proxy=1").nth(1).expect("names");
    assert_eq!(names, " one=1 two=1 base=1");
}

#[test]
fn ignores_severities_and_comments_count_for_its_codes_too() {
    let source = "FROM a:1\nRUN echo $X\n";
    let with = |change: fn(&mut Config)| {
        let mut config = Config::default();
        change(&mut config);
        findings(source, "$X", &config)
    };
    assert_eq!(with(|_| ())[0].severity, Severity::Info);
    assert_eq!(with(|c| c.ignored.push("SC2086".into())), []);
    assert_eq!(with(|c| c.ignored.push("quote-variables".into())), []);
    assert_eq!(
        with(|c| c.severities.extend([("SC2086".to_owned(), Severity::Error)]))[0].severity,
        Severity::Error
    );
    let hadolint = with(|c| c.compat = Compat::Hadolint);
    assert_eq!(hadolint[0].span, Span::new(9, 9), "the instruction's first line");
    let quiet = "FROM a:1\n# hadolint ignore=SC2086\nRUN echo $X\n";
    assert_eq!(findings(quiet, "$X", &Config::default()), []);
    let heard = Config { disable_pragmas: true, ..Config::default() };
    assert_eq!(findings(quiet, "$X", &heard).len(), 1);
    let (file, _) = parse(source);
    let script = &of(source)[0];
    let compat = Config { compat: Compat::Hadolint, ..Config::default() };
    let several = [remark(script, "echo", 2005), remark(script, "$X", 2086), remark(script, "$X", 1091)];
    let codes = |config| -> Vec<_> {
        diagnose(&file, config, [(script, several.as_slice())]).iter().map(|found| found.code).collect()
    };
    assert_eq!((codes(&Config::default()), codes(&compat)), (vec!["SC2005", "SC2086"], vec!["SC2086"]));
    let ours = Remark { span: Span::new(0, 9), ..remark(script, "$X", 2086) };
    let excluded = remark(script, "$X", 1091);
    assert_eq!(diagnose(&file, &Config::default(), [(script, [ours, excluded].as_slice())]), []);
}

#[test]
fn its_json_is_read_and_made_safe() {
    let texts = ["x\né $Y\t漢\n", "z"];
    let json = r#"{"comments":[
        {"file":"0","line":2,"endLine":2,"column":3,"endColumn":5,"level":"warning","code":2086,"message":"a\u001b[31mb",
         "fix":{"replacements":[{"line":2,"endLine":2,"column":3,"endColumn":3,"precedence":1,"insertionPoint":"afterEnd","replacement":"\""}]}},
        {"file":"1","line":9,"endLine":1,"column":1,"endColumn":99,"level":"style","code":1000,"message":"","fix":null},
        {"file":"2","line":1,"endLine":1,"column":1,"endColumn":1,"level":"style","code":1,"message":"","fix":null}]}"#;
    let said = read(json.as_bytes(), &texts).expect("a report");
    assert_eq!(said[0][0].span.of(texts[0]), "$Y");
    assert_eq!((said[0][0].message.as_str(), said[0][0].severity), ("a\u{fffd}[31mb", Severity::Warning));
    assert_eq!(said[0][0].edits, [(Edit::insert(5, "\""), false)]);
    assert_eq!(said[1][0].span, Span::new(1, 1), "places beyond the text are held inside it");
    assert!(read(b"{}", &texts).is_err() && read(b"", &texts).is_err());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    #[test]
    fn every_byte_of_a_script_is_one_of_the_file(lines in proptest::collection::vec(0_usize..12, 0..12)) {
        const LINES: [&str; 12] = [
            "FROM alpine:3", "RUN echo $X \\", "  && é \\ ", "# c", "", "RUN <<-E", "\tE", "RUN a <<E b <<'F'", "E", "F",
            "ONBUILD RUN x", "SHELL [\"bash\"]",
        ];
        let source: String = lines.iter().map(|at| format!("{}\n", LINES[*at])).collect();
        for script in of(&source) {
            for (at, c) in body(&script).char_indices() {
                let place = script.map.source_of(at);
                if at < script.map.as_str().len() {
                    assert!(source.get(place..).is_some_and(|rest| rest.starts_with(c)), "{c:?} at {place} of {source:?}");
                }
            }
            for start in 0..script.text.len() {
                let placed = script.place(Span::new(start, start));
                assert!(placed.is_none_or(|span| span.end <= source.len()));
            }
        }
    }
}
