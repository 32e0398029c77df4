//! The grammar by examples, and what holds for every text.

mod builder;
#[path = "../../tests/support/hostile.rs"]
pub(crate) mod hostile;

use super::*;
use proptest::prelude::*;

fn ok(source: &str) -> Dockerfile {
    let (file, errors) = parse(source);
    assert_eq!(errors, [], "{source}");
    file
}

fn errors(source: &str) -> Vec<(String, String)> {
    let (file, errors) = parse(source);
    errors.into_iter().map(|e| (e.span.of(&file.source).to_owned(), e.message)).collect()
}

fn text(file: &Dockerfile, span: Span) -> &str {
    span.of(&file.source)
}

#[test]
fn bom_crlf_directives_and_comments() {
    let file =
        ok("\u{feff}# syntax=docker/dockerfile:1\r\n# escape=`\r\n#plain\r\nFROM a`\r\n:1\r\n\r\nRUN b\r\n");
    let shown: Vec<_> =
        file.directives.iter().map(|d| (d.name.as_str(), text(&file, d.value_span))).collect();
    assert_eq!(shown, [("syntax", "docker/dockerfile:1"), ("escape", "`")]);
    assert_eq!(file.escape, '`');
    let Kind::From(from) = &file.instructions[0].kind else { panic!() };
    assert_eq!(from.image.word.raw, "a:1");
    assert_eq!(text(&file, from.image.word.span), "a`\r\n:1");
    assert_eq!(text(&file, file.instructions[1].span), "RUN b");
    assert_eq!(file.comments.len(), 3);
}

#[test]
fn directives_end_at_the_first_other_line() {
    let file = ok("# hello\n# escape=`\nFROM a\n");
    assert_eq!((file.directives.len(), file.escape), (0, '\\'));
    assert_eq!(errors("# escape=x\nFROM a")[0].0, "x");
    assert_eq!(errors("# syntax=x\n# syntax=y\nFROM a")[0].0, "# syntax=y");
}

#[test]
fn continued_lines_with_comments_and_empty_lines_between() {
    let file = ok("FROM a\nRUN one \\\n  # why\n\n  two \\ \n  three\nCMD [\"x\"]\n");
    let run = &file.instructions[1];
    assert_eq!(run.args.as_str(), "one   two   three");
    assert_eq!(text(&file, run.span), "RUN one \\\n  # why\n\n  two \\ \n  three");
    assert_eq!(run.empty_lines.len(), 1);
    assert!(file.comments[0].inside);
    assert_eq!(run.step_text(), "RUN one   two   three");
    assert_eq!(run.lines(&crate::text::LineIndex::new(&file.source)), 2..=6);
}

#[test]
fn flags_and_mounts() {
    let file =
        ok("FROM --platform=$BUILDPLATFORM a AS b\nRUN --mount=type=cache,target=/r --network=none x --y\n");
    assert_eq!(file.instructions[0].flag("platform").map(|f| f.value.value()), Some("$BUILDPLATFORM"));
    let run = &file.instructions[1];
    assert_eq!(run.args.as_str(), "x --y");
    assert_eq!(run.mounts().map(|m| (m.kind, m.target)).collect::<Vec<_>>(), [("cache", "/r")]);
    assert_eq!(errors("FROM --platfrom=x a")[0].1, "FROM has no flag --platfrom; did you mean --platform?");
}

#[test]
fn image_references() {
    let image = |raw: &str| {
        let file = ok(&format!("FROM {raw}"));
        let Kind::From(from) = &file.instructions[0].kind else { panic!() };
        let part = |p: &Option<(String, Span)>| {
            p.as_ref().map(|(t, s)| {
                assert_eq!(t, text(&file, *s));
                t.clone()
            })
        };
        (from.image.repository.clone(), part(&from.image.tag), part(&from.image.digest))
    };
    let owned = |s: &str| Some(s.to_owned());
    assert_eq!(image("debian"), ("debian".into(), None, None));
    assert_eq!(image("localhost:5000/a/b:1"), ("localhost:5000/a/b".into(), owned("1"), None));
    assert_eq!(image("h:5000/a@sha256:ff"), ("h:5000/a".into(), None, owned("sha256:ff")));
    assert_eq!(image("a:1@sha256:ff"), ("a".into(), owned("1"), owned("sha256:ff")));
    assert_eq!(image("${R:-x:1/y}/a:$T"), ("${R:-x:1/y}/a".into(), owned("$T"), None));
    assert_eq!(image("\"a:1\""), ("a".into(), owned("1"), None));
}

#[test]
fn heredocs_several_chomped_quoted_and_behind_onbuild() {
    let file = ok(
        "FROM a\nRUN <<A cat <<-'B C'\nfirst\nA\n\tsecond\n\tB C\nCOPY <<x /y\nhi $v\nx\nONBUILD RUN <<EOF\nls\nEOF\nUSER me\n",
    );
    let run = &file.instructions[1];
    let shown: Vec<_> =
        run.heredocs.iter().map(|h| (h.name.as_str(), h.chomp, h.expand, h.text.as_str())).collect();
    assert_eq!(shown, [("A", false, true, "first\n"), ("B C", true, false, "\tsecond\n")]);
    let Kind::Copy(copy) = &file.instructions[2].kind else { panic!() };
    assert_eq!((copy.sources.len(), copy.target.value()), (0, "/y"));
    let inner = file.instructions[3].inner();
    assert_eq!((inner.keyword.as_str(), inner.heredocs[0].text.as_str()), ("RUN", "ls\n"));
    assert_eq!(file.instructions[4].keyword, "USER");
    assert_eq!(shell::scripts(inner)[0].parsed.commands[0].name, "ls");
}

#[test]
fn json_forms_have_no_heredocs_and_keep_their_words() {
    let file = ok("FROM a\nRUN [\"echo\", \"<<EOF\"]\nCMD [ \"a\\\"b\" ]\nENTRYPOINT ['x']\n");
    let Kind::Run(CommandLine::Exec(words)) = &file.instructions[1].kind else { panic!() };
    assert_eq!(text(&file, words[1].span), "\"<<EOF\"");
    let Kind::Cmd(CommandLine::Exec(words)) = &file.instructions[2].kind else { panic!() };
    assert_eq!(words[0].value(), "a\"b");
    assert!(matches!(file.instructions[3].kind, Kind::Entrypoint(CommandLine::Shell(_))));
}

#[test]
fn key_values_new_and_old() {
    let file = ok("FROM a\nENV A=1 B=\"x y\" \\\n C=$A\nENV old many words\nLABEL \"k\"=v\nARG N\n");
    let pairs = |i: usize| match &file.instructions[i].kind {
        Kind::Env(pairs) | Kind::Label(pairs) | Kind::Arg(pairs) => pairs
            .iter()
            .map(|p| (p.key.value().to_owned(), p.value.as_ref().map(|v| v.value().to_owned()), p.legacy))
            .collect::<Vec<_>>(),
        _ => panic!(),
    };
    let pair = |k: &str, v: &str, legacy| (k.to_owned(), Some(v.to_owned()), legacy);
    assert_eq!(pairs(1), [pair("A", "1", false), pair("B", "x y", false), pair("C", "$A", false)]);
    assert_eq!(pairs(2), [pair("old", "many words", true)]);
    assert_eq!(pairs(3), [pair("k", "v", false)]);
    assert_eq!(pairs(4), [("N".to_owned(), None, false)]);
}

#[test]
fn an_error_hides_nothing_behind_it() {
    let (file, errors) =
        parse("FORM a\nCOPY\nENV x\nLABEL a=1 b\nHEALTHCHECK FOO\nSHELL x\nUSER\nCMD [\"ok\"]\n");
    assert_eq!(file.instructions.len(), 8);
    let shown: Vec<_> = errors.iter().map(|e| (text(&file, e.span), e.message.as_str())).collect();
    assert_eq!(
        shown,
        [
            ("FORM", "unknown instruction `FORM`; did you mean FROM?"),
            ("COPY", "COPY needs at least one argument"),
            ("x", "ENV takes key=value, found only `x`"),
            ("b", "LABEL takes key=value, found only `b`"),
            ("FOO", "HEALTHCHECK takes CMD or NONE, found `FOO`"),
            ("SHELL x", "SHELL takes a JSON array: SHELL [\"/bin/bash\", \"-c\"]"),
            ("USER", "USER needs at least one argument"),
        ]
    );
    assert_eq!(self::errors("FROM a\nRUN <<EOF\nx")[0].0, "<<EOF");
    assert_eq!(self::errors("FROM a AS")[0].0, "AS");
    assert_eq!(self::errors("FROM a b")[0].0, "b");
    assert_eq!(self::errors("FROM a\nWORKDIR \"/x")[0].0, "\"/x");
}

#[test]
fn stages_and_their_names() {
    let file = ok(
        "ARG V=1\nFROM a:$V AS Build\nWORKDIR /x\nRUN y\nFROM build\nENV a=b\nCOPY --from=build /x /\nUSER u\n",
    );
    let stages = file.stages();
    assert_eq!(stages.len(), 2);
    assert_eq!((stages[0].range.clone(), stages[1].range.clone(), stages[1].parent), (1..4, 4..8, Some(0)));
    assert_eq!(stages[1].user().map(|(_, w)| w.value()), Some("u"));
}

/// Every span of the tree, those inside ONBUILD too.
fn spans(file: &Dockerfile, errors: &[SyntaxError]) -> Vec<Span> {
    let mut all: Vec<Span> = errors.iter().map(|e| e.span).collect();
    all.extend(file.comments.iter().map(|c| c.span));
    all.extend(file.directives.iter().flat_map(|d| [d.span, d.value_span]));
    for outer in &file.instructions {
        for i in [outer, outer.inner()] {
            all.extend([i.span, i.keyword_span, i.args_span, i.header_span()]);
            all.extend(i.flags.iter().flat_map(|f| [f.span, f.value.span]));
            all.extend(i.heredocs.iter().flat_map(|h| [h.span, h.body, h.end_span]));
            all.extend(&i.empty_lines);
            for script in shell::scripts(i) {
                for c in &script.parsed.commands {
                    all.extend([script.span(c.span), script.span(c.name_span)]);
                    all.extend(c.args.iter().map(|a| script.span(a.span)));
                }
            }
            match &i.kind {
                Kind::From(f) => {
                    all.push(f.image.word.span);
                    all.extend(f.name.iter().map(|n| n.span));
                    all.extend([&f.image.tag, &f.image.digest].into_iter().flatten().map(|(_, s)| *s));
                }
                Kind::Copy(t) | Kind::Add(t) => {
                    all.push(t.target.span);
                    all.extend(t.sources.iter().map(|w| w.span));
                }
                Kind::Env(p) | Kind::Label(p) | Kind::Arg(p) => {
                    all.extend(p.iter().flat_map(|p| [p.span, p.key.span]));
                    all.extend(p.iter().filter_map(|p| p.value.as_ref()).map(|v| v.span));
                }
                Kind::Expose(w) | Kind::Volume(w) => all.extend(w.iter().map(|w| w.span)),
                Kind::Cmd(CommandLine::Exec(w)) => all.extend(w.iter().map(|w| w.span)),
                _ => {}
            }
        }
    }
    all
}

fn holds(source: &str) {
    let (file, errors) = parse(source);
    assert_eq!(&*file.source, source);
    for span in spans(&file, &errors) {
        assert!(source.get(span.range()).is_some(), "{span:?} of {source:?}");
    }
    let mut at = 0;
    for instruction in &file.instructions {
        assert!(instruction.span.start >= at, "instructions overlap in {source:?}");
        at = instruction.span.end;
    }
}

/// Pieces that make texts in which much of the grammar meets.
const PIECES: &[&str] = &[
    "FROM ",
    "RUN ",
    "COPY ",
    "ADD ",
    "ENV ",
    "ARG ",
    "LABEL ",
    "CMD ",
    "HEALTHCHECK ",
    "ONBUILD ",
    "SHELL ",
    "EXPOSE ",
    "USER ",
    "WORKDIR ",
    "AS ",
    "--from=",
    "--mount=type=cache,target=/x ",
    "\\\n",
    "\\ \n",
    "\n",
    "\r\n",
    "`\n",
    "# escape=`\n",
    "# c\n",
    "<<EOF ",
    "<<-'E' ",
    "EOF\n",
    "E\n",
    "[\"a\", \"b\"]",
    "[\"\\",
    "\"",
    "'",
    "$",
    "${a:-",
    "}",
    "=",
    ":",
    "@",
    "/",
    ".",
    "a",
    "é",
    "漢",
    "🦀",
    " ",
    "\t",
    "apt-get install ",
    "&& ",
    "| ",
    "(",
    ")",
    "\u{feff}",
    "\0",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_parses_with_spans_on_its_characters(source in any::<String>()) {
        holds(&source);
    }

    #[test]
    fn any_mix_of_the_grammar_does_too(picks in prop::collection::vec(0..PIECES.len(), 0..60)) {
        holds(&picks.into_iter().map(|at| PIECES[at]).collect::<String>());
    }
}

#[test]
fn hostile_text_takes_linear_time() {
    for ((what, small), (_, large)) in hostile::texts(20_000).into_iter().zip(hostile::texts(160_000)) {
        let (few, many) = (hostile::spent(|| drop(parse(&small))), hostile::spent(|| drop(parse(&large))));
        // Eight times the text; quadratic work would take 64 times as long.
        let most = few * 24 + std::time::Duration::from_millis(100);
        assert!(many < most, "{what}: {few:?} for {} bytes, {many:?} for {}", small.len(), large.len());
    }
}
